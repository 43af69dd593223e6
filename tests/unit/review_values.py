"""Small domain values for tests of statistics, charts and exports: only what a test says is not a default."""

from datetime import UTC, datetime

from lib.domain.ids import ClauseId, ItemId, PersonId, ResponseId, RoundId, RunId, ScenarioId, VersionId
from lib.domain.people import Person, Role
from lib.domain.policy import NO_TAG, Clause
from lib.domain.rounds import Anonymity, Item, ItemKind, Position, RoundResult, Vote
from lib.domain.runs import Mark, MarkValue, Response, ResponseStatus
from lib.domain.scenarios import Scenario, Turn

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGREE, PASS, DISAGREE, CANNOT_JUDGE = Position


def clause(number: int, wording: str = "") -> Clause:
    return Clause(ClauseId(f"c{number}"), number, wording or f"Clause {number}", NO_TAG, section="")


def person(name: str, role: Role = Role.PARTICIPANT) -> Person:
    return Person(PersonId(name.lower()), role, name)


def scenario(number: int, title: str = "") -> Scenario:
    return Scenario(
        scenario_id=ScenarioId(f"s{number}"),
        number=number,
        title=title or f"Scenario {number}",
        turns=(Turn("user", "May I?"),),
        made_by=PersonId("ann"),
        made_by_name="Ann",
        is_shared=True,
        is_withdrawn=False,
        created_at=NOON,
    )


def response(
    name: str,
    scenario_number: int,
    version: str | None = "v1",
    *,
    asked_by: str = "ann",
    status: ResponseStatus = ResponseStatus.DONE,
) -> Response:
    return Response(
        response_id=ResponseId(name),
        run_id=RunId("run"),
        version_id=VersionId(version) if version else None,
        version_number=int(version[1:]) if version else None,
        scenario_id=ScenarioId(f"s{scenario_number}"),
        model="m",
        sample=1,
        seed=1,
        params={},
        status=status,
        text="An answer.",
        error=None,
        prompt_hash=None,
        prompt_tokens=None,
        completion_tokens=None,
        cost_usd=None,
        latency_s=None,
        attempts=1,
        finished_at=NOON,
        is_shared=True,
        is_hidden=False,
        asked_by=PersonId(asked_by),
        asked_by_name=asked_by.title(),
    )


def mark(response_name: str, clause_number: int, value: MarkValue, by: str = "ann") -> Mark:
    return Mark(ResponseId(response_name), ClauseId(f"c{clause_number}"), PersonId(by), by.title(), value, NOON)


def response_item(name: str, response_name: str, model: str = "m") -> Item:
    return Item(
        ItemId(name),
        ItemKind.RESPONSE,
        label=name,
        text="An answer.",
        scenario_title="Scenario",
        response_id=ResponseId(response_name),
        model=model,
    )


def clause_item(name: str, clause_number: int, wording: str = "", *, is_current: bool = True) -> Item:
    return Item(
        ItemId(name),
        ItemKind.CLAUSE,
        label=f"C{clause_number}",
        text=wording or f"Clause {clause_number}",
        clause_id=ClauseId(f"c{clause_number}"),
        version_id=VersionId("v1"),
        version_number=1,
        is_current_wording=is_current,
    )


def vote(item_name: str, position: Position, by: str | None = None, reason: str = "") -> Vote:
    return Vote(ItemId(item_name), PersonId(by) if by else None, by.title() if by else None, position, reason)


def revealed(
    number: int,
    items: tuple[Item, ...],
    votes: tuple[Vote, ...],
    *,
    anonymity: Anonymity = Anonymity.NAMED,
    question: str = "Is this right?",
    removed_count: int = 0,
) -> RoundResult:
    voters = {given.person_id for given in votes}
    return RoundResult(
        round_id=RoundId(f"r{number}"),
        number=number,
        question=question,
        anonymity=anonymity,
        revealed_at=NOON,
        items=items,
        votes=votes,
        eligible_count=max(3, len(voters)),
        voted_count=len(voters),
        removed_count=removed_count,
    )
