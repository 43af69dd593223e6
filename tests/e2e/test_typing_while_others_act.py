"""Whatever others do, nobody's text is lost, nobody's cursor moves, and no field jumps away under its typist."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, expect

from components.ballot_reasons import CAME_LATE
from components.dissenting import WITHDRAWN
from lib.domain.people import Role
from lib.security import hash_token, new_token
from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.fields_of_the_app import fields_of_the_app, roles_at
from tests.e2e.input_method import InputMethod
from tests.e2e.live_text import TEXT_INPUT, agree, is_saved, puts_cursor, text_of, waits_until
from tests.e2e.others import Others
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.e2e.writings import (
    BESIDE_TEXT,
    DISSENT,
    SUGGESTED,
    TYPED,
    UNSAVED,
    WIDE,
    WRITINGS,
    Field,
    Step,
    Writing,
    at_clause,
    chooses,
    one,
    picks,
    presses,
    tab,
)
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import Built, Someone, clause

TYPES_FOR_MS = 2_400
TYPES_ON_FOR_MS = 1_200
"""In each further field of the same page."""
COMPOSES_FOR_MS = 400
"""Each time the last letter, as with an input method."""
OTHERS_WITHIN_S = 120
"""So long the last letter is typed anew until others must have done everything."""
TAKEN_AWAY_MS = 1_000
"""After a page shows what others did."""
LOOKS_EVERY_MS = 250
STILL = 5
STILL_AMID_THE_OTHERS = 2
MOVED_PX = 2.0
AFTER: Final = " And it goes on."
"""Stands behind the cursor of whoever types in the first field of a page."""
LIVE_TEXT: Final = "shared_editor/src/main.js: ace.edit"
NO_FIELDS_OF_THEIR_OWN: Final = {
    "draft_field.js: createElement": "it makes every field that keeps its text: each is named where it gets its label",
    "shared_editor/src/run_on.js: createElement": "it is there only where nobody may write: see `test_composed.py`",
    f"{DISSENT} (in dissenting._draw_open) (in pages.overview)": "no participant opens the overview",
    f"{DISSENT} (in dissenting._draw_gone) (in pages.overview)": "the same",
}


def test_somebody_types_in_every_field_of_the_app_while_others_act() -> None:
    always = [writing for name, writing in WRITINGS.items() if name not in ON_A_PHONE_TOO]
    typed_in = {one_field.name for writing in always for one_field in writing.fields}
    typed_in |= {late.field.name for _, _, late in GROUND if late}
    assert fields_of_the_app() == {*typed_in, LIVE_TEXT, *NO_FIELDS_OF_THEIR_OWN}


def test_no_participant_opens_the_overview() -> None:
    assert roles_at("overview") == {Role.FACILITATOR.name, Role.ORGANIZER.name}


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


AS_SEEN = """(look => new Promise(seen => {
  const watching = new top.ResizeObserver(() => {
    watching.disconnect()
    seen(look())
  })
  watching.observe(top.document.body)
}))"""
"""What is found as the browser is about to draw: what was put right by then nobody saw elsewhere."""
STATE = (
    f"element => {AS_SEEN}"
    + """(() => {
  const owner = element.ownerDocument
  const frame = owner.defaultView.frameElement  // Ace's own field follows the cursor: its frame must not move
  const root = frame ? frame : element
  const editor = frame && owner.querySelector(".ace_editor").env.editor
  const at = end => editor.session.doc.positionToIndex(editor.getSelectionRange()[end])
  return {
    top: root.getBoundingClientRect().top,
    isFocused: element.getRootNode().activeElement === element,
    text: editor ? editor.getValue() : element.value,
    caret: editor ? [at("start"), at("end")] : [element.selectionStart, element.selectionEnd],
    hasCaret: element.type !== "number",  // of such a field no browser tells it
  }
})"""
)
HAS_SHOWN = """rev => {
  const pulse = globalThis[Symbol.for("folkmoot.pulse")]
  const isDrawn = one => one.data.rev >= rev || !pulse.hasMoved(one, [...one.data.follows, ...one.data.urgent])
  return pulse.heard?.rev >= rev && pulse.followed().every(isDrawn)
}"""
"""Whether a page has drawn whatever the workshop had come to by then, but for what it follows slowly."""


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


def types_on(person: Person, place: Locator, typed: str, others: Others, role: str = "participant") -> None:
    """Type the last letter anew, by key and composed in turn, until others have done all and the page has drawn it."""
    keyboard = InputMethod(place)
    deadline = time.monotonic() + OTHERS_WITHIN_S
    while time.monotonic() < deadline:
        if others.done.rev and (role == "nobody" or person.page.evaluate(HAS_SHOWN, others.done.rev)):
            return
        person.page.keyboard.press("Backspace")
        person.page.keyboard.type(typed[-1], delay=40)
        person.page.keyboard.press("Backspace")
        keyboard.composes(typed[-1])
        person.page.wait_for_timeout(COMPOSES_FOR_MS)
        keyboard.commits()
    raise AssertionError(f"the others did not come to {others.missing}, or {person.page.url} did not show it")


def goes_to(person: Person, where: Field, after: str = "") -> Locator:
    """The field, with nothing in it but what stands after the cursor."""
    place = where.find(person)
    place.focus()
    expect(place).to_be_focused()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.press("Delete")
    person.page.keyboard.insert_text(after)
    for _ in after:
        person.page.keyboard.press("ArrowLeft")
    return place


def stands(where: Field, place: Locator, before: dict[str, Any], text: str, caret: int) -> None:
    """The field is where it was, with this text and the cursor there in it."""
    now = place.evaluate(STATE)
    assert now["isFocused"], f"{where.name}: the cursor is elsewhere"
    assert now["text"] == text, where.name
    assert now["caret"] == [caret if now["hasCaret"] else None] * 2, where.name
    assert abs(now["top"] - before["top"]) <= MOVED_PX, f"{where.name} moved away under the typist"


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
    others = Others(built, writing.also)
    someone = built.facilitator if writing.role == "facilitator" else built.join("Ana")
    writing.before(others, someone)
    person = invite_to(app, "Ana", looks_closely=False, **writing.view)
    at_page(person, app, built, someone, writing.role, writing.page)
    if writing.page == "draft":
        is_saved(person)  # the editor has come, and what stands beside it has found its place
    place = goes_to(person, writing.fields[0], AFTER)
    person.settle()
    return others, person, place, at_rest(person, place)


ON_A_PHONE_TOO = ("a comment on a phone", "a dissent on a phone")
"""These fields are typed in at a desk as well: here only with `--long`."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name in ON_A_PHONE_TOO)) for name in WRITINGS]
)
def test_what_somebody_types_stands_as_typed_and_where_it_was(
    name: str, served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    writing = WRITINGS[name]
    others, person, place, before = begins(writing, served, invite_to)
    wanted: list[tuple[Locator, str]] = []
    with acting(others):
        for where in writing.fields:
            after = "" if wanted else AFTER
            if wanted:
                others.begin_anew()
                place = goes_to(person, where)
                before = at_rest(person, place, STILL_AMID_THE_OTHERS)
            person.page.keyboard.type(
                where.typed, delay=(TYPES_ON_FOR_MS if wanted else TYPES_FOR_MS) / len(where.typed)
            )
            types_on(person, place, where.typed, others, writing.role)
            stands(where, place, before, where.typed + after, len(where.typed))
            del wanted[len(wanted) - where.replaces :]
            wanted.append((place, where.typed + after))
    assert [place.evaluate(STATE)["text"] for place, _ in wanted] == [text for _, text in wanted]


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
    (one(f"{SUGGESTED} (in {BESIDE_TEXT})", at_clause("C1"), chooses("^Suggest a wording")),),
)
BESIDE = "a wording suggested beside the live text"


@dataclass(frozen=True)
class Late:
    """A press that comes too late, what is said then, and the field that has the words from there on."""

    press: Step
    says: str
    field: Field


GROUND: tuple[tuple[str, Callable[[Others], object], Late | None], ...] = (
    ("a clause in Ace, and a name of a version", locks, None),
    ("beside the live text", locks, None),
    (BESIDE, withdraws_the_clause, None),
    ("a new wording", withdraws_the_clause, None),
    ("a comment on a phone", withdraws_the_clause, None),
    (
        "a reason",
        closes_the_round,
        Late(
            presses("^Save reason with my vote$"),
            CAME_LATE,
            one(f"{UNSAVED} (in ballot_reasons.draw_unsent_reasons)"),
        ),
    ),
    (
        "a reason",
        closes_the_round,
        Late(
            chooses("Agree$"),
            "The round is closed.",
            one(f"{UNSAVED} (in ballot_item.ballot_item)", label="^Your unsaved reason$"),
        ),
    ),
    (
        "a dissent",
        withdraws_the_decision,
        Late(
            presses("^Record my dissent$"),
            WITHDRAWN,
            one(f"{DISSENT} (in dissenting._draw_gone) (in pages.review)", label="^Your dissent"),
        ),
    ),
)


@pytest.mark.parametrize(
    ("name", "act", "late"),
    [
        pytest.param(
            *ground, id=f"{ground[0]}: {ground[1].__name__}", marks=[pytest.mark.long] * (ground[0] in ON_A_PHONE_TOO)
        )
        for ground in GROUND
    ],
)
def test_what_somebody_types_stands_though_what_it_is_about_is_taken_away(
    name: str,
    act: Callable[[Others], object],
    late: Late | None,
    served: tuple[ServedApp, DirectStore],
    invite_to: Invite,
) -> None:
    writing = SUGGESTS_BESIDE if name == BESIDE else WRITINGS[name]
    others, person, place, before = begins(writing, served, invite_to)
    where, half = writing.fields[0], len(TYPED) // 2
    person.page.keyboard.type(TYPED[:half], delay=TYPES_ON_FOR_MS / half)
    stands(where, place, before, TYPED[:half] + AFTER, half)
    keyboard = InputMethod(place)
    keyboard.composes(TYPED[half])
    act(others)
    person.page.wait_for_function(HAS_SHOWN, arg=others.rev)
    person.page.wait_for_timeout(TAKEN_AWAY_MS)
    keyboard.commits()
    person.page.keyboard.type(TYPED[half + 1 :], delay=TYPES_ON_FOR_MS / half)
    stands(where, place, before, TYPED + AFTER, len(TYPED))
    if late:
        late.press(person)
        person.sees(late.says)
        expect(late.field.find(person)).to_have_value(TYPED + AFTER)
        goes_on_in(late.field, others, person)


def goes_on_in(late: Field, others: Others, person: Person) -> None:
    """Where the words stand now somebody types anew, while others act."""
    place = goes_to(person, late, AFTER)
    before = at_rest(person, place)
    with acting(others):
        person.page.keyboard.type(late.typed, delay=TYPES_ON_FOR_MS / len(late.typed))
        types_on(person, place, late.typed, others)
        stands(late, place, before, late.typed + AFTER, len(late.typed))


def test_a_decision_is_about_the_clause_that_was_chosen_though_somebody_withdraws_it(
    served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    decision = one("console_notes._draw_field: Decision or note", tab("Decisions"), picks("^About", "C1"))
    others, person, place, before = begins(Writing("facilitator", "console", (decision,)), served, invite_to)
    withdraws_the_clause(others)
    person.page.keyboard.type(TYPED, delay=TYPES_ON_FOR_MS / len(TYPED))
    stands(decision, place, before, TYPED + AFTER, len(TYPED))
    person.button("Record the decision").click()
    person.sees("The decision is before everyone.")
    newest = others.ben.call("read_notes")[-1]
    assert (newest["about_label"], newest["text"]) == ("C1", TYPED + AFTER)


HERE, HERS = "Ana:", TYPED[:30]
"""Together they fit into one line."""
CARET = (
    f"() => {AS_SEEN}"
    + """(() => {
  const { editor } = document.querySelector('.fm-text').env
  const { row, column } = editor.getCursorPosition()
  return {
    top: editor.renderer.textToScreenCoordinates(row, column).pageY,
    before: editor.session.getLine(row).slice(0, column),
    after: editor.session.getLine(row).slice(column),
    isFocused: document.querySelector('.fm-text').contains(document.activeElement),
  }
})"""
)


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
    more[20] = clause(f"{HERE}{AFTER}", section="Manner")
    built.commit(built.facilitator, [*built.clauses, *more], base=1)
    built.open_round()
    others = Others(built)
    ana, cleo = built.join("Ana"), built.join("Cleo")
    person = invite_to(app, "Ana", looks_closely=False, **WIDE)
    at_page(person, app, built, ana, "participant", "draft")
    is_saved(person)
    row = text_of(person).split("\n").index(f"- {HERE}{AFTER}")
    puts_cursor(person, row, len(HERE) + 2)
    at_rest(person, person.page.locator(".fm-text"))
    before = person.page.evaluate(CARET)
    cookie = (f"folkmoot_participant_{built.workshop}", cleo.token)
    along = LightDocument(app.url, built.workshop, cookie)
    with acting(others, lambda: asyncio.run(writes_along(along, others.stopped.is_set))):
        person.page.keyboard.type(f" {HERS}", delay=TYPES_FOR_MS / len(HERS))
        types_on(person, person.page.locator(TEXT_INPUT), HERS, others)
        waits_until(person, lambda: text_of(person).count("- Above, number ") > 3)
        after = person.page.evaluate(CARET)
    assert after["before"].endswith(f"{HERE} {HERS}")
    assert after["after"] == AFTER
    assert after["isFocused"]
    assert abs(after["top"] - before["top"]) <= MOVED_PX, "the line moved away under the typist"
    text = agree(store, person)
    assert text.count(f"{HERE} {HERS}{AFTER}\n") == 1
    assert f"{HERE} {HERS}{AFTER}\n" in along.typist.text
