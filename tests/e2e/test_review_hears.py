"""The review hears of what others did, by itself: it says what is new, and nothing moves until its reader asks."""

import re

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, Room, press, reads
from tests.e2e.served import ServedApp


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def look_at(person: Person, section: str) -> None:
    person.page.get_by_role("radio", name=section).click()
    person.settle()


def place_of(person: Person, text: str) -> object:
    return person.page.get_by_text(re.compile(text)).locator("visible=true").first.bounding_box()


@pytest.mark.parametrize("device", [{}, pytest.param(ON_A_PHONE, marks=pytest.mark.long)], ids=["desktop", "phone"])
def test_a_reveal_is_told_and_shown_on_demand(room: Room, device: dict[str, object]) -> None:
    opened = room.built.open_round()
    ben = room.built.join("Ben")
    ana = room.participant("Ana", "review", **device)
    reads(ana, "No round has been revealed yet")
    before = place_of(ana, "No round has been revealed yet")
    ben.vote(opened["items"][0]["item_id"], "agree")
    for function in ("close_round", "reveal_round"):
        ana.sees_not(re.compile("The results of round"))
        room.built.facilitator.call(function, round=opened["round_id"])
    reads(ana, "The results of round 1 are there.")
    assert place_of(ana, "No round has been revealed yet") == before
    press(ana, "Show it")
    reads(ana, "Where do we differ most?")
    ana.sees_not(re.compile("The results of round 1 are there"))


def test_coverage_hears_of_responses_and_marks_that_are_new(room: Room) -> None:
    version = room.built.publish()["version_id"]
    ana, ben = room.participant("Ana", "review"), room.built.join("Ben")
    look_at(ana, "Coverage")
    reads(ana, "Nobody has marked a response yet")
    [response] = room.built.answer_run(room.built.run(ben, [version]))
    reads(ana, "Changed meanwhile: responses.")
    press(ana, "Show it")
    ana.sees_not(re.compile("Changed meanwhile"))
    ana.settle()  # what is marked from now on is no part of what it shows

    clause = room.built.clauses[0]["clause_id"]
    ben.call("set_mark", response=response, clause=clause, value="followed")
    reads(ana, "Changed meanwhile: marks.")
    expect(ana.page.get_by_text("Nobody has marked a response yet")).to_be_visible()
    press(ana, "Show it")
    expect(ana.page.get_by_text("Nobody has marked a response yet")).to_have_count(0)


@pytest.mark.long  # coverage hears by the same element
def test_versions_hear_of_a_version(room: Room) -> None:
    ana = room.participant("Ana", "review")
    room.built.publish("rough")
    look_at(ana, "Versions")
    reads(ana, "Two published versions are needed")
    room.built.commit(room.built.facilitator, room.built.clauses[:1], 1)
    room.built.publish("after talking")
    reads(ana, re.compile("^Changed meanwhile: versions.$"))
    press(ana, "Show it")
    expect(ana.page.get_by_text("Two published versions are needed")).to_have_count(0)
