"""What one person does shows on the others' open pages by itself, touches nothing they type, and costs nothing else."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import FloatRect, Locator, WebSocket, WebSocketRoute, expect

from components.texts import GROUP_DOES
from lib.domain.workshop import Stage
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.live_text import waits_until
from tests.e2e.person import OF_A_LOST_LINE, OF_A_SIGN_OUT, Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, Someone, clause

CLAUSE = "Say in which country an answer holds, "
ON_PHONE = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}
SOON_MS = 20_000
SLOWLY_MS = 60_000
REMOVED = "The facilitator removed you from this workshop."


@dataclass
class Sockets:
    """What a page sends to the server, and how often it opened the socket of the changes."""

    asked: int = 0
    opened: list[WebSocket] = field(default_factory=list)

    def hear(self, socket: WebSocket) -> None:
        if "/live" in socket.url:
            self.opened.append(socket)
        elif "/document" not in socket.url:
            socket.on("framesent", self._count)

    def _count(self, _: object) -> None:
        self.asked += 1


@dataclass
class Room:
    """An app, and a workshop in it whose facilitator acts elsewhere."""

    app: ServedApp
    built: Built
    invite_to: Invite

    def comes_in(
        self, name: str, page: str, prepare: object = None, **browser: object
    ) -> tuple[Person, Someone, Sockets]:
        someone = self.built.join(name)
        person = self.invite_to(self.app, name, **browser)
        sockets = Sockets()
        person.page.on("websocket", sockets.hear)
        if callable(prepare):
            prepare(person)
        cookie = f"folkmoot_participant_{self.built.workshop}"
        person.context.add_cookies([{"name": cookie, "value": someone.token, "url": self.app.url}])
        person.open(f"/{page}?w={self.built.workshop}")
        return person, someone, sockets

    def goes_to(self, stage: Stage) -> float:
        """The facilitator takes the group to a stage; the time at which the database has it."""
        self.built.facilitator.call("set_workshop", changes={"stage": stage.value})
        return time.monotonic()


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(served[0], Built(served[1]), invite_to)


def reads(person: Person, stage: Stage, within_ms: float = SOON_MS) -> None:
    expect(person.page.get_by_text(GROUP_DOES[stage]).first).to_be_visible(timeout=within_ms)


def comes_to_rest(person: Person, sockets: Sockets, silent_ms: int = 1_500) -> None:
    """The page has heard how things are, and asks for nothing any more."""
    for _ in range(20):
        before = sockets.asked
        person.page.wait_for_timeout(silent_ms)
        if sockets.asked == before:
            return
    raise AssertionError("the page never comes to rest")


def test_a_new_stage_shows_by_itself_while_somebody_types_and_touches_nothing(room: Room) -> None:
    ana, _, anas = room.comes_in("Ana", "draft")
    ben, _, bens = room.comes_in("Ben", "draft", **ON_PHONE)
    to_clauses(ben)
    editor = ben.field("Your clause")
    editor.press_sequentially(CLAUSE)
    since = room.goes_to(Stage.VOTE)
    editor.press_sequentially("and since when.", delay=60)
    for person in (ana, ben):
        reads(person, Stage.VOTE)
    print(f"shown at both within {time.monotonic() - since:.2f} s, typing of about a second included")
    for sockets in (anas, bens):
        assert not sockets.opened[-1].is_closed(), "without its socket a page would have looked some time later"
    expect(editor).to_have_value(f"{CLAUSE}and since when.")
    expect(editor).to_be_focused()


@pytest.mark.parametrize(
    "view", [{}, {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}], ids=["desktop", "phone"]
)
def test_nothing_below_the_line_of_news_moves_whatever_the_news(room: Room, view: dict[str, object]) -> None:
    ana, someone, sockets = room.comes_in("Ana", "draft", **view)
    comes_to_rest(ana, sockets)

    def place() -> object:
        return ana.page.get_by_role("heading", name="Draft").bounding_box()

    def shows(words: str) -> None:
        expect(ana.page.get_by_text(words).first).to_be_visible(timeout=SOON_MS)
        assert place() == before, f"“{words}” moved the page"

    before = place()
    for stage in (Stage.TEST, Stage.REVIEW, Stage.VOTE, Stage.DRAFT):
        room.goes_to(stage)
        shows(GROUP_DOES[stage])
    room.built.facilitator.call("set_workshop", changes={"timer_seconds": 600, "timer_label": "Talk in pairs"})
    shows("Talk in pairs")
    opened = room.built.open_round()
    shows("Round 1 is open: 0 of 1 have voted")
    someone.vote(opened["items"][0]["item_id"], "agree")
    shows("Round 1 is open: 1 of 1 have voted")
    room.built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    shows("The policy is locked")


MAKE_LONGER = """main => {
  const more = document.createElement("div")
  more.id = "more"
  more.style.height = "3000px"
  main.append(more)
}"""


def has_moved(place: Locator, was: FloatRect | None) -> FloatRect:
    """Where it is on the screen, as soon as it is not any more where it was, and stays for half a second."""
    for _ in range(40):
        before = place.bounding_box()
        place.page.wait_for_timeout(500)
        if before is not None and before != was and place.bounding_box() == before:
            return before
    raise AssertionError("it does not move, or does not come to rest")


def test_a_press_that_leaves_a_field_does_what_it_is_for_although_the_page_became_shorter(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft", **ON_PHONE)
    to_clauses(ana)
    comes_to_rest(ana, sockets)
    main, discuss = ana.page.get_by_test_id("stMainBlockContainer"), ana.button("Discuss C2")
    ana.field("Your clause").press_sequentially(CLAUSE)
    main.evaluate(MAKE_LONGER)
    discuss.evaluate("one => one.scrollIntoView({ block: 'start' })")
    was = discuss.bounding_box()
    ana.page.mouse.wheel(0, -200)
    before = has_moved(discuss, was)
    main.evaluate("() => document.getElementById('more').remove()")
    ana.page.wait_for_timeout(500)
    assert discuss.bounding_box() == before, "the page scrolled back"
    ana.page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    ana.page.mouse.down()
    ana.page.wait_for_timeout(300)
    assert discuss.bounding_box() == before, "the button went away under the press"
    ana.page.mouse.up()
    expect(ana.field(re.compile("^Your comment on C2"))).to_be_visible()
    ana.page.get_by_role("heading", name="Draft").click()  # at the top, and no field is in use any more
    expect(main).to_have_attribute("style", re.compile("^(?!.*padding-bottom)"))


def test_the_way_to_where_the_group_is_keeps_what_one_typed(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft", **ON_PHONE)
    comes_to_rest(ana, sockets)
    to_clauses(ana)
    ana.field("Your clause").press_sequentially(CLAUSE)
    ana.page.evaluate("window.isTheSame = true")
    room.goes_to(Stage.REVIEW)
    ana.page.get_by_role("link", name="Go to Review").click()
    ana.page.wait_for_url("**/review?w=*")
    expect(ana.page.get_by_role("heading", name="Review")).to_be_visible()
    ana.go(re.compile("^Draft"))
    expect(ana.field("Your clause")).to_have_value(CLAUSE)
    assert ana.page.evaluate("window.isTheSame"), "the app was loaded anew"


def test_the_way_to_an_open_round_keeps_the_focus_while_others_vote_and_works_by_the_keyboard(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft")
    ben = room.built.join("Ben")
    comes_to_rest(ana, sockets)
    opened = room.built.open_round()
    link = ana.page.get_by_role("link", name="Vote now")
    link.focus()
    for number, position in enumerate(("agree", "disagree", "pass")):
        ben.vote(opened["items"][0]["item_id"], position)
        room.built.join(f"Guest {number}")
        count = f"1 of {number + 3} have voted"
        expect(ana.page.get_by_text(count).first).to_be_visible(timeout=SOON_MS)
        expect(link).to_be_focused()
    ana.page.keyboard.press("Enter")
    ana.page.wait_for_url("**/vote?w=*")
    expect(ana.page.get_by_text("Is this right?").first).to_be_visible()
    expect(ana.page.get_by_role("link", name="Vote now")).to_have_count(0)
    shows_what_is_answered_elsewhere(ana)


def shows_what_is_answered_elsewhere(ana: Person) -> None:
    """Two open pages of one person: what is answered on one is offered on the other, and counted at once on both."""
    first = ana.page
    other = ana.context.new_page()
    other.goto(first.url)
    other.get_by_role("radio", name=re.compile("Agree")).click()
    for page in (first, other):
        expect(page.get_by_text("you have answered 1 of 1")).to_be_visible(timeout=SOON_MS)
    assert other.get_by_text("through another device").count() == 0
    expect(first.get_by_text("You have answered through another device.")).to_be_visible()
    first.get_by_role("button", name="Show it").click()
    expect(first.get_by_text("Your vote: Agree. It is saved")).to_be_visible()
    expect(first.get_by_text("through another device")).to_have_count(0)


def test_on_a_phone_what_is_new_of_a_round_is_offered_with_its_whole_button(room: Room) -> None:
    opened = room.built.open_round(items=2)
    ana, _, _ = room.comes_in("Ana", "vote", **ON_PHONE)
    other = ana.context.new_page()
    other.goto(ana.page.url)
    other.get_by_role("radio", name=re.compile("Disagree")).first.click()
    below = other.get_by_role("radio", name=re.compile("Cannot judge")).first
    expect(below).not_to_have_css("border-left-color", "rgba(0, 0, 0, 0)")
    box = ana.page.locator(".st-key-rounds_news")
    button = box.get_by_role("button", name="Show it")
    expect(button).to_be_visible(timeout=SOON_MS)
    expect(box.get_by_text("you have answered 1 of 2")).to_be_visible()
    assert lies_within(button, box)
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight")
    is_told_of_the_close_deep_in_the_ballot(
        ana, lambda: room.built.facilitator.call("close_round", round=opened["round_id"])
    )


def is_told_of_the_close_deep_in_the_ballot(ana: Person, closes: Callable[[], object]) -> None:
    """Where they write, though the top of the page is out of sight, and nothing moves until they ask for it."""
    box, dock = ana.page.locator(".st-key-rounds_news"), ana.page.locator(".st-key-dock")
    ana.page.get_by_role("button", name="Add a reason").last.click()
    reason = ana.field("Your reason")
    reason.press_sequentially("It asks too l")
    reason.evaluate("field => field.scrollIntoView({ block: 'start' })")
    expect(box).not_to_be_in_viewport()
    before = reason.bounding_box()
    closes()
    expect(dock.get_by_text("Round 1 was closed. Your saved votes are counted.")).to_be_in_viewport(timeout=SOON_MS)
    assert reason.bounding_box() == before
    expect(reason).to_be_focused()
    ana.look("told of the close")
    dock.get_by_role("button", name="Show it").click()
    ana.sees("This round is closed and not revealed.")
    expect(dock.get_by_text("was closed")).to_have_count(0)
    expect(ana.field(re.compile("^Your unsaved reason"))).to_have_value("It asks too l")


def test_with_a_modifier_key_the_way_opens_in_a_tab_of_its_own(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft")
    comes_to_rest(ana, sockets)
    room.goes_to(Stage.REVIEW)
    with ana.context.expect_page() as another:
        ana.page.get_by_role("link", name="Go to Review").click(modifiers=["ControlOrMeta"])
    expect(another.value.get_by_role("heading", name="Review")).to_be_visible()
    assert "/draft?" in ana.page.url


def test_the_countdown_counts_on_every_page_by_the_clock_of_the_server(room: Room) -> None:
    ana, _, _ = room.comes_in("Ana", "draft")
    ana.settle()
    ana.page.clock.install(time=datetime.now(UTC) + timedelta(hours=3))  # the browser's is wrong
    ana.page.reload()
    ana.settle()
    room.built.facilitator.call("set_workshop", changes={"timer_seconds": 300, "timer_label": "Talk in pairs"})
    timer = ana.page.get_by_role("timer")
    expect(timer).to_contain_text(re.compile(r"^timer[45]:\d\d leftTalk in pairs$"), timeout=SOON_MS)
    room.built.facilitator.call("set_workshop", changes={"timer_seconds": 1})
    expect(timer).to_contain_text("Time is up", timeout=SOON_MS)
    room.built.facilitator.call("set_workshop", changes={"timer_seconds": None})
    expect(timer).to_have_count(0, timeout=SOON_MS)


NEARLY_PX = 0.5


def lies_within(inner: Locator, outer: Locator) -> bool:
    one, around = inner.bounding_box(), outer.bounding_box()
    assert one is not None
    assert around is not None
    return all(
        around[start] - NEARLY_PX <= one[start] and one[start] + one[size] <= around[start] + around[size] + NEARLY_PX
        for start, size in (("x", "width"), ("y", "height"))
    )


FOUR_ROUNDS = """facts => {
  const rounds = () => facts.querySelectorAll(".fact:has(a)")
  while (rounds().length < 4) facts.append(rounds()[0].cloneNode(true))
}"""
"""As if more rounds were open: what is drawn anew by itself goes away with the next drawing."""


def test_how_much_time_is_left_and_the_way_to_an_open_round_are_seen_at_every_width_and_move_nothing(
    room: Room,
) -> None:
    ana, _, _ = room.comes_in("Ana", "draft")
    facts, left = ana.page.locator(".facts"), ana.page.locator(".facts .left")
    vote, lock = facts.get_by_role("link", name="Vote now"), facts.locator(".fact", has_text="The policy is locked")
    widths = (1440, 1000, 900, 700, 641, 640, 390, 360)

    def sees_at(width: int) -> None:
        ana.page.set_viewport_size({"width": width, "height": 844})
        ana.page.wait_for_function("width => innerWidth === width", arg=width)

    def height_at(width: int) -> float:
        sees_at(width)
        box = facts.bounding_box()
        assert box is not None
        return box["height"]

    before = [height_at(width) for width in widths]
    lead = room.built.facilitator
    lead.call("set_workshop", changes={"timer_seconds": 4_000, "timer_label": "Write in pairs what it must never do"})
    room.built.open_round()
    room.built.commit(lead, [room.built.clauses[0] | {"wording": "Changed since."}, *room.built.clauses[1:]], 1)
    lead.call("set_workshop", changes={"editing_is_locked": True})
    for one in (left, vote, lock, ana.page.get_by_text(re.compile("unpublished changes"))):
        expect(one).to_be_visible(timeout=SOON_MS)
    for width, height in zip(widths, before, strict=True):
        assert height_at(width) == height
        for one in (left, vote, lock):
            assert lies_within(one, facts), (width, one)
        ana.picture(f"facts {width}")
    for width in widths:
        sees_at(width)
        facts.evaluate(FOUR_ROUNDS)
        for link in vote.all():
            link.scroll_into_view_if_needed()
            assert lies_within(link, facts), (width, link.bounding_box(), facts.bounding_box())


def test_every_live_part_of_a_page_hears_of_a_change_and_not_only_the_first(room: Room) -> None:
    ana, ana_stored, _ = room.comes_in("Ana", "draft")
    ben, _, _ = room.comes_in("Ben", "draft")
    for number in range(3):
        wording = f"Name office number {number} that answers the phone."
        room.built.clauses.append(clause(wording, section="Manner"))
        revision = ana_stored.call("read_policy")["policy"]["revision"]
        room.built.commit(ana_stored, room.built.clauses, base=revision)
        for person in (ana, ben):
            expect(person.page.get_by_text(wording).first).to_be_visible(timeout=SOON_MS)


@pytest.mark.long  # tests/pages/test_live_parts.py knows that nothing is drawn by time
def test_whoever_only_looks_asks_for_nothing_until_something_changes(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "vote")
    comes_to_rest(ana, sockets, silent_ms=8_000)  # on a busy machine a look that got lost is asked for once more
    room.goes_to(Stage.REVIEW)
    reads(ana, Stage.REVIEW)
    assert len(sockets.opened) == 1, "one socket serves every page and every part of it"


def test_a_hidden_tab_waits_until_it_is_looked_at(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft")
    comes_to_rest(ana, sockets)
    hide = "is => { Object.defineProperty(document, 'hidden', { value: is, configurable: true }); "
    hide += "document.dispatchEvent(new Event('visibilitychange')) }"
    ana.page.evaluate(hide, True)
    before = sockets.asked
    wording = "Name the office that answers the phone."
    room.built.clauses.append(clause(wording, section="Manner"))
    room.built.commit(room.built.facilitator, room.built.clauses, base=1)
    ana.page.wait_for_timeout(3_000)
    assert sockets.asked == before
    ana.page.evaluate(hide, False)
    expect(ana.page.get_by_text(wording).first).to_be_visible(timeout=SOON_MS)


@pytest.mark.long  # it waits for most of its time
def test_where_no_socket_can_be_had_the_page_looks_slowly(room: Room) -> None:
    def no_socket(person: Person) -> None:
        def refuse(route: WebSocketRoute) -> None:
            route.close(code=1011)

        person.page.route_web_socket("**/live?*", refuse)

    ana, _, _ = room.comes_in("Ana", "draft", no_socket)
    room.goes_to(Stage.REVIEW)
    reads(ana, Stage.REVIEW, SLOWLY_MS)


@pytest.mark.long  # it waits for most of its time
def test_a_page_that_was_left_empty_comes_back_by_itself(room: Room) -> None:
    ana, _, _ = room.comes_in("Ana", "review")
    ana.settle()
    ana.page.evaluate("""() => {
        sessionStorage.redraws = 0
        addEventListener("popstate", () => { sessionStorage.redraws = Number(sessionStorage.redraws) + 1 })
        for (const one of document.querySelectorAll("[data-testid=stMain] [data-testid=stElementContainer]")) {
            one.removeAttribute("data-testid")  // as far as anybody can tell there is nothing on the page
        }
    }""")
    expect(ana.page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first).to_be_attached(
        timeout=60_000
    )
    assert int(ana.page.evaluate("sessionStorage.redraws")) >= 1, "it was opened anew before it was drawn anew"
    ana.settle()
    expect(ana.page.get_by_role("heading", name="Review")).to_be_visible()


def test_a_page_that_a_fault_in_the_browser_takes_away_whole_is_opened_anew(room: Room) -> None:
    ana, _, _ = room.comes_in("Ana", "review")
    ana.settle()
    ana.page.evaluate("document.getElementById('root').replaceChildren()")
    expect(ana.page.get_by_role("heading", name="Review")).to_be_visible(timeout=60_000)


def test_whoever_is_removed_is_told_so_at_once_and_listens_no_more(room: Room) -> None:
    ana, someone, sockets = room.comes_in("Ana", "draft")
    comes_to_rest(ana, sockets)
    before = len(sockets.opened)
    room.built.facilitator.call("change_person", person=someone.person, changes={"is_removed": True})
    expect(ana.page.get_by_text(REMOVED).first).to_be_visible(timeout=SOON_MS)
    waits_until(ana, lambda: all(one.is_closed() for one in sockets.opened))
    ana.page.wait_for_timeout(4_000)
    assert len(sockets.opened) == before
    ana.forgive(*OF_A_SIGN_OUT)


def test_whoever_is_removed_beside_an_open_clause_is_told_so_and_meets_no_error(room: Room) -> None:
    ana, someone, _ = room.comes_in("Ana", "draft")
    to_clauses(ana)
    ana.press("Discuss C1")
    ana.sees("Your comment on C1")
    room.built.facilitator.call("change_person", person=someone.person, changes={"is_removed": True})
    expect(ana.page.get_by_text(REMOVED).first).to_be_visible(timeout=SOON_MS)
    ana.forgive(*OF_A_SIGN_OUT)
    ana.page.wait_for_timeout(4_000)  # all parts of the page are drawn anew
    ana.look("removed beside a clause")


def test_whoever_is_removed_while_they_write_a_reason_and_answers_keeps_it_on_their_screen(room: Room) -> None:
    room.built.open_round()
    ana, someone, _ = room.comes_in("Ana", "vote")
    ana.press("Add a reason")
    reason = ana.field("Your reason")
    reason.press_sequentially("It asks too l")
    room.built.facilitator.call("change_person", person=someone.person, changes={"is_removed": True})
    expect(ana.page.get_by_text(REMOVED).first).to_be_visible(timeout=SOON_MS)
    ana.page.get_by_role("radio", name=re.compile("Agree")).first.click()
    ana.sees(re.compile("not signed in to the workshop any more. Open your personal link to vote"))
    expect(reason).to_have_value("It asks too l")
    ana.forgive(*OF_A_SIGN_OUT)


def test_after_the_server_was_restarted_open_pages_show_what_they_missed(room: Room) -> None:
    ana, _, sockets = room.comes_in("Ana", "draft")
    comes_to_rest(ana, sockets)
    room.app.kill()
    try:
        room.goes_to(Stage.VOTE)
    finally:
        room.app.start()
    reads(ana, Stage.VOTE, SLOWLY_MS)
    ana.settle()
    room.goes_to(Stage.TEST)
    reads(ana, Stage.TEST, SLOWLY_MS)
    ana.forgive(*OF_A_LOST_LINE)
