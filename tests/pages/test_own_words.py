"""What somebody typed into fields that are closed to them now comes with the page that says so, and nothing else."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.testing.v1 import AppTest

from components import draft_field
from components.ballot_reasons import reason_field
from components.clause_place import field_of, section_field
from components.clause_say import comment_field, suggestion_field
from components.console_step_fields import field_of as step_field
from components.field_names import OTHERS, WHILE_LEADING
from components.place import kept_as
from lib.bootstrap import Application
from lib.domain.ids import ClauseId, ItemId, PersonId, StepId
from lib.domain.people import Credential, Role
from lib.security import hash_token
from lib.services import contact, leading
from lib.services.drafts import read_own_words, save_draft
from tests.pages.conftest import Moot, said
from tests.pages.fields import Fields
from tests.support.page_visit import all_data_of

Open = Callable[..., AppTest]
TYPED = {
    "console:brief": "What we are here for",
    "console:brief:base": '"What others wrote"',
    "note:1:base": '{"revision": 1, "text": "What others wrote"}',
    "console:step:1:note": "Ask the clerks.",
    "console:note:about:": '"clause"',
    "clause:new": "A clause",
}
OF_LEADING = {"console:brief": "What we are here for", "console:step:1:note": "Ask the clerks."}


def shown(test: AppTest) -> list[dict[str, Any]]:
    """What the element was given, if it is there."""
    assert not test.exception
    return [*all_data_of(test, "folkmoot_own_words").values()]


def texts(test: AppTest) -> dict[str, str]:
    [data] = shown(test)
    return {field: draft["text"] for field, draft in data["drafts"].items() if draft["text"]}


@pytest.fixture
def mine(moot: Moot) -> Credential:
    """A participant's."""
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    return Credential(moot.workshop_id, hash_token(token))


@pytest.fixture
def ana(app: Application, mine: Credential) -> PersonId:
    """The same, who led and has typed meanwhile."""
    for field, text in TYPED.items():
        save_draft(app.store, mine, field, text, 1)
    save_draft(app.store, mine, "console:title", "", 2)  # that was sent
    return read_own_words(app.store, mine).person_id


def let_lead(app: Application, moot: Moot, person: PersonId, is_granted: bool) -> None:
    leading.let_lead(app.store, moot.facilitator, person, is_granted)
    app.reader.wrote(moot.workshop_id)


def test_who_leads_no_more_finds_on_the_closed_console_what_they_typed_there(
    moot: Moot, app: Application, ana: PersonId, open_at: Open
) -> None:
    let_lead(app, moot, ana, True)
    test = open_at("console", w=moot.workshop_id)
    assert not shown(test)
    let_lead(app, moot, ana, False)
    test = test.run()
    assert "not for your role" in said(test)
    assert texts(test) == OF_LEADING
    [data] = shown(test)
    assert (data["person"], data["role"], data["is_open"], data["others"]) == (ana, "participant", True, None)
    assert data["drafts"]["console:title"]["seq"] == 2, "a browser that still has the text must know that it was sent"


def test_what_this_tab_alone_was_told_is_there_too(
    moot: Moot, app: Application, ana: PersonId, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = Fields()
    monkeypatch.setattr(draft_field, "_FIELD", fields.field)
    let_lead(app, moot, ana, True)
    test = open_at("console", w=moot.workshop_id)
    fields.leaves("console:max_calls", "7")
    test = test.run()
    let_lead(app, moot, ana, False)
    assert texts(test.run()) == {**OF_LEADING, "console:max_calls": "7"}


@pytest.mark.parametrize("page", ["draft", "test", "vote", "review"])
def test_on_the_other_pages_it_is_folded_away_as_long_as_there_is_any(
    moot: Moot, app: Application, mine: Credential, ana: PersonId, open_at: Open, page: str
) -> None:
    test = open_at(page, w=moot.workshop_id)
    assert texts(test) == OF_LEADING
    assert not shown(test)[0]["is_open"]
    let_lead(app, moot, ana, True)
    assert not shown(test.run()), "the console is theirs again"
    let_lead(app, moot, ana, False)
    for field in OF_LEADING:
        save_draft(app.store, mine, field, "", 2)
    assert not shown(open_at(page, w=moot.workshop_id))


def test_whoever_has_just_led_on_such_a_page_looks_in_their_browser_in_any_case(
    moot: Moot, app: Application, open_at: Open
) -> None:
    ben, token = moot.join("Ben")
    moot.sign_in(Role.PARTICIPANT, token)
    let_lead(app, moot, ben, True)
    test = open_at("vote", w=moot.workshop_id)
    test.session_state[kept_as(f"{moot.workshop_id}:role")] = Role.FACILITATOR.value
    assert not shown(test.run())
    let_lead(app, moot, ben, False)
    [data] = shown(test.run())
    assert data["drafts"] == {}


def test_who_was_removed_finds_all_that_they_typed(moot: Moot, app: Application, ana: PersonId, open_at: Open) -> None:
    leading.remove_person(app.store, moot.facilitator, ana, True)
    app.reader.wrote(moot.workshop_id)
    test = open_at("draft", w=moot.workshop_id)
    assert "not signed in here any more" in said(test)
    [data] = shown(test)
    assert (data["person"], data["others"]) == (ana, [[*one] for one in OTHERS])
    assert set(TYPED) <= set(data["drafts"]), "what has no name is left out by the element"


@pytest.mark.parametrize("page", ["draft", "console"])
def test_nobody_finds_anything_with_a_link_that_opens_nothing(
    moot: Moot, ana: PersonId, open_at: Open, page: str
) -> None:
    moot.browser.holds(moot.workshop_id, Role.PARTICIPANT, "x" * 22)
    assert not shown(open_at(page, w=moot.workshop_id))


def test_a_page_that_closes_leaves_nothing_of_the_one_before_to_be_drawn_again(
    moot: Moot, app: Application, ana: PersonId, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[set[str]] = []

    def clear(_: MemoryFragmentStorage, new_fragment_ids: set[str] | None = None) -> None:
        kept.append(set(new_fragment_ids or ()))

    monkeypatch.setattr(MemoryFragmentStorage, "clear", clear)
    let_lead(app, moot, ana, True)
    test = open_at("console", w=moot.workshop_id)
    let_lead(app, moot, ana, False)
    assert "not for your role" in said(test.run())
    *_, before, after = kept
    [waits_to_be_let_lead] = after
    assert len(before) > 5
    assert waits_to_be_let_lead not in before


CLAUSE, STEP = ClauseId("7"), StepId("7")
NAMED = {
    field_of(CLAUSE): "Another wording of a clause",
    section_field("What: and why"): "Another name for a section",
    comment_field(CLAUSE): "A comment on a clause",
    suggestion_field(CLAUSE): "A suggested wording",
    f"{suggestion_field(CLAUSE)}:why": "Why a wording is suggested",
    reason_field(ItemId("7")): "A reason for a vote",
    step_field(STEP, "title"): "The title of a step",
    **dict.fromkeys(
        [
            *(f"{field_of(CLAUSE)}:{what}" for what in ("base", "tag", "section")),
            *(f"{step_field(STEP, name)}:base" for name in ("title", "note")),
            *("seen:policy", "beside:7", "round:responses", "round:anonymity", "note:7:base", "console:note:about:7"),
            *(f"{suggestion_field(CLAUSE)}:base", step_field(STEP, "stage"), "console:max_calls:base"),
        ],
        "",
    ),
}


@pytest.mark.parametrize("field", NAMED)
def test_fields_are_called_by_what_they_are_for_and_choices_beside_them_by_nothing(field: str) -> None:
    names = [words for pattern, words in (*WHILE_LEADING, *OTHERS) if re.fullmatch(pattern, field)]
    assert names == ([NAMED[field]] if NAMED[field] else [])


def test_who_was_let_in_by_what_was_remembered_and_is_removed_gets_the_page_that_says_so(
    moot: Moot, app: Application, mine: Credential, ana: PersonId, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "TRUSTED_FOR_S", 1e9)
    open_at("review", w=moot.workshop_id)
    save_draft(app.store, mine, "clause:new", "A clause", 1)
    leading.remove_person(app.store, moot.facilitator, ana, True)  # through another server: nobody here has heard of it
    test = open_at("draft", w=moot.workshop_id)
    assert "You are not signed in here any more" in "".join(one.value for one in test.header)
    assert texts(test)["clause:new"] == "A clause"
