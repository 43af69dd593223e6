"""A press counts for the button on which it began, whatever moves under it; and no other does."""

import re

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import Room
from tests.e2e.served import ServedApp

MOVES = "main => { main.style.marginTop = '150px' }"
MOVES_BACK = "main => { main.style.marginTop = '' }"
A_PRESS_MS = 120
COUNTS = """() => {
  globalThis.clicks = 0
  const isButton = (one) => one instanceof HTMLButtonElement
  addEventListener("click", (event) => { clicks += event.composedPath().some(isButton) }, true)
}"""
"""Counts what the buttons of the page hear of."""


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def press_while_the_page_moves(person: Person, button: Locator) -> None:
    main = person.page.get_by_test_id("stMainBlockContainer")
    button.hover()
    person.page.mouse.down()
    main.evaluate(MOVES)
    person.page.wait_for_timeout(A_PRESS_MS)
    person.page.mouse.up()
    main.evaluate(MOVES_BACK)


def test_a_press_counts_once_though_the_page_moves_under_it(room: Room) -> None:
    fay = room.facilitator("Fay")
    fay.page.evaluate(COUNTS)
    press_while_the_page_moves(fay, fay.button("Bring everyone to Draft"))
    fay.sees(re.compile("^Undo: Facilitator called everyone"))
    press_while_the_page_moves(fay, fay.page.get_by_role("radio", name="Vote"))
    fay.sees("Bring everyone to Vote")
    fay.press("Bring everyone to Vote")
    press_while_the_page_moves(fay, fay.button("Publish version 1"))
    expect(fay.page.get_by_role("dialog")).to_be_visible()
    assert fay.page.evaluate("clicks") == 4, "whether the page moves or not, each press counts once"
    ana = room.participant("Ana", "draft")
    to_clauses(ana)
    press_while_the_page_moves(ana, ana.button("Edit C1"))
    ana.sees("Your wording of C1")


def test_whoever_moves_away_before_letting_go_has_pressed_nothing(room: Room) -> None:
    fay = room.facilitator("Fay")
    fay.button("Bring everyone to Draft").hover()
    fay.page.mouse.down()
    fay.page.mouse.move(0, 0)
    fay.page.mouse.up()
    fay.page.wait_for_timeout(2_000)
    assert room.built.facilitator.call("read_place")["workshop"]["call"] is None
    fay.press("Bring everyone to Draft")
    expect(fay.button(re.compile("^Undo: Facilitator called everyone"))).to_have_count(1)


def test_what_is_said_of_a_button_takes_no_press_from_the_one_above_it(room: Room) -> None:
    fay = room.facilitator("Fay")
    fay.press("Plan of 60 minutes")
    fay.press(re.compile("^Start the agenda"))
    fay.sees("Step 1 of 7: Welcome")
    fay.button("Pause").hover()
    words = fay.page.get_by_role("tooltip").get_by_text("The time stands still for everyone.")
    expect(words).to_be_visible()
    over, onward = words.bounding_box(), fay.button(re.compile("^Go on to Write rough clauses")).bounding_box()
    assert over is not None
    assert onward is not None
    assert onward["y"] < over["y"] < onward["y"] + onward["height"], "they lie over each other"
    fay.page.mouse.move(over["x"] + over["width"] / 2, over["y"] + 2)
    fay.page.mouse.down()
    fay.page.mouse.up()
    fay.sees("Step 2 of 7: Write rough clauses")
