"""Whoever is let lead, or is not any more, hears of it on the page where they are, while they type."""

import re

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.room import ON_A_PHONE, Room, press, reads
from tests.e2e.served import ServedApp

MINE = "For whom is this?"


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.mark.parametrize("device", [{}, pytest.param(ON_A_PHONE, marks=pytest.mark.long)], ids=["desktop", "phone"])
def test_who_is_let_lead_is_told_and_told_when_it_ends(room: Room, device: dict[str, object]) -> None:
    ana = room.participant("Ana", "draft", **device)
    [person] = [one["person_id"] for one in room.built.facilitator.call("read_people")]
    to_clauses(ana)
    ana.press("Discuss C1")
    field, told = ana.field("Your comment on C1"), re.compile("You lead too from now on")
    menu = ana.page.locator(".st-key-pages").get_by_role("link", name="Console")
    field.press_sequentially(MINE)

    def may_lead(is_granted: bool) -> None:
        room.built.facilitator.call("grant_leading", person=person, is_granted=is_granted)

    may_lead(True)
    reads(ana, told)
    ana.look("told to lead")
    may_lead(False)
    expect(ana.page.get_by_text(told)).to_have_count(0)
    ana.sees_not(re.compile("do not lead any more"))  # the menu never had it

    may_lead(True)
    reads(ana, told)
    expect(field).to_have_value(MINE)
    press(ana, "Close")
    expect(menu).to_be_visible()
    ana.sees_not(told)
    expect(field).to_have_value(MINE)
    may_lead(False)
    reads(ana, "You take part, and do not lead any more.")
    press(ana, "Close")
    expect(menu).to_have_count(0)

    may_lead(True)
    reads(ana, told)
    ana.page.get_by_role("link", name="Open the console").click()
    expect(ana.page.get_by_role("heading", name="Console")).to_be_visible()
    ana.sees_not(told)
