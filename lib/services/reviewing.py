"""What the review stands on: one reading of the workshop's evidence, and the statistics over a chosen part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lib.domain.ids import VersionId
from lib.domain.people import Credential, Person, Role
from lib.domain.policy import Clause, Policy, PolicyVersion, VersionHeader
from lib.domain.rounds import RoundResult
from lib.domain.runs import Mark, Response
from lib.domain.scenarios import Scenario
from lib.services.drafting import LivePolicy
from lib.statistics.comparison import ScenarioComparison, compare_versions
from lib.statistics.coverage import Coverage, coverage, unvoted_clauses
from lib.statistics.disagreement import ItemResult, item_results, most_contested_first
from lib.statistics.involvement import InvolvementTable, involvement
from lib.store.decode import decode
from lib.store.port import Store

T = TypeVar("T")


class Read(Protocol):
    """Calls a reading function as one person and gives the domain's value."""

    def __call__(self, kind: type[T], function: str, **arguments: Any) -> T:
        """What the function gives to this person."""
        ...


@dataclass(frozen=True)
class CoverageReview:
    """How one text of the policy has been tried: by marks, by people, by votes."""

    coverage: Coverage
    involvement: InvolvementTable
    unvoted: tuple[Clause, ...]


def reading_from(store: Store, credential: Credential) -> Read:
    """A `Read` that asks the database each time."""

    def read(kind: type[T], function: str, **arguments: Any) -> T:
        who = {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
        return decode(kind, store.call(function, **who, **arguments))

    return read


def read_results(read: Read) -> tuple[RoundResult, ...]:
    """The revealed rounds, oldest first."""
    return read(tuple[RoundResult, ...], "read_results")


def read_live_policy(read: Read) -> Policy:
    """The policy as it stands."""
    return read(LivePolicy, "read_policy").policy


def read_versions(read: Read) -> tuple[VersionHeader, ...]:
    """The numbered versions, newest first."""
    versions = read(LivePolicy, "read_policy").versions
    return tuple(sorted((v for v in versions if v.number is not None), key=lambda v: -(v.number or 0)))


def contested(results: Sequence[RoundResult], round_number: int | None = None) -> tuple[ItemResult, ...]:
    """The items of one revealed round, or of all, most contested first."""
    chosen = [result for result in results if round_number in (None, result.number)]
    return most_contested_first(item for result in chosen for item in item_results(result))


def read_coverage(read: Read, version_number: int | None = None) -> CoverageReview:
    """How the live policy, or a published version of it, has been tried.

    For a version only responses made with it count; for the live policy those of every version and of unpublished
    text, since a clause keeps its identity through rewording.
    """
    clauses = _clauses(read, version_number)
    responses = _responses(read, version_number)
    marks = read(tuple[Mark, ...], "read_marks")
    results = read_results(read)
    return CoverageReview(
        coverage=coverage(clauses, _shared_scenarios(read), responses, _on(responses, marks)),
        involvement=involvement(clauses, _participants(read), responses, _on(responses, marks), results),
        unvoted=unvoted_clauses(clauses, results),
    )


def read_comparison(read: Read, before: VersionHeader, after: VersionHeader) -> tuple[ScenarioComparison, ...]:
    """Two published versions on every shared scenario that at least one of them was run on."""
    responses = _responses(read, None)
    sides = (before.version_id, after.version_id)
    tried = {response.scenario_id for response in responses if response.version_id in sides}
    scenarios = [scenario for scenario in _shared_scenarios(read) if scenario.scenario_id in tried]
    return compare_versions(scenarios, _labelled(before), _labelled(after), responses, read_results(read))


def _labelled(version: VersionHeader) -> tuple[VersionId, str]:
    return version.version_id, f"v{version.number}"


def _clauses(read: Read, version_number: int | None) -> tuple[Clause, ...]:
    if version_number is None:
        return read_live_policy(read).clauses
    return read(PolicyVersion, "read_version", number=version_number).clauses


def _responses(read: Read, version_number: int | None) -> tuple[Response, ...]:
    """Shared responses: what everyone may count on, and the same for every reader."""
    responses = read(tuple[Response, ...], "read_responses", scenario=None, run=None)
    return tuple(r for r in responses if r.is_shared and version_number in (None, r.version_number))


def _on(responses: Sequence[Response], marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """The marks on these responses: those on other versions belong to other wordings and are no loss to report."""
    ids = {response.response_id for response in responses}
    return tuple(mark for mark in marks if mark.response_id in ids)


def _shared_scenarios(read: Read) -> tuple[Scenario, ...]:
    scenarios = read(tuple[Scenario, ...], "read_scenarios")
    return tuple(scenario for scenario in scenarios if scenario.is_shared and not scenario.is_withdrawn)


def _participants(read: Read) -> tuple[Person, ...]:
    people = read(tuple[Person, ...], "read_people")
    return tuple(person for person in people if person.role is Role.PARTICIPANT and not person.is_removed)
