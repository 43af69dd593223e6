"""Unsent text: no act of another person, no reload and no crash loses what somebody typed."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.acts import PRESSED_WITHOUT_CLIPBOARD, to_clauses
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.person import OF_A_LOST_LINE, Person
from tests.e2e.served import ServedApp

SAVED = "Saved. Only you can see this."
OFFLINE = re.compile("^Offline: kept in this browser")
CLAUSE = "Ask in which state the person lives before saying anything about the law."


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator")
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


def join_link(facilitator: Person) -> str:
    return facilitator.page.locator("code").filter(has_text="/join/").first.inner_text()


def joins(person: Person, link: str) -> None:
    """Come in by the join link; on a narrow screen the clause is written in the field of our own."""
    person.open(link)
    person.field("Your name").fill(person.name)
    person.press("Join")
    person.page.wait_for_url("**/draft?w=*")
    person.settle()
    to_clauses(person)


def taken_from_clipboard(person: Person) -> str:
    taken: str = person.page.evaluate("navigator.clipboard.readText()")
    person.page.evaluate("navigator.clipboard.writeText('')")
    return taken


@pytest.mark.long  # typed in while others act, and kept through a reload: each has tests of its own
def test_typing_goes_on_while_others_act_and_survives_a_reload(facilitator: Person, invite: Invite) -> None:
    ana = invite("Ana", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    joins(ana, join_link(facilitator))
    field = ana.field("Your clause")
    field.click()
    facilitator.go("Open the console")
    facilitator.page.get_by_role("tab", name="Invite").wait_for()
    for part, stage in zip(
        (CLAUSE[:25], CLAUSE[25:50], CLAUSE[50:]), ("Vote", "Review", "Test scenarios"), strict=True
    ):
        ana.page.keyboard.type(part, delay=25)
        facilitator.page.get_by_role("radio", name=stage).click()
        facilitator.settle()
    expect(field).to_have_value(CLAUSE)
    expect(field).to_be_focused()
    ana.sees(SAVED)
    ana.sees("Go to Test scenarios")
    ana.page.reload()
    ana.settle()
    expect(ana.field("Your clause")).to_have_value(CLAUSE)


def test_a_crash_of_the_server_loses_nothing_that_was_typed(
    app: ServedApp, facilitator: Person, invite: Invite
) -> None:
    ana = invite("Ana", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    joins(ana, join_link(facilitator))
    ana.field("Your clause").fill("Before the crash.")
    ana.sees(SAVED)
    app.kill()
    ana.field("Your clause").press_sequentially(" While it was away.")
    ana.sees(OFFLINE)
    app.start()
    ana.sees(SAVED)
    both = "Before the crash. While it was away."
    expect(ana.field("Your clause")).to_have_value(both)
    ana.page.reload()
    ana.settle()
    expect(ana.field("Your clause")).to_have_value(both)
    for person in (ana, facilitator):
        person.forgive(*OF_A_LOST_LINE)


def test_a_personal_link_is_copied_and_brings_a_person_and_their_unsent_text_to_another_browser(
    facilitator: Person, invite: Invite
) -> None:
    ana = invite("Ana", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    joins(ana, join_link(facilitator))
    ana.field("Your clause").fill(CLAUSE)
    ana.sees(SAVED)
    ana.press(re.compile("^person Ana|Ana · participant"))
    ana.press("On my phone")
    link = ana.page.locator("code").filter(has_text="/enter/").first.inner_text()
    ana.button("Copy link").evaluate(PRESSED_WITHOUT_CLIPBOARD)
    expect(ana.button("Copied")).to_be_visible()
    assert taken_from_clipboard(ana) == link
    ana.button("Copy link").click()
    expect(ana.button("Copied")).to_be_visible()
    assert taken_from_clipboard(ana) == link
    ana.look("the link is copied")
    again = invite("Ana again", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    again.page.goto(link)
    again.page.get_by_role("button", name="Continue as Ana").click()
    again.page.wait_for_url("**/draft?w=*")
    again.settle()
    to_clauses(again)
    expect(again.field("Your clause")).to_have_value(CLAUSE)


def test_not_me_forgets_the_person_in_this_browser(facilitator: Person, invite: Invite) -> None:
    ana = invite("Ana", viewport=PHONE, user_agent="Mobile phone (Mobi)")
    joins(ana, join_link(facilitator))
    address = ana.page.url
    ana.press(re.compile("Ana · participant"))
    ana.page.get_by_role("button", name="Not Ana? Not me").click()
    ana.page.wait_for_url(re.compile(r"/$"))
    ana.open(address)
    ana.sees("You have not joined this workshop in this browser")
