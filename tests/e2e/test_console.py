"""In real browsers a facilitator runs the start of a plan, and all of the console by its keys alone."""

import re

import pytest
from playwright.sync_api import expect

from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.samples.plans import HOUR, fresh_plan
from lib.services import agenda as agendas
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, Room, choose, press, reads
from tests.e2e.served import ServedApp

MOST_TABS = 150
FOCUSED = """() => {
  let one = document.activeElement
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
  if (!one.matches("button, a, input, [role=tab]")) return ""
  return [one.getAttribute("aria-label"), one.labels?.[0]?.innerText, one.innerText].filter(Boolean).join(" ")
}"""
"""What the control that has the focus is called."""
MINE = "Say in which country an answer holds, and since when it has been the law there."


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.mark.long  # the hour (test_sixty_minutes.py) begins like this too
def test_the_start_of_a_plan(room: Room) -> None:
    fay = room.facilitator("Fay")
    ana, ben = room.participant("Ana", "draft"), room.participant("Ben", "draft", **ON_A_PHONE)
    press(fay, "Plan of 60 minutes")
    press(fay, re.compile("^Start the agenda: Welcome"))
    for person in (ana, ben):
        reads(person, "Step 1 of 7: Welcome")
        reads(person, re.compile(r"^[45]:\d\d left$"))
    press(fay, "Pause")
    for person in (ana, ben):
        reads(person, re.compile("left, paused$"))
    press(fay, re.compile("^Resume$"))
    press(fay, re.compile("^Go on to Write rough"))
    reads(ana, "Step 2 of 7: Write rough clauses")
    fay.look("console, running")

    # Ana rests and is taken along; Ben types, is asked, goes, and finds every letter again.
    to_clauses(ben)
    editor = ben.field("Your clause")
    editor.press_sequentially(MINE[:20])
    choose(fay, "One thing for everyone", "S2")
    fay.settle()
    press(fay, "Bring everyone there")
    editor.press_sequentially(MINE[20:])
    reads(ben, re.compile("asks you to look at"))
    expect(editor).to_have_value(MINE)
    expect(editor).to_be_focused()
    press(ben, "Go there")
    reads(ana, "Facilitator brought everyone here")
    for person in (ben, ana):
        expect(person.page.get_by_role("heading", name=re.compile("^S2 ")).first).to_be_visible()
    ben.look("brought to a scenario")
    ben.go(re.compile("^Draft"))
    expect(ben.field("Your clause")).to_have_value(MINE)

    # A decision is before everyone at once, and a dissent is the dissenter's own.
    fay.page.get_by_role("tab", name="Decisions").click()
    fay.field("Decision or note").fill("We keep S2 for the second hour.")
    press(fay, "Record the decision")
    ana.open(f"/review?w={room.built.workshop}&section=Decisions")
    reads(ana, "We keep S2 for the second hour.")
    press(ana, "I dissent…")
    ana.field(re.compile("^Your dissent")).fill("It belongs into the first.")
    press(ana, "Record my dissent")
    reads(ana, "Ana dissents")
    reads(fay, re.compile("Ana dissents: It belongs into the first"))
    ana.look("a dissent")
    fay.look("decisions on the console")

    # Ana leads too, with no other link than her own, until it is taken back.
    fay.page.get_by_role("tab", name="People").click()
    fay.page.get_by_role("combobox", name="Choose a person").click()
    fay.page.get_by_role("option", name="Ana").click()
    press(fay, "Let Ana lead too")
    ana.open(f"/console?w={room.built.workshop}")
    press(ana, re.compile("^Go on to Try them on scenarios"))
    for person in (fay, ben):
        reads(person, "Step 3 of 7: Try them on scenarios")
    press(fay, re.compile("^Undo: Ana went on to"))
    reads(ben, "Step 2 of 7: Write rough clauses")
    press(fay, "Take the right to lead back")
    reads(ana, "This page is not for your role")


def tab_to(person: Person, name: str) -> None:
    """Go on by the Tab key until a control of this name has the focus."""
    met = []
    for _ in range(MOST_TABS):
        person.page.keyboard.press("Tab")
        met.append(person.page.evaluate(FOCUSED))
        if re.search(name, met[-1]):
            return
    raise AssertionError(f"Tab never comes to {name}, only to {met}")


def by_key(person: Person, name: str, key: str = "Enter") -> None:
    """Press the control of this name by a key, wherever the focus was."""
    tab_to(person, name)
    person.page.keyboard.press(key)
    person.settle()


def has_focus(person: Person, name: str) -> None:
    person.page.wait_for_function(f"name => new RegExp(name).test(({FOCUSED})())", arg=name)


def test_the_console_works_by_its_keys_alone(room: Room) -> None:
    built = room.built
    facilitator = Credential(WorkshopId(built.workshop), built.facilitator.token_hash)
    agendas.set_agenda(built.store, facilitator, fresh_plan(HOUR), base_revision=0, request_id="by-key")
    built.join("Ana").vote(built.open_round()["items"][0]["item_id"], "agree")
    built.join("Ben")
    [version] = built.facilitator.call("read_policy")["versions"]
    everything = {"scenarios": built.scenarios, "model": "openai/none"}  # which nobody here answers
    run = built.run(built.facilitator, [version["version_id"]], **everything)
    fay = room.facilitator("Fay")
    keys = fay.page.keyboard

    by_key(fay, "Start the agenda: Welcome")
    reads(fay, "Step 1 of 7: Welcome")
    by_key(fay, "Pause", "Space")
    reads(fay, re.compile("left, paused$"))
    by_key(fay, "5 min more")
    reads(fay, re.compile(r"^(10:00|9:\d\d) left, paused$"))
    by_key(fay, "Undo: Facilitator changed the countdown", "Space")
    reads(fay, re.compile(r"^(5:00|4:\d\d) left, paused$"))
    by_key(fay, "Lock the policy", "Space")
    reads(fay, "The policy is locked")

    tab_to(fay, "One thing for everyone")
    keys.type("S2")
    built.join("Dora")  # the page is drawn anew around the list
    reads(fay, re.compile("1 of 3 eligible has voted"))
    reads(fay, "Somebody came or left: the choice above is older.")
    expect(fay.page.get_by_role("option", name=re.compile("^S2 "))).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    by_key(fay, "Bring everyone there")
    reads(fay, re.compile("Everyone is called to S2"))

    # What cannot be undone asks first; Escape leaves it, with the focus where it was.
    bar = fay.page.get_by_role("progressbar")
    expect(bar.first).to_be_visible()
    by_key(fay, "Close round 1")
    question = fay.page.get_by_role("dialog")
    expect(question).to_contain_text("1 of 3 eligible has voted. Closing takes no more votes")
    expect(question).to_be_focused()
    built.join("Cleo")  # the page is drawn anew around the question
    built.facilitator.call("stop_run", run=run["run_id"])  # what stands above it comes and goes
    reads(fay, re.compile("last run on v1 \\(stopped"))
    expect(question).to_contain_text("1 of 4 eligible has voted")
    expect(question).to_be_focused()
    fay.look("a question before what cannot be undone")
    keys.press("Escape")
    expect(question).to_have_count(0)
    has_focus(fay, "Close round 1")
    assert built.facilitator.call("read_rounds")[0]["status"] == "open"
    keys.press("Space")
    by_key(fay, "Yes, close round 1")
    reads(fay, re.compile("Round 1 is closed"))
    by_key(fay, "Reveal the results of round 1")
    by_key(fay, "Yes, reveal round 1")
    by_key(fay, "Put the chart in the spotlight")
    reads(fay, re.compile("In the spotlight: Round 1"))
    assert built.facilitator.call("read_rounds")[0]["status"] == "revealed"

    # The next round begins in its tab, where the arrows go on to the others.
    by_key(fay, "Open a round…")
    has_focus(fay, "^Rounds$")
    expect(fay.page.get_by_label("Question", exact=True)).to_be_visible()
    keys.press("ArrowLeft")
    expect(fay.page.get_by_role("tab", name="Runs")).to_have_attribute("aria-selected", "true")
    fay.page.get_by_role("button", name="Open a round…").focus()
    keys.press("Enter")
    has_focus(fay, "^Rounds$")
