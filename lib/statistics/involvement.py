"""Who has tested, marked or voted on which clause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.domain.ids import ClauseId, PersonId
from lib.domain.people import Person
from lib.domain.policy import Clause
from lib.domain.rounds import Anonymity, ItemKind, RoundResult
from lib.domain.runs import Mark, MarkValue, Response
from lib.statistics.coverage import unvoted_clauses


@dataclass(frozen=True)
class Involvement:
    """What one person has done with one clause. All False = nothing known."""

    tested: bool = False
    marked: bool = False
    voted: bool = False


@dataclass(frozen=True)
class InvolvementTable:
    """Clauses × people. `anonymous_rounds` had votes on clauses that belong to nobody and are in no cell.

    `untouched_clauses` have no cell and no vote on their present wording, named or anonymous.
    """

    clauses: tuple[Clause, ...]
    people: tuple[Person, ...]
    cells: dict[tuple[ClauseId, PersonId], Involvement]
    untouched_clauses: tuple[Clause, ...]
    anonymous_rounds: tuple[int, ...]

    def cell(self, clause_id: ClauseId, person_id: PersonId) -> Involvement:
        """What the person has done with the clause."""
        return self.cells.get((clause_id, person_id), Involvement())


def involvement(
    clauses: Sequence[Clause],
    people: Sequence[Person],
    responses: Iterable[Response],
    marks: Iterable[Mark],
    results: Sequence[RoundResult],
) -> InvolvementTable:
    """Per clause and person whether they tested, marked, or voted on it.

    Tested: asked for a policy-informed response that somebody marked as following or violating the clause.
    Marked: made any mark on the clause. Voted: cast a vote on the clause's present wording in a revealed named
    round. It says what was done, not how well; nothing known is shown as empty, and nobody is ranked.
    """
    given = tuple(responses)
    done = tuple(marks)
    tested = _tested(given, done)
    marked = {(mark.clause_id, mark.person_id) for mark in done}
    voted = _voted(clauses, results)
    anything = tested | marked | voted
    cells = {
        pair: Involvement(tested=pair in tested, marked=pair in marked, voted=pair in voted)
        for clause in clauses
        for person in people
        if (pair := (clause.clause_id, person.person_id)) in anything
    }
    unvoted = unvoted_clauses(clauses, results)
    in_cells = {clause_id for clause_id, _ in cells}
    return InvolvementTable(
        clauses=tuple(clauses),
        people=tuple(people),
        cells=cells,
        untouched_clauses=tuple(clause for clause in unvoted if clause.clause_id not in in_cells),
        anonymous_rounds=tuple(
            result.number
            for result in results
            if result.anonymity is Anonymity.ANONYMOUS and any(item.kind is ItemKind.CLAUSE for item in result.items)
        ),
    )


def _tested(responses: Sequence[Response], marks: Sequence[Mark]) -> set[tuple[ClauseId, PersonId]]:
    asked_by = {response.response_id: response.asked_by for response in responses if not response.is_baseline}
    return {
        (mark.clause_id, asked_by[mark.response_id])
        for mark in marks
        if mark.value is not MarkValue.NOT_CONCERNED and mark.response_id in asked_by
    }


def _voted(clauses: Sequence[Clause], results: Sequence[RoundResult]) -> set[tuple[ClauseId, PersonId]]:
    wordings = {(clause.clause_id, clause.wording) for clause in clauses}
    clause_of = {
        item.item_id: item.clause_id
        for result in results
        for item in result.items
        if item.clause_id is not None and (item.clause_id, item.text) in wordings
    }
    return {
        (clause_id, vote.person_id)
        for result in results
        for vote in result.votes
        if vote.person_id is not None and (clause_id := clause_of.get(vote.item_id)) is not None
    }
