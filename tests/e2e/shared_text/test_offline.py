"""Without a line, or with one that nobody hears: whoever writes on loses nothing, and is told how it stands."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import WebSocket, WebSocketRoute, expect

from components.texts import UNSAVED_TEXT
from lib.live.update_check import MOST_EDITS
from lib.store.port import Store
from tests.e2e.conftest import Invite
from tests.e2e.live_text import (
    OFFLINE,
    agree,
    becomes_kept,
    is_all_of_somebody,
    is_saved,
    joins,
    opens,
    puts_cursor,
    says,
    stored,
    text_of,
    waits_until,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_LOST_LINE, Person
from tests.e2e.shared_text.conftest import Doorkeeper


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


@pytest.mark.long  # it waits for most of its time; texts merge in the next one too
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


def test_a_page_whose_edits_are_turned_away_again_and_again_comes_back_ever_more_slowly(
    minded: Person, door: Doorkeeper, store: Store
) -> None:
    door.turns_away_edits = True
    before = door.lines
    puts_cursor(minded, 0, 0)
    writes(minded, "Turned away. ")
    minded.page.wait_for_timeout(6_000)
    assert door.lines - before <= 7
    waits_until(minded, lambda: door.lines - before >= 2)
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
    waits_until(minded, lambda: stored(store, workshop_of(minded)).startswith("Shown already. "))
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


@pytest.mark.long  # that text is safe says the page itself in the others
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


def tries_of(person: Person) -> list[dict[str, list[str]]]:
    """What each try of a line to the document that this page makes from now on says of the page."""
    tries: list[dict[str, list[str]]] = []

    def note(socket: WebSocket) -> None:
        address = urlsplit(socket.url)
        if address.path.endswith("/document"):
            tries.append(parse_qs(address.query))

    person.page.on("websocket", note)
    return tries


def test_without_a_line_one_goes_on_writing_and_both_texts_merge(ana: Person, ben: Person, store: Store) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Shared start. ")
    agree(store, ana, ben)
    tries = tries_of(ana)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    for words in ("Written ", "offline, ", "through ", "several ", "tries. "):
        before = len(tries)
        writes(ana, words)
        while len(tries) == before:
            ana.page.wait_for_timeout(50)
    puts_cursor(ben, 0, 0)
    writes(ben, "Written meanwhile. ")
    is_saved(ben)
    assert "Written offline" not in text_of(ben)
    ana.context.set_offline(False)
    text = agree(store, ana, ben)
    for words in ("Shared start. ", "Written offline, through several tries. ", "Written meanwhile. "):
        assert text.count(words) == 1
    [number], [before] = {one["client"][0] for one in tries}, {one["was"][0] for one in tries}
    assert number != before, "others knew the number under which this would have been typed"
    assert is_all_of_somebody(store, workshop_of(ana))
    ana.forgive(*OF_A_LOST_LINE)


def test_whoever_comes_back_after_many_tries_is_seen_once_though_the_server_heard_of_no_loss(
    minded: Person, door: Doorkeeper, ben: Person
) -> None:
    puts_cursor(minded, 0, 0)
    carets = ben.page.locator(".fm-caret")
    expect(carets).to_have_text(["Ana"])
    before = door.lines
    door.turns_away_all = door.hides_who_hangs_up = True
    writes(minded, "x")
    while door.lines < before + 4:
        minded.page.wait_for_timeout(50)
    door.turns_away_all = False
    is_saved(minded)
    puts_cursor(minded, 1, 2)
    ben.page.wait_for_timeout(1_000)
    # Much sooner than the server would find out by itself that the lost line is dead.
    expect(carets).to_have_text(["Ana"], timeout=15_000)


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
    assert is_all_of_somebody(store, workshop_of(ana))
    becomes_kept(ana, "Written just before the page", False)


TYPES_LETTER_BY_LETTER = """count => {
  const { editor } = document.querySelector('.fm-text').env
  for (let n = 0; n < count; n++) editor.insert(String.fromCharCode(97 + n % 26))
}"""


@pytest.mark.long  # test_document_updates.py has what one update may hold, without browsers
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
