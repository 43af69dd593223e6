"""Everybody is brought to one thing: who rests is taken along with a way back, who types stays and is asked."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from lib.domain.people import Credential
from lib.domain.workshop import CallKind
from lib.security import hash_token
from lib.services import calling
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.live_text import is_saved
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, SOON_MS, Room, press, reads
from tests.e2e.served import ServedApp
from tests.e2e.test_kept_words import NOTHING_IS_SENT
from tests.support.workshop_builder import new_id

RESTS_MS = 11_000
"""A little longer than who writes is left alone."""
MINE = "Say in which country an answer holds, and since when."
STANDS_BEFORE = """words => {
  const [element] = [...document.querySelectorAll(".st-key-called_card *")].filter((one) => one.shadowRoot)
  const card = element?.shadowRoot.querySelector(".called")
  return card && !card.hidden && card.textContent.includes(words)
}"""
"""What everybody is called to stands before whoever looks at the page."""


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def call(room: Room, kind: CallKind, target: str) -> None:
    """What the facilitator's button does, at another server."""
    leads = room.built.facilitator
    credential = Credential(leads.workshop, hash_token(leads.token))  # type: ignore[arg-type]
    calling.call_everyone(leads.store, credential, new_id(), kind, target)


def scenario(room: Room, place: int) -> str:
    return str(room.built.facilitator.call("read_scenarios")[place - 1]["scenario_id"])


def response(room: Room, place: int) -> str:
    """A response to the scenario, made a moment ago, longer than a window is high."""
    built = room.built
    run = built.run(built.facilitator, [None], scenarios=built.scenarios[place - 1 : place])
    [answered] = built.answer_run(run, "It depends on where you live.\n\n" * 60)
    return answered


def is_at(person: Person, page: str) -> None:
    expect(person.page).to_have_url(re.compile(f"/{page}\\?"), timeout=SOON_MS)


def stands_at_scenario(person: Person, number: int) -> None:
    expect(person.page.get_by_role("heading", name=re.compile(f"^S{number} ")).first).to_be_visible(timeout=SOON_MS)


def value_of(editor: Locator) -> str:
    """What stands in an Ace editor, which breaks long lines on the screen."""
    return str(editor.evaluate("editor => editor.env.editor.getValue()"))


def type_in_ace(person: Person) -> Callable[[], str]:
    to_clauses(person)
    frame = person.page.frame_locator("iframe[title='Your clause']")
    frame.locator(".ace_content").click()
    person.page.keyboard.type(MINE)
    return lambda: value_of(frame.locator(".ace_editor"))


def type_in_field(person: Person) -> Callable[[], str]:
    to_clauses(person)
    field = person.field("Your clause")
    field.press_sequentially(MINE)
    return field.input_value


def write_together(person: Person) -> Callable[[], str]:
    person.page.get_by_role("radio", name="Write together").click()
    is_saved(person)  # before the text has come, no key counts
    editor = person.page.locator("[class*=st-key-document_] .ace_editor")
    editor.locator(".ace_content").click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(f"\n- {MINE}")
    return lambda: value_of(editor)


def test_who_rests_is_moved_once_and_can_go_back(room: Room) -> None:
    ana = room.participant("Ana", "review")
    ben = room.participant("Ben", "draft", **ON_A_PHONE, color_scheme="dark")
    fay = room.facilitator("Fay", "draft")
    ben.page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    call(room, CallKind.SCENARIO, scenario(room, 2))
    for person in (ana, ben):
        stands_at_scenario(person, 2)
        reads(person, re.compile("^.*Facilitator brought everyone here: S2"))
        person.look("brought along")
    reads(fay, re.compile("asks you to look at"))  # who leads is asked, and not moved
    is_at(fay, "draft")
    press(ana, "Back to where I was")
    is_at(ana, "review")
    ana.settle()  # who is called while the page is being drawn is asked
    # Whatever else is called out, such as a decision, moves nobody for the call of before.
    room.built.facilitator.call("set_workshop", changes={"stage": "vote"})
    reads(ana, re.compile("The group is voting"))
    is_at(ana, "review")
    ana.sees_not(re.compile("asks you to"))
    press(ben, "Stay here")
    ben.sees_not(re.compile("brought everyone here"))
    # Another call moves both again, also to where one stands already.
    call(room, CallKind.SCENARIO, scenario(room, 1))
    for person in (ana, ben):
        stands_at_scenario(person, 1)
    press(ana, "Back to where I was")
    is_at(ana, "review")
    ana.settle()
    answer = response(room, 2)
    call(room, CallKind.RESPONSE, answer)
    for person in (ana, ben):
        stands_at_scenario(person, 2)
        found = person.page.locator(f".st-key-response_{answer}")
        expect(found.get_by_text("You were called to this one")).to_be_in_viewport()
        person.page.mouse.move(0, 0)  # it may be where a button stands now
        person.look("brought to a long response")


@pytest.mark.long  # tests/pages/test_brought_here.py has the same without a browser
def test_nobody_is_moved_or_asked_again_by_an_older_call(room: Room) -> None:
    fay = room.built.facilitator
    ana = room.participant("Ana", "review")
    for number in (1, 2):
        call(room, CallKind.SCENARIO, scenario(room, number))
        stands_at_scenario(ana, number)
        press(ana, "Back to where I was")
        is_at(ana, "review")
        ana.settle()  # who is called while the page is being drawn is asked
    fay.call("undo_act", act=fay.call("read_agenda")["last_act"]["act_id"])
    ana.page.wait_for_timeout(RESTS_MS)
    is_at(ana, "review")
    for words in ("brought everyone here", "brings everyone here", "asks you to"):
        ana.sees_not(re.compile(words))

    # Who has something open over the page is asked, and no more once the group goes on.
    ben = room.participant("Ben", "vote")
    ben.page.get_by_role("button", name=re.compile("Ben")).first.click()
    call(room, CallKind.SCENARIO, scenario(room, 2))
    reads(ben, re.compile("asks you to look at"))
    fay.call("set_workshop", changes={"stage": "test"})
    ben.sees_not(re.compile("asks you to look at"))


def test_who_is_moved_after_a_rest_finds_what_they_had_begun_to_write(room: Room) -> None:
    room.built.open_round()
    ana, ben = room.participant("Ana", "draft"), room.participant("Ben", "vote", **ON_A_PHONE)
    to_clauses(ana)
    ana.press("Discuss C1")
    ana.field("Your comment on C1").press_sequentially(MINE)
    ben.press("Add a reason")
    ben.field("Your reason").press_sequentially(MINE)
    ben.page.wait_for_timeout(RESTS_MS)
    call(room, CallKind.SCENARIO, scenario(room, 2))
    for person, page, label in ((ana, "draft", "Your comment on C1"), (ben, "vote", "Your reason")):
        stands_at_scenario(person, 2)
        press(person, "Back to where I was")
        is_at(person, page)
        expect(person.field(label)).to_have_value(MINE)


EVERY_KIND = {
    "in an editor of one's own": (type_in_ace, {}),
    "in a field on a phone": (type_in_field, ON_A_PHONE),
    "in the live document": (write_together, {}),
}
TYPISTS = pytest.mark.parametrize(("typing", "device"), EVERY_KIND.values(), ids=EVERY_KIND)
ONE_AT_LEAST = pytest.mark.parametrize(
    ("typing", "device"),
    [pytest.param(*one, id=name, marks=[pytest.mark.long] * ("live" not in name)) for name, one in EVERY_KIND.items()],
)


@TYPISTS
def test_who_types_keeps_the_page_and_is_asked(
    room: Room, typing: Callable[[Person], Callable[[], str]], device: dict[str, object]
) -> None:
    ana, ben = room.participant("Ana", "draft", **device), room.participant("Ben", "review")
    text = typing(ana)
    call(room, CallKind.SCENARIO, scenario(room, 2))
    stands_at_scenario(ben, 2)
    reads(ana, re.compile("asks you to look at"))
    assert MINE in text()
    is_at(ana, "draft")
    ana.page.keyboard.type(" Always.")
    assert f"{MINE} Always." in text()
    press(ana, "Go there")
    stands_at_scenario(ana, 2)
    ana.sees_not(re.compile("brought everyone here"))


@ONE_AT_LEAST
def test_who_types_on_as_the_call_comes_keeps_the_page_and_every_letter(
    room: Room, typing: Callable[[Person], Callable[[], str]], device: dict[str, object]
) -> None:
    ana = room.participant("Ana", "draft", **device)
    text = typing(ana)
    for number, more in ((1, " At once."), (2, " Once the thing stands there.")):
        ana.page.wait_for_timeout(RESTS_MS)
        call(room, CallKind.SCENARIO, scenario(room, number))
        if number == 2:  # it is followed after a second: seen at once, and not when somebody looks again
            ana.page.wait_for_function(STANDS_BEFORE, arg="brings everyone here: S2", timeout=SOON_MS)
        ana.page.keyboard.type(more, delay=80)
        reads(ana, re.compile(f"asks you to look at S{number}"))
        ana.sees_not(re.compile("brings everyone here"))
        is_at(ana, "draft")
    assert f"{MINE} At once. Once the thing stands there." in text()


def test_who_rests_while_their_words_in_the_live_text_are_not_saved_is_asked(room: Room) -> None:
    ana = room.participant("Ana", "draft")
    is_saved(ana)
    ana.page.evaluate(NOTHING_IS_SENT)
    text = write_together(ana)
    ana.page.wait_for_timeout(RESTS_MS)
    call(room, CallKind.SCENARIO, scenario(room, 2))
    reads(ana, re.compile("asks you to look at"))
    is_at(ana, "draft")
    assert MINE in text()


def test_who_has_something_open_over_the_page_is_asked(room: Room) -> None:
    ana = room.participant("Ana", "draft")
    ana.page.get_by_role("button", name=re.compile("Ana")).first.click()
    expect(ana.page.get_by_test_id("stPopoverBody")).to_be_visible()
    call(room, CallKind.STAGE, "vote")
    reads(ana, re.compile("asks you to come to Vote"))
    is_at(ana, "draft")
    expect(ana.page.get_by_test_id("stPopoverBody")).to_be_visible()


ONLY_THERE = {"Versions": ("combobox", "Read"), "Many at once": ("button", "Run in the background")}
"""What each of these views has and no other: when it shows, the view is drawn."""


def shows(person: Person, view: str) -> None:
    """The choice of a view says this one, which is drawn."""
    # For a moment of the drawing the former choice may stand there too.
    chosen = person.page.get_by_role("radio", name=view, checked=True)
    expect(chosen).to_be_visible(timeout=SOON_MS)
    if view in ONLY_THERE:
        role, name = ONLY_THERE[view]
        expect(person.page.get_by_role(role, name=name)).to_be_visible(timeout=SOON_MS)  # type: ignore[arg-type]
    person.settle()
    expect(person.page.get_by_role("radiogroup", name="What to show")).to_have_count(1)
    expect(chosen).to_be_visible()


@pytest.mark.long  # tests/pages/test_brought_here.py has views too
def test_who_is_brought_from_another_view_sees_the_thing_and_finds_that_view_again(room: Room) -> None:
    ana, ben = room.participant("Ana", "draft"), room.participant("Ben", "test", **ON_A_PHONE)
    for person, view in ((ana, "Versions"), (ben, "Many at once")):
        person.page.get_by_role("radio", name=view).click()
        shows(person, view)
    call(room, CallKind.CLAUSE, room.built.clauses[1]["clause_id"])
    for person in (ana, ben):
        shows(person, "Write together")
        reads(person, re.compile("brought everyone here: C2"))
        expect(person.page.locator(".st-key-beside_wording")).to_contain_text("Name a source.", timeout=SOON_MS)
        press(person, "Back to where I was")
    shows(ana, "Versions")
    shows(ben, "Many at once")
    call(room, CallKind.SCENARIO, scenario(room, 2))
    for person in (ana, ben):
        stands_at_scenario(person, 2)
        shows(person, "One scenario")
    # What a browser shows it sends with the next press.
    ben.page.get_by_text("Add a scenario").first.click()
    ben.settle()
    shows(ben, "One scenario")
    for person, view in ((ana, "Versions"), (ben, "Many at once")):
        press(person, "Back to where I was")
        shows(person, view)
