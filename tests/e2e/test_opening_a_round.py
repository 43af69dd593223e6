"""In real browsers: the form of a new round is folded by its facilitator's own opening, and by nothing else."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from tests.e2e.acts import answer_yes
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, Room, reads
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import clause, new_id

LOW = {"viewport": {"width": 1440, "height": 560}}
QUESTION = "Do we keep these?"


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def toggle(fay: Person) -> None:
    fay.page.locator(".st-key-open_a_round summary").click()
    fay.settle()


def is_folded(fay: Person, question: Locator) -> None:
    fay.settle()
    expect(fay.page.locator(".st-key-open_a_round details")).not_to_have_attribute("open", re.compile(".*"))
    expect(question).not_to_be_visible()


@pytest.mark.parametrize(
    ("place", "size", "by_hand"),
    [("console", LOW, True), ("console", ON_A_PHONE, False), ("vote", {}, False), ("vote", ON_A_PHONE, True)],
    ids=["console in a low window", "console on a phone", "vote", "vote on a phone"],
)
def test_the_form_of_a_round_is_folded_once_it_is_opened(
    room: Room, place: str, size: dict[str, Any], by_hand: bool
) -> None:
    lead = room.built.facilitator.call
    room.built.join("Ana")
    policy = lead("read_policy")["policy"]
    many = [clause(f"Say in which of the {number} countries of the world this answer holds.") for number in range(30)]
    room.built.commit(room.built.facilitator, [*policy["clauses"], *many], policy["revision"])
    room.built.publish()
    fay = room.facilitator("Fay", place, **size)
    if place == "console":
        fay.page.get_by_role("tab", name="Rounds").click()
    question = fay.page.get_by_label("Question", exact=True)
    for _ in range(2 if by_hand else 0):
        toggle(fay)
    opens(fay, question, 1)
    is_folded(fay, question)
    closes = fay.page.locator("[class*='st-key-ask_close_']").get_by_role("button", name="Close round 1")
    expect(closes).to_be_in_viewport()  # though the page ends sooner than before
    fay.look(f"a round is opened, {place}")

    # Whoever unfolds it writes on, whatever another one does, and until the next round of their own.
    toggle(fay)
    question.fill("And now?")
    [version] = lead("read_policy")["versions"]
    item = {"kind": "clause", "version_id": version["version_id"], "clause_id": room.built.clauses[0]["clause_id"]}
    lead("open_round", round=new_id(), question="Is this right?", anonymity="named", items=[item])
    reads(fay, re.compile("Round 2"))
    fay.settle()
    expect(question).to_be_visible()
    expect(question).to_have_value("And now?")
    opens(fay, question, 3)
    is_folded(fay, question)
    assert lead("read_rounds")[0]["question"] == QUESTION


def opens(fay: Person, question: Locator, number: int) -> None:
    fay.page.get_by_role("button", name=re.compile("^Choose all")).first.click()
    fay.sees(re.compile(r"^[1-9]\d* items? chosen"))
    question.fill(QUESTION)
    answer_yes(fay, f"Open round {number}", f"Yes, open round {number}")
    reads(fay, f"Close round {number}")
