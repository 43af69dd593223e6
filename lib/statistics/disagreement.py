"""How much people differ about one item, with the counts the number was made from."""

from collections.abc import Iterable
from dataclasses import dataclass

from lib.domain.ids import ItemId, RoundId
from lib.domain.rounds import Item, Position, RoundResult, Vote

MIN_POSITIONS = 2
"""Below this number of positions there is no pair of people who could differ."""


@dataclass(frozen=True)
class PositionCounts:
    """How many people gave which answer to one item. Agree and disagree are positions; the others are answers."""

    agree: int = 0
    passed: int = 0
    disagree: int = 0
    cannot_judge: int = 0

    @property
    def answers(self) -> int:
        """Everyone who voted, whatever they answered."""
        return self.agree + self.passed + self.disagree + self.cannot_judge

    @property
    def positions(self) -> int:
        """Everyone who took a position on the question."""
        return self.agree + self.disagree

    def of(self, position: Position) -> int:
        """The count of one answer."""
        return {
            Position.AGREE: self.agree,
            Position.PASS: self.passed,
            Position.DISAGREE: self.disagree,
            Position.CANNOT_JUDGE: self.cannot_judge,
        }[position]

    def __add__(self, other: "PositionCounts") -> "PositionCounts":
        return PositionCounts(
            agree=self.agree + other.agree,
            passed=self.passed + other.passed,
            disagree=self.disagree + other.disagree,
            cannot_judge=self.cannot_judge + other.cannot_judge,
        )


@dataclass(frozen=True)
class Disagreement:
    """The value with what it was computed from.

    `value` is None when it is undefined, and then `reason` says why; otherwise `reason` is None.
    `n` is the number of positions, which is what the value rests on.
    """

    value: float | None
    n: int
    counts: PositionCounts
    reason: str | None


@dataclass(frozen=True)
class ItemResult:
    """One item of a revealed round with its counts and votes."""

    round_id: RoundId
    round_number: int
    question: str
    item: Item
    counts: PositionCounts
    disagreement: Disagreement
    votes: tuple[Vote, ...]
    eligible_count: int


def count_positions(positions: Iterable[Position]) -> PositionCounts:
    """Counts of each answer, in no particular order of votes. A missing vote is simply not there."""
    given = list(positions)
    return PositionCounts(
        agree=given.count(Position.AGREE),
        passed=given.count(Position.PASS),
        disagree=given.count(Position.DISAGREE),
        cannot_judge=given.count(Position.CANNOT_JUDGE),
    )


def disagreement(counts: PositionCounts) -> Disagreement:
    """The chance that two different people, drawn at random among those who took a position, differ.

    Formula: d = 1 − Σ n_k(n_k−1) / (n(n−1)) over k in {agree, disagree}, n = n_agree + n_disagree.
    Source: the unbiased form of the Gini–Simpson index (Simpson 1949, doi:10.1038/163688a0).
    Range: 0 (all took the same position) to 1 (two people who differ). An even split of n people gives
    n / (2(n−1)): 1 for two people, 0.6 for six, and towards 0.5 for many.
    Higher means more often different. Pass and cannot judge are counted and shown, but are not positions.
    A missing vote changes nothing. Undefined under two positions.
    """
    return pooled_disagreement((counts,))


def pooled_disagreement(items: Iterable[PositionCounts]) -> Disagreement:
    """The chance that two different people differ when both took a position on the same item of several.

    Formula: d = 1 − Σ_i Σ_k n_ik(n_ik−1) / Σ_i n_i(n_i−1): only pairs of votes on the same item are compared,
    so an item weighs by its number of pairs. With one item it is `disagreement`. Range, meaning and missing
    votes as there. Undefined when no item has two positions. `n` is the sum of positions over the items.
    """
    counted = tuple(items)
    total = sum(counted, PositionCounts())
    pairs = sum(counts.positions * (counts.positions - 1) for counts in counted)
    if pairs == 0:
        return Disagreement(None, total.positions, total, _why_undefined(total))
    equal = sum(counts.agree * (counts.agree - 1) + counts.disagree * (counts.disagree - 1) for counts in counted)
    return Disagreement(1 - equal / pairs, total.positions, total, None)


def item_results(result: RoundResult) -> tuple[ItemResult, ...]:
    """One result an item of a revealed round, in the order of the round."""
    votes_on: dict[ItemId, list[Vote]] = {item.item_id: [] for item in result.items}
    for vote in result.votes:
        votes_on[vote.item_id].append(vote)
    return tuple(_item_result(result, item, tuple(votes_on[item.item_id])) for item in result.items)


def most_contested_first(results: Iterable[ItemResult]) -> tuple[ItemResult, ...]:
    """The same results: highest disagreement first, then more positions; undefined ones last.

    Ties keep the order they came in.
    """
    return tuple(sorted(results, key=_contest))


def _contest(result: ItemResult) -> tuple[bool, float, int]:
    value = result.disagreement.value
    return (value is None, -(value or 0.0), -result.counts.positions)


def _item_result(result: RoundResult, item: Item, votes: tuple[Vote, ...]) -> ItemResult:
    counts = count_positions(vote.position for vote in votes)
    return ItemResult(
        round_id=result.round_id,
        round_number=result.number,
        question=result.question,
        item=item,
        counts=counts,
        disagreement=disagreement(counts),
        votes=votes,
        eligible_count=result.eligible_count,
    )


def _why_undefined(counts: PositionCounts) -> str:
    if counts.answers == 0:
        return "Nobody has voted on this."
    if counts.positions == 0:
        return f"None of the {counts.answers} who voted took a position."
    return "Fewer than two people took a position on the same item, so nobody could differ."
