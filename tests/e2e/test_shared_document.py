"""Several real browsers write one policy at once: no character is lost or doubled, and all of them end up the same."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import WebSocketRoute, expect

from components.texts import UNSAVED_TEXT
from lib.live.member import BEGIN_ANEW, COME_BACK
from lib.live.room import MOST_CHARS
from lib.live.update_check import MOST_EDITS
from lib.live.wire import SYNC, UPDATE
from lib.security import hash_token, new_token
from lib.store.direct import DirectStore, owner_connection
from lib.store.port import Store
from tests.e2e.acts import add_clause, links_of
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.live_text import (
    agree,
    cursor_of,
    is_saved,
    joins,
    opens,
    puts_cursor,
    says,
    stored,
    text_of,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_LOST_LINE, OF_A_SIGN_OUT, Person
from tests.e2e.served import ServedApp
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import new_id

OFFLINE = re.compile("^Offline: your text is safe")
NARROW = {"width": 700, "height": 900}


@pytest.fixture(scope="module")
def database_address(shared_database_address: str) -> str:
    """The app's database, into which the tests look."""
    return shared_database_address


@pytest.fixture(scope="module")
def app(served: tuple[ServedApp, DirectStore]) -> ServedApp:
    return served[0]


@pytest.fixture
def invite(app: ServedApp, invite_to: Invite) -> Invite:
    return partial(invite_to, app)


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator")
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


@dataclass
class Silence:
    """Lines between a page and the server: those on which somebody speaks while it `is_on` are dead, and not closed."""

    is_on: bool = False

    def falls_on(self, line: WebSocketRoute) -> None:
        server, dead = line.connect_to_server(), list[bool]()

        def hand_on(said: str | bytes, send: Callable[[str | bytes], None]) -> None:
            dead.extend([True] * self.is_on)  # what was lost on a line never comes, though the next line is a good one
            if not dead:
                send(said)

        line.on_message(lambda said: hand_on(said, server.send))
        server.on_message(lambda said: hand_on(said, line.send))


def test_a_line_that_goes_dead_without_a_word_is_noticed_and_both_texts_merge(
    link: str, invite: Invite, ben: Person, store: Store
) -> None:
    ana, silence = invite("Ana"), Silence()
    ana.page.route_web_socket(re.compile(r"/document\?"), silence.falls_on)
    joins(ana, link)
    silence.is_on = True
    puts_cursor(ana, 0, 0)
    writes(ana, "Into the silence. ")
    says(ana, OFFLINE)
    puts_cursor(ben, 2, 0)
    writes(ben, "Meanwhile. ")
    is_saved(ben)
    silence.is_on = False
    text = agree(store, ana, ben)
    assert text.count("Into the silence. ") == text.count("Meanwhile. ") == 1
    ana.forgive(*OF_A_LOST_LINE)


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


@dataclass
class Doorkeeper:
    """Lines between a page and the server, and what of a page is not let through at the door."""

    turns_away_all: bool = False
    """Nobody comes in."""
    turns_away_edits: bool = False
    """Whoever types is told to begin anew, and not why."""
    hides_what_is_saved: bool = False
    """Nobody hears that what they typed is saved."""
    hangs_up_at_a_refusal: bool = False
    """The line is lost as soon as a refusal was said on it."""
    lines: int = 0

    def minds(self, line: WebSocketRoute) -> None:
        self.lines += 1
        if self.turns_away_all:
            line.close(code=COME_BACK.code)
            return
        server = line.connect_to_server()

        def hand_on(said: str | bytes) -> None:
            if self.turns_away_all:
                line.close(code=COME_BACK.code)
            elif self.turns_away_edits and said[:2] == bytes((SYNC, UPDATE)):
                line.close(code=BEGIN_ANEW.code)
            else:
                server.send(said)

        def hand_back(said: str | bytes) -> None:
            if not (self.hides_what_is_saved and isinstance(said, str) and '"saved"' in said):
                line.send(said)
            if self.hangs_up_at_a_refusal and isinstance(said, str) and '"refused"' in said:
                line.close(code=COME_BACK.code)

        line.on_message(hand_on)
        server.on_message(hand_back)


@pytest.fixture
def door() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture
def minded(link: str, invite: Invite, door: Doorkeeper) -> Person:
    """Somebody whose lines go by the door."""
    person = invite("Ana")
    person.page.route_web_socket(re.compile(r"/document\?"), door.minds)
    return joins(person, link)


def test_a_page_whose_edits_are_turned_away_again_and_again_comes_back_ever_more_slowly(
    minded: Person, door: Doorkeeper, store: Store
) -> None:
    door.turns_away_edits = True
    before = door.lines
    puts_cursor(minded, 0, 0)
    writes(minded, "Turned away. ")
    minded.page.wait_for_timeout(6_000)
    assert 2 <= door.lines - before <= 7
    door.turns_away_edits = False
    assert agree(store, minded).count("Turned away. ") == 1


def test_what_a_page_before_left_is_called_saved_only_once_the_server_says_so_though_the_text_has_it(
    minded: Person, door: Doorkeeper, store: Store
) -> None:
    door.hides_what_is_saved = True
    puts_cursor(minded, 0, 0)
    writes(minded, "Shown already. ")
    says(minded, re.compile("^(Saving|Not saved yet)"))
    becomes_kept(minded, "Shown already. ", True)
    minded.page.reload()
    says(minded, re.compile("^(Saving|Not saved yet)"))
    assert text_of(minded).startswith("Shown already. ")
    minded.page.wait_for_timeout(1_000)
    says(minded, re.compile("^(Saving|Not saved yet)"))
    becomes_kept(minded, "Shown already. ", True)
    door.hides_what_is_saved = False
    minded.page.reload()
    assert agree(store, minded).count("Shown already. ") == 1
    becomes_kept(minded, "Shown already. ", False)


def test_who_leaves_the_page_before_all_is_saved_need_not_come_back_for_it(
    minded: Person, door: Doorkeeper, store: Store
) -> None:
    workshop = workshop_of(minded)
    puts_cursor(minded, 0, 0)
    door.turns_away_all = True
    writes(minded, "Not sent yet. ")
    says(minded, OFFLINE)
    minded.page.get_by_role("radio", name="Clauses").click()
    expect(minded.page.locator(".fm-text")).to_have_count(0)
    becomes_kept(minded, "Not sent yet. ", True)
    door.turns_away_all = False
    becomes_kept(minded, "Not sent yet. ", False)
    assert stored(store, workshop).startswith("Not sent yet. ")
    lines = door.lines
    minded.page.wait_for_timeout(2_000)
    assert door.lines == lines
    opens(minded)
    assert agree(store, minded).count("Not sent yet. ") == 1


def test_every_page_says_that_text_waits_in_this_browser_until_it_is_saved(ana: Person, store: Store) -> None:
    address = ana.page.url
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Waits here. ")
    becomes_kept(ana, "Waits here. ", True)
    ana.page.close()
    ana.context.set_offline(False)
    ana.forgive(*OF_A_LOST_LINE)
    ana.page = ana.context.new_page()
    ana.open(address.replace("/draft?", "/review?"))
    waits = ana.page.locator(".fact").get_by_text(UNSAVED_TEXT)
    expect(waits).to_be_visible(timeout=20_000)
    ana.look("text waits")
    ana.page.get_by_role("link", name="Go to Draft").locator("visible=true").last.click()
    is_saved(ana)
    assert agree(store, ana).count("Waits here. ") == 1
    ana.open(address.replace("/draft?", "/review?"))
    expect(ana.page.get_by_text("No version published yet")).to_be_visible()
    expect(waits).to_have_count(0)


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
    ben.picture("with the other's cursor")
    ana.picture("with the other's selection")


def test_undo_takes_back_ones_own_edits_only(ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Mine. ")
    agree(store, ana, ben)
    puts_cursor(ben, 0, 0)
    writes(ben, "Theirs. ")
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


def test_without_a_line_one_goes_on_writing_and_both_texts_merge(ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Shared start. ")
    agree(store, ana, ben)
    lines: list[str] = []
    ana.page.on("websocket", lambda socket: lines.append(socket.url))
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Written offline. ")
    puts_cursor(ben, 0, 0)
    writes(ben, "Written meanwhile. ")
    is_saved(ben)
    assert "Written offline." not in text_of(ben)
    ana.context.set_offline(False)
    text = agree(store, ana, ben)
    for words in ("Shared start. ", "Written offline. ", "Written meanwhile. "):
        assert text.count(words) == 1
    [first] = [parse_qs(urlsplit(line).query) for line in lines if "/document?" in line][:1]
    assert first["client"] != first["was"], "others knew the number under which this would have been typed"
    ana.forgive(*OF_A_LOST_LINE)


KEPT_ON_DISK = """
words => new Promise((resolve) => {
  const request = indexedDB.open("folkmoot", 1)
  request.onsuccess = () => {
    const all = request.result.transaction("texts").objectStore("texts").getAll()
    all.onsuccess = () => { request.result.close(); resolve(all.result.some((one) => one.text?.includes(words))) }
  }
})
"""


def becomes_kept(person: Person, words: str, is_kept: bool) -> None:
    """Wait until these words are on the disk, or are not. Not `wait_for_function`, which takes a promise for a yes."""
    end = time.monotonic() + 20
    while person.page.evaluate(KEPT_ON_DISK, words) is not is_kept:
        assert time.monotonic() < end, f"kept: {not is_kept}"
        person.page.wait_for_timeout(50)


@pytest.mark.parametrize("kept_in", ["localStorage", "IndexedDB"])
def test_what_was_written_offline_survives_the_end_of_the_page(
    ana: Person, ben: Person, store: Store, kept_in: str
) -> None:
    address = ana.page.url
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Written just before the page was closed. ")
    becomes_kept(ana, "Written just before the page was closed. ", True)
    ana.page.close()
    ana.context.set_offline(False)
    ana.forgive(*OF_A_LOST_LINE)
    ana.page = ana.context.new_page()
    if kept_in == "IndexedDB":  # as after a kill of the browser, before Chromium has taken localStorage to the disk
        ana.page.goto(f"{ana.url}/healthz")
        ana.page.evaluate("localStorage.clear()")
    ana.open(address)
    opens(ana)
    assert agree(store, ana, ben).count("Written just before the page was closed. ") == 1
    becomes_kept(ana, "Written just before the page", False)


TYPES_LETTER_BY_LETTER = """count => {
  const { editor } = document.querySelector('.fm-text').env
  for (let n = 0; n < count; n++) editor.insert(String.fromCharCode(97 + n % 26))
}"""


def test_more_keystrokes_without_a_line_than_one_update_may_have_pieces_are_saved_after_a_reload(
    ana: Person, store: Store
) -> None:
    count, address = MOST_EDITS + 200, ana.page.url
    letters = "".join(chr(97 + n % 26) for n in range(count))
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    ana.page.evaluate(TYPES_LETTER_BY_LETTER, count)
    becomes_kept(ana, letters, True)
    ana.page.close()
    ana.context.set_offline(False)
    ana.forgive(*OF_A_LOST_LINE)
    ana.page = ana.context.new_page()
    ana.open(address)
    opens(ana)
    assert agree(store, ana).count(letters) == 1
    ana.sees_not("could not")


def test_what_a_removed_person_typed_and_the_server_never_heard_is_offered_as_their_draft(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate("WebSocket.prototype.send = () => {}")
    writes(ana, "Typed before I was removed.")
    with owner_connection(database_address) as owner:
        owner.rows(
            "update public.people set removed_at = now() where workshop_id = %s and name = 'Ana'", workshop_of(ana)
        )
        owner.rows("select private.bump(%s)", workshop_of(ana))
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text("Typed before I was removed.", timeout=20_000)
    expect(draft).to_contain_text("before you were signed out of the workshop")
    assert "Typed before" not in agree(store, ben)
    ana.forgive(*OF_A_SIGN_OUT)


def test_whoever_is_removed_while_offline_is_told_and_offered_what_they_typed(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Typed while I had no line.")
    with owner_connection(database_address) as owner:
        owner.rows(
            "update public.people set removed_at = now() where workshop_id = %s and name = 'Ana'", workshop_of(ana)
        )
    ana.context.set_offline(False)
    says(ana, re.compile("^This browser is not signed in to the workshop any more"))
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text("Typed while I had no line.")
    expect(draft).to_contain_text("before you were signed out of the workshop")
    assert "Typed while" not in agree(store, ben)
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


BREAKS_THE_NEXT_EDIT = """() => {
  const { send } = WebSocket.prototype
  WebSocket.prototype.send = function (frame) {
    if (!new URL(this.url).pathname.endsWith("/document")) return send.call(this, frame)
    if (frame[0] !== 0 || frame[1] !== 2) return // no edit, such as where the cursor is
    WebSocket.prototype.send = send
    send.call(this, new Uint8Array([255, 255, 255]))
  }
}"""
"""In the place of the next edit the document's line sends what nobody understands."""


def pastes(person: Person, words: str) -> None:
    person.page.evaluate("words => navigator.clipboard.writeText((words + words + '\\n').repeat(40_000))", words)
    person.page.keyboard.press("Control+V")


def types_on_a_broken_line(person: Person, words: str) -> None:
    person.page.evaluate(BREAKS_THE_NEXT_EDIT)
    person.page.keyboard.insert_text(words)


@pytest.mark.parametrize(
    ("act", "words", "reason"),
    [
        (pastes, "Far too much. ", "This is more at once than the document takes."),
        (types_on_a_broken_line, "Not understood. ", "This could not be merged with what the others wrote meanwhile."),
    ],
    ids=["too much at once", "not understood"],
)
def test_what_the_server_does_not_take_is_offered_and_one_goes_on_writing(
    ana: Person, ben: Person, store: Store, act: Callable[[Person, str], None], words: str, reason: str
) -> None:
    before = text_of(ben)
    puts_cursor(ana, 0, 0)
    act(ana, words)
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text(reason)
    expect(draft).to_contain_text(words.strip())
    expect(ana.page.locator(".fm-text")).not_to_contain_text(words.strip())
    is_saved(ana)
    writes(ana, "And on it goes. ")
    is_saved(ana)
    assert agree(store, ana, ben).replace("And on it goes. ", "") == before


def test_under_a_lock_one_reads_and_what_was_written_offline_is_offered(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Too late.\n")
    locks(database_address, ana, is_locked=True)
    says(ben, re.compile("^The policy is locked"))
    before = text_of(ben)
    puts_cursor(ben, 0, 0)
    writes(ben, "Nothing happens.")
    assert text_of(ben) == before
    ana.context.set_offline(False)
    says(ana, re.compile("^The policy is locked"))
    ana.sees("Too late.")
    ana.sees("your text is kept as a private draft")
    assert "Too late." not in text_of(ana)
    ana.look("locked with a draft")
    locks(database_address, ana, is_locked=False)
    is_saved(ana)
    ana.press("Put it at the cursor")
    assert agree(store, ana, ben).count("Too late.\n") == 1
    ana.sees_not("your text is kept as a private draft")
    ana.forgive(*OF_A_LOST_LINE)


def locks_by(address: str, ben: Person, *, is_over: bool) -> None:
    locks(address, ben, is_locked=not is_over)


def fills_the_text(_address: str, ben: Person, *, is_over: bool) -> None:
    puts_cursor(ben, 0, 0)
    if is_over:
        ben.page.keyboard.press("Control+z")
    else:
        line = "- " + "x" * 997 + "\n"
        ben.page.keyboard.insert_text(line * ((MOST_CHARS - len(text_of(ben))) // len(line)))
    is_saved(ben)


def test_a_refusal_counts_though_the_line_is_lost_with_it(
    minded: Person, door: Doorkeeper, ben: Person, store: Store
) -> None:
    fills_the_text("", ben, is_over=False)
    agree(store, minded, ben)
    door.hangs_up_at_a_refusal = True
    puts_cursor(minded, 0, 0)
    minded.page.keyboard.insert_text("One too many. " * 80)
    expect(minded.page.get_by_role("region", name="Your private draft")).to_contain_text("One too many. ")
    fills_the_text("", ben, is_over=True)
    writes(minded, "And on it goes. ")
    assert "One too many." not in agree(store, minded, ben)


@pytest.mark.parametrize(
    ("refuses", "reason"), [(locks_by, "locked the policy|policy is locked"), (fills_the_text, "more than 100,000")]
)
def test_what_a_closed_page_left_and_is_refused_is_offered_once_and_comes_into_the_text_by_its_writer_alone(
    ana: Person,
    ben: Person,
    store: Store,
    database_address: str,
    refuses: Callable[..., None],
    reason: str,
) -> None:
    address, words = ana.page.url, "Too late. " * 100 + "\n"
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    ana.page.keyboard.insert_text(words)
    becomes_kept(ana, words, True)
    ana.page.close()
    ana.context.set_offline(False)
    refuses(database_address, ben, is_over=False)
    ana.page = ana.context.new_page()
    lines: list[str] = []
    ana.page.on("websocket", lambda socket: lines.extend([socket.url] * ("/document?" in socket.url)))
    ana.open(address)
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text(re.compile(reason))
    ana.page.wait_for_timeout(3_000)
    assert len(lines) <= 3
    becomes_kept(ana, words, False)
    refuses(database_address, ben, is_over=True)
    is_saved(ana)
    assert words not in agree(store, ana, ben)
    ana.press("Put it at the cursor")
    assert agree(store, ana, ben).count(words) == 1
    expect(draft).to_have_count(0)
    ana.forgive(*OF_A_LOST_LINE)


def test_what_the_database_refuses_after_it_was_shown_goes_and_its_writer_keeps_it(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Before the lock. ")
    agree(store, ana, ben)
    locks(database_address, ana, is_locked=True, is_told=False)
    ana.page.keyboard.insert_text("Under the lock.")  # at once: the lock may be heard of within a few letters
    for person in (ana, ben):
        says(person, re.compile("^The policy is locked"))
    assert "Under the lock." not in stored(store, workshop_of(ana))
    for person in (ana, ben):
        person.page.wait_for_function(
            "wanted => document.querySelector('.fm-text').env.editor.getValue() === wanted",
            arg=stored(store, workshop_of(ana)),
        )
    ana.sees(re.compile(r"Under the lock\."))
    ben.sees_not(re.compile(r"Under the lock\."))
    locks(database_address, ana, is_locked=False)
    is_saved(ben)
    puts_cursor(ben, 0, 0)
    writes(ben, "Afterwards. ")
    assert agree(store, ana, ben).startswith("Afterwards. Before the lock. ")


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
    pasted = "".join(f"- Pasted {number} with “quotes”, é and 👩‍🏫.\n" for number in range(60))[:2000]
    begins = {undoes.name: 3, pastes.name: 4}
    undoes.page.keyboard.insert_text(MISTAKE)  # at once: what is typed slowly is taken back in several steps
    rest = dict(sentences)
    for turn in range(12):
        if turn == 2:
            loses_line.context.set_offline(True)
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


def locks(address: str, person: Person, *, is_locked: bool, is_told: bool = True) -> None:
    """As the facilitator does; the switch itself is the console's, and tested there."""
    with owner_connection(address) as owner:
        owner.rows("update public.workshops set editing_is_locked = %s where id = %s", is_locked, workshop_of(person))
        if is_told:
            owner.rows("select private.bump(%s)", workshop_of(person))


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
