"""Beside a clause: everybody talks, others accept a suggested wording, and a wording can be marked as rough."""

from collections.abc import Callable
from typing import Any

import pytest

from lib.domain.discussion import SuggestionState
from lib.domain.errors import ClauseConflict, Conflict, FolkmootError, NotAllowed, NotFound, ValidationFailed
from lib.domain.ids import ClauseId, CommentId, SuggestionId, WorkshopId
from lib.domain.people import Credential
from lib.policy.acts import EditClause, WithdrawClause
from lib.services import discussing, exporting
from lib.services.drafting import change_policy, read_clause_history, read_policy
from lib.services.reviewing import Read, reading_from
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id

FIRST = "Ask before you answer."
BETTER = "Ask for the country before you answer."


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def who(someone: Someone) -> Credential:
    return Credential(WorkshopId(someone.workshop), someone.token_hash)


def read_as(someone: Someone) -> Read:
    return reading_from(someone.store, who(someone))


def first(built: Built) -> ClauseId:
    return ClauseId(built.clauses[0]["clause_id"])


def say(built: Built, someone: Someone, text: str) -> CommentId:
    comment = CommentId(new_id())
    discussing.add_comment(built.store, who(someone), comment, first(built), text)
    return comment


def suggest(built: Built, someone: Someone, text: str = BETTER, base: str = FIRST, reason: str = "") -> SuggestionId:
    suggestion = SuggestionId(new_id())
    discussing.suggest_wording(built.store, who(someone), suggestion, first(built), base, text, reason)
    return suggestion


def beside(built: Built, someone: Someone) -> Any:
    return discussing.read_beside(read_as(someone), first(built))


def accept(built: Built, someone: Someone, suggestion: SuggestionId, seen: str = FIRST) -> int:
    found = next(one for one in beside(built, someone).suggestions if one.suggestion_id == suggestion)
    return discussing.accept_suggestion(built.store, who(someone), found, seen, new_id())


def wording(built: Built) -> str:
    return read_policy(built.store, who(built.facilitator)).policy.clauses[0].wording


def lock(built: Built) -> None:
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})


def test_comments_are_before_everyone_in_the_order_of_time_with_names(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    say(built, ana, " For whom? ")
    lock(built)
    say(built, ben, "For everyone.")
    say(built, built.facilitator, "Noted.")
    for someone in (ana, ben, built.facilitator, built.organizer):
        assert [(one.by, one.text) for one in beside(built, someone).comments] == [
            ("Ana", "For whom?"),
            ("Ben", "For everyone."),
            ("Facilitator", "Noted."),
        ]
        assert discussing.read_counts(read_as(someone))[first(built)].comment_count == 3
    with pytest.raises(NotAllowed):
        say(built, built.organizer, "Me too.")


def test_only_its_author_rewords_a_comment_or_takes_it_back(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    comment = say(built, ana, "One.")
    for someone in (ben, built.facilitator):
        with pytest.raises(NotAllowed, match="Only its author"):
            discussing.edit_comment(built.store, who(someone), comment, "Two.")
        with pytest.raises(NotAllowed, match="Only its author"):
            discussing.withdraw_comment(built.store, who(someone), comment, True)
    discussing.edit_comment(built.store, who(ana), comment, "Two.")
    [seen] = beside(built, ben).comments
    assert (seen.text, seen.edited_at is not None) == ("Two.", True)
    discussing.withdraw_comment(built.store, who(ana), comment, True)
    assert [(one.text, one.is_withdrawn) for one in beside(built, built.facilitator).comments] == [("", True)]
    assert [one.text for one in beside(built, ana).comments] == ["Two."]
    assert "Two." not in str(ben.call("export_workshop")["comments"])
    assert "their authors took them back" in str(ben.call("export_workshop")["withheld"])
    assert first(built) not in discussing.read_counts(read_as(ben))
    with pytest.raises(Conflict, match="Put it back first"):
        discussing.edit_comment(built.store, who(ana), comment, "Three.")
    discussing.withdraw_comment(built.store, who(ana), comment, False)
    assert [one.text for one in beside(built, ben).comments] == ["Two."]


def test_what_the_facilitator_hides_others_read_as_hidden_everywhere(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    comment, suggestion = say(built, ana, "An abusive word."), suggest(built, ana, "An abusive wording.")
    with pytest.raises(NotAllowed):
        discussing.hide_comment(built.store, who(ben), comment, True)
    discussing.hide_comment(built.store, who(built.facilitator), comment, True)
    discussing.hide_suggestion(built.store, who(built.facilitator), suggestion, True)
    for someone in (ana, ben, built.organizer):
        seen = f"{someone.call('read_beside_clause', clause=first(built))}{someone.call('read_suggestions')}"
        assert "abusive" not in seen
        assert "abusive" not in str(someone.call("export_workshop"))
        assert seen.count("(hidden by the facilitator)") == 3
    assert [one.text for one in beside(built, built.facilitator).comments] == ["An abusive word."]
    with pytest.raises(NotAllowed, match="has hidden"):
        discussing.edit_comment(built.store, who(ana), comment, "Kinder.")
    with pytest.raises(NotFound, match="not open any more"):
        built.accept(ben, suggestion, "An abusive wording.")
    discussing.hide_suggestion(built.store, who(built.facilitator), suggestion, False)
    assert [one.wording for one in beside(built, ben).suggestions] == ["An abusive wording."]


def test_somebody_else_accepts_a_suggestion_and_both_names_are_kept(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    suggestion = suggest(built, ana, f"- {BETTER}", reason="Law differs.")
    [seen] = beside(built, ben).suggestions
    assert (seen.by, seen.wording, seen.base_wording, seen.reason) == ("Ana", BETTER, FIRST, "Law differs.")
    with pytest.raises(NotAllowed, match="Somebody else accepts"):
        accept(built, ana, suggestion)
    assert wording(built) == FIRST
    assert accept(built, ben, suggestion) == 2
    assert wording(built) == BETTER
    *_, event = read_clause_history(built.store, who(ana), first(built))
    assert (event.by, event.suggested_by, event.wording, event.revision) == ("Ben", "Ana", BETTER, 2)
    [clause, other] = read_policy(built.store, who(ben)).policy.clauses
    assert (clause.authors, other.authors) == (("Facilitator", "Ana", "Ben"), ("Facilitator",))
    [seen] = beside(built, ana).suggestions
    assert (seen.state, seen.settled_by) == (SuggestionState.ACCEPTED, "Ben")
    for refused in (
        lambda: accept(built, built.facilitator, suggestion, BETTER),
        lambda: discussing.settle_suggestion(built.store, who(ana), suggestion, SuggestionState.WITHDRAWN),
    ):
        with pytest.raises((NotFound, Conflict)):
            refused()
    text = exporting.decisions_text(built.store, who(ana))
    assert "## Accepted suggestion, about C1" in text
    assert "Suggested by Ana" in text
    assert "accepted by Ben" in text


def test_a_suggestion_is_for_a_wording_and_never_overwrites_another_unseen(built: Built) -> None:
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    suggestion = suggest(built, ana)
    edit = EditClause(first(built), FIRST, "Ask kindly before you answer.")
    change_policy(built.store, who(cleo), edit, new_id())
    with pytest.raises(ClauseConflict) as told:
        accept(built, ben, suggestion)
    assert (told.value.theirs, told.value.mine) == ("Ask kindly before you answer.", BETTER)
    assert wording(built) == "Ask kindly before you answer."
    assert beside(built, ben).suggestions[0].is_open
    accept(built, ben, suggestion, "Ask kindly before you answer.")
    assert wording(built) == BETTER


def test_a_wording_that_came_by_itself_is_accepted_without_a_change(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    suggestion = suggest(built, ana)
    change_policy(built.store, who(ana), EditClause(first(built), FIRST, BETTER), new_id())
    assert accept(built, ben, suggestion, BETTER) == 2
    *_, event = read_clause_history(built.store, who(ana), first(built))
    assert (event.by, event.suggested_by) == ("Ana", None)
    assert beside(built, ben).suggestions[0].state is SuggestionState.ACCEPTED


def test_accepting_respects_the_lock_and_suggesting_does_not(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    lock(built)
    suggestion = suggest(built, ana)
    with pytest.raises(NotAllowed, match="locked the policy"):
        accept(built, ben, suggestion)
    assert (wording(built), beside(built, ben).suggestions[0].is_open) == (FIRST, True)
    accept(built, built.facilitator, suggestion)
    assert wording(built) == BETTER


def test_a_policy_without_the_suggested_wording_is_no_acceptance(built: Built) -> None:
    suggestion = built.suggest(built.join("Ana"), BETTER)
    ben = built.join("Ben")
    for other in ("Something else.", FIRST):
        with pytest.raises(ValidationFailed, match="would not hold"):
            built.accept(ben, suggestion, other)
    with pytest.raises(Conflict):
        built.accept(ben, suggestion, BETTER, base=7)
    assert (wording(built), beside(built, ben).suggestions[0].is_open) == (FIRST, True)
    assert read_policy(built.store, who(ben)).policy.revision == 1


def test_others_decline_its_author_withdraws_and_both_can_be_taken_back(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    suggestion = suggest(built, ana)

    def settle(someone: Someone, state: SuggestionState) -> None:
        discussing.settle_suggestion(built.store, who(someone), suggestion, state)

    for someone, state in ((ana, SuggestionState.DECLINED), (ben, SuggestionState.WITHDRAWN)):
        with pytest.raises(NotAllowed):
            settle(someone, state)
    settle(ben, SuggestionState.DECLINED)
    [seen] = beside(built, ana).suggestions
    assert (seen.state, seen.settled_by) == (SuggestionState.DECLINED, "Ben")
    assert first(built) not in discussing.read_counts(read_as(ana))
    settle(built.facilitator, SuggestionState.OPEN)
    settle(ana, SuggestionState.WITHDRAWN)
    assert BETTER not in str(ben.call("read_suggestions"))
    with pytest.raises(NotAllowed, match="Only who made"):
        settle(ben, SuggestionState.OPEN)
    settle(ana, SuggestionState.OPEN)
    assert beside(built, ben).suggestions[0].wording == BETTER


WRONG: dict[str, tuple[str, str]] = {
    "no words": ("  ", "no words yet"),
    "too much": ("word " * 500, "2,000 are the most"),
    "several clauses": ("- one\n- two", "list of 2 items"),
    "the same": (FIRST, "own wording"),
    "another tag": (f"{BETTER} [always]", "wording alone"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_suggested_wording_is_checked_as_a_clauses_wording(built: Built, wrong: str) -> None:
    text, told = WRONG[wrong]
    with pytest.raises(ValidationFailed, match=told):
        suggest(built, built.join("Ana"), text)
    assert beside(built, built.facilitator).suggestions == ()


def test_a_clause_that_is_not_in_the_policy_takes_comments_and_no_suggestions(store: Store, built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    open_one = suggest(built, ana)
    change_policy(store, who(ana), WithdrawClause(first(built)), new_id())
    say(built, ana, "Why withdrawn?")
    with pytest.raises(NotFound, match="not in the policy any more"):
        suggest(built, ana)
    with pytest.raises(ClauseConflict):
        accept(built, ben, open_one)
    built.facilitator.call("hide_text", kind="clause", id=first(built), is_hidden=True)
    assert FIRST not in str(ben.call("read_beside_clause", clause=first(built)))
    elsewhere = Built(store)
    for act in (
        lambda: elsewhere.facilitator.call("read_beside_clause", clause=first(built)),
        lambda: elsewhere.facilitator.call("add_comment", comment=new_id(), clause=first(built), text="Hi."),
        lambda: elsewhere.facilitator.call("set_rough", clause=first(built), is_rough=True),
        lambda: elsewhere.facilitator.call("settle_suggestion", suggestion=open_one, state="declined"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_wording_stays_rough_until_somebody_says_otherwise_and_no_model_is_told(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    prompt = exporting.policy_as_prompt(built.store, who(ana))
    discussing.mark_rough(built.store, who(ana), first(built), True)
    change_policy(built.store, who(ben), EditClause(first(built), FIRST, BETTER), new_id())
    [rough, plain] = read_policy(built.store, who(ben)).policy.clauses
    assert rough.rough
    assert (rough.rough.by, plain.rough) == ("Ana", None)
    assert exporting.policy_as_prompt(built.store, who(ana)) == prompt.replace(FIRST, BETTER)
    assert "rough" not in exporting.policy_markdown(built.store, who(ana)).lower()
    built.publish()
    assert "rough" not in str(ana.call("read_version", number=1))
    assert "Rough, wording later: C1" in exporting.decisions_text(built.store, who(ana))
    assert [bool(one["rough"]) for one in ana.call("export_workshop")["policy"]["clauses"]] == [True, False]
    lock(built)
    with pytest.raises(NotAllowed, match="locked the policy"):
        discussing.mark_rough(built.store, who(ben), first(built), False)
    discussing.mark_rough(built.store, who(built.facilitator), first(built), False)
    assert not read_policy(built.store, who(ben)).policy.clauses[0].rough


def test_a_clause_tells_on_which_shared_scenarios_it_was_marked_but_nothing_under_vote(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    shared = built.run(ana, ["current", None], samples=2)["run_id"]
    private = built.run(ben, ["current"], shared=False)["run_id"]
    built.answer()
    by_run: Callable[[str], list[Any]] = lambda run: ben.call("read_responses", scenario=None, run=run)  # noqa: E731
    for response in [*by_run(shared), *by_run(private)]:
        for someone, value in ((ana, "followed"), (ben, "violated")):
            try:
                someone.call("set_mark", response=response["response_id"], clause=first(built), value=value)
            except FolkmootError:
                assert response["run_id"] == private or response["version_id"] is None
    [tried] = beside(built, built.organizer).tried
    assert (tried.number, tried.followed, tried.violated, tried.not_concerned) == (1, 2, 2, 0)
    built.open_round()
    ana.call("set_mark", response=by_run(shared)[0]["response_id"], clause=first(built), value="not_concerned")
    seen = [(one.followed, one.not_concerned) for one in beside(built, built.organizer).tried]
    assert seen in ([(1, 0)], [(2, 0)]), "a mark that was changed since the vote began is not shown"


def test_who_left_with_their_data_keeps_no_name_at_what_they_gave(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    say(built, ana, "Kept.")
    discussing.withdraw_comment(built.store, who(ana), say(built, ana, "Taken back."), True)
    suggestion = suggest(built, ana)
    accept(built, ben, suggestion)
    ana.call("leave_workshop", delete_data=True)
    assert [(one.by, one.text) for one in beside(built, ben).comments] == [("a former participant", "Kept.")]
    *_, event = read_clause_history(built.store, who(ben), first(built))
    assert (event.by, event.suggested_by) == ("Ben", "a former participant")
