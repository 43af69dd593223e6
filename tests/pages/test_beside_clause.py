"""What stands beside a clause, on the pages: said, suggested, accepted, marked as rough, and the ways to it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from components import draft_field, policy_view
from components.beside_clause import marks_of, titles_of
from lib.bootstrap import Application
from lib.domain.discussion import BesideClause, SuggestionState
from lib.domain.ids import ClauseId, CommentId, SuggestionId
from lib.domain.people import Credential, Role
from lib.domain.policy import Policy
from lib.policy.acts import EditClause, WithdrawClause
from lib.security import hash_token
from lib.services import discussing
from lib.services.drafting import change_policy, read_policy
from lib.services.drafts import save_draft
from lib.services.reviewing import reading_from
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields
from tests.support.workshop_builder import new_id

Open = Callable[..., AppTest]


class Browser(Fields):
    """Stands in for the fields and for the policy's list: what that one was given, and what is pressed in it next."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: dict[str, Any] = {}
        self.next_act: dict[str, str] | None = None

    def view(self, *, key: str, data: dict[str, Any], on_act_change: Callable[[], None]) -> dict[str, Any]:
        self.policy = data
        act, self.next_act = self.next_act, None
        return {"act": act}

    def will_act(self, kind: str, clause: str) -> None:
        shown = {"clause": clause, "wording": "", "section": "", "before": ""}
        self.next_act = {"kind": kind, **shown, "nonce": uuid4().hex}

    def block(self, clause: str) -> dict[str, Any]:
        return next(dict(one) for one in self.policy["blocks"] if one.get("id") == clause)


class Scene:
    """Ana and Ben in a workshop, each with a browser; the first clause is what they talk about."""

    def __init__(self, moot: Moot, app: Application, fields: Browser, open_at: Open) -> None:
        self.moot, self.app, self.fields, self._open_at = moot, app, fields, open_at
        self.tokens = {name: moot.join(name)[1] for name in ("Ana", "Ben")}
        self.first = self.policy.clauses[0]

    @property
    def policy(self) -> Policy:
        return read_policy(self.app.store, self.moot.facilitator).policy

    @property
    def beside(self) -> BesideClause:
        return discussing.read_beside(reading_from(self.app.store, self.moot.facilitator), self.first.clause_id)

    def who(self, name: str) -> Credential:
        return Credential(self.moot.workshop_id, hash_token(self.tokens[name]))

    def opens(self, name: str, page: str = "draft", **params: str) -> AppTest:
        self.moot.sign_in(Role.PARTICIPANT, self.tokens[name])
        view = {"view": "clauses"} if page == "draft" else {}
        return shown(self._open_at(page, w=self.moot.workshop_id, **view, **params))

    def opens_the_clause(self, name: str) -> AppTest:
        test = self.opens(name)
        self.fields.will_act("beside", self.first.clause_id)
        return shown(test.run())

    def suggests(self, name: str, text: str) -> SuggestionId:
        suggestion = SuggestionId(new_id())
        of_first = (self.first.clause_id, self.policy.clauses[0].wording)
        discussing.suggest_wording(self.app.store, self.who(name), suggestion, *of_first, text, "It is shorter.")
        return suggestion


@pytest.fixture
def scene(moot: Moot, app: Application, open_at: Open, monkeypatch: pytest.MonkeyPatch) -> Scene:
    fields = Browser()
    monkeypatch.setattr(draft_field, "_FIELD", fields.field)
    monkeypatch.setattr(policy_view, "_VIEW", fields.view)
    return Scene(moot, app, fields, open_at)


def shown(test: AppTest) -> AppTest:
    assert not test.exception, test.exception
    return test


def press(test: AppTest, label: str) -> AppTest:
    return shown(next(button for button in test.button if button.label.startswith(label)).click().run())


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def chooses_to_suggest(test: AppTest, scene: Scene) -> AppTest:
    return shown(test.segmented_control(key=f"beside_{scene.first.clause_id}").set_value("Suggest a wording").run())


def test_a_comment_is_written_read_by_others_reworded_and_taken_back(scene: Scene) -> None:
    ana = scene.opens_the_clause("Ana")
    scene.fields.will_press(f"comment:{scene.first.clause_id}", "comment", "For *whom*?")
    shown(ana.run())
    [comment] = scene.beside.comments
    assert (comment.by, comment.text) == ("Ana", "For *whom*?")
    ben = scene.opens_the_clause("Ben")
    assert "For *whom*?" in [one.value for one in ben.text]
    assert "Change" not in labels(ben)
    assert scene.fields.block(scene.first.clause_id)["beside"] == "1 comment"
    ana = press(scene.opens_the_clause("Ana"), "Change")
    scene.fields.will_press(f"comment_edit:{comment.comment_id}", "save", "For which country?")
    ana = press(shown(ana.run()), "Take back")
    assert [(one.text, one.is_withdrawn) for one in scene.beside.comments] == [("", True)]
    assert "For which country?" in [one.value for one in ana.text], "its author still reads it"
    press(ana, "Put back")
    assert [one.text for one in scene.beside.comments] == ["For which country?"]


def test_whoever_suggests_a_wording_keeps_the_field_though_the_clause_goes(scene: Scene) -> None:
    ana, field = chooses_to_suggest(scene.opens_the_clause("Ana"), scene), f"suggest:{scene.first.clause_id}"
    withdrawn = WithdrawClause(scene.first.clause_id, scene.first.wording)
    change_policy(scene.app.store, scene.who("Ben"), withdrawn, new_id())
    scene.app.reader.wrote(scene.moot.workshop_id)
    ana = shown(ana.run())
    assert scene.fields.shows(field) == scene.first.wording
    assert "Suggest a wording" in ana.segmented_control(key=f"beside_{scene.first.clause_id}").value
    scene.fields.will_press(field, "suggest", "Ask first.")
    ana = shown(ana.run())
    assert "This clause is not in the policy any more" in said(ana)
    assert "Your wording for" in scene.fields.fields[field]["label"]
    assert not scene.beside.suggestions


def test_a_reason_typed_a_moment_before_the_suggestion_is_discarded_goes_only_once_it_was_asked_about(
    scene: Scene,
) -> None:
    ana, field = chooses_to_suggest(scene.opens_the_clause("Ana"), scene), f"suggest:{scene.first.clause_id}"
    assert scene.fields.fields[field]["asks"]["only_own"], "without words of one's own nothing is asked"
    scene.fields.will_press(field, "discard", scene.first.wording)
    scene.fields.leaves(f"{field}:why", "It is shorter.")
    ana = shown(ana.run())
    assert "Nothing was discarded: with it would go your reason: “It is shorter.”" in said(ana).replace("\\", "")
    asks = scene.fields.fields[field]["asks"]
    assert (asks["says"][0], asks["only_own"]) == ("With it goes your reason: “It is shorter.”", False)
    scene.fields.will_press(field, "discard", scene.first.wording)
    ana = shown(ana.run())
    assert scene.fields.fields[f"comment:{scene.first.clause_id}"]


def test_one_suggests_and_another_accepts_and_the_history_names_both(scene: Scene) -> None:
    ana = chooses_to_suggest(scene.opens_the_clause("Ana"), scene)
    field = f"suggest:{scene.first.clause_id}"
    assert scene.fields.shows(field) == scene.first.wording
    scene.fields.leaves(f"{field}:why", "It is shorter.")
    scene.fields.will_press(field, "suggest", "Ask first.")
    ana = shown(ana.run())
    [suggestion] = scene.beside.suggestions
    assert (suggestion.wording, suggestion.base_wording) == ("Ask first.", scene.first.wording)
    assert suggestion.reason == "It is shorter."
    assert not [label for label in labels(ana) if label in ("Accept", "Decline")], "nobody accepts their own"
    ben = press(scene.opens_the_clause("Ben"), "Accept")
    assert scene.policy.clauses[0].wording == "Ask first."
    assert "**Ana**’s suggestion, accepted by **Ben**" in said(ben)
    scene.fields.will_act("history", scene.first.clause_id)
    assert "**Ana**’s suggestion, accepted by **Ben**" in said(shown(ben.run()))


def test_a_browser_that_still_shows_what_was_chosen_for_a_suggestion_just_made_opens_no_second_one(
    scene: Scene,
) -> None:
    ana = chooses_to_suggest(scene.opens_the_clause("Ana"), scene)
    first, choice = scene.first.clause_id, f"beside_{scene.first.clause_id}"
    scene.fields.will_press(f"suggest:{first}", "suggest", "Ask first.")
    ana = shown(ana.run())
    assert ana.segmented_control(key=choice).value == "Comment"
    scene.fields.fields.clear()
    ana = chooses_to_suggest(ana, scene)  # it came late
    assert ana.segmented_control(key=choice).value == "Comment"
    assert (f"comment:{first}" in scene.fields.fields, f"suggest:{first}" in scene.fields.fields) == (True, False)
    assert chooses_to_suggest(ana, scene).segmented_control(key=choice).value == "Suggest a wording"


def test_a_suggestion_for_an_earlier_wording_says_so_and_is_declined_or_put_back(scene: Scene) -> None:
    scene.suggests("Ana", "Ask first.")
    ben = scene.opens_the_clause("Ben")
    change = EditClause(scene.first.clause_id, scene.first.wording, "Ask twice.")
    change_policy(scene.app.store, scene.who("Ana"), change, new_id())
    scene.app.reader.wrote(scene.moot.workshop_id)
    ben = shown(ben.run())
    assert "was reworded since" in said(ben)
    assert ":red-background[~~twice~~]:green-background[**first**]" in said(ben)
    ben = press(ben, "Decline")
    assert scene.beside.suggestions[0].state is SuggestionState.DECLINED
    press(ben, "Put back")
    assert scene.beside.suggestions[0].is_open
    press(scene.opens_the_clause("Ana"), "Withdraw my suggestion")
    assert scene.beside.suggestions[0].state is SuggestionState.WITHDRAWN


def test_a_clause_is_marked_as_rough_in_the_list_and_cleared_in_the_panel(scene: Scene) -> None:
    test = scene.opens("Ana")
    scene.fields.will_act("rough", scene.first.clause_id)
    shown(test.run())
    rough = scene.policy.clauses[0].rough
    assert rough
    assert rough.by == "Ana"
    assert scene.fields.block(scene.first.clause_id)["rough"]
    ben = scene.opens_the_clause("Ben")
    assert "Rough, wording later" in said(ben)
    press(ben, "The wording is done")
    assert scene.policy.clauses[0].rough is None


def test_a_late_press_turns_nothing_back_that_another_has_just_marked(scene: Scene) -> None:
    ana = scene.opens_the_clause("Ana")
    discussing.mark_rough(scene.app.store, scene.who("Ben"), scene.first.clause_id, True)
    scene.app.reader.wrote(scene.moot.workshop_id)
    ana = press(ana, "Mark as")
    assert scene.policy.clauses[0].rough
    assert "The wording is done" in labels(ana)


def test_an_organizer_reads_and_writes_nothing(scene: Scene) -> None:
    scene.suggests("Ana", "Ask first.")
    discussing.add_comment(
        scene.app.store, scene.who("Ben"), CommentId(new_id()), scene.first.clause_id, "Yes, please."
    )
    scene.moot.sign_in(Role.ORGANIZER)
    test = shown(scene._open_at("draft", w=scene.moot.workshop_id, view="clauses"))
    scene.fields.fields.clear()
    scene.fields.will_act("beside", scene.first.clause_id)
    test = shown(test.run())
    assert "Yes, please." in [one.value for one in test.text]
    assert not scene.fields.fields
    assert not {"Accept", "Decline", "Change", "Take back"} & set(labels(test))


def test_a_link_opens_the_clause_and_the_tried_scenario_leads_back(scene: Scene) -> None:
    store, moot = scene.app.store, scene.moot
    run, first = new_id(), scene.first.clause_id
    who = {"workshop": moot.workshop_id, "token_hash": scene.who("Ana").token_hash}
    second = store.call("read_scenarios", **who)[1]
    asked = {"model": "stub", "api_base": None, "samples": 1, "params": {}, "is_shared": True, "is_question": False}
    store.call("start_run", **who, run=run, versions=["current"], scenarios=[second["scenario_id"]], **asked)
    for cell in store.call("claim_cells", process="p1", limit=100, stale_s=30.0):
        answer = {"text": "An answer.", "error": None}
        store.call("store_response", process="p1", response=cell["response_id"], result=answer)
    [response] = store.call("read_responses", **who, scenario=None, run=run)
    store.call("set_mark", **who, response=response["response_id"], clause=first, value="violated")
    test = scene.opens("Ben", clause=first)
    assert "**Tried on 1 scenario**" in said(test)
    assert "1 violated" in said(test)
    press(test, f"S{second['number']}")
    # AppTest does not follow a switch of pages: the same tab goes there.
    at_test = scene.opens("Ben", "test", scenario=second["scenario_id"])
    assert "Clauses marked on these responses" in said(at_test)
    ways = [link.proto.label for link in at_test.get("page_link")]
    assert f"C{scene.first.number}" in ways


def test_the_margin_tells_what_stands_beside_each_clause(scene: Scene) -> None:
    scene.suggests("Ana", "Ask first.")
    for text in ("One.", "Two."):
        discussing.add_comment(scene.app.store, scene.who("Ben"), CommentId(new_id()), scene.first.clause_id, text)
    second = ClauseId(scene.policy.clauses[1].clause_id)
    discussing.mark_rough(scene.app.store, scene.who("Ben"), second, True)

    class OnlyReads:
        read = staticmethod(reading_from(scene.app.store, scene.who("Ana")))

    page: Any = OnlyReads()
    assert marks_of(page) == {scene.first.clause_id: "3", second: "~"}
    assert titles_of(page) == {scene.first.clause_id: "2 comments, 1 suggestion", second: "rough"}


def test_votes_stand_by_wording_and_of_an_open_round_only_that_there_is_one(scene: Scene) -> None:
    store, moot, first = scene.app.store, scene.moot, scene.first.clause_id
    lead = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}

    def opens_a_round() -> dict[str, Any]:
        revision = scene.policy.revision
        version = store.call("publish_version", **lead, base_revision=revision, note="", request_id=new_id())
        item = {"kind": "clause", "version_id": version["version_id"], "clause_id": first}
        opening = {"question": "Right?", "anonymity": "named", "items": [item]}
        return dict(store.call("open_round", **lead, round=new_id(), **opening))

    def votes(name: str, opened: dict[str, Any], position: str) -> None:
        vote = {"item_id": opened["items"][0]["item_id"], "position": position, "reason": "", "request_id": new_id()}
        who = {"workshop": moot.workshop_id, "token_hash": scene.who(name).token_hash}
        assert store.call("cast_votes", votes=[who | vote]) == [{"ok": True}]

    revealed = opens_a_round()
    votes("Ana", revealed, "agree")
    votes("Ben", revealed, "disagree")
    for function in ("close_round", "reveal_round"):
        store.call(function, **lead, round=revealed["round_id"])
    change_policy(store, scene.who("Ana"), EditClause(first, scene.first.wording, "Ask first."), new_id())
    still_open = opens_a_round()
    for name in ("Ana", "Ben"):
        votes(name, still_open, "pass")
    test = scene.opens("Ben", clause=first)
    ways = [link.proto.label for link in test.get("page_link")]
    assert "Round 2 on this clause is open" in ways
    assert "Round 1 · v1, an earlier wording: **1 agree, 1 disagree**" in said(test)
    assert "pass" not in said(test).lower()


def test_what_was_not_sent_beside_a_clause_is_named_and_opened_again(scene: Scene) -> None:
    first = scene.first.clause_id
    save_draft(scene.app.store, scene.who("Ana"), f"comment:{first}", "Half a thought", 1)
    test = scene.opens("Ana")
    assert f"You have an unsaved change to **C{scene.first.number} \\(comment\\)**" in said(test)
    press(test, "Go on with")
    assert scene.fields.shows(f"comment:{first}") == "Half a thought"
