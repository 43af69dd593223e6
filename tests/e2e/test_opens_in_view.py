"""What a press at the end of a long list opens above it is in view on a phone, with the cursor in it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, Room, press
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import new_id

MANY = 9


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def before_decisions(room: Room) -> Person:
    ana = room.participant("Ana", "review", **ON_A_PHONE)
    ana.page.get_by_role("radio", name="Decisions").click()
    return ana


def before_own_notes(room: Room) -> Person:
    fay = room.facilitator("Fay", **ON_A_PHONE)
    fay.page.get_by_role("tab", name="Decisions").click()
    return fay


def before_a_discussion(room: Room) -> Person:
    ben, clause = room.built.join("Ben"), room.built.clauses[0]["clause_id"]
    for number in range(MANY):
        ben.call("add_comment", comment=new_id(), clause=clause, text=f"And in country number {number}?")
    ana = room.participant("Ana", "draft", **ON_A_PHONE)
    to_clauses(ana)
    press(ana, "Discuss C1: 9 comments")
    ana.field("Your comment on C1").fill("In none.")
    press(ana, "Comment")
    return ana


@pytest.mark.parametrize(
    ("comes", "opens", "label"),
    [
        (before_decisions, "I dissent…", "Your dissent, in your words"),
        pytest.param(before_own_notes, "Reword", "New wording of the decision", marks=pytest.mark.long),
        pytest.param(before_a_discussion, "Change", "Your comment, reworded", marks=pytest.mark.long),
    ],
)
def test_a_field_that_opens_above_a_long_list_has_the_cursor(
    room: Room, comes: Callable[[Room], Person], opens: str, label: str
) -> None:
    for number in range(MANY):
        room.built.decide(f"We keep number {number} until somebody has asked the clerks.")
    person = comes(room)
    last = person.page.get_by_role("button", name=opens, exact=True).locator("visible=true").last
    for _ in range(2):  # it opens once more where it is open already
        last.click()
        field = person.field(label)
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport()
    person.look(f"opened by {opens}")
