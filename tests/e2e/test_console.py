"""In real browsers a facilitator runs the start of a plan, and all of the console by its keys alone."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.samples.plans import HOUR, fresh_plan
from lib.services import agenda as agendas
from lib.store.direct import DirectStore
from tests.e2e.acts import to_clauses
from tests.e2e.by_key import by_key, has_focus, tab_to, to_tab_by_key
from tests.e2e.conftest import Invite
from tests.e2e.room import ON_A_PHONE, Room, choose, press, reads
from tests.e2e.served import ServedApp
from tests.support.openai_stub import OpenAIStub

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
    leading = fay.page.get_by_test_id("stButtonGroup").filter(has_text="Who leads with you")
    leading.get_by_role("button", name="Ana").click()
    reads(fay, "Ana leads too: the console is in their menu.")
    ana.open(f"/console?w={room.built.workshop}")
    press(ana, re.compile("^Go on to Try them on scenarios"))
    for person in (fay, ben):
        reads(person, "Step 3 of 7: Try them on scenarios")
    press(fay, re.compile("^Undo: Ana went on to"))
    reads(ben, "Step 2 of 7: Write rough clauses")
    leading.get_by_role("button", name="Ana").click()
    reads(ana, "This page is not for your role")


@pytest.mark.parametrize("size", [{}, ON_A_PHONE], ids=["laptop", "phone"])
def test_whoever_opens_the_console_sees_the_ready_made_plans(room: Room, size: dict[str, Any]) -> None:
    fay = room.facilitator("Fay", **size)
    for minutes in (60, 90):
        expect(fay.button(f"Plan of {minutes} minutes")).to_be_in_viewport(ratio=1)
    fay.look("console without an agenda")
    press(fay, "Plan of 60 minutes")
    expect(fay.button(re.compile("^Start the agenda: Welcome"))).to_be_in_viewport(ratio=1)
    fay.look("console with a plan")


RING_PX = 3.2
ROOM_ABOVE = "tab => tab.getBoundingClientRect().top - tab.closest('[role=tablist]').getBoundingClientRect().top"
"""Within the row of tabs, which cuts off what stands out of it."""


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
    reads(fay, re.compile(r"^(10:00|[89]:\d\d) left, paused$"))
    by_key(fay, "Undo: Facilitator changed the countdown", "Space")
    reads(fay, re.compile(r"^(5:00|[34]:\d\d) left, paused$"))
    by_key(fay, "Lock the policy", "Space")
    reads(fay, "The policy is locked")

    tab_to(fay, "One thing for everyone")
    keys.type("S2")
    built.join("Dora")  # the page is drawn anew around the list
    reads(fay, re.compile("1 of 3 eligible has voted"))
    reads(fay, "Who is here or leads has changed: the choice above is older.")
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
    assert fay.page.get_by_role("tab", name="Rounds").evaluate(ROOM_ABOVE) >= RING_PX
    keys.press("ArrowLeft")
    expect(fay.page.get_by_role("tab", name="Runs")).to_have_attribute("aria-selected", "true")
    fay.page.get_by_role("button", name="Open a round…").focus()
    keys.press("Enter")
    has_focus(fay, "^Rounds$")


def test_what_changes_the_workshop_works_by_keys_alone_and_is_taken_back_or_asks_first(
    room: Room, held: OpenAIStub
) -> None:
    built = room.built
    lead = built.facilitator.call
    room.asks(held)
    ana = built.join("Ana")
    ben = room.participant("Ben", "vote", looks_closely=False)
    fay = room.facilitator("Fay")
    keys = fay.page.keyboard
    question = fay.page.get_by_role("dialog")

    by_key(fay, "Publish version 1")
    by_key(fay, "Yes, publish version 1")
    reads(fay, "v1, nothing changed since")
    by_key(fay, "Run 2 scenarios on v1", "Space")
    reads(fay, re.compile("^Running on v1"))
    to_tab_by_key(fay, "People", "Model calls")
    by_key(fay, "Stop all calls")
    reads(fay, "No call is waiting or under way.")
    by_key(fay, "Undo: let . stopped calls? go on")
    reads(fay, re.compile("^Running on v1"))
    by_key(fay, "Stop all calls")
    reads(fay, "No call is waiting or under way.")

    # The question is typed, asked about, left, and asked about once more; a held key gives no answer.
    by_key(fay, "Open a round…")
    has_focus(fay, "^Rounds$")
    by_key(fay, "Choose all 2")
    reads(fay, re.compile("^2 items chosen. . of 2 participants (is|are) here now"))
    tab_to(fay, "Named")
    keys.press("ArrowDown")
    expect(fay.page.get_by_role("radio", name="Anonymous")).to_be_checked()
    fay.settle()
    keys.press("ArrowUp")
    expect(fay.page.get_by_role("radio", name="Named")).to_be_checked()
    fay.settle()
    tab_to(fay, "^Question$")
    keys.press("Control+A")
    keys.type("Do we keep these?")
    keys.press("Enter")
    expect(question).to_contain_text("“Do we keep these?”")
    expect(question).to_contain_text("2 clauses are frozen")
    expect(question).to_be_focused()
    for _ in range(2):
        keys.down("Enter")
    keys.up("Enter")
    built.join("Cleo")  # the form is drawn anew around the question
    expect(question).to_contain_text("of 3 participants")
    fay.look("a question before a round")
    keys.press("Escape")
    expect(question).to_have_count(0)
    has_focus(fay, "^Question$")
    assert lead("read_rounds") == []
    keys.press("Enter")
    by_key(fay, "Yes, open round 1")
    reads(fay, re.compile("Round 1 is open"))
    assert lead("read_rounds")[0]["question"] == "Do we keep these?"

    to_tab_by_key(fay, "Rounds", "Decisions")
    tab_to(fay, "Decision or note")
    keys.type("We keep both.")
    by_key(fay, "Record the decision")
    reads(fay, "We keep both.")

    # A nudge is a line on Ben's page until it is taken back.
    to_tab_by_key(fay, "Decisions", "People", "ArrowLeft")
    by_key(fay, "Ask those who have not voted")
    asked = "A round is open, and you have not voted in it yet."
    reads(ben, asked)
    by_key(fay, "Take the nudge back")
    expect(ben.page.get_by_text(asked)).to_have_count(0)

    # What is said of it goes by itself: it is looked for at once.
    tab_to(fay, "^Ana$")
    keys.press("Space")
    reads(fay, "Ana leads too: the console is in their menu.")
    assert next(one for one in lead("read_people") if one["person_id"] == ana.person)["is_co_facilitator"]
    tab_to(fay, "^Ana$")
    keys.press("Space")
    reads(fay, "Ana takes part and does not lead any more.")
