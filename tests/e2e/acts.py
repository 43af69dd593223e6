"""What people do in a workshop, at browsers of their own, one act after the other."""

import re
import time
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import expect

from components.texts import GROUP_DOES, STAGE_NAMES
from lib.domain.workshop import Stage
from tests.e2e.person import SLOW_MS, Person

MODEL_MS = 120_000
"""How long the embedded model may take on a machine that is busy with all the browsers."""
PRESSED_WITHOUT_CLIPBOARD = """async act => {
  const { clipboard } = navigator
  const set = value => Object.defineProperty(navigator, "clipboard", { value, configurable: true })
  set(undefined)
  await act.click()
  set(clipboard)
}"""
"""A button is pressed as over plain http on a local network."""


@dataclass(frozen=True)
class Links:
    """What the facilitator got when the workshop was created."""

    join: str
    facilitator: str
    organizer: str


def create_workshop(facilitator: Person) -> Links:
    facilitator.open("/")
    facilitator.look("lobby")
    facilitator.press("Create the workshop")
    facilitator.sees("is ready")
    facilitator.sees("This browser is the facilitator's.")
    facilitator.look("created")
    facilitator.sees("works on this computer only")
    return links_of(facilitator)


def links_of(facilitator: Person) -> Links:
    """What stands on the page when a workshop has just been created."""
    links = facilitator.page.locator("code")
    expect(links).to_have_text([re.compile(kind) for kind in ("/join/", "/enter/", "/enter/")])
    return Links(*links.all_inner_texts())


def join(person: Person, link: str) -> None:
    person.open(link)
    person.sees("Before you join")
    if person.looks_closely:
        person.look("join")
    person.field("Your name").fill(person.name)
    person.press(re.compile("^Join$"))
    person.sees("The group is drafting")
    person.settle()


def enter(person: Person, link: str) -> None:
    """Open a secret link, which asks before it makes the browser somebody's."""
    person.page.goto(link)
    person.page.get_by_role("button", name=re.compile("^Continue as")).click()
    person.settle()


def to_clauses(person: Person) -> None:
    """On Draft, from the text that all write together to its clauses one by one."""
    choice = person.page.get_by_role("radio", name="Clauses")
    choice.click()
    expect(choice).to_be_checked()
    person.settle()


def write_in_editor(person: Person, label: str, text: str) -> None:
    """Replace what stands in a wide screen's editor of this label, by keys alone."""
    frame = person.page.frame_locator(f"iframe[title='{label}']")
    frame.locator(".ace_content").click()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type(text)


def add_clause(person: Person, text: str, *, on_phone: bool = False) -> None:
    to_clauses(person)
    if on_phone:
        person.field("Your clause").fill(text)
    else:
        write_in_editor(person, "Your clause", text)
    person.sees("Saved. Only you can see this.")
    person.press("Add to policy")
    person.sees(text)


def reword_at_once(ana: Person, ben: Person) -> None:
    """Both reword C1; the second is told, sees both texts, and loses neither."""
    for person in (ana, ben):
        to_clauses(person)
        person.press("Edit C1")
        person.sees("Edit C1")
    write_in_editor(ana, "Your wording of C1", "Ask in which country the person lives.")
    write_in_editor(ben, "Your wording of C1", "Ask where the person lives and since when.")
    ana.press("Save for everyone")
    ana.sees("Ask in which country the person lives.")
    ben.press("Save for everyone")
    ben.sees("Somebody else reworded this clause while you were editing it.")
    ben.look("conflict")
    ben.sees("Now in the policy")
    ben.press("Add mine as a separate clause")
    for person in (ana, ben):
        person.sees("Ask in which country the person lives.")
        person.sees("Ask where the person lives and since when.")


def set_stage(fay: Person, stage: str) -> None:
    fay.go(re.compile("^Console"))
    fay.page.get_by_role("radio", name=re.compile(stage)).click()
    fay.sees(next(GROUP_DOES[one] for one in Stage if STAGE_NAMES[one] == stage))


def publish(person: Person, number: int, note: str) -> None:
    person.page.get_by_text(f"Publish version {number}", exact=True).first.click()
    field = person.field(re.compile(f"Name of version {number}"))
    field.fill(note)
    expect(field).to_have_value(note)
    person.settle()
    person.button(re.compile(f"^Publish version {number}$")).last.click()
    person.sees(re.compile(f"Policy v{number}"))
    person.settle()


def answered(person: Person, count: int) -> None:
    """Wait until this many responses stand there finished."""
    expect(person.page.get_by_role("button", name="Details")).to_have_count(count, timeout=MODEL_MS)


def mark(person: Person, clause: str, value: str) -> None:
    """Mark how the first response stands to a clause."""
    person.page.get_by_text("Mark clauses").first.click()
    group = person.page.get_by_role("radiogroup", name=re.compile(f"^{clause} ")).first
    group.get_by_role("radio", name=re.compile(value)).click()
    expect(group.get_by_role("radio", name=re.compile(value))).to_be_checked()
    person.settle()


def open_round(fay: Person, number: int, kind: str, question: str, choose: int = 0) -> None:
    """Open a round on the newest responses (0) or clauses (1), on the Vote page."""
    fay.go(re.compile("^Vote"))
    fay.settle()
    folded = fay.page.locator(".st-key-open_a_round details:not([open]) > summary")
    if folded.count():  # by the round before, on the same visit
        folded.click()
        fay.settle()
    fill_round(fay, number, kind, question, choose)


def fill_round(fay: Person, number: int, kind: str, question: str, choose: int = 0) -> None:
    """The same where the form of a new round stands."""
    fay.page.get_by_role("button", name=re.compile("^Choose all")).nth(choose).click()
    fay.sees(re.compile(r"^[1-9]\d* items? chosen"))
    fay.page.get_by_text(kind, exact=True).first.click()
    fay.settle()
    fay.look("opening a round")
    fay.field("Question").fill(question)
    answer_yes(fay, f"Open round {number}", f"Yes, open round {number}")
    fay.sees(f"Close round {number}")


def answer(person: Person, place: int, position: str, reason: str = "") -> None:
    """Answer the item at a place of the ballot."""
    item = person.page.locator("[class*='st-key-ballot_']").nth(place - 1)
    item.get_by_role("radio", name=re.compile(position)).click()
    expect(item.get_by_text(re.compile(f"Your vote: {position}"))).to_be_visible()
    if reason:
        item.get_by_role("button", name="Add a reason").click()
        item.get_by_label("Your reason").fill(reason)
        item.get_by_role("button", name="Save reason with my vote").click()
        expect(item.get_by_text(re.compile("with your reason"))).to_be_visible()


def answer_yes(person: Person, asks: str | re.Pattern[str], yes: str) -> None:
    """Press a button that asks first, and say yes."""
    person.button(asks).click()
    person.page.get_by_role("dialog").get_by_role("button", name=yes, exact=True).click()
    person.settle()


def close_round(fay: Person, number: int, voters: tuple[Person, ...]) -> None:
    answer_yes(fay, f"Close round {number}", f"Yes, close round {number}")
    fay.sees(f"Reveal the results of round {number} to everyone")
    for person in voters:
        person.sees(f"Round {number} was closed")


def reveal(fay: Person, number: int, voters: tuple[Person, ...]) -> None:
    answer_yes(fay, f"Reveal the results of round {number} to everyone", f"Yes, reveal round {number}")
    fay.sees(f"Results of round {number}")
    for person in voters:
        person.sees(f"The results of round {number} are there.")
        person.press("Show it")
        person.sees(f"Results of round {number}")
        if person.looks_closely:
            person.look(f"results {number}")


def draft_view(person: Person, which: Literal["editor", "list", "versions"]) -> None:
    """Choose what the Draft page shows. Nothing else knows what the views are called."""
    names = {"editor": "^Write together$", "list": "^(Policy now|Clauses)$", "versions": "^Versions$"}
    radio = person.page.get_by_role("radio", name=re.compile(names[which]))
    radio.click()
    expect(radio).to_be_checked()
    person.settle()


def write_together(person: Person, wording: str) -> None:
    """Add a clause at the end of the live document, by keys alone, and wait until it is saved."""
    draft_view(person, "editor")
    editor = person.page.locator("[class*='st-key-document_']")
    expect(editor.get_by_text(re.compile("^Saved")).first).to_be_visible()  # before the text has come, no key counts
    editor.locator(".ace_content").click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.press("Enter")
    text = str(editor.locator(".ace_editor").evaluate("editor => editor.env.editor.getValue()"))
    person.page.keyboard.type(wording if text.endswith("- ") else f"- {wording}")  # the editor may go on with a list
    expect(editor.get_by_text(re.compile("^Saved")).first).to_be_visible()


def has_rested(person: Person) -> None:
    """Wait until the page knows that nobody types at it."""
    deadline = time.monotonic() + SLOW_MS / 1000
    while not person.page.evaluate("globalThis[Symbol.for('folkmoot.at_rest')].now()"):
        assert time.monotonic() < deadline, f"somebody still types at the page of {person.name}"
        person.page.wait_for_timeout(200)
