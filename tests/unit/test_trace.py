"""Where the characters of a text come from stays known through whatever is typed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lib.domain.ids import PersonId
from lib.domain.text_edits import Edit
from lib.domain.trace import Since, Trace, untouched

PEOPLE = (None, PersonId("ana"), PersonId("ben"))
EDITS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6), st.integers(0, 4), st.sampled_from(PEOPLE)), max_size=20
)


def byte_by_byte(trace: Trace) -> list[tuple[int | None, PersonId | None]]:
    return [(None if one.origin is None else one.origin + at, one.by) for one in trace for at in range(one.length)]


@given(st.integers(0, 20), EDITS)
def test_each_byte_keeps_its_origin_or_whoever_typed_it_in_as_few_stretches_as_it_takes(
    length: int, typed: list[tuple[int, int, int, PersonId | None]]
) -> None:
    since = Since(untouched(length))
    wanted: list[tuple[int | None, PersonId | None]] = [(at, None) for at in range(length)]
    for place, removed, words, by in typed:
        start = min(place, len(wanted))
        end = min(start + removed, len(wanted))
        since = since.after([Edit(start, end, "x" * words)], by)
        wanted[start:end] = [(None, by)] * words
        assert byte_by_byte(since.trace) == wanted
        assert all(one.length for one in since.trace)
        assert not any(one.joins(after) for one, after in pairwise(since.trace))
        there = {origin for origin, _ in wanted if origin is not None}
        gone = [at for one in since.removed for at in range(one.start, one.end)]
        assert sorted(gone) == sorted(set(range(length)) - there), "each byte that went, once"


@given(st.integers(0, 20), EDITS, st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 3))))
def test_many_edits_of_one_update_are_as_good_as_one_after_the_other(
    length: int, before: list[tuple[int, int, int, PersonId | None]], steps: list[tuple[int, int, int]]
) -> None:
    since, size = Since(untouched(length)), length
    for place, removed, words, by in before:
        start = min(place, size)
        end = min(start + removed, size)
        since, size = since.after([Edit(start, end, "x" * words)], by), size - (end - start) + words
    edits, at = [], 0
    for ahead, removed, words in steps:
        start = min(at + ahead, size)
        end = min(start + removed, size)
        edits.append(Edit(start, end, "x" * words))
        at, size = start + words, size - (end - start) + words
    one_by_one = since
    for edit in edits:
        one_by_one = one_by_one.after([edit], PEOPLE[1])
    assert since.after(edits, PEOPLE[1]) == one_by_one
