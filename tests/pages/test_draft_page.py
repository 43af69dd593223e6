"""The draft page as each of the three kinds of people, on a real database; the browser is stood in for."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import draft_field, policy_view, shared_document
from components.page_views import CLAUSES, TOGETHER
from components.pages import ROOT, file_of
from components.policy_view import EMPTY, EMPTY_TO_READ, HIDDEN_WORDING
from lib import bootstrap
from lib.domain.errors import ValidationFailed
from lib.domain.ids import ClauseId, PersonId
from lib.domain.people import Credential, Role
from lib.domain.policy import NO_TAG, Policy, Tag
from lib.llm.catalogue import Catalogue
from lib.policy.acts import AddClause, AddSection, Change, EditClause, RenameSection, TagClause, WithdrawClause
from lib.security import cookie_name, hash_token, new_token
from lib.services import drafting, leading, workshops
from lib.services.drafts import NO_DRAFT, Draft, read_drafts, save_draft
from lib.services.reading import Reader
from lib.settings import read_settings
from lib.store.port import Store
from tests.pages.fields import Fields

TEXT = "# Scope\n\nSome context.\n\n- Ask first.\n- Cite sources.\n"


class Engine:
    """No model is asked by these tests; the page says which one it would be."""

    catalogue = Catalogue()

    def warm_up(self) -> None: ...

    def watch_run(self) -> None: ...

    def is_under_way(self) -> None: ...

    def start(self) -> None: ...

    def close(self) -> None: ...


class Cookies:
    """The browser whose turn it is."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def cookies(self) -> Mapping[str, str]:
        return self.held


class Browser(Fields):
    """Stands in for the page's own elements: what they were given, and what is pressed in them next."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: dict[str, Any] = {}
        self.next_act: dict[str, Any] | None = None

    def view(self, *, key: str, data: dict[str, Any], on_act_change: Callable[[], None]) -> dict[str, Any]:
        self.policy = data
        act, self.next_act = self.next_act, None
        return {"act": act}

    def will_act(self, kind: str, clause: str, wording: str = "", before: str = "", section: str = "") -> None:
        shown = {"clause": clause, "wording": wording, "section": section, "before": before}
        self.next_act = {"kind": kind, **shown, "nonce": uuid4().hex}

    def wordings(self) -> list[str]:
        return [block["wording"] for block in self.policy["blocks"] if block["kind"] == "clause"]


class Room:
    """A workshop with its people, each of whom can open the page."""

    def __init__(self, store: Store, text: str, cookies: Cookies, browser: Browser) -> None:
        self.store, self.cookies, self.browser = store, cookies, browser
        starter = workshops.Starter("Legal questions", policy_text=text)
        self.made = workshops.create_workshop(store, starter, max_calls=10, max_cost_usd=1.0)
        self.tokens = {Role.FACILITATOR: self.made.facilitator_token, Role.ORGANIZER: self.made.organizer_token}
        self.tokens[Role.PARTICIPANT] = self._join("Ana")
        self.ben = Credential(self.made.workshop_id, hash_token(self._join("Ben")))

    def _join(self, name: str) -> str:
        token = new_token()
        workshops.join_workshop(self.store, self.made.join_code, name, person_id=PersonId(str(uuid4())), token=token)
        return token

    def credential(self, role: Role) -> Credential:
        return Credential(self.made.workshop_id, hash_token(self.tokens[role]))

    def open(self, role: Role, view: str = CLAUSES) -> AppTest:
        self.cookies.held = {cookie_name(role, self.made.workshop_id): self.tokens[role]}
        app = AppTest.from_file(ROOT / "components" / "router.py", default_timeout=20)
        app.query_params["w"] = self.made.workshop_id
        app.run()
        app.switch_page(file_of("draft"))
        app.query_params["w"] = self.made.workshop_id
        shown(app.run())
        if view == TOGETHER or not app.segmented_control:  # somebody who may not be there sees nothing to choose
            return app
        return shown(app.segmented_control(key="draft_view").set_value(view).run())

    def change(self, change: Change) -> None:
        """Ben changes something, and every page knows it at once."""
        drafting.change_policy(self.store, self.ben, change, str(uuid4()))
        bootstrap.application().reader.wrote(self.made.workshop_id)

    @property
    def policy(self) -> Policy:
        return drafting.read_policy(self.store, self.ben).policy


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    standing_in = Browser()
    monkeypatch.setattr(draft_field, "_FIELD", standing_in.field)
    monkeypatch.setattr(policy_view, "_VIEW", standing_in.view)
    return standing_in


@pytest.fixture
def make_room(store: Store, browser: Browser) -> Iterator[Callable[[str], Room]]:
    cookies = Cookies()
    st.cache_resource.clear()
    application = bootstrap.Application(read_settings({}, {}), store, Engine(), Reader(store), identity=cookies)  # type: ignore[arg-type]
    bootstrap.override(application)
    yield lambda text: Room(store, text, cookies, browser)
    bootstrap.override(None)


@pytest.fixture
def room(make_room: Callable[[str], Room]) -> Room:
    return make_room(TEXT)


def shown(app: AppTest) -> AppTest:
    """The page after a run in which nothing failed."""
    assert not app.exception, app.exception
    assert not any("unexpected" in str(error.value).lower() for error in app.error)
    return app


@pytest.mark.parametrize("role", list(Role))
def test_the_page_opens_for_each_role_and_only_an_organizer_cannot_write(room: Room, role: Role) -> None:
    room.open(role)
    assert room.browser.wordings() == ["Ask first.", "Cite sources."]
    assert room.browser.policy["can_edit"] is (role is not Role.ORGANIZER)
    assert ("clause:new" in room.browser.fields) is (role is not Role.ORGANIZER)


def tag_of(app: AppTest) -> Any:
    """The choice of the tag beside the wording."""
    return next(one for one in app.segmented_control if one.label == "When does it apply?")


def test_nobody_without_a_pass_sees_the_policy(room: Room) -> None:
    room.open(Role.PARTICIPANT)
    room.browser.policy = {}
    room.tokens[Role.PARTICIPANT] = new_token()
    room.open(Role.PARTICIPANT)
    assert room.browser.policy == {}


def test_an_empty_policy_teaches_the_first_step(make_room: Callable[[str], Room]) -> None:
    room = make_room("")
    room.open(Role.PARTICIPANT)
    assert room.browser.policy["empty"] == EMPTY
    room.open(Role.ORGANIZER)
    assert room.browser.policy["empty"] == EMPTY_TO_READ


def test_a_clause_is_added_with_its_section_and_tag_and_the_field_is_emptied(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    tag_of(app).set_value("Always")
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    clause = room.policy.clauses[-1]
    assert (clause.wording, clause.tag, clause.section, clause.authors) == (
        "Be kind.",
        Tag(always=True),
        "Scope",
        ("Ana",),
    )
    assert room.browser.fields["clause:new"]["cleared"]
    assert room.browser.wordings()[-1] == "Be kind."


def test_a_press_counts_once_even_if_the_run_that_was_given_it_was_cut_short(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    room.browser.is_cut_short = True
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    shown(app.run())
    assert [clause.wording for clause in room.policy.clauses] == ["Ask first.", "Cite sources.", "Be kind."]


def test_a_clause_that_cannot_be_taken_says_why_and_stays_in_the_field(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    room.browser.will_press("clause:new", "add", "- one\n- two")
    shown(app.run())
    assert "list of 2 items" in app.error[0].value
    assert not room.browser.fields["clause:new"]["cleared"]


def test_a_locked_policy_is_said_and_keeps_what_was_typed(room: Room) -> None:
    leading.lock_editing(room.store, room.credential(Role.FACILITATOR), True)
    app = room.open(Role.PARTICIPANT)
    assert "locked" in app.info[0].value
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    assert not room.browser.fields["clause:new"]["cleared"]
    assert len(room.policy.clauses) == 2
    assert room.browser.policy["can_edit"] is False


def test_withdrawing_can_be_undone_to_the_same_place(room: Room) -> None:
    first, second = (clause.clause_id for clause in room.policy.clauses)
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("withdraw", first, "Ask first.")
    shown(app.run())
    assert [clause.clause_id for clause in room.policy.withdrawn] == [first]
    room.browser.will_act("undo", first, before=second)
    shown(app.run())
    assert room.policy.text == TEXT


def test_a_clause_moves_up_and_down(room: Room) -> None:
    app = room.open(Role.FACILITATOR)
    room.browser.will_act("down", room.policy.clauses[0].clause_id)
    shown(app.run())
    assert room.browser.wordings() == ["Cite sources.", "Ask first."]


def test_withdrawing_what_somebody_just_reworded_is_told_until_it_is_closed(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    first = room.policy.clauses[0].clause_id
    room.change(EditClause(first, "Ask first.", "Ask twice."))
    room.browser.will_act("withdraw", first, "Ask first.")
    shown(app.run())
    shown(app.run())
    assert "was not withdrawn" in app.warning[0].value
    shown(app.button(key="close_refused").click().run())
    assert not app.warning
    assert len(room.policy.clauses) == 2


def test_a_press_in_the_policy_that_arrives_twice_counts_once(room: Room) -> None:
    room.change(AddClause(ClauseId(str(uuid4())), "Be brief.", NO_TAG, "Scope"))
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("down", room.policy.clauses[0].clause_id)
    pressed = room.browser.next_act
    shown(app.run())
    moved = ["Cite sources.", "Ask first.", "Be brief."]
    assert room.browser.wordings() == moved
    room.browser.next_act = pressed
    shown(app.run())
    assert room.browser.wordings() == moved
    room.browser.will_act("down", room.policy.clauses[1].clause_id)
    shown(app.run())
    assert room.browser.wordings() == ["Cite sources.", "Be brief.", "Ask first."]


@pytest.mark.parametrize(
    ("action", "wordings", "added"),
    [
        ("mine", ["Ask Ana.", "Cite sources."], 0),
        ("separate", ["Ask Ben.", "Cite sources.", "Ask Ana."], 1),
        ("theirs", ["Ask Ben.", "Cite sources."], 0),
    ],
)
def test_who_is_second_to_reword_sees_both_texts_and_chooses(
    room: Room, action: str, wordings: list[str], added: int
) -> None:
    app = room.open(Role.PARTICIPANT)
    first = room.policy.clauses[0].clause_id
    room.browser.will_act("edit", first)
    shown(app.run())
    room.change(EditClause(first, "Ask first.", "Ask Ben."))
    room.browser.will_press(f"clause:{first}", "save", "Ask Ana.")
    shown(app.run())
    field = room.browser.fields[f"clause:{first}"]
    assert [name for name, _ in field["actions"]] == ["mine", "separate", "theirs"]
    assert field["asks"]["actions"] == ("theirs",)
    assert not field["cleared"]
    assert any("Ben" in markdown.value for markdown in app.markdown)
    room.browser.will_press(f"clause:{first}", action, "Ask Ana.")
    shown(app.run())
    assert [clause.wording for clause in room.policy.clauses] == wordings
    assert len(room.policy.clauses) == 2 + added


def test_nobody_overwrites_a_wording_that_they_have_not_seen(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    first = room.policy.clauses[0].clause_id
    room.browser.will_act("edit", first)
    shown(app.run())
    for wording in ("Ask Ben.", "Ask Ben again."):
        room.change(EditClause(first, room.policy.clauses[0].wording, wording))
        action = room.browser.fields[f"clause:{first}"]["actions"][0][0]
        room.browser.will_press(f"clause:{first}", action, "Ask Ana.")
        shown(app.run())
        assert room.policy.clauses[0].wording == wording
    room.browser.will_press(f"clause:{first}", "mine", "Ask Ana.")
    shown(app.run())
    assert room.policy.clauses[0].wording == "Ask Ana."


def test_nobody_overwrites_a_tag_that_they_have_not_seen_by_saving_a_clause(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    first = room.policy.clauses[0].clause_id
    room.browser.will_act("edit", first)
    shown(app.run())
    tag_of(app).set_value("Always")
    for when in ("asked about minors", "asked about children"):
        room.change(TagClause(first, Tag(when=when)))
        room.browser.will_press(f"clause:{first}", "save", "Ask.")
        shown(app.run())
        assert (room.policy.clauses[0].tag, room.policy.clauses[0].wording) == (Tag(when=when), "Ask first.")
        assert tag_of(app).value == "Always"
        assert rf"As it is now: Only when\: {when}" in " ".join(one.value for one in app.warning)
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("edit", first)
    shown(app.run())
    assert "asked about children" in " ".join(one.value for one in app.warning), "a reload forgets nothing of it"
    room.browser.will_press(f"clause:{first}", "save", "Ask.")
    shown(app.run())
    assert (room.policy.clauses[0].tag, room.policy.clauses[0].wording) == (Tag(always=True), "Ask.")


def test_a_clause_withdrawn_under_the_editor_can_be_brought_back_with_ones_wording(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    first = room.policy.clauses[0].clause_id
    room.browser.will_act("edit", first)
    shown(app.run())
    room.change(WithdrawClause(first))
    room.browser.will_press(f"clause:{first}", "save", "Ask Ana.")
    shown(app.run())
    assert room.browser.fields[f"clause:{first}"]["actions"][0][0] == "restore"
    room.browser.will_press(f"clause:{first}", "restore", "Ask Ana.")
    shown(app.run())
    assert [clause.wording for clause in room.policy.clauses] == ["Cite sources.", "Ask Ana."]


def test_anyone_reads_a_clauses_history(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    room.change(EditClause(first, "Ask first.", "Ask twice."))
    app = room.open(Role.ORGANIZER)
    room.browser.will_act("history", first)
    shown(app.run())
    assert any("**Ben** reworded it" in markdown.value for markdown in app.markdown)


def test_a_section_is_renamed_for_everyone(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("rename", "", section="Scope")
    shown(app.run())
    room.browser.will_press("section:Scope", "rename", "Limits")
    shown(app.run())
    assert room.policy.text.startswith("# Limits\n")


def test_versions_are_published_read_and_compared(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    room.browser.will_press("version:note", "publish", "rough")
    shown(app.run())
    change = AddClause(ClauseId(str(uuid4())), "Be kind.", NO_TAG, "Scope")
    room.change(change)
    app = room.open(Role.PARTICIPANT)
    shown(app.segmented_control(key="draft_view").set_value("Versions").run())
    texts = [markdown.value for markdown in app.markdown]
    assert any(text.startswith("**v1** — rough") for text in texts)
    assert "1 added; 2 unchanged." in texts
    shown(app.selectbox(key="read_version").set_value(1).run())
    assert room.browser.wordings() == ["Ask first.", "Cite sources."]
    assert room.browser.policy["acts"] is False


def test_publishing_what_changed_meanwhile_says_so_and_keeps_the_note(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    change = AddClause(ClauseId(str(uuid4())), "Be kind.", NO_TAG, "Scope")
    room.change(change)
    room.browser.will_press("version:note", "publish", "rough")
    shown(app.run())
    assert "changed since you looked" in app.warning[0].value
    assert not room.browser.fields["version:note"]["cleared"]
    room.browser.will_press("version:note", "publish", "rough")
    shown(app.run())
    assert drafting.read_policy(room.store, room.ben).versions[0].clause_count == 3


def test_a_facilitator_hides_a_withdrawn_clause_and_shows_it_again(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    room.change(WithdrawClause(first))
    app = room.open(Role.FACILITATOR)
    assert room.browser.policy["withdrawn"][0]["hiding"] == "Hide…"
    room.browser.will_act("history", first)
    shown(app.run())
    shown(app.button(key=f"hide_{first}").click().run())
    assert room.policy.withdrawn[0].wording == HIDDEN_WORDING
    assert room.browser.policy["withdrawn"][0]["wording"] == "Ask first."
    assert room.browser.policy["withdrawn"][0]["hiding"] == "Show again…"
    shown(app.button(key=f"hide_{first}_not").click().run())
    assert room.policy.withdrawn[0].wording == "Ask first."


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.ORGANIZER])
def test_nobody_else_is_offered_to_hide_a_clause(room: Room, role: Role) -> None:
    first = room.policy.clauses[0].clause_id
    room.change(WithdrawClause(first))
    app = room.open(role)
    assert room.browser.policy["withdrawn"][0]["hiding"] == ""
    room.browser.will_act("history", first)
    shown(app.run())
    assert "hide_clause" not in {button.key for button in app.button}


def test_a_clause_that_is_part_of_the_policy_is_not_hidden(room: Room) -> None:
    with pytest.raises(ValidationFailed, match="Withdraw it first"):
        leading.hide_clause(room.store, room.credential(Role.FACILITATOR), room.policy.clauses[0].clause_id, True)


def keep(room: Room, texts: dict[str, str]) -> None:
    """Leave unsent texts of Ana's behind, as her browser does while she types."""
    for number, (name, text) in enumerate(texts.items(), start=1):
        save_draft(room.store, room.credential(Role.PARTICIPANT), name, text, number)


def unsent_lines(app: AppTest) -> list[str]:
    return [markdown.value for markdown in app.markdown if "unsaved change" in markdown.value]


def test_after_a_reload_the_page_names_the_clauses_with_unsaved_changes_and_opens_each(room: Room) -> None:
    first, second = (clause.clause_id for clause in room.policy.clauses)
    keep(room, {f"clause:{first}": "Ask twice.", f"clause:{second}:tag": '{"kind": "Always"}'})
    app = room.open(Role.PARTICIPANT)
    assert unsent_lines(app) == ["You have unsaved changes to **C1** and **C2**. Only you see them."]
    shown(app.button(key=f"unsent_{first}").click().run())
    assert room.browser.fields[f"clause:{first}"]["server"]["text"] == "Ask twice."
    assert unsent_lines(app) == ["You have an unsaved change to **C2**. Only you see it."]
    shown(app.button(key=f"unsent_{second}").click().run())
    assert tag_of(app).value == "Always"
    assert unsent_lines(app) == ["You have an unsaved change to **C1**. Only you see it."]


def test_what_is_not_otherwise_than_in_the_policy_is_no_unsaved_change(room: Room) -> None:
    first, second = (clause.clause_id for clause in room.policy.clauses)
    keep(
        room,
        {
            f"clause:{first}": "Ask first.",
            f"clause:{first}:base": "Ask.",
            f"clause:{first}:section": '"Scope"',
            f"clause:{second}:when": "asked, but “Not said” is chosen",
            "clause:new": "Be kind.",
        },
    )
    assert unsent_lines(room.open(Role.PARTICIPANT)) == []


def test_an_unsaved_change_to_a_clause_that_somebody_withdrew_is_named_too(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    keep(room, {f"clause:{first}": "Ask twice."})
    room.change(WithdrawClause(first))
    app = room.open(Role.PARTICIPANT)
    shown(app.button(key=f"unsent_{first}").click().run())
    assert room.browser.fields[f"clause:{first}"]["actions"][0][0] == "restore"


@pytest.mark.parametrize("role", [Role.FACILITATOR, Role.ORGANIZER])
def test_nobody_else_is_told_of_an_unsaved_change(room: Room, role: Role) -> None:
    keep(room, {f"clause:{room.policy.clauses[0].clause_id}": "Ask twice."})
    assert unsent_lines(room.open(role)) == []


def test_an_unsaved_change_can_be_discarded_and_changes_nothing_for_others(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    keep(room, {f"clause:{first}": "Ask twice.", f"clause:{first}:tag": '{"kind": "Always"}'})
    app = room.open(Role.PARTICIPANT)
    shown(app.button(key=f"unsent_{first}").click().run())
    room.browser.will_press(f"clause:{first}", "discard", "Ask twice.")
    shown(app.run())
    assert unsent_lines(app) == []
    assert room.policy.text == TEXT
    assert unsent_lines(room.open(Role.PARTICIPANT)) == []


def test_a_condition_typed_a_moment_before_the_change_is_discarded_goes_only_once_it_was_asked_about(
    room: Room,
) -> None:
    field = f"clause:{room.policy.clauses[0].clause_id}"
    keep(room, {f"{field}:tag": '{"kind": "Only when…"}'})
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("edit", room.policy.clauses[0].clause_id)
    shown(app.run())
    room.browser.will_press(field, "discard", "Ask first.")
    room.browser.leaves(f"{field}:when", "asked about minors")
    shown(app.run())
    told = "Nothing was discarded: with it would go the condition that you typed: “asked about minors”"
    assert told in app.warning[0].value.replace("\\", "")
    assert room.browser.fields[field]["asks"]["says"][0].endswith("“asked about minors”")
    room.browser.will_press(field, "discard", "Ask first.")
    shown(app.run())
    assert drafts(room).get(f"{field}:when", NO_DRAFT).text == ""


def test_the_condition_of_a_tag_half_typed_outlives_a_reload_and_goes_with_the_clause(room: Room) -> None:
    keep(room, {"clause:new:tag": '{"kind": "Only when…"}', "clause:new:when": "asked about recor"})
    app = room.open(Role.PARTICIPANT)
    assert room.browser.shows("clause:new:when") == "asked about recor"
    room.browser.leaves("clause:new:when", "asked about recording")
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    assert room.policy.clauses[-1].tag == Tag(when="asked about recording")
    assert tag_of(app).value == "Not said"
    assert "".join(draft.text for name, draft in drafts(room).items() if name != "clause:new:section") == ""


def test_the_name_of_a_new_section_half_typed_outlives_a_reload_and_makes_the_section(room: Room) -> None:
    keep(room, {"clause:new:section": r'"\n"', "clause:new:new_section": "Lim"})
    app = room.open(Role.PARTICIPANT)
    assert room.browser.shows("clause:new:new_section") == "Lim"
    room.browser.leaves("clause:new:new_section", " Limits ")
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    assert room.policy.clauses[-1].section == "Limits"
    assert app.selectbox[0].value == "Limits"


def test_a_section_that_nobody_chose_is_not_brought_back_after_it_was_renamed(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    for before, now in (("Scope", "Manner"), ("Manner", "Style")):
        room.change(RenameSection(before, now))
        room.browser.will_press("clause:new", "add", f"Be {now}.")
        shown(app.run())
        assert app.selectbox[0].value == now
    assert "clause:new:section" not in drafts(room)
    assert {clause.section for clause in room.policy.clauses} == {"Style"}


def test_a_section_that_somebody_chose_follows_its_name_and_is_kept_where_that_is_not_known(room: Room) -> None:
    room.change(AddSection("Limits"))
    app = room.open(Role.PARTICIPANT)
    shown(app.selectbox[0].select("Scope").run())
    room.change(RenameSection("Scope", "Manner"))
    assert shown(app.run()).selectbox[0].value == "Manner"
    assert shown(app.run()).selectbox[0].value == "Manner"
    assert app.selectbox[0].options == ["Manner", "Limits", "A new section…"]
    room.change(RenameSection("Manner", "Style"))
    again = room.open(Role.PARTICIPANT)
    assert again.selectbox[0].value == "Manner"
    assert "“Manner” was renamed or removed" in " ".join(one.value for one in again.caption)


def test_a_clause_that_was_moved_begins_with_the_section_in_which_it_is(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    room.change(AddSection("Limits"))
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("section", first)
    shown(app.run())
    shown(app.selectbox[0].select("Limits").run())
    shown(app.button(key="move_there").click().run())
    assert [clause.section for clause in room.policy.clauses] == ["Scope", "Limits"]
    room.change(RenameSection("Limits", "Bounds"))
    room.browser.will_act("section", first)
    shown(app.run())
    assert app.selectbox[0].value == "Bounds"


def test_a_new_section_without_a_name_is_asked_for_it_and_keeps_the_clause(room: Room) -> None:
    app = room.open(Role.PARTICIPANT)
    shown(app.selectbox[0].select("A new section…").run())
    room.browser.will_press("clause:new", "add", "Be kind.")
    shown(app.run())
    assert "has no name" in app.error[0].value
    assert not room.browser.fields["clause:new"]["cleared"]
    assert len(room.policy.clauses) == 2


def test_a_wording_that_was_just_left_is_named_although_it_is_still_on_its_way_to_the_database(room: Room) -> None:
    first = room.policy.clauses[0].clause_id
    app = room.open(Role.PARTICIPANT)
    room.browser.will_act("edit", first)
    shown(app.run())
    room.browser.leaves(f"clause:{first}", "Ask twice.")
    shown(app.button(key="close_panel").click().run())
    assert f"clause:{first}" not in drafts(room)
    assert unsent_lines(app) == ["You have an unsaved change to **C1**. Only you see it."]


def test_an_unsaved_name_of_a_section_is_named_opened_and_discarded(room: Room) -> None:
    keep(room, {"section:Scope": "Limi"})
    app = room.open(Role.PARTICIPANT)
    assert unsent_lines(app) == ["You have an unsaved change to **“Scope”**. Only you see it."]
    shown(app.button(key="unsent_Scope").click().run())
    assert room.browser.shows("section:Scope") == "Limi"
    assert unsent_lines(app) == []
    room.browser.will_press("section:Scope", "discard", "Limi")
    shown(app.run())
    assert unsent_lines(app) == []
    assert room.policy.text == TEXT


def drafts(room: Room) -> dict[str, Draft]:
    return read_drafts(room.store, room.credential(Role.PARTICIPANT))


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.FACILITATOR, Role.ORGANIZER])
def test_everybody_can_open_the_text_that_is_written_together(
    room: Room, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[dict[str, Any]] = []
    monkeypatch.setattr(shared_document, "_DOCUMENT", lambda **asked: drawn.append(asked["data"]))
    app = room.open(role, TOGETHER)
    [told] = drawn
    assert (told["workshop"], told["role"]) == (room.made.workshop_id, role.value)
    assert told["who_sees"] == (shared_document.READS if role is Role.ORGANIZER else shared_document.WHO_SEES)
    assert not app.exception
