"""Whatever others do, nobody's text is lost, nobody's cursor moves, and no field jumps away under its typist."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, expect

from components.ballot_reasons import CAME_LATE, reason_field
from components.dissenting import WITHDRAWN
from lib.security import hash_token, new_token
from lib.store.direct import DirectStore
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.fields_of_the_app import fields_of_the_app
from tests.e2e.live_text import agree, is_saved, puts_cursor, text_of
from tests.e2e.others import Others
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import Built, Someone, clause, new_id

TYPED = "Rough words, written while everybody else does something, and not yet done."
CLAUSES = "draft?view=clauses"
VERSIONS = "draft?view=versions"
TYPES_FOR_MS = 2_400
TYPES_ON_FOR_MS = 1_200
"""In each further field of the same page."""
TAKEN_AWAY_MS = 2_000
"""Until a page shows what others did, and a little more."""
LOOKS_EVERY_MS = 250
STILL = 5
STILL_AMID_THE_OTHERS = 2
MOVED_PX = 2.0
NARROW = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}
WIDE = {"viewport": {"width": 1280, "height": 800}}
LIVE_TEXT: Final = "shared_document: the element shared_document"
MAKE_FIELDS: Final = {
    "ace_field: label": "the fields of clauses are made by it, and named where they stand",
    "draft_field: the element draft_field": "all fields that keep their text are made by it",
}
Step = Callable[[Person], object]


@dataclass(frozen=True)
class Field:
    """Where somebody types: its name among `fields_of_the_app`, and how its place is found on the page."""

    name: str
    find: Callable[[Person], Locator]
    typed: str = TYPED


@dataclass(frozen=True)
class Writing:
    """Somebody before a page, and the fields of it in which they type one after the other."""

    role: str
    page: str
    fields: tuple[Field, ...]
    view: dict[str, Any] = field(default_factory=lambda: WIDE)
    begins_with_round: bool = True
    before: Callable[[Others, Someone], object] = lambda _others, _someone: None


def one(name: str, *steps: Step, label: str = "", typed: str = TYPED) -> Field:
    """A field that is found by its label, after these steps."""
    label = label or f"^{re.escape(name.partition(': ')[2].partition('…')[0])}"

    def find(person: Person) -> Locator:
        for step in steps:
            step(person)
        return person.field(re.compile(label))

    return Field(name, find, typed)


def ace(label: str) -> Callable[[Person], Locator]:
    return lambda person: person.page.frame_locator(f"iframe[title='{label}']").locator("textarea.ace_text-input")


def presses(name: str) -> Step:
    def press(person: Person) -> None:
        person.settle()
        person.page.get_by_role("button", name=re.compile(name)).first.click()

    return press


def chooses(name: str) -> Step:
    return lambda person: person.page.get_by_role("radio", name=re.compile(name)).first.click()


def at_clause(label: str) -> Step:
    return lambda person: person.page.locator(".fm-place").filter(has_text=label).click()


def opens(name: str) -> Step:
    return lambda person: person.page.get_by_text(re.compile(name)).first.click()


def picks(label: str, option: str) -> Step:
    def pick(person: Person) -> None:
        person.settle()
        person.page.get_by_role("combobox", name=re.compile(label)).first.click()
        person.page.get_by_role("option", name=option).first.click()

    return pick


def tab(name: str) -> Step:
    return lambda person: person.page.get_by_role("tab", name=name).click()


def commented(others: Others, someone: Someone) -> None:
    first = others.built.clauses[0]["clause_id"]
    someone.call("add_comment", comment=new_id(), clause=first, text="What I said before.")


def moved_on(others: Others, _: Someone) -> None:
    others.add_clause("Something that the version does not say.")


def had_no_time(others: Others, someone: Someone) -> None:
    """The round was closed over a reason that was not saved with a vote."""
    [first] = someone.call("read_rounds")
    someone.call("save_draft", field=reason_field(first["items"][0]["item_id"]), text="Half a reason", seq=1)
    others.built.facilitator.call("close_round", round=first["round_id"])


WHY, COMMENT = "clause_say: Why (may stay empty)", "clause_say: Your comment on …"
DISSENT = one("dissenting: Your dissent, in your words", chooses("Decisions"), presses("^I dissent"))
QUESTION, WHEN = "round_opening: Question", "clause_choices: Only when…"
CLAUSE = "clause_editor: Your clause"

WRITINGS = {
    "a clause in Ace": Writing("participant", CLAUSES, (Field(CLAUSE, ace("Your clause")),)),
    "a clause and a new section on a phone": Writing(
        "participant",
        CLAUSES,
        (
            one(CLAUSE),
            one("clause_choices: Name of the new section", picks("^Section it goes to", "A new section…")),
        ),
        NARROW,
    ),
    "a new wording": Writing(
        "participant", CLAUSES, (one("clause_rewording: Your wording of …", presses("^Edit C1")),), NARROW
    ),
    "a comment, and another wording of one": Writing(
        "participant",
        CLAUSES,
        (one(COMMENT, presses("^Discuss C1")), one("clause_say: Your comment, reworded", presses("^Change$"))),
        before=commented,
    ),
    "a comment on a phone": Writing("participant", CLAUSES, (one(COMMENT, presses("^Discuss C1")),), NARROW),
    "a suggested wording, and why": Writing(
        "participant",
        CLAUSES,
        (
            one("clause_say: Your wording for …", presses("^Discuss C1"), chooses("^Suggest a wording")),
            one(WHY, label="^Why"),
        ),
    ),
    "a condition": Writing("participant", CLAUSES, (one(WHEN, chooses("^Only when"), label="^Only when…$"),), NARROW),
    "a condition and a comment beside the live text": Writing(
        "participant",
        "draft",
        (one(WHEN, at_clause("C1"), chooses("^Only when"), label="^Only when…$"), one(COMMENT)),
    ),
    "a name of a version": Writing(
        "facilitator",
        "draft",
        (one("version_view: Name of version …, such as what is new in it (optional)", opens("^Publish version")),),
    ),
    "a name for a version that is restored": Writing(
        "participant",
        VERSIONS,
        (
            one(
                "version_restoring: Name of the version that this makes (optional)",
                picks("^Read", "v1"),
                opens("^Restore v1…"),
                label="^Name of the version that this makes",
            ),
        ),
        before=moved_on,
    ),
    "a scenario": Writing(
        "participant",
        "test",
        (one("scenario_library: What a person says to the model", opens("^Add a scenario")),),
    ),
    "a reason": Writing("participant", "vote", (one("ballot_item: Your reason", presses("^Add a reason")),)),
    "a reason that came too late": Writing(
        "participant", "vote", (one("ballot_reasons: Your unsaved reason…"),), before=had_no_time
    ),
    "a question for a round": Writing("facilitator", "vote", (one(QUESTION, opens("^Open a round")),)),
    "the question of the first round": Writing("facilitator", "vote", (one(QUESTION),), begins_with_round=False),
    "what a countdown is for": Writing("facilitator", "console", (one("console_timer: What for", tab("Countdown")),)),
    "a decision, and another wording of one": Writing(
        "facilitator",
        "console",
        (
            one("console_notes: Decision or note", tab("Decisions"), presses("^Reword$")),
            one("note_rewording: New wording of the …"),
        ),
    ),
    "a step of the agenda": Writing(
        "facilitator",
        "console",
        (
            one("console_step_fields: Title", presses("Step of vote")),
            one("console_step_fields: Minutes", typed="12345.7890"),
            one("console_step_fields: Note", label="^Note$"),
        ),
    ),
    "a dissent": Writing("participant", "review", (DISSENT,)),
    "a dissent on a phone": Writing("participant", "review", (DISSENT,), NARROW),
    "a model with its key, and limits": Writing(
        "facilitator",
        "console",
        (
            one("console_model: Model (provider/name)", tab("Model and limits"), opens("^Another model")),
            one("console_model: Address (only for a server of your own that speaks the OpenAI dialect)"),
            one("console_model: Key", label="^Key$"),
            one("console_model: Most model calls", typed="123456789012"),
            one("console_model: Most known cost in US dollars", typed="123456.7890"),
        ),
    ),
    "a section's new name": Writing(
        "participant", CLAUSES, (one("clause_panel: New name of “…”", presses("^Rename"), typed=TYPED[:60]),)
    ),
    "a person's new name": Writing(
        "facilitator",
        "console",
        (one("console_people: Name", picks("^Choose a person", "Ben"), label="^Name$", typed=TYPED[:40]),),
    ),
    "the workshop's brief and title, and the title to delete it": Writing(
        "facilitator",
        "console",
        (
            one("console_workshop: …", tab("Workshop"), label="^Brief$"),
            one("console_workshop: …", label="^Title$"),
            one("console_workshop: Type the title to delete it: …", opens("^Delete the workshop$")),
        ),
    ),
    "a workshop in the lobby, and a code": Writing(
        "nobody",
        "",
        (
            one("lobby_create: Brief: what the group is here for (optional)"),
            one("lobby_create: Title"),
            one("lobby_create: Create code"),
            one("lobby_join: Join code"),
        ),
    ),
    "one's name in the lobby": Writing("nobody", "?code={code}", (one("lobby_join: NAME", label="^Your name"),)),
    "one's name on the page of the join link": Writing(
        "nobody", "join/{code}", (one("join: the page's field name", label="^Your name"),)
    ),
}


def test_somebody_types_in_every_field_of_the_app_while_others_act() -> None:
    always = [writing for name, writing in WRITINGS.items() if name not in ON_A_PHONE_TOO]
    typed_in = {one_field.name for writing in always for one_field in writing.fields}
    assert fields_of_the_app() == {*typed_in, LIVE_TEXT, *MAKE_FIELDS}


@pytest.fixture(scope="module")
def served(open_folder: Path, database_address: str) -> Iterator[tuple[ServedApp, DirectStore]]:
    settings = {"DATABASE_URL": database_address, "FOLKMOOT_CREATE_CODE": "we-facilitate"}
    with serving(new_app(open_folder, settings)) as app:
        store = DirectStore(database_address)
        yield app, store
        store.close()


def at_page(person: Person, app: ServedApp, built: Built, someone: Someone, role: str, page: str) -> None:
    if role == "nobody":
        person.open(f"/{page.format(code=built.code)}")
        return
    if role == "facilitator":
        someone.token = new_token()
        someone.store.call("reissue_link", workshop=someone.workshop, role=role, token_hash=hash_token(someone.token))
    cookie = f"folkmoot_{role}_{someone.workshop}"
    person.context.add_cookies([{"name": cookie, "value": someone.token, "url": app.url}])
    person.open(f"/{page}{'&' if '?' in page else '?'}w={someone.workshop}")


STATE = """element => {
  const owner = element.ownerDocument
  const frame = owner.defaultView.frameElement  // Ace's own field follows the cursor: its frame must not move
  const root = frame ? frame : element
  return { top: root.getBoundingClientRect().top, isFocused: element.getRootNode().activeElement === element }
}"""


def at_rest(person: Person, place: Locator, looks: int = STILL) -> dict[str, Any]:
    """Where the field stands once what was opened around it has stopped moving."""
    seen: list[dict[str, Any]] = []
    while len(seen) < looks or seen[-looks:] != [seen[-1]] * looks:
        place.evaluate("element => element.scrollIntoView({ block: 'center' })")  # at the edge typing would scroll
        seen.append(place.evaluate(STATE))
        person.page.wait_for_timeout(LOOKS_EVERY_MS)
        assert len(seen) < 40, "the field does not come to rest"
    return seen[-1]


@contextmanager
def acting(others: Others, *also: Callable[[], object]) -> Iterator[None]:
    """They act until the block ends."""
    with ThreadPoolExecutor(1 + len(also)) as threads:
        at_work = [threads.submit(act) for act in (others.go_on, *also)]
        try:
            yield
        finally:
            others.stopped.set()
            for one_at_work in at_work:
                one_at_work.result(60)
    assert not others.missing, f"the others did not come to {others.missing}"


def types_on(person: Person, typed: str, others: Others) -> None:
    """Type the last letter anew and anew, until the others have done all that they must."""
    for _ in range(200):
        if not others.missing:
            return
        person.page.keyboard.press("Backspace")
        person.page.keyboard.type(typed[-1], delay=40)


def goes_to(person: Person, where: Field) -> Locator:
    """The field, empty, with the cursor in it."""
    place = where.find(person)
    place.focus()
    expect(place).to_be_focused()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.press("Delete")
    return place


def types(
    person: Person, where: Field, place: Locator, before: dict[str, Any], for_ms: float, others: Others | None = None
) -> None:
    """Type all of it; with `others`, go on at its end until they have done what they must."""
    person.page.keyboard.type(where.typed, delay=for_ms / len(where.typed))
    if others is not None:
        types_on(person, where.typed, others)
    after = place.evaluate(STATE)
    assert after["isFocused"], f"{where.name}: the cursor is elsewhere"
    assert abs(after["top"] - before["top"]) <= MOVED_PX, f"{where.name} moved away under the typist"


def begins(
    writing: Writing, served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> tuple[Others, Person, Locator, dict[str, Any]]:
    """Others, and somebody who is about to type in the first of these fields."""
    app, store = served
    built = Built(store)
    if writing.begins_with_round:
        built.open_round()
    else:
        built.publish()
    others = Others(built)
    someone = built.facilitator if writing.role == "facilitator" else built.join("Ana")
    writing.before(others, someone)
    person = invite_to(app, "Ana", looks_closely=False, **writing.view)
    at_page(person, app, built, someone, writing.role, writing.page)
    if writing.page == "draft":
        is_saved(person)  # the editor has come, and what stands beside it has found its place
    place = goes_to(person, writing.fields[0])
    person.settle()
    return others, person, place, at_rest(person, place)


ON_A_PHONE_TOO = ("a comment on a phone", "a dissent on a phone", "a condition")
"""These fields are typed in at a desk as well: here only with `--long`."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in ON_A_PHONE_TOO)) for name in WRITINGS]
)
def test_what_somebody_types_stands_as_typed_and_where_it_was(
    name: str, served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    writing = WRITINGS[name]
    first, *further = writing.fields
    others, person, place, before = begins(writing, served, invite_to)
    places = [place]
    with acting(others):
        types(person, first, places[0], before, TYPES_FOR_MS, others)
        for where in further:
            places.append(goes_to(person, where))
            types(person, where, places[-1], at_rest(person, places[-1], STILL_AMID_THE_OTHERS), TYPES_ON_FOR_MS)
        if person.page.get_by_label(re.compile("^Your comment, reworded")).count():
            del places[0]  # the field of a new comment is not there while another one is reworded
    stand = [stands_in(person, place, name) for place in places]
    assert stand == [where.typed for where in writing.fields[-len(places) :]]


def locks(others: Others) -> None:
    others.built.facilitator.call("set_workshop", changes={"editing_is_locked": True})


def withdraws_the_clause(others: Others) -> None:
    policy = others.ben.call("read_policy")["policy"]
    others.built.commit(others.ben, others.built.clauses[1:], policy["revision"])


def closes_the_round(others: Others) -> None:
    [first] = others.ben.call("read_rounds")
    others.built.facilitator.call("close_round", round=first["round_id"])


def withdraws_the_decision(others: Others) -> None:
    others.built.facilitator.call("withdraw_note", note=others.decision, is_withdrawn=True)


SUGGESTS_BESIDE = Writing(
    "participant",
    "draft",
    (one("clause_say: Your wording for …", at_clause("C1"), chooses("^Suggest a wording")),),
)
BESIDE = "a wording suggested beside the live text"
GROUND = (
    ("a clause in Ace", locks),
    ("a condition and a comment beside the live text", locks),
    (BESIDE, withdraws_the_clause),
    ("a new wording", withdraws_the_clause),
    ("a comment on a phone", withdraws_the_clause),
    ("a reason", closes_the_round),
    ("a dissent", withdraws_the_decision),
)
TOO_LATE = {
    "a reason": ("Save reason with my vote", CAME_LATE, "^Your unsaved reason"),
    "a dissent": ("Record my dissent", WITHDRAWN, "^Your dissent"),
}
"""The button that is still there, what is said once it is pressed, and the field that has the words then."""


@pytest.mark.parametrize(
    ("name", "act"),
    [
        pytest.param(name, act, id=f"{name}: {act.__name__}", marks=[pytest.mark.long] * (name in ON_A_PHONE_TOO))
        for name, act in GROUND
    ],
)
def test_what_somebody_types_stands_though_what_it_is_about_is_taken_away(
    name: str, act: Callable[[Others], object], served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    writing = SUGGESTS_BESIDE if name == BESIDE else WRITINGS[name]
    others, person, place, before = begins(writing, served, invite_to)
    where, half = writing.fields[0], len(TYPED) // 2
    types(person, Field(where.name, where.find, TYPED[:half]), place, before, TYPES_ON_FOR_MS)
    act(others)
    person.page.wait_for_timeout(TAKEN_AWAY_MS)
    types(person, Field(where.name, where.find, TYPED[half:]), place, before, TYPES_ON_FOR_MS)
    assert stands_in(person, place, name) == TYPED
    if name in TOO_LATE:
        button, says, label = TOO_LATE[name]
        person.press(button)
        person.sees(says)
        expect(person.field(re.compile(label))).to_have_value(TYPED)


def test_a_decision_is_about_the_clause_that_was_chosen_though_somebody_withdraws_it(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    decision = one("console_notes: Decision or note", tab("Decisions"), picks("^About", "C1"))
    others, person, place, before = begins(Writing("facilitator", "console", (decision,)), served, invite_to)
    withdraws_the_clause(others)
    types(person, decision, place, before, TYPES_ON_FOR_MS)
    person.press("Record the decision")
    person.sees("The decision is before everyone.")
    newest = others.ben.call("read_notes")[-1]
    assert (newest["about_label"], newest["text"]) == ("C1", TYPED)


def stands_in(person: Person, place: Locator, name: str) -> str:
    if not name.endswith("in Ace"):
        return place.input_value()
    frame = person.page.frame_locator("iframe[title='Your clause']")
    return " ".join(" ".join(frame.locator(".ace_line").all_inner_texts()).split())


HERE, HERS = "Ana:", TYPED[:30]
"""Together they fit into one line."""
CARET = """() => {
  const { editor } = document.querySelector('.fm-text').env
  const { row, column } = editor.getCursorPosition()
  return {
    top: editor.renderer.textToScreenCoordinates(row, column).pageY,
    before: editor.session.getLine(row).slice(0, column),
    isFocused: document.querySelector('.fm-text').contains(document.activeElement),
  }
}"""


async def writes_along(page: LightDocument, is_over: Callable[[], bool]) -> None:
    """Somebody else types above, below and in the very clause in which Ana does."""
    turn = 0
    async with page:
        while not is_over():
            text, typist = page.typist.text, page.typist
            clause_at = text.index(HERE)
            if turn % 4 == 0:
                typist.edit(text.rindex("\n", 0, clause_at) + 1, 0, f"- Above, number {turn}.\n")
            elif turn % 4 == 1:
                typist.edit(clause_at, 0, "Now. ")
            elif turn % 4 == 2:
                typist.edit(clause_at - len("Now. "), len("Now. "), "")
            else:
                typist.edit(len(text), 0, f"- Below, number {turn}.\n")
            turn += 1
            await page.send()
            await asyncio.sleep(0.1)
        await page.until(lambda typist: typist.is_saved and f"{HERE} {HERS}" in typist.text)


def test_what_somebody_types_into_the_live_text_stands_as_typed_and_where_it_was(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    app, store = served
    built = Built(store)
    more = [clause(f"Clause number {number} of many.", section="Manner") for number in range(40)]
    more[20] = clause(HERE, section="Manner")
    built.commit(built.facilitator, [*built.clauses, *more], base=1)
    built.open_round()
    others = Others(built)
    ana, cleo = built.join("Ana"), built.join("Cleo")
    person = invite_to(app, "Ana", looks_closely=False, **WIDE)
    at_page(person, app, built, ana, "participant", "draft")
    is_saved(person)
    row = text_of(person).split("\n").index(f"- {HERE}")
    puts_cursor(person, row, len(HERE) + 2)
    at_rest(person, person.page.locator(".fm-text"))
    before = person.page.evaluate(CARET)
    cookie = (f"folkmoot_participant_{built.workshop}", cleo.token)
    along = LightDocument(app.url, built.workshop, cookie)
    with acting(others, lambda: asyncio.run(writes_along(along, others.stopped.is_set))):
        person.page.keyboard.type(f" {HERS}", delay=TYPES_FOR_MS / len(HERS))
        types_on(person, HERS, others)
        after = person.page.evaluate(CARET)
    assert after["before"].endswith(f"{HERE} {HERS}")
    assert after["isFocused"]
    assert abs(after["top"] - before["top"]) <= MOVED_PX, "the line moved away under the typist"
    text = agree(store, person)
    assert text.count(f"{HERE} {HERS}\n") == 1
    assert text.count("- Above, number ") > 3
    assert f"{HERE} {HERS}\n" in along.typist.text
