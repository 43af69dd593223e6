"""What is pressed on the console stays where it is: no press of its facilitator moves what the next one is for."""

import re

import pytest

from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import Room
from tests.e2e.served import ServedApp

PLACES = """() => {
  const page = document.querySelector("[data-testid=stMain]")
  const kinds = /^st-key-(next|time_acts|undo|stage|bring_to|lock|bring_everyone|light_it|matters|ask_publish)/
  const places = {}
  for (const one of page.querySelectorAll("[class*='st-key-']:not([data-retained])")) {
    const kind = [...one.classList].map((name) => name.match(kinds)?.[1]).find(Boolean)
    if (kind) places[kind] ??= Math.round(one.getBoundingClientRect().top + page.scrollTop)
  }
  return places
}"""
"""How far below the page's top each kind of control stands, in pixels."""


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def test_from_the_start_of_the_agenda_to_its_end_no_press_moves_another_control(room: Room) -> None:
    fay = room.facilitator("Fay")
    fay.press("Plan of 60 minutes")
    fay.sees("7 steps, none under way")
    fay.settle()
    at = fay.page.evaluate(PLACES)
    assert len(at) == 10

    def stays(what: str) -> None:
        fay.settle()
        assert fay.page.evaluate(PLACES) == at, what

    fay.press(re.compile("^Start the agenda"))
    for number in range(1, 7):
        fay.sees(re.compile(f"^Step {number} of 7"))
        stays(f"step {number}")
        fay.press(re.compile("^Go on to"))
    presses(fay, "Pause", re.compile("left, paused$"))
    stays("paused")
    presses(fay, "5 min more", re.compile(r"^Undo: Facilitator changed the countdown"))
    stays("more time")
    fay.page.get_by_role("radio", name="Vote").click()
    fay.sees("The group was moved to Vote meanwhile.")
    stays("moved by hand")
    presses(fay, "Bring everyone to Vote", re.compile("^Undo: Facilitator called everyone"))
    stays("called")
    presses(fay, "Put it in the spotlight", "Choose first what everyone is to look at.")
    stays("refused")
    presses(fay, "End the agenda", "7 steps, none under way")
    stays("ended")


def presses(fay: Person, button: str, then: str | re.Pattern[str]) -> None:
    fay.press(button)
    fay.sees(then)
