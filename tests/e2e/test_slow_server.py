"""A server that takes long to draw another page: nobody's page goes empty or back, whatever happens meanwhile."""

import re
import time
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from lib.domain.workshop import CallKind, Stage
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, SOON_MS, Room, press, reads
from tests.e2e.served import ServedApp
from tests.e2e.test_brought_along import RESTS_MS, call, is_at, scenario, stands_at_scenario

LATE_S = 5
"""So that what stands before people until then is seen on a busy machine, too."""
NEWS_S = 2 * LATE_S
LOOK_AT_ALL = """() => {
  const { elements } = globalThis[Symbol.for("folkmoot.pulse")]
  for (const one of elements) one.trigger("rested", one.data.drawing)
  return elements.size
}"""


@pytest.fixture(scope="module")
def served(open_folder: object, database_address: str) -> Iterator[tuple[ServedApp, DirectStore]]:
    environment = {"DATABASE_URL": database_address, "SLOW_APP_S": str(LATE_S)}
    app = new_app(open_folder, environment, program=("-m", "tests.support.slow_app"))  # type: ignore[arg-type]
    with serving(app):
        store = DirectStore(database_address)
        yield app, store
        store.close()


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def much_happens(room: Room, person: Person) -> None:
    for number in range(NEWS_S):
        person.page.wait_for_timeout(1000)
        room.built.facilitator.call("set_workshop", changes={"stage": ("vote", "review")[number % 2]})
        room.built.facilitator.call("set_workshop", changes={"editing_is_locked": bool(number % 2)})


def test_what_everyone_is_brought_to_stands_before_them_before_the_page_does(room: Room) -> None:
    ana = room.participant("Ana", "review", **ON_A_PHONE)
    ben, cleo = room.participant("Ben", "draft", **ON_A_PHONE), room.participant("Cleo", "review")
    to_clauses(ben)
    ben.field("Your clause").press_sequentially("Say where")
    words = "Facilitator brings everyone here: S2 “Case 2”"
    call(room, CallKind.SCENARIO, scenario(room, 2))
    for person in (ana, cleo):
        expect(person.page.get_by_role("paragraph").filter(has_text=words)).to_be_visible()
        expect(person.page.get_by_text("Question 2?", exact=True)).to_be_visible()
        is_at(person, "review")
    cleo.button("Close").click()
    cleo.sees_not(words)
    ana.picture("called, the page not there yet")
    for person in (ana, cleo):
        stands_at_scenario(person, 2)
    for person in (ana, ben, cleo):
        person.sees_not(words)
    expect(ben.field("Your clause")).to_have_value("Say where")
    reads(ben, re.compile("asks you to look at"))


@pytest.mark.long  # it waits for most of its time
def test_who_is_about_to_be_taken_along_has_no_field_any_more_that_would_take_half_a_word(room: Room) -> None:
    ana = room.participant("Ana", "draft", **ON_A_PHONE)
    to_clauses(ana)
    field = ana.field("Your clause")
    field.press_sequentially("Say where")
    ana.page.wait_for_timeout(RESTS_MS)
    expect(field).to_be_focused()
    call(room, CallKind.SCENARIO, scenario(room, 2))
    reads(ana, re.compile("brings everyone here: S2"))
    expect(field).to_be_focused()
    expect(field).not_to_be_focused()
    ana.page.keyboard.type("x")
    expect(field).to_have_value("Say where")
    stands_at_scenario(ana, 2)
    press(ana, "Back to where I was")
    expect(ana.field("Your clause")).to_have_value("Say where", timeout=SOON_MS)


@pytest.mark.long  # test_streamlit_mends.py has what is mended, without browsers
def test_news_that_come_while_a_page_is_changed_leave_it_alone(room: Room) -> None:
    ana, ben = room.participant("Ana", "review"), room.participant("Ben", "review")
    for person in (ana, ben):
        person.page.evaluate("window.isThis = true")
    call(room, CallKind.SCENARIO, scenario(room, 2))
    ben.page.get_by_role("link", name="Draft", exact=True).click()
    much_happens(room, ana)
    stands_at_scenario(ana, 2)
    for person in (ana, ben):
        person.page.wait_for_timeout(4000)
        assert person.page.evaluate("window.isThis"), "the page was opened anew"
    is_at(ana, "test")
    is_at(ben, "draft")


def begins_page(message: bytes) -> bool:
    said = ForwardMsg.FromString(message)
    return said.WhichOneof("type") == "new_session" and not said.metadata.run.fragment_ids


class HeldBack:
    """What the server tells a page, held back until it is let through."""

    def __init__(self, person: Person) -> None:
        self.is_holding, self.held = False, list[partial[None]]()
        person.context.route_web_socket(re.compile("/_stcore/stream"), self._stand_between)
        person.page.reload()
        person.settle()

    def _stand_between(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(server.send)
        server.on_message(lambda message: self.held.append(partial(page.send, message)) or self._let_through())

    def _let_through(self) -> None:
        while self.held and not self.is_holding:
            self.held.pop(0)()

    def let_first_page_through(self) -> None:
        """All up to where the second of the pages begins that were drawn meanwhile."""
        pages = [number for number, one in enumerate(self.held) if begins_page(one.args[0])]
        for one in self.held[: pages[1]]:
            one()
        del self.held[: pages[1]]

    def end(self) -> None:
        self.is_holding = False
        self._let_through()


BUSY = """ms => setTimeout(() => { const end = performance.now() + ms; while (performance.now() < end) {} }, 100)"""
BUSY_MS = 3000


@pytest.mark.long  # a page that is emptied comes back by itself
@pytest.mark.parametrize("is_busy", [False, True], ids=["", "all heard at once"])
def test_a_look_at_a_page_that_its_server_has_left_already_does_not_empty_the_next(room: Room, is_busy: bool) -> None:
    ana = room.participant("Ana", "draft")
    told = HeldBack(ana)
    room.built.facilitator.call("set_workshop", changes={"stage": Stage.REVIEW.value})
    link = ana.page.get_by_role("link", name="Go to Review")
    expect(link).to_be_visible()
    told.is_holding = True
    link.click()
    ana.page.wait_for_timeout(LATE_S * 1500)  # the press is taken up, and the next page is being drawn
    assert ana.page.evaluate(LOOK_AT_ALL)
    ana.page.wait_for_timeout(1000)
    if is_busy:
        ana.page.evaluate(BUSY, BUSY_MS)
        time.sleep(BUSY_MS / 5000)
    told.end()
    ana.page.wait_for_timeout(LATE_S * 1000)
    expect(ana.page.get_by_role("heading", name="Review")).to_be_visible()
    is_at(ana, "review")


@pytest.mark.long  # as above
def test_a_look_from_before_a_page_was_left_does_not_empty_it_when_one_comes_back_at_once(room: Room) -> None:
    ana = room.participant("Ana", "draft")
    told = HeldBack(ana)
    told.is_holding = True
    for name in ("Review", "Draft"):
        ana.page.get_by_role("link", name=name, exact=True).click()
        ana.page.wait_for_timeout(LATE_S * 1500)  # it is drawn, and nothing of it is heard
    assert ana.page.evaluate(LOOK_AT_ALL)
    ana.page.wait_for_timeout(1000)
    told.let_first_page_through()
    ana.page.wait_for_timeout(1000)
    ana.page.evaluate(BUSY, BUSY_MS)
    time.sleep(BUSY_MS / 5000)
    told.end()
    ana.page.wait_for_timeout(LATE_S * 1000)
    ana.settle()
    expect(ana.page.get_by_role("heading", name="Draft")).to_be_visible()
    is_at(ana, "draft")
