"""Whoever leads no more, or was removed, finds what they had typed into fields that are closed to them now."""

import re
from functools import partial

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.live_text import waits_until
from tests.e2e.person import OF_A_LOST_LINE, OF_A_SIGN_OUT, Person
from tests.e2e.room import ON_A_PHONE, Room
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Someone, new_id

BRIEF = "What we are here for.\n\nAnd what for not."
SAVED = "Ask the clerks."
KEY = "sk-typed-and-kept-nowhere"
NO_DRAFT_IS_SENT = """() => {
  const { fetch } = window
  window.fetch = (to, how) => `${to.pathname ?? to}`.endsWith("/draft") ? new Promise(() => {}) : fetch(to, how)
}"""
"""From now on, until a reload, no text of a field reaches the server."""


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def as_stored(room: Room, person: Person) -> Someone:
    """The same person before the database."""
    [token] = [
        one.get("value", "") for one in person.context.cookies() if one.get("name", "").startswith("folkmoot_part")
    ]
    someone = Someone(room.built.store, room.built.workshop, token)
    return Someone(room.built.store, room.built.workshop, token, someone.call("read_place")["me"]["person_id"])


def words(person: Person, name: str) -> Locator:
    return person.page.get_by_role("region", name=name, exact=True)


def kept(someone: Someone, *fields: str) -> list[str | None]:
    """What the database has of somebody's fields."""
    drafts = someone.call("read_drafts")
    return [drafts[one]["text"] if one in drafts else None for one in fields]


def put_away(person: Person, name: str, answer: str) -> None:
    words(person, name).get_by_role("button", name="Put it away…").click()
    question = person.page.get_by_role("dialog", name=f"Put this away for good? {name}:")
    expect(question).to_contain_text("It cannot be brought back.")
    question.get_by_role("button", name=answer, exact=True).click()
    expect(question).to_have_count(0)


def test_who_leads_no_more_while_typing_finds_their_words_until_they_put_them_away(room: Room) -> None:
    ana = room.participant("Ana", "draft")
    mine = as_stored(room, ana)
    may_lead = partial(room.built.facilitator.call, "grant_leading", person=mine.person)
    may_lead(is_granted=True)
    step = f"console:step:{new_id()}:note"
    mine.call("save_draft", field=step, text=SAVED, seq=1)
    mine.call("save_draft", field=f"{step}:base", text='"Words of others"', seq=1)
    mine.call("save_draft", field="clause:new", text="A clause of mine", seq=1)
    ana.open(f"/console?w={room.built.workshop}")
    ana.page.get_by_role("tab", name="Model and limits").click()
    ana.page.get_by_text(re.compile("^Another model")).first.click()
    ana.field("Key").fill(KEY)
    ana.page.get_by_role("tab", name="Workshop").click()
    ana.settle()
    ana.page.evaluate(NO_DRAFT_IS_SENT)
    ana.field("Brief").fill(BRIEF)
    may_lead(is_granted=False)

    ana.sees("This page is not for your role")
    for _ in ("as it closes", "after a reload"):
        expect(words(ana, "The workshop's brief").locator("pre")).to_have_text(BRIEF)
        expect(words(ana, "The note of a step").locator("pre")).to_have_text(SAVED)
        ana.settle()  # the console is gone from the page, too
        for hidden in ("Words of others", "A clause of mine", KEY):
            assert hidden not in ana.page.content()
            ana.sees_not(re.compile(hidden))
        ana.page.reload()
        ana.sees("This page is not for your role")
    ana.look("not for their role, with their words")
    words(ana, "The workshop's brief").get_by_role("button", name="Copy").click()
    expect(words(ana, "The workshop's brief").get_by_role("button", name="Copied")).to_be_visible()
    assert ana.page.evaluate("navigator.clipboard.readText()") == BRIEF
    put_away(ana, "The workshop's brief", "Not now")
    expect(words(ana, "The workshop's brief")).to_be_visible()
    put_away(ana, "The workshop's brief", "Yes, put it away")
    expect(words(ana, "The workshop's brief")).to_have_count(0)
    ana.page.reload()
    expect(words(ana, "The note of a step")).to_be_visible()
    expect(words(ana, "The workshop's brief")).to_have_count(0)

    # Away from there they are a line, as long as there are any.
    ana.go("Go to the policy")
    folded = ana.page.get_by_text("What you typed while you led, and did not save. Only you see it. (1)")
    expect(folded).to_be_visible()
    expect(words(ana, "The note of a step")).to_have_count(0)
    ana.look("words of who led, folded away")
    folded.click()
    put_away(ana, "The note of a step", "Yes, put it away")
    expect(folded).to_have_count(0)
    ana.page.reload()
    ana.settle()
    expect(folded).to_have_count(0)
    waits_until(ana, lambda: kept(mine, "console:brief", step, "clause:new") == ["", "", "A clause of mine"])
    ana.open(f"/console?w={room.built.workshop}")
    ana.sees(re.compile("It opens by itself once you are let lead"))
    may_lead(is_granted=True)
    ana.page.get_by_role("tab", name="Workshop").click()
    expect(ana.field("Brief")).not_to_have_value(BRIEF)


def test_what_was_typed_while_leading_is_kept_on_the_server_after_the_right_is_gone(room: Room) -> None:
    ana = room.participant("Ana", "draft")
    mine = as_stored(room, ana)
    room.built.facilitator.call("grant_leading", person=mine.person, is_granted=True)
    ana.open(f"/console?w={room.built.workshop}")
    ana.page.get_by_role("tab", name="Decisions").click()
    ana.field("Decision or note").press_sequentially("We keep it")
    room.built.facilitator.call("grant_leading", person=mine.person, is_granted=False)
    expect(words(ana, "A decision or note").locator("pre")).to_have_text("We keep it")
    waits_until(ana, lambda: kept(mine, "console:note") == ["We keep it"])
    ana.page.evaluate("localStorage.clear()")  # as in another browser
    ana.page.reload()
    expect(words(ana, "A decision or note").locator("pre")).to_have_text("We keep it")


def test_who_was_removed_finds_the_texts_of_their_fields_and_nobody_elses(room: Room) -> None:
    ana, ben = room.participant("Ana", "draft", **ON_A_PHONE), room.built.join("Ben")
    mine = as_stored(room, ana)
    to_clauses(ana)
    ana.press("Discuss C1")
    ana.field("Your comment on C1").fill("Sent already")
    ana.press("Comment")
    ana.sees("Sent already")
    mine.call("save_draft", field="reason:x", text="As on my laptop", seq=1)
    ana.page.evaluate(
        """key => localStorage.setItem(key, JSON.stringify({ text: "Words of Ben", seq: 9, label: "Your clause" }))""",
        f"folkmoot:draft:{room.built.workshop}:{ben.person}:clause:new",
    )
    ana.page.evaluate(NO_DRAFT_IS_SENT)
    ana.field("Your comment on C1").fill("Not sent yet")
    room.built.facilitator.call("change_person", person=mine.person, changes={"is_removed": True})
    ana.sees(re.compile("removed you from this workshop"))  # its server has heard of it
    ana.page.reload()
    ana.sees("You are not signed in here any more")
    expect(words(ana, "Your comment on C1").locator("pre")).to_have_text("Not sent yet")
    expect(words(ana, "A reason for a vote").locator("pre")).to_have_text("As on my laptop")
    expect(ana.page.get_by_text("What you typed and did not send. Only you see it. (2)")).to_be_visible()
    for hidden in ("Sent already", "Words of Ben"):
        ana.sees_not(hidden)
    ana.look("removed with the texts of fields")
    for name in ("Your comment on C1", "A reason for a vote"):
        put_away(ana, name, "Yes, put it away")
        expect(words(ana, name)).to_have_count(0)
    ana.page.reload()
    ana.sees("You are not signed in here any more")
    expect(ana.page.locator(".st-key-own_words_participant details[hidden]")).to_have_count(1)
    # Ben comes in at the same browser.
    ana.context.clear_cookies()
    ana.context.add_cookies(
        [{"name": f"folkmoot_participant_{room.built.workshop}", "value": ben.token, "url": room.app.url}]
    )
    room.built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    ana.page.reload()
    expect(words(ana, "Your clause").locator("pre")).to_have_text("Words of Ben")
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT, "/draft")
