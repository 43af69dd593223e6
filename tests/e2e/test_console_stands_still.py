"""What participants do moves nothing of what the facilitator is about to press on the console."""

from typing import Any

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.room import ON_A_PHONE, Room, press, reads
from tests.e2e.served import ServedApp
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import clause, new_id

AT_A_DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


@pytest.mark.parametrize("screen", [AT_A_DESK, ON_A_PHONE], ids=["desk", "phone"])
def test_the_controls_of_the_room_stay_where_they_are_whatever_participants_change(
    room: Room, held: OpenAIStub, screen: dict[str, Any]
) -> None:
    built = room.built
    room.asks(held)
    built.publish()
    ana = built.join("Ana")
    fay = room.facilitator("Fay", **screen)
    reads(fay, "v1, nothing changed since")
    publish = fay.button("Publish version 2")
    expect(publish).to_be_disabled()
    names = ("Bring everyone to Draft", "Bring everyone there", "Publish version 2")
    controls = [fay.page.get_by_role("radiogroup", name="Where is the group?"), *map(fay.button, names)]

    def tops() -> list[float]:
        fay.settle()
        fay.page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
        return [box["y"] for control in controls if (box := control.bounding_box())]

    before = tops()
    assert len(before) == len(controls)

    built.commit(ana, [*built.clauses, clause("Be brief.", section="Manner")], base=1)
    reads(fay, "Changed since v1")
    expect(publish).to_be_enabled()
    assert tops() == before

    turns = [{"role": "user", "content": "Question 3?"}]
    ana.call("add_scenario", scenario=new_id(), title="Case 3", turns=turns, is_shared=True)
    reads(fay, "3 scenarios, not run yet")
    fay.picture("a scenario was added")
    assert tops() == before

    run = built.run(ana, [None], model="openai/none")  # which nobody here answers
    reads(fay, "begun by Ana")
    fay.look("a run is under way")
    assert tops() == before
    ana.call("stop_run", run=run["run_id"])
    reads(fay, "3 scenarios, last run")
    fay.picture("the run has ended")
    assert tops() == before

    press(fay, "Run 3 scenarios on v1")
    reads(fay, "Running on v1")
    assert tops() == before
