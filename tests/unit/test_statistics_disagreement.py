"""Disagreement against hand derivations, its own definition over pairs, and its bounds."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.domain.rounds import Position
from lib.statistics.disagreement import (
    PositionCounts,
    count_positions,
    disagreement,
    item_results,
    most_contested_first,
    pooled_disagreement,
)
from tests.unit.review_values import AGREE, CANNOT_JUDGE, DISAGREE, PASS, clause_item, revealed, vote

ballots = st.lists(st.sampled_from(Position), max_size=30)


@pytest.mark.parametrize(
    ("agree", "disagree", "expected"),
    [
        # One pair, and the two differ: 1/1.
        (1, 1, 1.0),
        # Three pairs: (a1,a2) the same, (a1,d) and (a2,d) differ: 2/3.
        (2, 1, 2 / 3),
        # 15 pairs of six people, 3·3 = 9 of them mixed: 9/15.
        (3, 3, 0.6),
        # 21 pairs of seven people, 4·3 = 12 mixed: 12/21.
        (4, 3, 12 / 21),
        # Everyone the same: no pair differs.
        (5, 0, 0.0),
    ],
)
def test_disagreement_equals_the_share_of_differing_pairs_worked_out_by_hand(
    agree: int, disagree: int, expected: float
) -> None:
    result = disagreement(PositionCounts(agree=agree, disagree=disagree))
    assert result.value == pytest.approx(expected)
    assert result.n == agree + disagree
    assert result.reason is None


def test_pass_and_cannot_judge_are_counted_but_are_no_positions() -> None:
    counts = count_positions([AGREE, PASS, DISAGREE, CANNOT_JUDGE, CANNOT_JUDGE])
    result = disagreement(counts)
    assert (result.value, result.n) == (1.0, 2)
    assert (counts.passed, counts.cannot_judge, counts.answers) == (1, 2, 5)


@pytest.mark.parametrize(
    ("ballot", "reason"),
    [
        ([], "Nobody has voted on this."),
        ([PASS, CANNOT_JUDGE], "None of the 2 who voted took a position."),
        ([AGREE, PASS], "Fewer than two people took a position on the same item, so nobody could differ."),
    ],
)
def test_under_two_positions_disagreement_is_undefined_and_says_why(ballot: list[Position], reason: str) -> None:
    result = disagreement(count_positions(ballot))
    assert (result.value, result.reason) == (None, reason)


@given(ballots)
def test_disagreement_is_the_share_of_pairs_that_differ(ballot: list[Position]) -> None:
    taken = [position for position in ballot if position in (AGREE, DISAGREE)]
    pairs = list(combinations(taken, 2))
    value = disagreement(count_positions(ballot)).value
    if pairs:
        assert value == pytest.approx(sum(a is not b for a, b in pairs) / len(pairs))
    else:
        assert value is None


@given(ballots, st.randoms(use_true_random=False))
def test_the_order_of_votes_changes_nothing(ballot: list[Position], random: object) -> None:
    shuffled = list(ballot)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert disagreement(count_positions(shuffled)) == disagreement(count_positions(ballot))


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 9), st.integers(0, 9))
def test_disagreement_is_bounded_symmetric_and_blind_to_answers_that_are_no_positions(
    agree: int, disagree: int, passed: int, cannot_judge: int
) -> None:
    value = disagreement(PositionCounts(agree=agree, disagree=disagree)).value
    assert value == disagreement(PositionCounts(agree=disagree, disagree=agree)).value
    assert value == disagreement(PositionCounts(agree, passed, disagree, cannot_judge)).value
    if value is not None:
        # At most that of an even split: n / (2(n−1)) for even n.
        n = agree + disagree
        assert 0 <= value <= n / (2 * (n - 1)) + 1e-12


def test_pooling_compares_only_votes_on_the_same_item() -> None:
    # Two items of two people each, unanimous in opposite directions: 2 pairs, none differs.
    assert pooled_disagreement([PositionCounts(agree=2), PositionCounts(disagree=2)]).value == 0
    # 2–1 has 2 differing of 3 pairs, 1–1 has 1 of 1: together 3 of 4.
    assert pooled_disagreement([PositionCounts(agree=2, disagree=1), PositionCounts(agree=1, disagree=1)]).value == 0.75


def test_pooling_votes_that_never_meet_on_an_item_is_undefined() -> None:
    result = pooled_disagreement([PositionCounts(agree=1), PositionCounts(disagree=1)])
    assert (result.value, result.n) == (None, 2)
    assert result.reason


def test_the_most_contested_item_comes_first_and_undefined_ones_last() -> None:
    items = tuple(clause_item(f"i{number}", number) for number in (1, 2, 3, 4))
    votes = (
        *(vote("i1", AGREE, by) for by in ("ann", "bob", "cem")),
        *(vote("i3", position, by) for by, position in (("ann", AGREE), ("bob", DISAGREE), ("cem", AGREE))),
        *(vote("i4", position, by) for by, position in (("ann", AGREE), ("bob", DISAGREE))),
    )
    ordered = most_contested_first(item_results(revealed(1, items, votes)))
    assert [result.item.item_id for result in ordered] == ["i4", "i3", "i1", "i2"]


def test_each_item_keeps_its_own_votes_and_reasons() -> None:
    items = (clause_item("i1", 1), clause_item("i2", 2))
    first, second = item_results(
        revealed(1, items, (vote("i1", AGREE, "ann", "Yes, because."), vote("i2", PASS, "ann")))
    )
    assert [given.reason for given in first.votes] == ["Yes, because."]
    assert second.counts == PositionCounts(passed=1)
