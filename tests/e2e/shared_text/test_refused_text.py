"""What the live text does not take stays with whoever wrote it, as their private draft."""

import itertools
import re
from base64 import b64encode
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from lib.live.known_text import MOST_CHARS
from lib.live.shared_text import SharedText
from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.e2e.live_text import (
    NOTHING_IS_SENT,
    OFFLINE,
    TEXT_INPUT,
    agree,
    becomes_kept,
    is_saved,
    locks,
    puts_cursor,
    removes,
    replayed,
    says,
    stored,
    text_of,
    waits_until,
    workshop_of,
    writes,
)
from tests.e2e.person import OF_A_LOST_LINE, OF_A_SIGN_OUT, Person
from tests.e2e.shared_text.conftest import Doorkeeper


def test_what_a_removed_person_typed_and_the_server_never_heard_is_offered_as_their_draft(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate("WebSocket.prototype.send = () => {}")
    writes(ana, "Typed before I was removed.")
    removes(database_address, workshop_of(ana), "Ana")
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text("Typed before I was removed.")
    expect(draft).to_contain_text("before you were signed out of the workshop")
    assert "Typed before" not in agree(store, ben)
    ana.forgive(*OF_A_SIGN_OUT)


def test_whoever_is_taken_back_goes_on_where_they_were_on_the_page_that_is_open(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.page.evaluate(NOTHING_IS_SENT)
    writes(ana, "Typed before I was removed.")
    removes(database_address, workshop_of(ana), "Ana")
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text("Typed before I was removed.")
    ana.sees("The facilitator removed you from this workshop.")
    ana.page.evaluate("window.sendsAgain = true")
    puts_cursor(ben, 2, 0)
    writes(ben, "Meanwhile. ")
    is_saved(ben)
    removes(database_address, workshop_of(ana), "Ana", is_removed=False)
    is_saved(ana)
    ana.sees_not("The facilitator removed you from this workshop.")
    puts_cursor(ana, 0, 0)
    writes(ana, "Here again. ")
    text = agree(store, ana, ben)
    assert text.count("Here again. ") == text.count("Meanwhile. ") == 1
    assert "Typed before" not in text
    ana.press("Put it at the cursor")
    assert agree(store, ana, ben).count("Typed before I was removed.") == 1
    ana.forgive(*OF_A_SIGN_OUT)


def test_whoever_is_removed_while_offline_is_told_and_offered_what_they_typed(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    ana.context.set_offline(True)
    says(ana, OFFLINE)
    writes(ana, "Typed while I had no line.")
    removes(database_address, workshop_of(ana), "Ana", is_told=False)
    ana.context.set_offline(False)
    says(ana, re.compile("^This browser is not signed in to the workshop any more"))
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_contain_text("Typed while I had no line.")
    expect(draft).to_contain_text("before you were signed out of the workshop")
    assert "Typed while" not in agree(store, ben)
    ana.forgive(*OF_A_LOST_LINE, *OF_A_SIGN_OUT)


def test_whoever_types_on_while_the_policy_is_locked_keeps_every_letter(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    typed, words, state = "", (f"w{number} " for number in itertools.count(10)), ana.page.locator(".fm-status")

    def types(count: int) -> None:
        nonlocal typed
        for word in itertools.islice(words, count):
            ana.page.keyboard.type(word, delay=30)
            typed += word

    types(3)
    locks(database_address, ana, is_locked=True)
    while state.get_attribute("data-state") not in ("locked", "kept"):
        types(1)
    types(5)
    drafts = ana.page.get_by_role("region", name="Your private draft")
    expect(drafts.last).to_contain_text(typed[-16:].strip())
    kept = "".join(sorted(drafts.locator("pre").all_inner_texts(), key=typed.find))
    assert text_of(ana) == text_of(ben) == stored(store, workshop_of(ana))
    taken = next(typed[:length] for length in range(len(typed), -1, -1) if text_of(ben).startswith(typed[:length]))
    assert re.sub(r"\s", "", taken + kept) == typed.replace(" ", "")


CLAUSE, AMID = 4, 14


def test_words_that_a_lock_cut_in_two_are_one_draft_and_come_back_where_they_belong(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    before = text_of(ana).splitlines()[CLAUSE]
    typed = "".join(f"{number} " for number in range(10, 40))
    puts_cursor(ana, CLAUSE, AMID)
    writes(ana, typed[:30], delay=20)
    locks(database_address, ana, is_locked=True)
    writes(ana, typed[30:], delay=20)
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft).to_have_count(1)
    says(ana, "The policy is locked for now: your private draft stands below the text.")
    expect(ana.page.locator(TEXT_INPUT)).to_be_focused()  # three seconds later
    locks(database_address, ana, is_locked=False)
    is_saved(ana)
    ana.press("Put it at the cursor")
    assert agree(store, ana, ben).splitlines()[CLAUSE] == before[:AMID] + typed + before[AMID:]
    expect(draft).to_have_count(0)


@pytest.mark.parametrize("is_told", [True, False], ids=["who hears of it", "who does not"])
def test_words_that_a_lock_cut_off_at_the_end_of_a_word_come_back_as_they_were_typed(
    is_told: bool, ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    before = text_of(ana).splitlines()[CLAUSE]
    at = before.index(" ", 2)
    puts_cursor(ana, CLAUSE, at)
    writes(ana, " abc")
    is_saved(ana)
    locks(database_address, ana, is_locked=True, is_told=is_told)
    writes(ana, " new words that go on and on", delay=40)
    draft = ana.page.get_by_role("region", name="Your private draft").locator("pre")
    expect(draft).to_have_count(1)
    waits_until(ana, lambda: draft.inner_text() == " new words that go on and on")
    locks(database_address, ana, is_locked=False)
    is_saved(ana)
    ana.press("Put it at the cursor")
    wanted = f"{before[:at]} abc new words that go on and on{before[at:]}"
    assert agree(store, ana, ben).splitlines()[CLAUSE] == wanted


def test_words_that_a_lock_cut_in_two_are_doubled_by_no_other_tab_of_their_writer(
    ana: Person, database_address: str
) -> None:
    other = ana.context.new_page()
    other.goto(ana.page.url)
    expect(other.locator(".fm-status")).to_have_text("Saved")
    ana.page.bring_to_front()
    puts_cursor(ana, CLAUSE, AMID)
    words = [f"w{number} " for number in range(10, 50)]
    for word in words:
        writes(ana, word, delay=25)
        if word == "w25 ":
            locks(database_address, ana, is_locked=True)
    says(ana, re.compile("^The policy is locked for now"))
    ana.page.wait_for_timeout(3_000)
    kept = "".join(ana.page.get_by_role("region", name="Your private draft").locator("pre").all_inner_texts())
    assert "w49" in kept
    assert [
        word for word in words if (kept + text_of(ana)).count(word) != 1 and word not in ("w24 ", "w25 ", "w26 ")
    ] == []


@pytest.mark.parametrize("key", ["Backspace", "Control+V", "ArrowLeft"])
def test_whoever_had_only_begun_to_change_the_text_as_it_was_locked_keeps_what_they_type(
    key: str, ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    ana.page.evaluate("navigator.clipboard.writeText('pasted ')")
    puts_cursor(ana, CLAUSE, AMID)
    ana.page.keyboard.press(key)
    text = agree(store, ana, ben)
    locks(database_address, ana, is_locked=True)
    says(ana, re.compile("^The policy is locked"))
    writes(ana, "new words")
    expect(ana.page.get_by_role("region", name="Your private draft").locator("pre")).to_have_text("new words")
    assert text_of(ana) == text_of(ben) == stored(store, workshop_of(ana)) == text


def test_what_somebody_wants_of_a_text_that_was_locked_as_they_typed_it_does(
    ana: Person, database_address: str
) -> None:
    def types_into_a_lock() -> None:
        locks(database_address, ana, is_locked=False)
        is_saved(ana)
        puts_cursor(ana, CLAUSE, AMID)
        writes(ana, "x")
        is_saved(ana)
        locks(database_address, ana, is_locked=True)
        says(ana, re.compile("^The policy is locked"))
        expect(ana.page.locator(".fm-run-on")).to_be_focused()

    types_into_a_lock()
    for keys in ("Control+a", "Control+c"):
        ana.page.keyboard.press(keys)
    assert ana.page.evaluate("navigator.clipboard.readText()") == text_of(ana)
    drafts = ana.page.get_by_role("region", name="Your private draft")
    for words, key in (("and on", "ArrowRight"), ("and again", "Control+z")):
        ana.page.keyboard.press(key)
        writes(ana, words)
        expect(drafts.filter(has_text=words)).to_have_count(1)
        types_into_a_lock()
    ana.page.keyboard.press("Control+Enter")
    expect(ana.page.get_by_role("region", name="Try it now").get_by_text("Unpublished text")).to_be_visible()
    types_into_a_lock()
    ana.page.keyboard.press("Escape")
    expect(ana.page.locator(".fm-text .ace_scroller")).to_be_focused()


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
    expect(ben.page.locator(".ace_tooltip").locator("visible=true")).to_have_count(0)
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


def test_where_another_server_took_words_in_ones_name_ones_own_are_in_the_text_or_a_draft_with_every_letter(
    ana: Person, ben: Person, store: Store, database_address: str
) -> None:
    puts_cursor(ana, 0, 0)
    writes(ana, "Hers. ")
    before, workshop = agree(store, ana, ben), workshop_of(ana)
    with owner_connection(database_address) as owner:
        [(bens,)] = owner.rows(
            "select t.token_hash from public.tokens t join public.people p on p.id = t.person_id "
            "where p.workshop_id = %s and p.name = 'Ben'",
            workshop,
        )
    known = store.call("open_document", workshop=workshop)
    [number] = map(int, known["clients"])
    made_up = SharedText([replayed(known).since()], client=number).edit(f"Eve{before}") or b""
    update = {"workshop": workshop, "token_hash": bens, "client": 7, "update_id": str(uuid4())}
    [outcome] = store.call("append_updates", updates=[update | {"update": b64encode(made_up).decode()}])
    ana.page.keyboard.insert_text("Hello. ")  # at once, under the same numbers
    assert "seq" in outcome
    ben.sees(re.compile("Eve"))
    is_saved(ana)
    draft = ana.page.get_by_role("region", name="Your private draft")
    expect(draft.or_(ana.page.locator(".fm-text", has_text="Hello.")).first).to_contain_text("Hello.")
    writes(ana, "And on it goes. ")  # perhaps before she hears of it
    text = agree(store, ana, ben)
    kept = " ".join((text, *draft.all_inner_texts()))
    assert [kept.count(one) for one in ("Hello. ", "And on it goes. ")] == [1, 1]
