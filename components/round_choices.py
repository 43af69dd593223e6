"""What can be put to the vote: finished shared responses, and the clauses of published versions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.domain.ids import ScenarioId
from lib.domain.policy import PolicyVersion, VersionHeader
from lib.domain.runs import Response, ResponseStatus
from lib.domain.scenarios import Scenario
from lib.services.reading import Asked, asking
from lib.services.reviewing import Read, read_versions
from lib.services.voting import Choice, ClauseChoice, ResponseChoice

VERSIONS_OFFERED = 3
"""Clauses of this many newest versions can be chosen: older wordings are rarely voted on, and lists grow long."""


@dataclass(frozen=True)
class Offer:
    """One thing that can be chosen, with an id of its own and a label to find it by."""

    offer_id: str
    label: str
    choice: Choice


@dataclass(frozen=True)
class Offers:
    """What can be chosen, and which of it belongs to the newest version."""

    responses: tuple[Offer, ...]
    newest_responses: tuple[str, ...]
    clauses: tuple[Offer, ...]
    newest_clauses: tuple[str, ...]


def offers_are_in(read: Read) -> tuple[Asked, ...]:
    """What `read_offers` reads besides the policy, to fetch it together."""
    versions = [asking("read_version", number=version.number) for version in _offered(read)]
    return (*versions, asking("read_responses", scenario=None, run=None), asking("read_scenarios"))


def read_offers(read: Read) -> Offers:
    """Everything that can be put to the vote now: newest version first, then by scenario or by place in the text."""
    versions = [read(PolicyVersion, "read_version", number=version.number) for version in _offered(read)]
    responses = read(tuple[Response, ...], "read_responses", scenario=None, run=None)
    scenarios = {one.scenario_id: one for one in read(tuple[Scenario, ...], "read_scenarios") if one.is_shared}
    return offers_of(versions, responses, list(scenarios.values()))


def _offered(read: Read) -> tuple[VersionHeader, ...]:
    return read_versions(read)[:VERSIONS_OFFERED]


def offers_of(
    versions: Sequence[PolicyVersion], responses: Sequence[Response], scenarios: Sequence[Scenario]
) -> Offers:
    """The offers out of given values; `versions` newest first."""
    by_id = {scenario.scenario_id: scenario for scenario in scenarios}
    votable = shown_to_all(responses, by_id)
    newest = max((r.version_number or 0 for r in votable), default=0)
    clauses = [(version, clause) for version in versions for clause in version.clauses]
    offers = [
        Offer(
            f"{version.number}:{clause.clause_id}",
            f"C{clause.number} in v{version.number}: {_start(clause.wording)}",
            ClauseChoice(version.version_id, clause.clause_id),
        )
        for version, clause in clauses
    ]
    labels = told_apart(named_response(r, by_id[r.scenario_id]) for r in votable)
    return Offers(
        responses=tuple(
            Offer(r.response_id, label, ResponseChoice(r.response_id)) for r, label in zip(votable, labels, strict=True)
        ),
        newest_responses=tuple(r.response_id for r in votable if (r.version_number or 0) == newest),
        clauses=tuple(offers),
        newest_clauses=tuple(
            o.offer_id for o in offers if versions and o.offer_id.startswith(f"{versions[0].number}:")
        ),
    )


def shown_to_all(responses: Iterable[Response], scenarios: Mapping[ScenarioId, Scenario]) -> list[Response]:
    """What models answered to these scenarios for everyone to see: newest version first, then by scenario."""
    shown = [r for r in responses if r.status is ResponseStatus.DONE and r.is_shared and not r.is_hidden]
    shown = [response for response in shown if response.scenario_id in scenarios]
    shown.sort(key=lambda r: (-(r.version_number or 0), scenarios[r.scenario_id].number or 0, r.sample))
    return shown


def named_response(response: Response, scenario: Scenario) -> str:
    """A response by its scenario, its policy and its sample, with its first words, to be told from all others."""
    if response.is_baseline:
        under = "without policy"
    else:
        under = f"v{response.version_number}" if response.version_number else "unpublished text"
    return f"S{scenario.number} {scenario.title} · {under} · sample {response.sample}: {_start(response.text or '')}"


def told_apart(labels: Iterable[str]) -> list[str]:
    """The labels in their order, numbered where one recurs: a list of choices takes two that read alike for one.

    >>> told_apart(["S1: Yes.", "S2: Yes.", "S1: Yes."])
    ['S1: Yes.', 'S2: Yes.', 'S1: Yes. (2)']
    """
    met: Counter[str] = Counter()
    apart = []
    for label in labels:
        met[label] += 1
        apart.append(label if met[label] == 1 else f"{label} ({met[label]})")
    return apart


def _start(text: str, limit: int = 50) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
