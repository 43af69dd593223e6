"""In a real browser: what two who lead do at once to a note, a step and a call overwrites nothing and moves nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.room import ON_A_PHONE, Room, press, reads
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import new_id

MINE = "We keep it for a year."


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.mark.parametrize("size", [{}, ON_A_PHONE], ids=["laptop", "phone"])
def test_a_decision_is_about_what_is_called_and_reworded_beside_anothers_wording(
    room: Room, size: dict[str, Any]
) -> None:
    lead = room.built.facilitator.call
    first, second = (str(one["clause_id"]) for one in room.built.clauses[:2])
    fay = room.facilitator("Fay", **size)
    fay.page.get_by_role("tab", name="Decisions").click()
    about = fay.page.get_by_role("combobox", name="About")
    lead("call_everyone", call=new_id(), kind="clause", target=first)
    expect(about).to_have_value(re.compile("^C1 "))  # nobody writes here yet
    expect(fay.button("Record the decision about C1")).to_be_visible()

    # Whoever writes goes on about the same, whatever the other calls everyone to, and however long they think.
    field = fay.field("Decision or note")
    field.press_sequentially("W")
    lead("call_everyone", call=new_id(), kind="clause", target=second)
    field.press_sequentially("e keep it.", delay=150)  # without a rest, in which the field would be told of by itself
    reads(fay, re.compile("Everyone is called to C2"))
    fay.page.wait_for_timeout(12_000)  # at rest, as `at_rest.js` has it
    expect(about).to_have_value(re.compile("^C1 "))
    expect(field).to_have_value("We keep it.")
    press(fay, "Record the decision")
    reads(fay, "Decision about C1")
    expect(about).to_have_value(re.compile("^C2 "))
    expect(fay.button("Record the decision about C2")).to_be_visible()
    fay.look("about what is called")

    # Once the group goes on, the next one is about nothing, without a press of whoever rests here.
    step = {"step_id": new_id(), "stage": "draft", "title": "Talk", "minutes": 10, "note": ""}
    lead("set_agenda", base_revision=0, steps=[step], request_id=new_id())
    lead("go_to_step", seen=None, step=step["step_id"])
    expect(about).to_have_value("Nothing in particular")
    expect(fay.button(re.compile("^Record the decision$"))).to_be_visible()

    [note] = lead("read_notes")
    press(fay, "Reword")
    wording = fay.field("New wording of the decision")
    wording.fill(MINE)
    lead("edit_note", note=note["note_id"], text="We keep it for minors.", base_revision=1)
    reads(fay, "We keep it for minors.")
    press(fay, "Save the wording")
    reads(fay, re.compile("Somebody else reworded this"))
    expect(wording).to_have_value(MINE)
    fay.look("two wordings of a decision")
    assert lead("read_notes")[0]["text"] == "We keep it for minors."
    # What would go is shown, and stays until the answer.
    press(fay, "Take theirs")
    question = fay.page.get_by_role("dialog", name="Let go of your wording?")
    expect(question).to_contain_text(MINE)
    fay.look("asked before one's own words go")
    question.get_by_role("button", name="Not now").click()
    expect(question).to_have_count(0)
    expect(wording).to_have_value(MINE)
    press(fay, "Save mine instead")
    expect(wording).to_have_count(0)
    assert lead("read_notes")[0]["text"] == MINE


def test_a_step_is_changed_beside_anothers_change_and_its_words_outlive_it(room: Room) -> None:
    lead = room.built.facilitator.call
    steps = [
        {"step_id": new_id(), "stage": "draft", "title": title, "minutes": 10, "note": ""}
        for title in ("Write", "Talk")
    ]

    def write(base: int) -> None:
        lead("set_agenda", base_revision=base, steps=steps, request_id=new_id())

    write(0)
    fay = room.facilitator("Fay")
    press(fay, re.compile("^1. Write"))
    fay.field("Title").fill("Write together")
    fay.settle()
    steps[0] |= {"title": "Write alone", "note": "Nobody talks."}
    write(1)
    reads(fay, re.compile("^1. Write alone"))
    press(fay, "Save the step")
    reads(fay, re.compile("as it is now: Write alone"))
    fay.look("a step that two changed")
    press(fay, "Save mine instead")
    reads(fay, re.compile("^1. Write together"))
    now = lead("read_agenda")["steps"][0]
    assert (now["title"], now["note"]) == ("Write together", "Nobody talks.")

    fay.field(re.compile("^Note$")).fill("Ask the clerks.")
    fay.settle()
    del steps[0]
    write(3)
    press(fay, "Save the step")
    reads(fay, "Ask the clerks.")
    fay.look("words for a step that is gone")
    press(fay, "Let go of them")
    question = fay.page.get_by_role("dialog")
    expect(question).to_contain_text("Note: Ask the clerks.")
    question.get_by_role("button", name="Not now").click()
    press(fay, "Put them into a new step")
    expect(fay.field(re.compile("^Note$"))).to_have_value("Ask the clerks.")
    assert [one["note"] for one in lead("read_agenda")["steps"]] == ["", "Ask the clerks."]


def test_a_person_who_was_chosen_and_half_renamed_stays_chosen_though_another_renames_them(room: Room) -> None:
    ana = room.built.join("Ana")
    fay = room.facilitator("Fay")
    chosen = fay.page.get_by_role("combobox", name="Choose a person")
    chosen.click()
    fay.page.get_by_role("option", name="Ana").click()
    name = fay.field(re.compile("^Name$"))
    name.fill("Annie")
    fay.settle()
    room.built.facilitator.call("change_person", person=ana.person, changes={"name": "Anna"})
    for _ in ("the browser sends the former name", "and then what it was told"):
        fay.page.get_by_text("Lock the policy: nobody can change clauses").click()  # draws the whole console anew
        fay.settle()
        expect(chosen).to_have_value("Anna")
        expect(name).to_have_value("Annie")
    reads(fay, re.compile("they are called Anna now"))
