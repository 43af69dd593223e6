"""The earlier wordings of a decision, in real browsers of both sizes: read, told apart, and put back by keys alone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.samples.plans import HOUR, fresh_plan
from lib.services import agenda as agendas
from lib.store.direct import DirectStore
from tests.e2e.by_key import by_key, has_focus
from tests.e2e.conftest import Invite
from tests.e2e.room import ON_A_PHONE, Room
from tests.e2e.served import ServedApp

LONG = "We keep C1 as it is until somebody has asked the clerks. " * 9
TEXTS = (
    "We keep C1.",
    f"{LONG}\n\nAnd then:\n1. we read what they say,\n2. we vote.",
    "We drop C1.",
    "We keep it *here*\nand nowhere else.",
    "We ask Ana.",
    f"{LONG}Nobody has.",
    "We ask Ben.",
)


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.mark.parametrize(
    "look",
    [
        {},
        pytest.param({"color_scheme": "dark"}, marks=pytest.mark.long),
        pytest.param(ON_A_PHONE, marks=pytest.mark.long),
        {**ON_A_PHONE, "color_scheme": "dark"},
    ],
    ids=["light", "dark", "phone-light", "phone-dark"],
)
def test_an_earlier_wording_is_put_back_by_keys_alone(room: Room, look: dict[str, Any]) -> None:
    lead, note = room.built.facilitator.call, room.built.decide(TEXTS[0])
    for revision, text in enumerate(TEXTS[1:], 1):
        lead("edit_note", note=note, text=text, base_revision=revision)
    fay = room.facilitator("Fay", **look)
    keys = fay.page.keyboard
    fay.page.get_by_role("tab", name="Decisions").click()
    fay.settle()
    by_key(fay, r"\bReword$")
    field = fay.field("New wording of the decision")
    has_focus(fay, "New wording of the decision")
    history = fay.page.locator(".st-key-note_history")
    offered = history.get_by_role("button", name="Back to wording")
    expect(offered.locator("visible=true")).to_have_text([f"undoBack to wording {n}" for n in (6, 5, 4)])
    assert history.get_by_text(TEXTS[3]).inner_text() == TEXTS[3], "with its line break"
    fay.look("the history")

    keys.type(" Or Cleo.")
    by_key(fay, "Older wordings")
    by_key(fay, "Back to wording 2")
    expect(history.get_by_text("Wording 8 by Facilitator")).to_be_visible()
    assert lead("read_notes")[0]["text"] == TEXTS[1]
    has_focus(fay, "New wording of the decision")
    expect(field).to_have_value("We ask Ben. Or Cleo.")
    expect(fay.page.get_by_text("Somebody else")).to_have_count(0)
    fay.look("a wording is back")
    by_key(fay, "Save the wording")
    has_focus(fay, r"\bReword$")
    assert lead("read_notes")[0]["text"] == "We ask Ben. Or Cleo."


def test_what_is_closed_gives_the_focus_back_to_what_had_opened_it(room: Room) -> None:
    built = room.built
    facilitator = Credential(WorkshopId(built.workshop), built.facilitator.token_hash)
    agendas.set_agenda(built.store, facilitator, fresh_plan(HOUR), base_revision=0, request_id="by-key")
    built.decide()
    fay = room.facilitator("Fay")
    by_key(fay, r"2\. Write rough")
    has_focus(fay, "^Title")
    by_key(fay, "^Close$")
    has_focus(fay, r"2\. Write rough")
    fay.page.get_by_role("tab", name="Decisions").click()
    by_key(fay, r"\bReword$")
    has_focus(fay, "New wording of the decision")
    by_key(fay, "^Close$")
    has_focus(fay, r"\bReword$")


def test_who_goes_on_to_write_right_after_closing_keeps_the_cursor(room: Room) -> None:
    room.built.decide()
    fay = room.facilitator("Fay")
    fay.page.get_by_role("tab", name="Decisions").click()
    by_key(fay, r"\bReword$")
    has_focus(fay, "New wording of the decision")
    writes = fay.field("Decision or note")
    fay.page.locator(".st-key-note_panel").get_by_role("button", name="Close").click()
    writes.focus()  # before the panel is gone
    fay.page.keyboard.type("We ask the clerks.", delay=120)  # until long after the panel is gone
    expect(fay.page.locator(".st-key-note_panel")).to_have_count(0)
    expect(writes).to_have_value("We ask the clerks.")
    expect(writes).to_be_focused()
