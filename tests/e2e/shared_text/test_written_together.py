"""Several real browsers write one policy at once: no character is lost or doubled, and all of them end up the same."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from threading import Event

import pytest
from playwright.sync_api import Frame, Page, expect

from lib.security import hash_token, new_token
from lib.store.port import Store
from tests.e2e.acts import add_clause, links_of, to_clauses
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.live_text import (
    OFFLINE,
    acts_on,
    agree,
    cursor_of,
    ids_of,
    is_saved,
    joins,
    opens,
    puts_cursor,
    says,
    text_of,
    waits_until,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_LOST_LINE, Person
from tests.e2e.served import ServedApp
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import new_id

NARROW = {"width": 700, "height": 900}


def test_two_who_type_at_the_same_spot_lose_no_letter_and_mix_none(ana: Person, ben: Person, store: Store) -> None:
    for person in (ana, ben):
        puts_cursor(person, 0, 0)
    hers, his = "Ana begins with this sentence. ", "Ben begins with another one. "
    for turn in range(0, len(hers), 3):
        writes(ana, hers[turn : turn + 3])
        writes(ben, his[turn : turn + 3])
    writes(ben, his[len(hers) :])
    text = agree(store, ana, ben)
    assert text.count(hers) == 1
    assert text.count(his) == 1
    ana.look("written together")


@contextmanager
def also_there(app: ServedApp, store: Store, link: str, name: str) -> Iterator[None]:
    """One more person has their cursor in the text, at a page without a browser."""
    token, is_over = new_token(), Event()
    joining = {"join_code": link.rpartition("/")[2], "person": new_id(), "token_hash": hash_token(token)}
    workshop = store.call("join_workshop", name=name, **joining)["workshop_id"]

    async def points() -> None:
        async with LightDocument(app.url, workshop, (f"folkmoot_participant_{workshop}", token)) as page:
            page.typist.point(1)
            await page.send()
            await asyncio.to_thread(is_over.wait)

    with ThreadPoolExecutor(1) as threads:
        there = threads.submit(lambda: asyncio.run(points()))
        try:
            yield
        finally:
            is_over.set()
            there.result(60)


COLOURS = "all => all.map(one => [one.className.match(/fm-colour-\\d+/)[0], getComputedStyle(one).backgroundColor])"


def test_a_cursor_stays_at_its_letter_and_others_see_it_with_its_name_and_colour(
    app: ServedApp, link: str, ana: Person, ben: Person, store: Store
) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "First line\nSecond line\nThird line\n")
    agree(store, ana, ben)
    puts_cursor(ben, 2, 5)
    before = cursor_of(ben)
    carets, names = ana.page.locator(".fm-caret"), ana.page.locator(".fm-name")
    expect(carets).to_have_text("Ben")
    expect(names).to_have_text("Ben")
    with also_there(app, store, link, "Cleo"):
        expect(names).to_have_text(["Ben", "Cleo"])
        expect(carets).to_have_text(["Ben", "Cleo"])
        bens, cleos = names.evaluate_all(COLOURS)
        assert carets.evaluate_all(COLOURS) == [bens, cleos]
        assert all(one != other for one, other in zip(bens, cleos, strict=True))
    puts_cursor(ana, 0, 0)
    writes(ana, "Above\nAnd more\n")
    agree(store, ana, ben)
    assert cursor_of(ben) == {"row": before["row"] + 2, "column": before["column"]}
    writes(ben, "!")
    assert "Third! line" in agree(store, ana, ben)
    ben.page.keyboard.press("Shift+Home")
    expect(ana.page.locator(".fm-selection")).to_have_count(1)
    expect(carets).to_have_text("Ben")
    [selection], [caret] = (ana.page.locator(one).evaluate_all(COLOURS) for one in (".fm-selection", ".fm-caret"))
    assert selection[0] == caret[0]  # and its colour, paler
    ben.picture("with the other's cursor")
    ana.picture("with the other's selection")


def test_undo_takes_back_ones_own_edits_only(ana: Person, ben: Person, store: Store) -> None:
    # Each at once: what is typed slowly is taken back in several steps.
    puts_cursor(ana, 0, 0)
    ana.page.keyboard.insert_text("Mine. ")
    agree(store, ana, ben)
    puts_cursor(ben, 0, 0)
    ben.page.keyboard.insert_text("Theirs. ")
    agree(store, ana, ben)
    ana.page.keyboard.press("Control+z")
    text = agree(store, ana, ben)
    assert "Mine." not in text
    assert "Theirs." in text
    ana.page.keyboard.press("Control+y")
    assert "Mine. " in agree(store, ana, ben)
    ben.page.keyboard.press("Control+z")
    text = agree(store, ana, ben)
    assert "Theirs." not in text
    assert "Mine. " in text


def test_history_names_who_took_back_a_split_or_a_merge_and_nobody_else_who_wrote_the_words(
    ana: Person, ben: Person, store: Store
) -> None:
    workshop = workshop_of(ana)
    before = text_of(ana).rstrip("\n").split("\n")
    first = next(row for row, lines in enumerate(pairwise(before)) if all(line.startswith("- ") for line in lines))
    known = ids_of(store, workshop)
    one, other = (known[before[row].removeprefix("- ").partition(" [")[0]] for row in (first, first + 1))

    def is_followed() -> None:
        said = agree(store, ana, ben)
        waits_until(ana, lambda: store.call("read_document_policy", workshop=workshop)["text"] == said)

    puts_cursor(ana, first, before[first].index(" ", 6))
    ana.page.keyboard.press("Enter")  # parts one
    is_followed()
    puts_cursor(ben, first + 2, 0)
    ben.page.keyboard.press("Backspace")  # ties the other to its second part
    is_followed()
    for person, key in ((ana, "z"), (ana, "y"), (ben, "z")):
        person.page.keyboard.press(f"Control+{key}")
        is_followed()
    assert text_of(ana).rstrip("\n").split("\n")[first + 2] == before[first + 1]
    assert acts_on(store, ana, one) == [
        ("added", ("Facilitator",)),
        ("edited", ("Ana",)),  # parted, so that only the first words are left of it
        ("withdrawn", ("Ana",)),  # taken back while its last words stand in the other, which is longer
        ("restored", ("Ana",)),
    ]
    assert acts_on(store, ana, other) == [
        ("added", ("Facilitator",)),
        ("edited", ("Ben",)),
        ("edited", ("Ana",)),
        ("edited", ("Ana",)),
        ("edited", ("Ben",)),
    ]


def test_the_tag_of_a_clause_stays_its_last_word_when_somebody_writes_on_at_the_end(ana: Person, store: Store) -> None:
    rows = text_of(ana).split("\n")
    row = next(place for place, line in enumerate(rows) if line.endswith("[always]"))
    words = rows[row].removesuffix(" [always]")
    puts_cursor(ana, row, len(words) - 2)
    ana.page.keyboard.press("End")
    writes(ana, " Say it kindly.")
    ana.page.keyboard.press("Enter")
    writes(ana, "Be brief.")
    after = agree(store, ana).split("\n")
    assert after[row : row + 2] == [f"{words} Say it kindly. [always]", "- Be brief."]
    puts_cursor(ana, row, len(after[row]))
    writes(ana, " Say why.")
    assert agree(store, ana).split("\n")[row] == f"{words} Say it kindly. Say why. [always]"


def test_whoever_types_a_dash_where_enter_has_made_one_gets_one(ana: Person, store: Store) -> None:
    before = text_of(ana).rstrip("\n").split("\n")
    assert before[-1].startswith("- ")
    puts_cursor(ana, len(before) - 1, len(before[-1]))
    ana.page.keyboard.press("Enter")
    writes(ana, "- By habit - or not.")
    ana.page.keyboard.press("Enter")
    writes(ana, "-5 degrees -- or so.")
    ana.page.keyboard.press("Enter")
    writes(ana, "*Stressed* words.")
    after = ["- By habit - or not.", "- -5 degrees -- or so.", "- *Stressed* words."]
    assert agree(store, ana).rstrip("\n").split("\n") == [*before, *after]
    # And so does whoever parts a clause.
    puts_cursor(ana, len(before) + 2, len("- *Stressed*"))
    ana.page.keyboard.press("Enter")
    writes(ana, "- More ")
    after = [*after[:2], "- *Stressed*", "- More words."]
    assert agree(store, ana).rstrip("\n").split("\n") == [*before, *after]


def test_a_clause_that_is_cut_and_pasted_where_enter_made_a_dash_is_the_same_clause(ana: Person, store: Store) -> None:
    workshop = workshop_of(ana)
    before = text_of(ana).rstrip("\n").split("\n")
    is_item = [line.startswith("- ") for line in before]
    row = next(row for row, both in enumerate(pairwise(is_item)) if all(both))
    cut, wording = before[row], before[row].removeprefix("- ").partition(" [")[0]
    known = ids_of(store, workshop)
    puts_cursor(ana, row, 0)
    ana.page.evaluate("document.querySelector('.fm-text').env.editor.selection.selectLine()")
    ana.page.keyboard.press("Control+x")
    waits_until(ana, lambda: wording not in ids_of(store, workshop))
    assert cut not in agree(store, ana)
    puts_cursor(ana, len(before) - 2, len(before[-1]))
    for key in ("Enter", "Control+v"):
        ana.page.keyboard.press(key)
    after = agree(store, ana).rstrip("\n").split("\n")
    assert after == [*(line for line in before if line != cut), cut]
    waits_until(ana, lambda: ids_of(store, workshop) == known)


def test_a_clause_whose_words_are_cut_and_typed_over_is_the_same_where_they_are_pasted(
    ana: Person, ben: Person, store: Store
) -> None:
    workshop = workshop_of(ana)
    before = text_of(ana).rstrip("\n").split("\n")
    row = next(row for row, line in enumerate(before) if line.startswith("- ") and not line.endswith("]"))
    wording = before[row].removeprefix("- ")
    known = ids_of(store, workshop)
    puts_cursor(ana, row, 2)
    ana.page.evaluate(
        "([row, end]) => document.querySelector('.fm-text').env.editor.selection.selectTo(row, end)",
        [row, len(before[row])],
    )
    ana.page.keyboard.press("Control+x")
    writes(ana, "Be kind")
    waits_until(ana, lambda: "Be kind" in ids_of(store, workshop))
    agree(store, ana, ben)
    puts_cursor(ben, row, len("- Be kind"))
    writes(ben, " to all.")
    waits_until(ana, lambda: "Be kind to all." in ids_of(store, workshop))
    puts_cursor(ana, len(before) - 1, len(before[-1]))
    for key in ("Enter", "Control+v"):
        ana.page.keyboard.press(key)
    waits_until(ana, lambda: wording in ids_of(store, workshop))
    found = ids_of(store, workshop)
    assert found.pop("Be kind to all.") not in known.values()
    assert found == known
    assert agree(store, ana, ben).rstrip("\n").endswith(f"\n- {wording}")


def test_a_paste_of_two_thousand_characters_arrives_whole_amid_anothers_typing(
    ana: Person, ben: Person, store: Store
) -> None:
    pasted = "".join(f"- Clause {n} with “quotes”, é and 👩‍🏫.\r\n" for n in range(60))[:2000]
    puts_cursor(ana, 0, 0)
    puts_cursor(ben, 0, 0)
    writes(ben, "Before")
    ana.page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    ana.page.keyboard.press("Control+v")
    writes(ben, " and after")
    text = agree(store, ana, ben)
    assert text.count(pasted.replace("\r\n", "\n").replace("\r", "")) == 1
    assert text.count("Before and after") == 1


def test_a_reload_shows_what_was_typed(ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Typed right before the reload. ")
    ana.page.reload()
    ana.settle()
    opens(ana)
    assert agree(store, ana, ben).count("Typed right before the reload. ") == 1


NINE = ["Ada", "Bo", "Cem", "Dina", "Eli", "Fay", "Gil", "Hana", "Ivo"]


MISTAKE = "Gone at once. "


GOES_ON_AFTER = """words => {
  const { editor } = document.querySelector('.fm-text').env
  const text = editor.getValue()
  const end = text.indexOf(words) + words.length
  const before = text.slice(0, end).split("\\n")
  editor.focus()
  editor.gotoLine(before.length, before.at(-1).length)
}"""


@pytest.mark.long
def test_nine_who_write_undo_paste_reload_and_lose_their_line_at_once_end_with_one_text_in_which_nothing_is_missing(
    link: str, invite: Invite, store: Store
) -> None:
    people = {name: joins(invite(name, looks_closely=False), link) for name in NINE}
    *_, undoes, pastes, reloads, loses_line = people.values()
    before = agree(store, *people.values())
    clauses = [row for row, line in enumerate(before.split("\n")) if line.startswith("- ")]
    for number, person in enumerate(people.values()):
        puts_cursor(person, *((0, 0) if number < 4 else (clauses[number - 4], 2)))  # four at one spot
    sentences = {name: f"{name} writes this sentence, whole and once, whatever befalls. " for name in NINE}
    pasted = "".join(f"- Pasted {number} with “quotes”, é and 👩‍🏫.\n" for number in range(60))[
        2:2002
    ]  # a dash is there
    begins = {undoes.name: 3, pastes.name: 4}
    undoes.page.keyboard.insert_text(MISTAKE)  # at once: what is typed slowly is taken back in several steps
    rest = dict(sentences)
    for turn in range(12):
        if turn == 2:
            loses_line.context.set_offline(True)
            says(loses_line, OFFLINE)
        elif turn == 3:
            undoes.page.keyboard.press("Control+z")
        elif turn == 4:
            pastes.page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
            pastes.page.keyboard.press("Control+v")
        elif turn == 5:
            reloads.page.reload()
            reloads.settle()
            opens(reloads)
            done = sentences[reloads.name].removesuffix(rest[reloads.name])
            reloads.page.evaluate(GOES_ON_AFTER, done)
        elif turn == 9:
            done = sentences[loses_line.name].removesuffix(rest[loses_line.name])
            assert [name for name, person in people.items() if done in text_of(person)] == [loses_line.name]
            loses_line.context.set_offline(False)
        for name, person in people.items():
            if turn < begins.get(person.name, 0):
                continue
            size = len(rest[name]) if turn == 11 else 6
            writes(person, rest[name][:size])
            rest[name] = rest[name][size:]
    text = agree(store, *people.values())
    loses_line.forgive(*OF_A_LOST_LINE)
    wanted = [*sentences.values(), pasted]
    assert {words: text.count(words) for words in (*wanted, MISTAKE)} == {**dict.fromkeys(wanted, 1), MISTAKE: 0}
    assert Counter(text) == Counter(before) + Counter("".join(wanted))


def test_what_is_typed_is_a_clause_of_the_policy_a_moment_later(ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "- Typed into the live text.\n")
    is_saved(ana)
    ben.page.get_by_role("radio", name="Clauses").click()
    ben.sees("Typed into the live text.")
    add_clause(ben, "Added by the form.")
    ana.page.wait_for_function(
        "() => document.querySelector('.fm-text').env.editor.getValue().includes('- Added by the form.')"
    )
    opens(ben)
    agree(store, ana, ben)


def test_after_a_kill_of_the_server_everybody_goes_on(app: ServedApp, ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Before the crash. ")
    is_saved(ana)
    app.kill()
    writes(ana, "During the crash. ")
    says(ana, OFFLINE)
    app.start()
    for person in (ana, ben):
        person.settle()
        is_saved(person)
    # Streamlit 1.67 puts a dialog before the page while its server is away, which gives the focus back as it closes.
    expect(ana.page.get_by_role("dialog")).to_have_count(0)
    ana.page.wait_for_function("() => document.querySelector('.fm-text').contains(document.activeElement)")
    writes(ana, "After the crash. ")
    text = agree(store, ana, ben)
    assert text.count("Before the crash. During the crash. After the crash. ") == 1
    for person in (ana, ben):
        person.forgive(*OF_A_LOST_LINE)


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(NARROW, "light"), (PHONE, "dark")], ids=["700 px", "phone in the dark"]
)
def test_the_text_fits_and_the_keyboard_gets_in_and_out(
    link: str, invite: Invite, store: Store, viewport: dict[str, int], scheme: str
) -> None:
    person = joins(invite("Kim", viewport=viewport, color_scheme=scheme), link)
    box = person.page.locator(".fm-text")
    width = box.evaluate("box => box.getBoundingClientRect().right")
    assert width <= viewport["width"]
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box.focus()
    person.page.locator(".fm-text .ace_scroller").focus()
    person.page.keyboard.press("Enter")
    writes(person, "Typed by keys alone. ")
    assert "Typed by keys alone. " in agree(store, person)
    person.page.keyboard.press("Escape")
    before = text_of(person)
    person.page.keyboard.press("Tab")
    assert text_of(person) == before
    assert not person.page.evaluate("document.querySelector('.fm-text').contains(document.activeElement)")
    person.look("narrow")


NOTES_WHETHER_KEYS_ARE_TAKEN = """() => {
  window.keysTaken = {}
  const notes = (event) => setTimeout(() => (window.keysTaken[event.key] = event.defaultPrevented))
  addEventListener("keydown", notes, true)
}"""


def takes_only(place: Page | Frame, person: Person, own: str, keys: tuple[str, ...]) -> None:
    """Of these keys, all pressed with Ctrl but F1, the editor there takes its own alone."""
    place.evaluate(NOTES_WHETHER_KEYS_ARE_TAKEN)
    for key in (*keys, own):
        person.page.keyboard.press(key if key == "F1" else f"Control+{key}")
    place.wait_for_function("key => key in window.keysTaken", arg=own)
    assert place.evaluate("window.keysTaken") == {"Control": False, **dict.fromkeys(keys, False), own: True}


def test_keys_for_which_an_editor_has_nothing_are_the_browsers(ana: Person, store: Store) -> None:
    before = text_of(ana)
    puts_cursor(ana, 0, 2)
    takes_only(ana.page, ana, "z", ("f", "h", "k", "l", ",", "F1"))
    assert agree(store, ana) == before
    to_clauses(ana)
    box = ana.page.locator("iframe[title='Your clause']")
    box.content_frame.locator(".ace_content").click()
    handle = box.element_handle()
    frame = handle.content_frame() if handle else None
    assert frame is not None
    takes_only(frame, ana, "z", ("g", ",", "F1"))


def test_an_organizer_reads_along(facilitator: Person, ana: Person, invite: Invite, store: Store) -> None:
    organizer = invite("Organizer", looks_closely=False)
    organizer.page.goto(links_of(facilitator).organizer)
    organizer.page.get_by_role("button", name=re.compile("^Continue as")).click()
    organizer.settle()
    organizer.open(f"/draft?w={workshop_of(ana)}")
    organizer.page.get_by_role("radio", name="Write together").click()
    says(organizer, re.compile("^You read along"))
    puts_cursor(ana, 0, 0)
    writes(ana, "For everybody. ")
    is_saved(ana)
    organizer.page.wait_for_function(
        "() => document.querySelector('.fm-text').env.editor.getValue().startsWith('For everybody. ')"
    )
    before = text_of(organizer)
    organizer.page.locator(".fm-text .ace_content").click()
    writes(organizer, "x")
    assert text_of(organizer) == before
