"""Coverage, its negative space, and who has done what with which clause."""

from hypothesis import given
from hypothesis import strategies as st

from lib.domain.ids import ClauseId, PersonId, ScenarioId
from lib.domain.rounds import Anonymity
from lib.domain.runs import Mark, MarkValue
from lib.statistics.coverage import MarkCounts, coverage, unvoted_clauses
from lib.statistics.involvement import Involvement, involvement
from tests.unit.review_values import (
    AGREE,
    clause,
    clause_item,
    mark,
    person,
    response,
    revealed,
    scenario,
    vote,
)

CLAUSES = (clause(1), clause(2), clause(3))
SCENARIOS = (scenario(1), scenario(2))
FOLLOWED, VIOLATED, NOT_CONCERNED = MarkValue


def test_a_clause_is_covered_once_somebody_marked_it_followed_or_violated() -> None:
    marks = (mark("a", 1, FOLLOWED), mark("a", 2, NOT_CONCERNED), mark("b", 3, VIOLATED))
    found = coverage(CLAUSES, SCENARIOS, (response("a", 1), response("b", 1)), marks)
    # C1 (followed) and C3 (violated) of three; "not concerned" does not exercise C2. S1 of two scenarios.
    assert (found.clause_coverage.count, found.clause_coverage.n) == (2, 3)
    assert found.clause_coverage.value == 2 / 3
    assert found.scenario_coverage.value == 1 / 2
    assert [orphan.number for orphan in found.unexercised_clauses] == [2]
    assert [orphan.number for orphan in found.unanswered_scenarios] == [2]


def test_a_cell_counts_each_value_of_the_marks_on_all_responses_to_the_scenario() -> None:
    marks = (mark("a", 1, FOLLOWED), mark("a", 1, VIOLATED, "bob"), mark("b", 1, FOLLOWED), mark("a", 2, NOT_CONCERNED))
    found = coverage(CLAUSES, SCENARIOS, (response("a", 1), response("b", 1, "v2")), marks)
    assert found.cell(ClauseId("c1"), ScenarioId("s1")) == MarkCounts(followed=2, violated=1)
    assert found.cell(ClauseId("c2"), ScenarioId("s1")) == MarkCounts(not_concerned=1)
    assert found.cell(ClauseId("c1"), ScenarioId("s2")) == MarkCounts()


def test_marks_on_a_baseline_or_on_unknown_things_are_left_out_and_counted() -> None:
    marks = (mark("base", 1, FOLLOWED), mark("elsewhere", 1, FOLLOWED), mark("a", 9, FOLLOWED))
    found = coverage(CLAUSES, SCENARIOS, (response("base", 1, None), response("a", 1)), marks)
    assert found.left_out_marks == 3
    assert found.clause_coverage.count == 0


def test_coverage_without_clauses_is_undefined_and_says_why() -> None:
    found = coverage((), (), (), ())
    assert (found.clause_coverage.value, found.clause_coverage.reason) == (None, "The policy has no clauses yet.")
    assert (found.scenario_coverage.value, found.scenario_coverage.reason) == (None, "There are no scenarios yet.")


many_marks = st.lists(
    st.builds(mark, st.sampled_from(["a", "b"]), st.integers(1, 3), st.sampled_from(MarkValue)), max_size=20
)


@given(many_marks, st.randoms(use_true_random=False))
def test_coverage_ignores_the_order_of_marks_and_loses_none(marks: list[Mark], random: object) -> None:
    responses = (response("a", 1), response("b", 2))
    shuffled = list(marks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = coverage(CLAUSES, SCENARIOS, responses, marks)
    assert found == coverage(CLAUSES, SCENARIOS, responses, shuffled)
    assert sum(cell.total for cell in found.cells.values()) + found.left_out_marks == len(marks)
    assert found.clause_coverage.count + len(found.unexercised_clauses) == len(CLAUSES)


def test_a_vote_on_an_earlier_wording_does_not_count_for_the_new_one() -> None:
    items = (clause_item("i1", 1), clause_item("i2", 2, "An earlier wording", is_current=False), clause_item("i3", 3))
    result = revealed(1, items, (vote("i1", AGREE, "ann"), vote("i2", AGREE, "ann")))
    # C2 was voted on in other words, C3 was on the ballot but got no vote.
    assert [found.number for found in unvoted_clauses(CLAUSES, [result])] == [2, 3]


def test_involvement_tells_testing_marking_and_voting_apart() -> None:
    people = (person("Ann"), person("Bob"), person("Cem"))
    responses = (response("a", 1, asked_by="ann"), response("base", 1, None, asked_by="cem"))
    marks = (mark("a", 1, VIOLATED, "bob"), mark("base", 1, FOLLOWED, "bob"))
    result = revealed(1, (clause_item("i1", 1),), (vote("i1", AGREE, "cem"),))
    table = involvement(CLAUSES, people, responses, marks, [result])
    assert table.cell(ClauseId("c1"), PersonId("ann")) == Involvement(tested=True)
    assert table.cell(ClauseId("c1"), PersonId("bob")) == Involvement(marked=True)
    # Cem asked the baseline only, which tests no clause.
    assert table.cell(ClauseId("c1"), PersonId("cem")) == Involvement(voted=True)
    assert [untouched.number for untouched in table.untouched_clauses] == [2, 3]


def test_votes_of_an_anonymous_round_belong_to_nobody() -> None:
    result = revealed(4, (clause_item("i1", 1),), (vote("i1", AGREE),), anonymity=Anonymity.ANONYMOUS)
    table = involvement(CLAUSES, (person("Ann"),), (), (), [result])
    assert table.cells == {}
    assert table.anonymous_rounds == (4,)


def test_a_clause_voted_on_in_an_anonymous_round_alone_is_not_called_untouched() -> None:
    items = (clause_item("i1", 1), clause_item("i2", 2, "An earlier wording", is_current=False))
    votes = (vote("i1", AGREE), vote("i2", AGREE))
    result = revealed(4, items, votes, anonymity=Anonymity.ANONYMOUS)
    table = involvement(CLAUSES, (person("Ann"),), (), (), [result])
    # C1 has a vote that belongs to nobody; C2's is on other words; C3 was on no ballot.
    assert [untouched.number for untouched in table.untouched_clauses] == [2, 3]
