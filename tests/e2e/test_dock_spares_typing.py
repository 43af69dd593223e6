"""What others ask of somebody lies over nothing that they type, wherever on the screen that is."""

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.live_text import is_saved, opens, puts_cursor, text_of, writes
from tests.e2e.person import Person
from tests.e2e.room import SOON_MS, Room, press
from tests.e2e.served import ServedApp

BOTTOM_PX = 60
LOWEST_PX = 5
SCREENS = {
    "desktop": {"viewport": {"width": 1440, "height": 640}},
    "phone": {"viewport": {"width": 390, "height": 640}, "user_agent": "Mobile phone (Mobi)"},
}
TO_THE_BOTTOM = """(field, above) => {
  const page = document.querySelector("[data-testid=stMain]")
  page.scrollTop += field.getBoundingClientRect().bottom - (innerHeight - above)
}"""
IS_SEEN = """field => {
  const one = field.getBoundingClientRect(), dock = document.querySelector(".st-key-dock").getBoundingClientRect()
  const isApart = (start, end) => one[end] <= dock[start] || dock[end] <= one[start]
  return dock.height > 0 && one.top < innerHeight && (isApart("left", "right") || isApart("top", "bottom"))
}"""


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.fixture(params=SCREENS)
def ana(room: Room, request: pytest.FixtureRequest) -> Person:
    return room.participant("Ana", "draft", **SCREENS[request.param])


def shows_decision(person: Person, words: str) -> None:
    expect(person.page.locator(".st-key-dock").get_by_text(words)).to_be_visible(timeout=SOON_MS)


@pytest.mark.parametrize("above_px", [BOTTOM_PX, LOWEST_PX])
def test_a_decision_that_comes_in_lies_over_no_line_of_the_live_text_that_somebody_types(
    room: Room, ana: Person, above_px: int
) -> None:
    opens(ana)
    rows = text_of(ana).rstrip("\n").split("\n")
    puts_cursor(ana, len(rows) - 1, len(rows[-1]))
    cursor = ana.page.locator(".fm-text .ace_cursor").last
    writes(ana, " Say in which country an answer holds. Say so")
    cursor.evaluate(TO_THE_BOTTOM, above_px)
    room.built.decide("We keep C1 until somebody has asked the clerks.")
    shows_decision(ana, "We keep C1")
    writes(ana, " in every answer.")
    is_saved(ana)
    ana.picture("a decision while typing at the lower edge")
    assert cursor.evaluate(IS_SEEN)
    assert text_of(ana).rstrip("\n").endswith(" Say so in every answer.")


def test_a_decision_that_is_there_gives_way_to_the_field_in_which_somebody_begins_to_type(
    room: Room, ana: Person
) -> None:
    to_clauses(ana)
    press(ana, "Discuss C1")
    room.built.decide("We keep C1 until somebody has asked the clerks.")
    shows_decision(ana, "We keep C1")
    field = ana.field("Your comment on C1")
    field.click()
    field.evaluate(TO_THE_BOTTOM, BOTTOM_PX // 2)
    field.press_sequentially("Which clerks?")
    assert field.evaluate(IS_SEEN)
    expect(field).to_have_value("Which clerks?")
    expect(field).to_be_focused()
    field.blur()
    ana.page.mouse.move(2, 320)  # or the pointer may stand on it, and it does not go away under that
    expect(ana.page.locator(".st-key-dock[data-edge]")).to_have_count(0)


def test_at_the_upper_edge_it_lies_below_the_menu_of_the_pages(room: Room) -> None:
    ana = room.participant("Ana", "draft", **SCREENS["phone"])
    opens(ana)
    puts_cursor(ana, 2, 3)
    ana.page.get_by_test_id("stMain").evaluate("page => { page.scrollTop = 0 }")
    cursor = ana.page.locator(".fm-text .ace_cursor").last.bounding_box()
    assert cursor is not None
    ana.page.set_viewport_size({"width": 390, "height": int(cursor["y"] + cursor["height"]) + LOWEST_PX})
    room.built.decide("We keep C1 until somebody has asked the clerks.")
    shows_decision(ana, "We keep C1")
    writes(ana, "Say where. ")
    expect(ana.page.locator(".st-key-dock[data-edge='above']")).to_have_count(1)
    ana.picture("the dock at the upper edge")
    ana.page.get_by_role("link", name="Vote", exact=True).click()
    ana.page.wait_for_url("**/vote?w=*")
