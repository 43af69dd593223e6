"""What of the live text only a browser has is offered there on the page that says somebody is signed out."""

import re

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from tests.e2e.acts import PRESSED_WITHOUT_CLIPBOARD
from tests.e2e.conftest import Invite
from tests.e2e.live_text import (
    NOTHING_IS_SENT,
    OFFLINE,
    becomes_kept,
    is_saved,
    joins,
    locks,
    puts_cursor,
    removes,
    says,
    stored,
    text_of,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_LOST_LINE, OF_A_SIGN_OUT, Person
from tests.e2e.served import ServedApp

SIGNED_OUT = "You are not signed in here any more"


@pytest.fixture(scope="module")
def database_address(shared_database_address: str) -> str:
    """The app's database, in which people are removed."""
    return shared_database_address


@pytest.fixture(scope="module")
def app(served: tuple[ServedApp, DirectStore]) -> ServedApp:
    return served[0]


@pytest.fixture
def ana(link: str, invite: Invite) -> Person:
    return joins(invite("Ana"), link)


def drafts(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Your private draft")


def offers(person: Person) -> Locator:
    return person.page.get_by_role("region", name="Words that only this browser has")


def offers_nothing(person: Person) -> None:
    """The element has looked, and found nothing."""
    expect(person.page.locator(".st-key-kept_words .words[hidden]")).to_have_count(1)
    expect(offers(person)).to_have_count(0)


def throws_away(person: Person, offer: Locator) -> None:
    """By the keyboard: the first press only asks, and whoever asked for it in error has lost nothing."""
    question = offer.get_by_role("group", name="Throw away? It cannot be brought back.")
    for no in ("Escape", "Enter"):
        offer.get_by_role("button", name="Throw away").press("Enter")
        expect(question).to_be_visible()
        expect(question.get_by_role("button", name="Not now")).to_be_focused()
        if no == "Escape":
            person.look("asked before words are thrown away")
        person.page.keyboard.press(no)
        expect(question).to_have_count(0)
        expect(offer.get_by_role("button", name="Throw away")).to_be_focused()
    person.page.keyboard.press("Enter")
    question.get_by_role("button", name="Yes, throw away").press("Enter")
    expect(offer).to_have_count(0)


def closes_offline(person: Person, words: str) -> str:
    """Write without a line and close the page; gives its address."""
    address = person.page.url
    puts_cursor(person, 0, 0)
    person.context.set_offline(True)
    says(person, OFFLINE)
    writes(person, words)
    becomes_kept(person, words, True)
    person.page.close()
    person.context.set_offline(False)
    person.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)
    person.page = person.context.new_page()
    return address


def test_who_is_removed_while_typing_finds_their_words_after_a_reload_until_they_throw_them_away(
    ana: Person, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "Typed as I was removed.")
    removes(database_address, workshop_of(ana), "Ana")
    expect(drafts(ana)).to_contain_text("Typed as I was removed.")
    ana.page.reload()
    ana.sees(SIGNED_OUT)
    expect(offers(ana)).to_have_count(1)
    expect(offers(ana).locator("pre")).to_have_text("Typed as I was removed.")
    expect(offers(ana)).to_contain_text("Typed here by Ana.")
    expect(offers(ana)).to_contain_text("Only this browser has it")
    ana.look("signed out with words")
    copy = offers(ana).get_by_role("button", name="Copy")
    copy.click()
    expect(offers(ana).get_by_role("button", name="Copied")).to_be_visible()
    assert ana.page.evaluate("navigator.clipboard.readText()") == "Typed as I was removed."
    throws_away(ana, offers(ana))
    offers_nothing(ana)
    becomes_kept(ana, "Typed as I was removed.", False)
    ana.page.reload()
    ana.sees(SIGNED_OUT)
    offers_nothing(ana)
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


KEEPS_A_DRAFT = """([prefix, drafts]) => {
  const person = Object.keys(localStorage).find((key) => key.startsWith(prefix)).split(":")[3]
  localStorage.setItem(`${prefix.replace("document", "document-drafts")}${person}`, JSON.stringify(drafts))
}"""
NOT_TO_BE_READ = """([prefix, words]) => {
  const person = Object.keys(localStorage).find((key) => key.startsWith(prefix)).split(":")[3]
  const value = { update: btoa("\\x01\\x7f\\xff"), text: words, typed: words, at: Date.now() }
  localStorage.setItem(`${prefix}${person}:1`, JSON.stringify(value))
}"""
"""A page of before left words whose edits nobody can read."""


def test_words_that_cannot_be_merged_are_offered_as_a_draft_until_their_writer_throws_them_away(ana: Person) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "x")
    ana.page.evaluate(NOT_TO_BE_READ, [f"folkmoot:document:{workshop_of(ana)}:", "Words of before.\n"])
    ana.page.reload()
    is_saved(ana)
    expect(drafts(ana)).to_contain_text("Words of before.")
    expect(drafts(ana)).to_contain_text("could not be merged")
    throws_away(ana, drafts(ana))
    ana.page.reload()
    is_saved(ana)
    expect(drafts(ana)).to_have_count(0)


def test_the_question_before_words_are_thrown_away_stays_open_whatever_others_do(
    ana: Person, database_address: str
) -> None:
    workshop = workshop_of(ana)
    draft = [{"id": "1", "text": "My words.", "reason": "The policy was locked."}]
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "x")
    ana.page.evaluate(KEEPS_A_DRAFT, [f"folkmoot:document:{workshop}:", draft])
    ana.page.reload()
    is_saved(ana)
    drafts(ana).get_by_role("button", name="Throw away").click()
    no = drafts(ana).get_by_role("button", name="Not now")
    expect(no).to_be_focused()
    locks(database_address, ana, is_locked=True)
    expect(drafts(ana).get_by_role("button", name="Put it at the cursor")).to_be_disabled()
    expect(no).to_be_focused()


def test_words_are_copied_where_a_page_has_no_clipboard_to_write_to(ana: Person, database_address: str) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "Taken along.")
    removes(database_address, workshop_of(ana), "Ana")
    expect(drafts(ana)).to_contain_text("Taken along.")  # the server has heard of it
    ana.page.reload()
    offers(ana).get_by_role("button", name="Copy").evaluate(PRESSED_WITHOUT_CLIPBOARD)
    expect(offers(ana).get_by_role("button", name="Copied")).to_be_visible()
    assert ana.page.evaluate("navigator.clipboard.readText()") == "Taken along."
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


def test_a_page_that_is_drawn_anew_after_the_removal_offers_what_its_editor_held(
    ana: Person, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "Typed before the page knew.")
    removes(database_address, workshop_of(ana), "Ana")
    ana.sees(re.compile("^This browser is not signed in to the workshop any more"))
    ana.page.get_by_role("radio", name="Clauses").click()
    ana.sees(SIGNED_OUT)
    expect(offers(ana)).to_have_count(1)
    expect(offers(ana).locator("pre")).to_have_text("Typed before the page knew.")
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


def test_a_page_that_opens_just_before_it_is_known_offers_what_the_one_before_left(
    ana: Person, database_address: str
) -> None:
    ana.page.wait_for_timeout(2_000)
    ana.page.reload()  # the server reads anew who joined, and knows it until it is told of something
    is_saved(ana)
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "Left by the page before.")
    becomes_kept(ana, "Left by the page before.", True)
    removes(database_address, workshop_of(ana), "Ana", is_told=False)
    ana.page.reload()
    expect(drafts(ana)).to_contain_text("Left by the page before.")
    becomes_kept(ana, "Left by the page before.", False)
    ana.page.goto(f"{ana.url}/healthz")  # its sockets are refused again and again
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


@pytest.mark.parametrize("kept_in", ["localStorage", "IndexedDB"])
def test_who_closed_the_page_offline_and_was_removed_finds_what_they_typed_and_nothing_of_the_text_around_it(
    ana: Person, link: str, invite: Invite, served: tuple[ServedApp, DirectStore], database_address: str, kept_in: str
) -> None:
    ben = joins(invite("Ben", looks_closely=False), link)
    puts_cursor(ana, 0, 0)
    writes(ana, "Everybody has this. ")
    is_saved(ana)
    puts_cursor(ana, 2, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Down here")
    puts_cursor(ana, 0, 10)
    writes(ana, "Not yeTT")
    for _ in "TT":
        ana.page.keyboard.press("Backspace")
    writes(ana, "t. ")
    address = closes_offline(ana, "Up. ")
    workshop = workshop_of(ben)
    for name in ("Ana", "Ben"):  # of him nothing was left
        removes(database_address, workshop, name)
    says(ben, re.compile("^This browser is not signed in"))  # the server has heard of it
    if kept_in == "IndexedDB":  # as after a kill of the browser, before Chromium has taken localStorage to the disk
        ana.page.goto(f"{ana.url}/healthz")
        ana.page.evaluate("localStorage.clear()")
    ana.open(address)
    ana.sees(SIGNED_OUT)
    expect(offers(ana)).to_have_count(1)
    assert offers(ana).locator("pre").text_content() == "Up. \nNot yet. \nDown here"
    ben.page.reload()
    ben.sees(SIGNED_OUT)
    offers_nothing(ben)
    assert "Not yet." not in stored(served[1], workshop)
    for person in (ana, ben):
        person.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


def test_nobody_who_is_signed_in_on_the_same_browser_sees_anothers_words(ana: Person, link: str) -> None:
    address = closes_offline(ana, "Ana's own words. ")
    ana.context.clear_cookies()
    ana.name = "Cleo"
    joins(ana, link)
    assert "Ana's own words." not in text_of(ana)
    ana.sees_not(re.compile("Ana's own words"))
    for refused in (f"/console?w={workshop_of(ana)}", address):
        ana.open(refused)
        expect(offers(ana)).to_have_count(0)
        expect(ana.page.locator(".st-key-kept_words")).to_have_count(0)
    ana.context.clear_cookies()
    ana.open(address)
    ana.sees("You have not joined this workshop in this browser")
    expect(offers(ana)).to_contain_text("Typed here by Ana.")
    expect(offers(ana).locator("pre")).to_have_text("Ana's own words. ")


def test_an_address_that_names_more_than_a_workshop_offers_nothing(ana: Person) -> None:
    closes_offline(ana, "Not by a trick. ")
    ana.page.goto(f"{ana.url}/healthz")
    [key] = ana.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('folkmoot:document:'))")
    _, _, workshop, person_id, _ = key.split(":")
    ana.open(f"/draft?w={workshop}:{person_id}")
    ana.sees("You have not joined this workshop in this browser")
    offers_nothing(ana)


def test_who_leaves_for_good_leaves_no_words_in_the_browser(ana: Person) -> None:
    address = ana.page.url
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(
        """words => navigator.clipboard.writeText((words + words + "\\n").repeat(40_000))""", "Far too much. "
    )
    ana.page.keyboard.press("Control+V")
    expect(drafts(ana)).to_contain_text("Far too much.")
    is_saved(ana)
    ana.page.get_by_role("button", name="Ana · participant").click()
    ana.press("Leave the workshop")
    ana.press("Leave for good")
    ana.page.wait_for_url(f"{ana.url}/")
    ana.open(address)
    ana.sees("You have not joined this workshop in this browser")
    offers_nothing(ana)
