"""What the facilitator can put to the vote."""

from dataclasses import replace
from datetime import UTC, datetime

from components.round_choices import offers_of
from lib.domain.ids import ClauseId, ResponseId, VersionId
from lib.domain.policy import PolicyVersion
from lib.domain.runs import ResponseStatus
from lib.services.voting import ClauseChoice, ResponseChoice
from tests.unit.review_values import clause, response, scenario


def version(number: int) -> PolicyVersion:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return PolicyVersion(VersionId(f"v{number}"), number, "", "Ann", at, "", (clause(1), clause(2)))


def test_clauses_are_offered_as_worded_in_each_version_and_the_newest_can_be_chosen_at_once() -> None:
    offers = offers_of([version(2), version(1)], [], [])
    assert [offer.label for offer in offers.clauses] == [
        "C1 in v2: Clause 1",
        "C2 in v2: Clause 2",
        "C1 in v1: Clause 1",
        "C2 in v1: Clause 2",
    ]
    assert offers.clauses[0].choice == ClauseChoice(VersionId("v2"), ClauseId("c1"))
    assert offers.newest_clauses == ("2:c1", "2:c2")


def test_responses_are_offered_newest_version_first_then_by_scenario() -> None:
    responses = [response("base", 1, None), response("a", 2, "v1"), response("b", 1, "v1"), response("c", 1, "v2")]
    offers = offers_of([], responses, [scenario(1), scenario(2)])
    assert [offer.offer_id for offer in offers.responses] == ["c", "b", "a", "base"]
    assert offers.newest_responses == ("c",)
    assert offers.responses[0].choice == ResponseChoice(ResponseId("c"))
    assert offers.responses[0].label == "S1 Scenario 1 · v2 · sample 1: An answer."


def test_two_responses_that_read_alike_can_each_be_chosen() -> None:
    offers = offers_of([], [response("first", 1, "v1"), response("second", 1, "v1")], [scenario(1)])
    label = "S1 Scenario 1 · v1 · sample 1: An answer."
    assert {offer.label: offer.offer_id for offer in offers.responses} == {label: "first", f"{label} (2)": "second"}


def test_what_cannot_be_voted_on_is_not_offered() -> None:
    responses = [
        response("waiting", 1, status=ResponseStatus.WAITING),
        replace(response("private", 1), is_shared=False),
        replace(response("hidden", 1), is_hidden=True),
        response("elsewhere", 9),
    ]
    assert offers_of([], responses, [scenario(1)]).responses == ()
