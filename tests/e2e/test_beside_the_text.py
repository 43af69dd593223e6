"""Beside the live text: the labels in its margin, the panel that follows the cursor, and who wrote what."""

import re

import pytest
from playwright.sync_api import Locator, expect

from lib.store.direct import DirectStore
from lib.store.port import Store
from tests.e2e.acts import links_of
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.live_text import agree, cursor_of, is_saved, joins, puts_cursor, says, text_of, writes
from tests.e2e.person import OF_A_LOST_LINE, Person
from tests.e2e.served import ServedApp

LABELS = """
() => {
  const { editor } = document.querySelector(".fm-text").env
  return [...document.querySelectorAll(".fm-place")].map((place) => {
    const box = place.getBoundingClientRect()
    const left = editor.container.getBoundingClientRect().left + 60
    const { row } = editor.renderer.screenToTextCoordinates(left, box.top + box.height / 2)
    return [row, place.firstChild.textContent, editor.session.getLine(row)]
  }).sort(([one], [other]) => one - other)
}
"""
"""Each label with the line that it stands beside, from the top: row, label, words."""


@pytest.fixture(scope="module")
def database_address(shared_database_address: str) -> str:
    """The app's database, into which the tests look."""
    return shared_database_address


@pytest.fixture(scope="module")
def app(served: tuple[ServedApp, DirectStore]) -> ServedApp:
    return served[0]


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator", looks_closely=False)
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


@pytest.fixture
def ana(link: str, invite: Invite) -> Person:
    return joins(invite("Ana"), link)


@pytest.fixture
def ben(link: str, invite: Invite) -> Person:
    return joins(invite("Ben", looks_closely=False), link)


def stands_at(person: Person, label: str, line: str) -> None:
    """The label stands beside this line."""
    person.page.wait_for_function(
        f"wanted => ({LABELS})().some(([_, ...one]) => one.join(' ') === wanted)", arg=f"{label} {line}"
    )


def goes_to(person: Person, label: str) -> None:
    """Put the cursor into a clause that is in view."""
    found = person.page.wait_for_function(f"label => ({LABELS})().find((one) => one[1] === label)", arg=label)
    puts_cursor(person, int(found.json_value()[0]), 4)


def panel(person: Person) -> Locator:
    return person.page.locator(".st-key-clause_beside")


def shows(person: Person, label: str) -> None:
    expect(person.page.locator(".st-key-beside_by")).to_contain_text(re.compile(rf"^{label}\b"))
    expect(person.page.locator(".fm-place.fm-here")).to_contain_text(label)


MANY_AUTHORS = "line => line.append(', Maximiliane Oberhuber'.repeat(9))"
IS_READ_WHOLE = "line => line.scrollWidth <= line.clientWidth && line.scrollHeight <= line.clientHeight"


def test_labels_stand_beside_their_clauses_while_two_type_and_a_new_clause_gets_its_own(
    ana: Person, ben: Person, store: Store
) -> None:
    first = text_of(ana).split("\n")[4]
    stands_at(ana, "C1", first)
    puts_cursor(ben, 0, 0)
    writes(ben, "Éé 👩 above it all\n\n")
    stands_at(ana, "C1", first)
    stands_at(ben, "C1", first)
    puts_cursor(ana, 6, 0)
    ana.context.set_offline(True)
    says(ana, re.compile("^Offline"))
    writes(ana, "- Typed by Ana just now.\n")
    stands_at(ana, "·", "- Typed by Ana just now.")  # without a line it gets no number
    stands_at(ana, "C1", first)
    ana.context.set_offline(False)
    for person in (ana, ben):
        person.page.wait_for_function(
            f"() => ({LABELS})().some(([_, label, line]) => label[0] === 'C' && line === '- Typed by Ana just now.')"
        )
        stands_at(person, "C1", first)
    agree(store, ana, ben)
    ana.look("labels")
    ana.forgive(*OF_A_LOST_LINE)


def test_the_panel_follows_the_cursor_and_leaves_alone_whoever_writes_in_it(
    ana: Person, ben: Person, store: Store
) -> None:
    goes_to(ana, "C2")
    shows(ana, "C2")
    panel(ana).get_by_role("radio", name="Only when").click()
    field = ana.field("Only when…")
    field.press_sequentially("somebody is ")
    puts_cursor(ben, 0, 0)
    writes(ben, "Others go on. ")
    agree(store, ana, ben)
    field.press_sequentially("in danger")
    expect(field).to_have_value("somebody is in danger")
    expect(field).to_be_focused()
    goes_to(ana, "C3")
    expect(panel(ana)).to_contain_text("You are in C3 now.")
    shows(ana, "C2")
    ana.look("writing in the panel")
    ana.press("Show C3")
    shows(ana, "C3")
    goes_to(ana, "C2")
    shows(ana, "C2")
    expect(ana.field("Only when…")).to_have_value("somebody is in danger")
    ana.press("Set for everyone")
    ben.page.wait_for_function(
        "() => document.querySelector('.fm-text').env.editor.getValue().includes('[when: somebody is in danger]')"
    )
    ana.settle()  # or her press draws the field anew only now
    # Who stands in the field and has typed nothing sees what others put there, and stays at their letter.
    for key in ("Home", "ArrowRight"):
        field.press(key)
    lines = text_of(ben).split("\n")
    row = next(row for row, line in enumerate(lines) if line.endswith("danger]"))
    puts_cursor(ben, row, len(lines[row]) - 1)
    writes(ben, " now")
    expect(field).to_have_value("somebody is in danger now")
    assert field.evaluate("field => [field.selectionStart, field.selectionEnd]") == [1, 1]


def test_once_what_was_typed_in_the_panel_is_handed_over_it_follows_the_cursor_again(ana: Person) -> None:
    def stays_while_it_is_unsent(clause: str, other: str) -> None:
        goes_to(ana, other)
        expect(panel(ana)).to_contain_text(f"You are in {other} now.")
        shows(ana, clause)

    goes_to(ana, "C2")
    shows(ana, "C2")
    comment = ana.field("Your comment on C2")
    comment.press_sequentially("For whom?")
    stays_while_it_is_unsent("C2", "C3")
    ana.press("Comment")
    expect(comment).to_have_value("")
    goes_to(ana, "C1")
    shows(ana, "C1")

    panel(ana).get_by_role("radio", name="Suggest a wording").click()
    wording = ana.field("Your wording for C1")
    wording.press_sequentially(" In few words.")
    stays_while_it_is_unsent("C1", "C3")
    ana.press("Suggest it")
    expect(wording).to_have_count(0)
    goes_to(ana, "C2")
    shows(ana, "C2")

    panel(ana).get_by_role("radio", name="Only when").click()
    ana.field("Only when…").press_sequentially("somebody asks")
    stays_while_it_is_unsent("C2", "C3")
    ana.press("Set for everyone")
    expect(panel(ana).get_by_role("button", name="Set for everyone")).to_have_count(0)
    ana.settle()
    goes_to(ana, "C1")
    shows(ana, "C1")

    # So it does for whoever goes on in the text before the server has answered.
    ana.field("Your comment on C1").press_sequentially("Why so?")
    panel(ana).get_by_role("button", name="Comment", exact=True).click()
    goes_to(ana, "C3")
    shows(ana, "C3")


def test_a_key_leads_from_the_text_to_the_panel_and_back(ana: Person) -> None:
    goes_to(ana, "C2")
    shows(ana, "C2")
    before = cursor_of(ana)
    ana.settle()  # all of the panel is there, and nothing of the one before
    ana.page.keyboard.press("F6")
    assert panel(ana).evaluate("panel => panel.contains(document.activeElement)")
    ana.page.keyboard.press("F6")
    ana.page.wait_for_function("() => document.querySelector('.fm-text').env.editor.isFocused()")
    assert cursor_of(ana) == before


def test_who_wrote_what_is_shown_in_the_text_and_in_words(ana: Person, ben: Person, store: Store) -> None:
    goes_to(ana, "C1")
    writes(ana, "By Ana. ")
    goes_to(ben, "C1")
    writes(ben, "And by Ben. ")
    agree(store, ana, ben)
    ana.page.get_by_role("button", name="Show who wrote what").click()
    legend = ana.page.get_by_role("group", name="Who wrote how much of the text")
    for words in ("Earlier text", "Ana (you)", "Ben", "by who typed or pasted them here"):
        expect(legend).to_contain_text(words)
    expect(legend).to_contain_text(re.compile(r"C1: .*Ana \(you\) \d+ %"))
    expect(ana.page.locator(".fm-author")).to_have_count(2)
    ana.look("who wrote what")
    ana.page.get_by_role("button", name="Show who wrote what").click()
    expect(ana.page.locator(".fm-author")).to_have_count(0)
    expect(legend).to_be_hidden()


def test_a_call_to_a_clause_brings_it_into_view_and_opens_it_in_the_panel(
    facilitator: Person, ana: Person, invite: Invite
) -> None:
    facilitator.go("Open the console")
    facilitator.go(re.compile("^Draft"))
    is_saved(facilitator)
    last = text_of(facilitator).rstrip().split("\n")
    puts_cursor(facilitator, len(last) - 1, 3)
    expect(facilitator.page.locator(".st-key-beside_by")).to_contain_text(re.compile(r"^C\d+"))
    label = facilitator.page.locator(".st-key-beside_by").inner_text().split()[0]
    expect(ana.page.locator(".fm-place").filter(has_text=re.compile(f"^{label}$"))).to_have_count(0)
    facilitator.press("Bring everyone here")
    stands_at(ana, label, last[-1])
    shows(ana, label)


def test_an_organizer_reads_the_panel_and_who_wrote_what(facilitator: Person, ana: Person, invite: Invite) -> None:
    organizer = invite("Organizer", looks_closely=False)
    organizer.page.goto(links_of(facilitator).organizer)
    organizer.page.get_by_role("button", name=re.compile("^Continue as")).click()
    organizer.settle()
    organizer.open(f"/draft?w={ana.page.url.partition('w=')[2]}")
    says(organizer, re.compile("^You read along"))
    organizer.page.locator(".fm-place").filter(has_text="C1").first.click()
    shows(organizer, "C1")
    expect(panel(organizer).get_by_role("radio")).to_have_count(0)
    expect(organizer.page.get_by_text("Publish version 1")).to_have_count(0)
    organizer.page.get_by_role("button", name="Show who wrote what").click()
    expect(organizer.page.get_by_role("group", name="Who wrote how much of the text")).to_contain_text("Earlier text")
    authors = organizer.page.locator(".st-key-beside_by p")
    authors.evaluate(MANY_AUTHORS)
    assert authors.evaluate(IS_READ_WHOLE)


def test_on_a_phone_the_panel_stands_below_the_text(link: str, invite: Invite) -> None:
    kim = joins(invite("Kim", viewport=PHONE, color_scheme="dark"), link)
    kim.page.locator(".fm-place").filter(has_text="C1").first.click()
    shows(kim, "C1")
    text, beside = kim.page.locator(".fm-page").bounding_box(), panel(kim).bounding_box()
    assert text is not None
    assert beside is not None
    assert beside["y"] > text["y"] + text["height"]
    assert kim.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    kim.look("phone")
