"""A whole plan of 60 minutes, run by the facilitator from the console: five participants, the time compressed.

The time is compressed as a facilitator could: one step is made seconds long, and the others are gone on from early.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from lib.store.direct import DirectStore
from tests.e2e.acts import answer, answer_yes, draft_view, fill_round, has_rested, write_together
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.live_text import text_of, waits_until
from tests.e2e.person import SLOW_MS, Person
from tests.e2e.room import ON_A_PHONE, Room, choose, press, reads
from tests.e2e.served import ServedApp
from tests.support.openai_stub import OpenAIStub

SECRET = "Because courts differ from town to town."
CLAUSES = {
    "Ana": "Say in which country an answer holds.",
    "Ben": "Offer to explain any word of the law.",
    "Cleo": "Name one office that answers the phone.",
    "Dan": "Never say that somebody came too late.",
    "Eva": "Ask for the deadline first.",
}
DECISION = "We keep the deadline first."


@pytest.fixture(scope="module")
def stub() -> Iterator[OpenAIStub]:
    with OpenAIStub() as provider:
        yield provider


@pytest.fixture(scope="module")
def served(open_folder: object, database_address: str, stub: OpenAIStub) -> Iterator[tuple[ServedApp, DirectStore]]:
    environment = {
        "DATABASE_URL": database_address,
        "FOLKMOOT_MODEL": "openai/stub",
        "FOLKMOOT_API_BASE": stub.address,
        "FOLKMOOT_CONCURRENCY": "2",
        "OPENAI_API_KEY": "sk-of-the-stub",
    }
    with serving(new_app(open_folder, environment)) as app:  # type: ignore[arg-type]
        store = DirectStore(database_address)
        yield app, store
        store.close()


def go_on(fay: Person, to: str) -> None:
    """One press on the console: the next step, with its stage and its time. She waits until her page says so."""
    press(fay, re.compile(f"^(Go on to|Start the agenda:) {to}"))
    expect(fay.page.locator("[class*='st-key-now']").get_by_text(re.compile(f"^Step . of 7: {to}"))).to_be_visible()
    fay.settle()


def all_read(people: Sequence[Person], text: str | re.Pattern[str]) -> None:
    for person in people:
        reads(person, text)


def are_at(people: Sequence[Person], page: str) -> None:
    for person in people:
        expect(person.page).to_have_url(re.compile(f"/{page}\\?"), timeout=SLOW_MS)
        person.settle()


def tab(fay: Person, name: str) -> None:
    fay.page.get_by_role("tab", name=name, exact=True).click()


def prepare(fay: Person) -> None:
    """The plan, with a welcome of six seconds."""
    press(fay, "Plan of 60 minutes")
    press(fay, re.compile(r"^1\. Welcome"))
    fay.field("Minutes").fill("0.1")
    expect(fay.field("Title")).to_have_value("Welcome")
    press(fay, "Save the step")
    press(fay, re.compile("^Close$"))


def welcome(fay: Person, everyone: Sequence[Person]) -> None:
    go_on(fay, "Welcome")
    all_read(everyone, "Step 1 of 7: Welcome")
    all_read(everyone, "Time is up")
    press(fay, "1 min more")
    all_read(everyone, re.compile(r"^(1:00|0:\d\d) left$"))
    press(fay, "Pause")
    all_read(everyone, re.compile("left, paused$"))
    press(fay, re.compile("^Undo: Facilitator paused"))
    all_read(everyone, re.compile(r"^(1:00|0:\d\d) left$"))


def has_heard(person: Person, wordings: Sequence[str]) -> None:
    """Wait until these stand in the text before somebody."""
    waits_until(person, lambda: all(one in text_of(person) for one in wordings))


def write(fay: Person, everyone: Sequence[Person]) -> None:
    """Five write one text; nobody but who leads may while it is locked."""
    go_on(fay, "Write rough clauses")
    all_read(everyone, "Step 2 of 7: Write rough clauses")
    for place, person in enumerate(everyone):
        has_heard(person, [*CLAUSES.values()][:place])  # its end is the end that they write at
        write_together(person, CLAUSES[person.name])
    for person in everyone:
        for wording in CLAUSES.values():
            reads(person, re.compile(re.escape(wording)))
    fay.page.get_by_text("Lock the policy: nobody can change clauses").click()
    all_read(everyone, "The policy is locked")
    fay.settle()
    fay.page.get_by_text("Lock the policy: nobody can change clauses").click()
    for person in everyone:
        expect(person.page.get_by_text("The policy is locked").filter(visible=True)).to_have_count(0)
    ana = everyone[0]
    draft_view(ana, "list")
    for wording in CLAUSES.values():
        reads(ana, wording)
    answer_yes(fay, "Publish version 1", "Yes, publish version 1")
    all_read(everyone, re.compile("Policy v1"))


def run_again(fay: Person) -> None:
    """Start a second run on all scenarios for everyone, with what can be chosen of it before her."""
    tab(fay, "Runs")
    runs = fay.page.locator("[class*='st-key-progress_']")
    expect(runs).to_have_count(1)
    press(fay, "Run in the background")
    expect(runs).to_have_count(2)


def try_them(fay: Person, everyone: Sequence[Person]) -> None:
    """All are brought to the scenario; who still types is asked, and comes when the sentence is done."""
    *others, eva = everyone
    go_on(fay, "Try them on scenarios")
    eva.page.locator("[class*='st-key-document_'] .ace_content").click()
    eva.page.keyboard.press("Control+End")
    eva.page.keyboard.type(" And the place.")
    choose(fay, "One thing for everyone", "S2")
    for person in others:
        has_rested(person)
    fay.settle()  # she presses while Eva types
    eva.page.keyboard.type(" Still typing.")
    press(fay, "Bring everyone there")
    all_read(others, "Facilitator brought everyone here")
    are_at(others, "test")
    are_at([eva], "draft")
    reads(eva, re.compile("asks you to look at"))
    press(eva, "Go there")
    are_at([eva], "test")
    for person in everyone:
        expect(person.page.get_by_role("heading", name=re.compile("^S2 ")).first).to_be_visible()
    press(fay, "Run 2 scenarios on v1")
    reads(fay, re.compile("2 scenarios, last run on v1$"))


def vote(fay: Person, everyone: Sequence[Person]) -> None:
    """A blind round: that somebody voted is known, what is not; the one who has not is asked, once more."""
    *voters, eva = everyone
    go_on(fay, "Vote on what the model did")
    press(fay, "Open a round…")
    fill_round(fay, 1, "Named", "Is this what we want?")
    for person in everyone:
        has_rested(person)
    press(fay, "Bring everyone to Vote")
    are_at(everyone, "vote")
    for person in (fay, *everyone[1:]):
        person.must_not_receive.add(SECRET)
    for number, person in enumerate(voters):
        position = "Disagree" if number % 2 else "Agree"
        answer(person, 1, position, SECRET if person is everyone[0] else "")
    all_read(everyone, re.compile("4 of 5 have voted"))
    tab(fay, "People")
    reads(fay, re.compile("not voted"))
    press(fay, "Ask those who have not voted (1)")
    reads(eva, "A round is open, and you have not voted in it yet.")
    for person in voters:
        expect(person.page.get_by_text("A round is open, and you have not voted in it yet.")).to_have_count(0)
    answer(eva, 1, "Pass")
    all_read([fay], re.compile("5 of 5 have voted"))
    fay.look("console in the vote")
    answer_yes(fay, "Close round 1", "Yes, close round 1")
    all_read(everyone, re.compile("Round 1 was closed"))
    for person in (fay, *everyone[1:]):
        person.sees_not(SECRET)
        person.must_not_receive.clear()
    answer_yes(fay, "Reveal the results of round 1 to everyone", "Yes, reveal round 1")
    press(fay, "Put the chart in the spotlight")


def talk(fay: Person, everyone: Sequence[Person]) -> None:
    """The chart is before everyone; a decision is recorded, and one dissents by her own act."""
    go_on(fay, "Talk about where you differ")
    for person in everyone:
        has_rested(person)
    press(fay, "Bring everyone to Review")
    are_at(everyone, "review")
    all_read(everyone, re.compile("In the spotlight: Round 1"))
    everyone[1].look("the chart on a phone")
    press(fay, "Take the spotlight away")
    for person in everyone:
        expect(person.page.get_by_text(re.compile("In the spotlight")).filter(visible=True)).to_have_count(0)
    tab(fay, "Decisions")
    fay.field("Decision or note").fill(DECISION)
    press(fay, "Record the decision")
    ana, ben = everyone[:2]
    for person in (ana, ben):
        person.page.get_by_role("radio", name="Decisions").click()
        reads(person, DECISION)
    press(ana, "I dissent…")
    ana.field(re.compile("^Your dissent")).fill("It belongs to the end.")
    press(ana, "Record my dissent")
    reads(fay, re.compile("Ana dissents: It belongs to the end"))  # the console has it in one line
    beside = ben.page.locator("[class*='st-key-note_']").filter(has_text=DECISION)
    expect(beside.get_by_text("Ana dissents", exact=True)).to_be_visible()  # the review names her above her words
    expect(beside.get_by_text("It belongs to the end.", exact=True)).to_be_visible()
    for person in (fay, ben):
        assert person.page.get_by_text(re.compile("(Ben|Cleo|Dan|Eva) dissents")).count() == 0


def mend(fay: Person, everyone: Sequence[Person], stub: OpenAIStub) -> None:
    """All calls are stopped: what is under way is given up, none begins; then they go on."""
    go_on(fay, "Mend the clauses")
    for person in everyone:
        has_rested(person)
    press(fay, "Bring everyone to Draft")
    are_at(everyone, "draft")
    stub.fault, answered = "hang", len(stub.calls)
    run_again(fay)
    tab(fay, "Model calls")
    reads(fay, re.compile(r"^4 calls under way, 0 waiting"))  # this server has taken up all, and asks two at a time
    waits_until(fay, lambda: len(stub.calls) == answered + 2)
    press(fay, "Stop all calls")
    reads(fay, "No call is waiting or under way.")
    reads(fay, re.compile(r"^Used so far: \d+ of .* calls"))
    began = len(stub.calls)
    press(fay, re.compile("^Undo: Facilitator called everyone"))
    press(fay, re.compile("^Undo: Facilitator went on"))  # back to the talk, and forth again
    all_read(everyone, "Step 5 of 7: Talk about where you differ")
    go_on(fay, "Mend the clauses")
    all_read(everyone, "Step 6 of 7: Mend the clauses")
    assert len(stub.calls) == began, "no call begins after all were stopped"
    waits_until(fay, lambda: stub.hung_up >= 2)  # nobody waits any more for what was under way
    stub.fault = None
    press(fay, re.compile(r"^Undo: let \d+ stopped calls go on"))
    waits_until(fay, lambda: len(stub.calls) > began)
    reads(fay, "No call is waiting or under way.")


def close(fay: Person, everyone: Sequence[Person]) -> None:
    go_on(fay, "Decide and close")
    all_read(everyone, "Step 7 of 7: Decide and close")
    press(fay, "End the agenda")
    for person in everyone:
        expect(person.page.get_by_text(re.compile("^Step 7 of 7"))).to_have_count(0)
    press(fay, re.compile("^Undo: Facilitator ended"))
    all_read(everyone, "Step 7 of 7: Decide and close")
    press(fay, "End the agenda")
    fay.look("console at the end")


def test_sixty_minutes_from_the_console(
    served: tuple[ServedApp, DirectStore], stub: OpenAIStub, invite_to: Invite
) -> None:
    room = Room(*served, invite_to)
    fay = room.facilitator("Fay")
    went_to: list[str] = []
    fay.page.on("framenavigated", lambda frame: went_to.append(frame.url) if frame == fay.page.main_frame else None)
    phone = {**ON_A_PHONE, "color_scheme": "dark"}
    everyone = [
        room.participant(name, "draft", looks_closely=False, **(phone if name == "Ben" else {})) for name in CLAUSES
    ]
    prepare(fay)
    welcome(fay, everyone)
    write(fay, everyone)
    try_them(fay, everyone)
    vote(fay, everyone)
    talk(fay, everyone)
    mend(fay, everyone, stub)
    close(fay, everyone)
    assert {urlsplit(url).path for url in [*went_to, fay.page.url]} == {"/console"}, "one screen is enough"
