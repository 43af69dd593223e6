"""Two versions beside each other on the same scenarios: responses, votes' counts, disagreement before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.domain.ids import ResponseId, ScenarioId, VersionId
from lib.domain.rounds import ItemKind, RoundResult
from lib.domain.runs import Response, ResponseStatus
from lib.domain.scenarios import Scenario
from lib.statistics.disagreement import Disagreement, ItemResult, PositionCounts, item_results, pooled_disagreement


@dataclass(frozen=True)
class VersionSide:
    """What one version answered to one scenario and what was voted on it.

    `counts` are summed over `voted` (one entry a response and round); `disagreement` pools only pairs of votes
    on the same item.
    """

    responses: tuple[Response, ...]
    voted: tuple[ItemResult, ...]
    counts: PositionCounts
    disagreement: Disagreement

    @property
    def rounds(self) -> tuple[int, ...]:
        """Numbers of the revealed rounds the votes are from."""
        return tuple(sorted({result.round_number for result in self.voted}))


@dataclass(frozen=True)
class ScenarioComparison:
    """One scenario under two versions.

    `change` is disagreement after − before (−1 to 1; below 0 = people differ less now), None unless both sides
    have it and were asked the same question. `missing` says what is missing and `caution` what else
    differs between the sides; both are empty when there is nothing to say.
    """

    scenario: Scenario
    before: VersionSide
    after: VersionSide
    change: float | None
    missing: tuple[str, ...]
    caution: tuple[str, ...]

    @property
    def is_voted_on_both(self) -> bool:
        """Whether both versions' responses have been voted on in revealed rounds."""
        return bool(self.before.voted and self.after.voted)


def compare_versions(
    scenarios: Iterable[Scenario],
    before: tuple[VersionId, str],
    after: tuple[VersionId, str],
    responses: Sequence[Response],
    results: Sequence[RoundResult],
) -> tuple[ScenarioComparison, ...]:
    """One comparison a scenario, in the order given. `before` and `after` are a version with its label ("v1").

    Source: votes of revealed rounds on the versions' responses. Votes to different questions are never
    compared: then both sides are shown and `change` is None. A missing vote changes nothing.
    """
    voted = _votes_by_response(results)
    return tuple(_compare(scenario, before, after, responses, voted) for scenario in scenarios)


def _compare(
    scenario: Scenario,
    before: tuple[VersionId, str],
    after: tuple[VersionId, str],
    responses: Sequence[Response],
    voted: dict[ResponseId, list[ItemResult]],
) -> ScenarioComparison:
    left = _side(scenario.scenario_id, before[0], responses, voted)
    right = _side(scenario.scenario_id, after[0], responses, voted)
    return ScenarioComparison(
        scenario=scenario,
        before=left,
        after=right,
        change=_change(left, right),
        missing=(*_missing(left, before[1]), *_missing(right, after[1])),
        caution=_cautions(left, right),
    )


def _side(
    scenario_id: ScenarioId,
    version_id: VersionId,
    responses: Sequence[Response],
    voted: dict[ResponseId, list[ItemResult]],
) -> VersionSide:
    answered = tuple(
        response
        for response in responses
        if response.scenario_id == scenario_id
        and response.version_id == version_id
        and response.status is ResponseStatus.DONE
    )
    results = tuple(result for response in answered for result in voted.get(response.response_id, []))
    counts = tuple(result.counts for result in results)
    return VersionSide(answered, results, sum(counts, PositionCounts()), pooled_disagreement(counts))


def _votes_by_response(results: Iterable[RoundResult]) -> dict[ResponseId, list[ItemResult]]:
    voted: dict[ResponseId, list[ItemResult]] = {}
    for result in results:
        for entry in item_results(result):
            if entry.item.kind is ItemKind.RESPONSE and entry.item.response_id and entry.votes:
                voted.setdefault(entry.item.response_id, []).append(entry)
    return voted


def _questions(side: VersionSide) -> set[str]:
    return {" ".join(result.question.casefold().split()) for result in side.voted}


def _change(before: VersionSide, after: VersionSide) -> float | None:
    old, new = before.disagreement.value, after.disagreement.value
    if old is None or new is None or _questions(before) != _questions(after):
        return None
    return new - old


def _missing(side: VersionSide, label: str) -> tuple[str, ...]:
    if not side.responses:
        return (f"{label} has not been run on this scenario.",)
    if not side.voted:
        return (f"No revealed round has votes on {label}’s response.",)
    if side.disagreement.value is None:
        return (f"{label}: {side.disagreement.reason}",)
    return ()


def _cautions(before: VersionSide, after: VersionSide) -> tuple[str, ...]:
    if not (before.voted and after.voted):
        return ()
    found = []
    if _questions(before) != _questions(after):
        found.append("The rounds asked different questions, so the votes are not compared.")
    if {result.item.model for result in before.voted} != {result.item.model for result in after.voted}:
        found.append("The responses are from different models.")
    if len(before.voted) > 1 or len(after.voted) > 1:
        found.append("Several responses or rounds are counted together.")
    if before.rounds != after.rounds:
        found.append("The votes are from different rounds, so not the same people may have voted.")
    return tuple(found)
