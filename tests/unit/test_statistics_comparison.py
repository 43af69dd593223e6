"""Two versions on the same scenarios: compared where both were voted on, and honest about the rest."""

from lib.domain.ids import VersionId
from lib.domain.rounds import RoundResult, Vote
from lib.domain.runs import Response, ResponseStatus
from lib.statistics.comparison import ScenarioComparison, compare_versions
from lib.statistics.disagreement import PositionCounts
from tests.unit.review_values import AGREE, DISAGREE, response, response_item, revealed, scenario, vote

V1, V2 = (VersionId("v1"), "v1"), (VersionId("v2"), "v2")
BOTH = (response("a", 1, "v1"), response("b", 1, "v2"))


def split(item: str) -> tuple[Vote, ...]:
    return (vote(item, AGREE, "ann"), vote(item, DISAGREE, "bob"), vote(item, AGREE, "cem"))


def agreed(item: str) -> tuple[Vote, ...]:
    return tuple(vote(item, AGREE, by) for by in ("ann", "bob", "cem"))


def compare(*results: RoundResult, responses: tuple[Response, ...] = BOTH) -> ScenarioComparison:
    (only,) = compare_versions([scenario(1)], V1, V2, responses, results)
    return only


def test_one_round_on_both_versions_gives_counts_and_the_change() -> None:
    items = (response_item("i1", "a"), response_item("i2", "b"))
    found = compare(revealed(1, items, (*split("i1"), *agreed("i2"))))
    assert (found.before.counts, found.after.counts) == (PositionCounts(agree=2, disagree=1), PositionCounts(agree=3))
    # 2 of 3 pairs differed under v1, none of 3 under v2.
    assert found.change is not None
    assert round(found.change, 6) == round(-2 / 3, 6)
    assert (found.missing, found.caution) == ((), ())


def test_votes_from_different_rounds_are_compared_with_a_caution() -> None:
    first = revealed(1, (response_item("i1", "a"),), split("i1"))
    second = revealed(2, (response_item("i2", "b"),), agreed("i2"))
    found = compare(first, second)
    assert found.change is not None
    assert found.caution == ("The votes are from different rounds, so not the same people may have voted.",)


def test_different_questions_are_shown_but_not_compared() -> None:
    first = revealed(1, (response_item("i1", "a"),), split("i1"))
    second = revealed(2, (response_item("i2", "b"),), agreed("i2"), question="Is it kind?")
    found = compare(first, second)
    assert found.is_voted_on_both
    assert found.change is None
    assert found.caution[0] == "The rounds asked different questions, so the votes are not compared."


def test_responses_of_different_models_are_named() -> None:
    items = (response_item("i1", "a", model="m"), response_item("i2", "b", model="other"))
    found = compare(revealed(1, items, (*split("i1"), *agreed("i2"))))
    assert found.caution == ("The responses are from different models.",)


def test_what_is_missing_is_said_for_each_side() -> None:
    found = compare(responses=(response("a", 1, "v1"),))
    assert found.missing == (
        "No revealed round has votes on v1’s response.",
        "v2 has not been run on this scenario.",
    )
    assert not found.is_voted_on_both


def test_a_response_that_failed_is_not_one() -> None:
    found = compare(responses=(response("a", 1, "v1", status=ResponseStatus.FAILED), response("b", 1, "v2")))
    assert found.missing[0] == "v1 has not been run on this scenario."


def test_a_single_position_leaves_the_change_undefined_with_its_reason() -> None:
    items = (response_item("i1", "a"), response_item("i2", "b"))
    found = compare(revealed(1, items, (*split("i1"), vote("i2", AGREE, "ann"))))
    assert found.change is None
    assert found.missing == ("v2: Fewer than two people took a position on the same item, so nobody could differ.",)
