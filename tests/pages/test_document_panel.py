"""The clause panel beside the live document: what it shows to whom, and how a tag is set in it."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import clause_follower
from lib import bootstrap
from lib.domain.ids import ClauseId, WorkshopId
from lib.domain.people import Credential
from lib.domain.policy import Tag
from lib.policy.acts import TagClause
from lib.services.drafting import change_policy
from lib.store.port import Store
from tests.pages.conftest import said
from tests.support.page_visit import Browser, app_on, enter, visit
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the line at the panel's head was given at each drawing."""
    drawn: list[dict[str, Any]] = []
    monkeypatch.setattr(clause_follower, "_FOLLOWER", lambda **asked: drawn.append(asked["data"]))
    return drawn


@pytest.fixture
def browser(store: Store) -> Iterator[Browser]:
    with app_on(store) as opened:
        yield opened


def at_clause(built: Built, clause: str) -> AppTest:
    """The page after the cursor came to rest in a clause."""
    at = visit("draft", built.workshop)
    at.session_state[f"folkmoot:{built.workshop}:clause_beside"] = clause
    at.run()
    assert not at.exception
    return at


def tag_of(at: AppTest) -> list[Any]:
    return [one for one in at.segmented_control if one.label == "When does it apply?"]


def tags(built: Built, someone: Someone, clause: ClauseId, tag: Tag) -> None:
    """Another person sets the tag of a clause."""
    who = Credential(WorkshopId(built.workshop), someone.token_hash)
    change_policy(built.store, who, TagClause(clause, tag), new_id())
    bootstrap.application().reader.wrote(WorkshopId(built.workshop))


def press(at: AppTest, label: str) -> None:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception


def test_it_begins_with_the_first_step_and_shows_the_clause_of_the_cursor(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    enter(browser, built, built.join("Ana"))
    visit("draft", built.workshop)
    assert told[-1]["shown"] is None
    assert "Put the cursor into a clause" in told[-1]["says"]
    clause = built.clauses[1]["clause_id"]
    at = at_clause(built, clause)
    assert told[-1]["shown"] == clause
    assert "**C2** · by Facilitator" in said(at)
    assert "Name a source" in said(at)
    assert [one.value for one in tag_of(at)] == ["Not said"]


def test_a_tag_is_set_for_everyone_with_one_press(
    browser: Browser, built: Built, told: list[dict[str, Any]], store: Store
) -> None:
    enter(browser, built, built.join("Ana"))
    at = at_clause(built, built.clauses[0]["clause_id"])
    assert not [one for one in at.button if one.label == "Set for everyone"]
    tag_of(at)[0].set_value("Only when…").run()
    assert not [one for one in at.button if one.label == "Set for everyone"], "it does not say yet when"
    tag_of(at)[0].set_value("Always").run()
    [button] = [one for one in at.button if one.label == "Set for everyone"]
    button.click().run()
    assert not at.exception
    text = store.call("open_document", workshop=built.workshop)["policy_text"]
    assert "- Ask before you answer. [always]\n" in text
    assert [one.value for one in tag_of(at)] == ["Always"]
    assert told


def test_whoever_chooses_a_tag_keeps_the_field_though_the_policy_is_locked_or_the_clause_goes(
    browser: Browser, built: Built, told: list[dict[str, Any]], store: Store
) -> None:
    enter(browser, built, built.join("Ana"))
    first, second = (one["clause_id"] for one in built.clauses)
    at = at_clause(built, first)

    def set_buttons() -> list[tuple[str, bool]]:
        return [(one.label, one.disabled) for one in at.button if one.label.startswith("Set for everyone")]

    def changed_by_another() -> None:
        bootstrap.application().reader.wrote(WorkshopId(built.workshop))
        at.run()
        assert not at.exception

    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    changed_by_another()
    assert [one.value for one in tag_of(at)] == ["Not said"], "they may be in it, also with nothing changed yet"
    tag_of(at)[0].set_value("Always").run()
    assert set_buttons() == [("Set for everyone, once the policy is unlocked", True)]
    at.session_state[f"folkmoot:{built.workshop}:clause_beside"] = second
    at.run()
    assert tag_of(at) == [], "whoever comes to another clause is offered nothing that cannot be done"

    at.session_state[f"folkmoot:{built.workshop}:clause_beside"] = first
    built.facilitator.call("set_workshop", changes={"editing_is_locked": False})
    revision = built.facilitator.call("read_policy")["policy"]["revision"]
    built.commit(built.facilitator, built.clauses[1:], revision)
    changed_by_another()
    assert [one.value for one in tag_of(at)] == ["Always"]
    assert set_buttons() == [("Set for everyone, once it is in the text again", True)]
    assert told


def test_an_organizer_reads_the_tag_and_cannot_publish(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    enter(browser, built, built.organizer, "organizer")
    at = at_clause(built, built.clauses[0]["clause_id"])
    assert "**C1**" in said(at)
    assert "It is not said when it applies" in said(at)
    assert tag_of(at) == []
    assert not at.expander or all("Publish" not in one.label for one in at.expander)
    assert told


def test_a_clause_that_left_the_text_stays_in_the_panel_and_says_so(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    enter(browser, built, built.join("Ana"))
    gone = built.clauses[0]["clause_id"]
    built.commit(built.facilitator, built.clauses[1:], 1)
    at = at_clause(built, gone)
    assert "not in the text any more" in said(at)
    assert told[-1]["shown"] == gone


def test_a_clause_to_which_the_tab_was_called_is_opened_once(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    enter(browser, built, built.join("Ana"))
    first, second = (one["clause_id"] for one in built.clauses)
    at = visit("draft", built.workshop)
    at.session_state[f"folkmoot:{built.workshop}:called_clause"] = second
    at.session_state[f"folkmoot:{built.workshop}:called_clause_asked"] = "call-1"
    at.run()
    assert (told[-1]["shown"], told[-1]["called"]) == (second, {"clause": second, "nonce": "call-1"})
    at.session_state[f"folkmoot:{built.workshop}:clause_beside"] = first
    at.run()
    assert told[-1]["shown"] == first


def test_from_a_suggestion_beside_the_live_text_one_comes_to_the_form_of_the_clause(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    clause = built.clauses[0]
    of_clause = {"clause": clause["clause_id"], "base_wording": clause["wording"]}
    built.join("Ben").call("add_suggestion", suggestion=new_id(), wording="Ask first.", reason="", **of_clause)
    enter(browser, built, built.join("Ana"))
    at = at_clause(built, clause["clause_id"])
    next(one for one in at.button if one.label == "Edit the clause").click().run()
    assert not at.exception
    assert [one.value for one in at.segmented_control if one.label == "What to show"] == ["Clauses"]


def test_a_tag_that_somebody_else_set_is_shown_and_is_nobodys_unsaved_choice(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    enter(browser, built, ana)
    clause = ClauseId(built.clauses[0]["clause_id"])
    at = at_clause(built, clause)
    tags(built, ben, clause, Tag(always=True))
    at.run()
    assert [one.value for one in tag_of(at)] == ["Always"]
    assert not [one for one in at.button if one.label == "Set for everyone"]
    assert not [one for one in at.button if one.label.startswith("Go on with")]


def test_nobody_overwrites_a_tag_that_they_have_not_seen(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    enter(browser, built, ana)
    clause = ClauseId(built.clauses[0]["clause_id"])

    def stored() -> dict[str, Any]:
        [first, _] = built.facilitator.call("read_policy")["policy"]["clauses"]
        return {name: first["tag"][name] for name in ("always", "when")}

    at = at_clause(built, clause)
    tag_of(at)[0].set_value("Always").run()
    for label, when in (("Set for everyone", "asked about minors"), ("Set mine instead", "asked about children")):
        tags(built, ben, clause, Tag(when=when))
        press(at, label)
        assert stored() == {"always": False, "when": when}
        assert [one.value for one in tag_of(at)] == ["Always"]
        assert rf"**As it is now**: Only when\: {when}" in said(at)
    at = at_clause(built, clause)
    assert "asked about children" in said(at), "a reload forgets nothing of it"
    press(at, "Set mine instead")
    assert stored()["always"]


def test_whoever_takes_the_tag_of_another_is_asked_nothing_more(
    browser: Browser, built: Built, told: list[dict[str, Any]]
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    enter(browser, built, ana)
    clause = ClauseId(built.clauses[0]["clause_id"])
    at = at_clause(built, clause)
    tag_of(at)[0].set_value("Always").run()
    tags(built, ben, clause, Tag(when="asked about minors"))
    at.run()
    press(at, "Take theirs")
    assert [one.value for one in tag_of(at)] == ["Only when…"]
    assert not [one for one in at.button if one.label.startswith("Set ")]
