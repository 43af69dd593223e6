"""The heaviest row of places that come in the same order in both texts."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.policy.in_order import Pair, heaviest_in_order

PAIRS = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(1, 4), max_size=9)


def test_of_rows_that_weigh_the_same_the_one_that_begins_sooner_is_kept() -> None:
    assert heaviest_in_order([Pair(1, 0, 1), Pair(0, 1, 1)]) == [Pair(0, 1, 1)]
    assert heaviest_in_order([Pair(0, 1, 1), Pair(0, 0, 1)]) == [Pair(0, 0, 1)]
    assert heaviest_in_order([]) == []


@given(PAIRS)
@settings(max_examples=300, deadline=None)
def test_no_other_row_that_rises_in_both_weighs_more(given_pairs: dict[tuple[int, int], int]) -> None:
    pairs = [Pair(old, new, weight) for (old, new), weight in given_pairs.items()]
    found = heaviest_in_order(pairs)
    assert set(found) <= set(pairs)
    assert rises(found)
    rows = (list(row) for size in range(len(pairs) + 1) for row in combinations(sorted(pairs), size))
    assert weight_of(found) == max(weight_of(row) for row in rows if rises(row))


def rises(row: list[Pair]) -> bool:
    return all(one.old < other.old and one.new < other.new for one, other in pairwise(row))


def weight_of(row: list[Pair]) -> float:
    return sum(pair.weight for pair in row)
