"""Going back to a version while somebody writes, and finding out what changed meanwhile, in real browsers."""

import re
import time

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from lib.store.port import Store
from tests.e2e.acts import publish
from tests.e2e.conftest import Invite
from tests.e2e.input_method import InputMethod
from tests.e2e.live_text import TEXT_INPUT, agree, is_saved, joins, link_of, puts_cursor, text_of, workshop_of, writes
from tests.e2e.person import SLOW_MS
from tests.e2e.room import Room
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import new_id


@pytest.fixture(scope="module")
def database_address(shared_database_address: str) -> str:
    """The app's database, into which the tests look."""
    return shared_database_address


@pytest.fixture(scope="module")
def app(served: tuple[ServedApp, DirectStore]) -> ServedApp:
    return served[0]


def becomes_policy(store: Store, workshop: str, words: str) -> None:
    """The policy has followed what was typed."""
    deadline = time.monotonic() + SLOW_MS / 1000
    while words not in store.call("open_document", workshop=workshop)["policy_text"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_version_comes_back_under_whoever_writes_and_the_others_are_told_what_changed(
    invite: Invite, store: Store
) -> None:
    facilitator = invite("Facilitator", looks_closely=False)
    facilitator.open("/")
    facilitator.press("Create the workshop")
    facilitator.sees("is ready")
    link = link_of(facilitator)
    ben = joins(invite("Ben", looks_closely=False), link)
    ana = joins(invite("Ana"), link)
    ana.page.get_by_role("radio", name="Clauses").click()
    ana.settle()
    publish(ana, 1, "As we began")
    first = text_of(ben)
    puts_cursor(ben, 4, 2)
    writes(ben, "Ben begins here: ")
    becomes_policy(store, workshop_of(ben), "Ben begins here: ")
    ana.sees(re.compile("Ben begins here"))
    ana.page.get_by_role("radio", name="Versions").click()
    ana.settle()
    ana.page.get_by_label("Read").first.click()
    ana.page.get_by_role("option", name="v1").click()
    ana.settle()
    ana.page.get_by_text("Restore v1…").click()
    ana.sees("What is written now is published first, as v2.")
    ana.look("before restoring")
    keyboard = InputMethod(ben.page.locator(TEXT_INPUT))
    keyboard.composes("and ")
    ana.press("Restore v1")
    ana.sees("v1 restored")
    expect(ben.page.locator(".fm-text")).not_to_contain_text("Ben begins here")
    told = "Ana restored an earlier version: v3 “v1 restored”. What stood here before is v2."
    ben.sees(told)
    ana.sees_not(told)
    keyboard.composes("goes on. ")
    keyboard.commits()
    is_saved(ben)
    assert agree(store, ben).replace("and goes on. ", "") == first
    becomes_policy(store, workshop_of(ben), "and goes on. ")
    ben.look("told of what was restored")
    ben.press("See the versions")
    ben.sees("As it was before v1 was restored")
    ben.sees_not(told)
    ana.page.reload()
    ana.settle()
    expect(ana.page.get_by_text(re.compile("changed since you joined")).first).to_be_visible()
    ana.press("See what changed")
    dialog = ana.page.get_by_role("dialog")
    expect(dialog.get_by_text("reworded by Ben")).to_be_visible()
    ana.look("what changed")
    dialog.get_by_role("button", name="Mark as seen").click()
    expect(dialog).to_have_count(0)
    expect(ana.page.locator(".st-key-policy_news")).to_have_count(0)


def test_word_of_a_restored_version_gives_way_to_newer_news_and_is_told_once_to_those_who_were_there(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    room = Room(*served, invite_to)
    built = room.built
    built.publish()
    ben, cleo = room.participant("Ben", "draft"), room.participant("Cleo", "vote")
    first, *rest = built.clauses
    built.commit(built.join("Dan"), [first | {"wording": "Ask twice."}, *rest], base=1)
    revision = built.facilitator.call("read_policy")["policy"]["revision"]
    built.facilitator.call("restore_version", number=1, base_revision=revision, note="", request_id=new_id())
    told = re.compile("restored an earlier version: v3 “v1 restored”. What stood here before is v2.")
    ben.sees(told)
    cleo.sees_not(told)  # nothing of it stands on their page
    cleo.go("Draft")
    cleo.sees(told)
    cleo.press("Close")
    cleo.sees_not(told)
    built.decide("We ask first.")
    ben.sees(re.compile("Decided"))
    ben.sees_not(told)
    ben.press("Close")
    ben.sees(told)
    [person] = [one["person_id"] for one in built.facilitator.call("read_people") if one["name"] == "Ben"]
    built.facilitator.call("grant_leading", person=person, is_granted=True)
    ben.sees(re.compile("You lead too"))
    late = room.participant("Late", "draft")
    cleo.page.reload()
    for person in (late, cleo):
        person.settle()
        person.sees(re.compile("Decided"))
        person.press("Close")
        person.sees_not(re.compile("Decided"))
        person.sees_not(told)
