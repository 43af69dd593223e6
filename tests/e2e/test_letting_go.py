"""No one press throws away what its presser typed: the field asks first and shows the words, where there are any."""

import re

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.person import Person
from tests.e2e.room import ON_A_PHONE, Room, press, reads
from tests.e2e.served import ServedApp

MINE = "Ask in which country they live."


@pytest.fixture
def room(served: tuple[ServedApp, DirectStore], invite_to: Invite) -> Room:
    return Room(*served, invite_to)


def is_asked_for(person: Person, button: str, words: Locator, yes: str, *says: str) -> None:
    """The press asks; "Not now" leaves the words where they are, and the answer takes them."""
    question = person.page.get_by_role("dialog")
    typed = words.input_value()
    for answer in ("Not now", yes):
        press(person, button)
        for part in (f"“{typed}”", *says, "They cannot be brought back."):
            expect(question).to_contain_text(part)
        if answer == "Not now":
            person.picture(f"asked for {button}")
        press(person, answer)
        expect(question).to_have_count(0)
        if answer == "Not now":
            expect(words).to_have_value(typed)


def test_a_press_that_throws_ones_own_words_away_asks_first_and_one_that_takes_none_does_not(room: Room) -> None:
    built = room.built
    ana = room.participant("Ana", "draft", **ON_A_PHONE)

    # Another wording of a clause, and the condition that was typed beside it.
    ana.open(f"/draft?w={built.workshop}&view=clauses")
    wording = ana.field("Your wording of C1")
    press(ana, "Edit C1")
    expect(wording).to_have_value("Ask before you answer.")
    press(ana, "Discard my change")
    expect(wording).to_have_count(0)
    press(ana, "Edit C1")
    expect(wording).to_have_value("Ask before you answer.")
    ana.page.get_by_role("radio", name="Only when…").click()
    ana.field("Only when…").press_sequentially("a law is meant")
    wording.fill(MINE)
    condition = "With it goes the condition that you typed: “a law is meant”"
    is_asked_for(ana, "Discard my change", wording, "Yes, discard it", condition)
    expect(wording).to_have_count(0)

    # The name of a section.
    press(ana, "Rename section Manner")
    name = ana.field("New name of “Manner”")
    name.fill("Where it holds")
    is_asked_for(ana, "Discard my change", name, "Yes, discard it")
    expect(name).to_have_count(0)

    # A suggestion with its reason, and another wording of a comment.
    press(ana, "Discuss C1")
    comment = ana.field("Your comment on C1")
    comment.fill("Which one?")
    press(ana, "Comment")
    expect(ana.page.locator("[class*='st-key-comment_']").get_by_text("Which one?")).to_be_visible()
    ana.page.get_by_role("radio", name="Suggest a wording").click()
    suggestion = ana.field("Your wording for C1")
    suggestion.fill(MINE)
    ana.field("Why (may stay empty)").fill("The law differs.")
    is_asked_for(ana, "Discard", suggestion, "Yes, discard it", "With it goes your reason: “The law differs.”")
    expect(comment).to_be_visible()
    press(ana, re.compile("^Change$"))
    reworded = ana.field("Your comment, reworded")
    press(ana, "Leave it as it was")
    expect(reworded).to_have_count(0)
    press(ana, re.compile("^Change$"))
    reworded.fill("Which of them?")
    is_asked_for(ana, "Leave it as it was", reworded, "Yes, leave it as it was")
    expect(comment).to_be_visible()

    # A reason whose round was closed before it was saved.
    opened = built.open_round()
    ana.open(f"/vote?w={built.workshop}")
    press(ana, re.compile("^Add a reason"))
    ana.field("Your reason").fill("It is short.")
    reads(ana, re.compile("^Saved. Only you"))
    built.facilitator.call("close_round", round=opened["round_id"])
    press(ana, "Show it")
    late = ana.field(re.compile("^Your unsaved reason"))
    is_asked_for(ana, "Discard this text", late, "Yes, discard it")
    expect(late).to_have_count(0)
    [clause, _] = built.facilitator.call("read_policy")["policy"]["clauses"]
    assert (clause["wording"], clause["section"]) == ("Ask before you answer.", "Manner")
