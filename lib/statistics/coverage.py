"""Which clauses are exercised by which scenarios, and what nothing touches. Every count names its source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lib.domain.ids import ClauseId, ResponseId, ScenarioId
from lib.domain.policy import Clause
from lib.domain.rounds import ItemKind, RoundResult
from lib.domain.runs import Mark, MarkValue, Response
from lib.domain.scenarios import Scenario

MARKS_BY_PARTICIPANTS = "marks made by participants on policy-informed responses"
"""The only source of coverage there is so far. Another source gets figures of its own, never a share of these."""


@dataclass(frozen=True)
class MarkCounts:
    """How many marks of each value a clause has on the responses to one scenario."""

    followed: int = 0
    violated: int = 0
    not_concerned: int = 0

    @property
    def exercising(self) -> int:
        """Marks that say the clause came into play: followed or violated."""
        return self.followed + self.violated

    @property
    def total(self) -> int:
        """All marks, whatever they say."""
        return self.exercising + self.not_concerned


NO_MARKS = MarkCounts()


@dataclass(frozen=True)
class Share:
    """A part of a whole with both counts. `value` is None when the whole is empty, and then `reason` says so."""

    count: int
    n: int
    reason: str | None = None

    @property
    def value(self) -> float | None:
        """Between 0 and 1."""
        return self.count / self.n if self.n else None


@dataclass(frozen=True)
class Coverage:
    """What the marks say of clauses and scenarios. Tuples keep the order of the arguments."""

    source: str
    clauses: tuple[Clause, ...]
    scenarios: tuple[Scenario, ...]
    cells: Mapping[tuple[ClauseId, ScenarioId], MarkCounts] = field(hash=False)
    clause_coverage: Share
    scenario_coverage: Share
    unexercised_clauses: tuple[Clause, ...]
    unanswered_scenarios: tuple[Scenario, ...]
    left_out_marks: int
    """Marks on baseline responses, or on clauses, scenarios or responses that were not asked about."""

    def cell(self, clause_id: ClauseId, scenario_id: ScenarioId) -> MarkCounts:
        """The counts of one cell; all zero when nobody marked it."""
        return self.cells.get((clause_id, scenario_id), NO_MARKS)


def coverage(
    clauses: Sequence[Clause],
    scenarios: Sequence[Scenario],
    responses: Iterable[Response],
    marks: Iterable[Mark],
) -> Coverage:
    """Clause × scenario counts of marks, both shares, and the orphans of both axes by name.

    Formula: clause coverage = clauses with at least one mark followed or violated / clauses; scenario coverage
    the other way round. Source: `MARKS_BY_PARTICIPANTS`, on the given responses alone. Range 0 to 1; higher
    means that more of the policy has been tried. "Not concerned" does not exercise a clause. Marks on a baseline
    response say nothing of the policy and are left out. A missing mark is not a "not concerned". Undefined
    without clauses (or scenarios).
    """
    scenario_of = {response.response_id: response.scenario_id for response in responses if not response.is_baseline}
    cells, left_out = _count_cells(clauses, scenarios, scenario_of, marks)
    exercised = {clause_id for (clause_id, _), counts in cells.items() if counts.exercising}
    answered = {scenario_id for (_, scenario_id), counts in cells.items() if counts.exercising}
    return Coverage(
        source=MARKS_BY_PARTICIPANTS,
        clauses=tuple(clauses),
        scenarios=tuple(scenarios),
        cells=cells,
        clause_coverage=_share(len(exercised), len(clauses), "The policy has no clauses yet."),
        scenario_coverage=_share(len(answered), len(scenarios), "There are no scenarios yet."),
        unexercised_clauses=tuple(clause for clause in clauses if clause.clause_id not in exercised),
        unanswered_scenarios=tuple(scenario for scenario in scenarios if scenario.scenario_id not in answered),
        left_out_marks=left_out,
    )


def unvoted_clauses(clauses: Iterable[Clause], results: Iterable[RoundResult]) -> tuple[Clause, ...]:
    """The clauses on whose present wording no vote has been counted in a revealed round.

    A vote on an earlier wording does not count for the given one.
    """
    voted = {
        (item.clause_id, item.text)
        for result in results
        for item in result.items
        if item.kind is ItemKind.CLAUSE and any(vote.item_id == item.item_id for vote in result.votes)
    }
    return tuple(clause for clause in clauses if (clause.clause_id, clause.wording) not in voted)


def _share(count: int, n: int, reason_when_empty: str) -> Share:
    return Share(count, n, None if n else reason_when_empty)


def _count_cells(
    clauses: Sequence[Clause],
    scenarios: Sequence[Scenario],
    scenario_of: Mapping[ResponseId, ScenarioId],
    marks: Iterable[Mark],
) -> tuple[dict[tuple[ClauseId, ScenarioId], MarkCounts], int]:
    known_clauses = {clause.clause_id for clause in clauses}
    known_scenarios = {scenario.scenario_id for scenario in scenarios}
    values: dict[tuple[ClauseId, ScenarioId], list[MarkValue]] = {}
    left_out = 0
    for mark in marks:
        scenario_id = scenario_of.get(mark.response_id)
        if scenario_id not in known_scenarios or mark.clause_id not in known_clauses:
            left_out += 1
        elif scenario_id is not None:
            values.setdefault((mark.clause_id, scenario_id), []).append(mark.value)
    return {cell: _count_marks(given) for cell, given in values.items()}, left_out


def _count_marks(values: Sequence[MarkValue]) -> MarkCounts:
    return MarkCounts(
        followed=values.count(MarkValue.FOLLOWED),
        violated=values.count(MarkValue.VIOLATED),
        not_concerned=values.count(MarkValue.NOT_CONCERNED),
    )
