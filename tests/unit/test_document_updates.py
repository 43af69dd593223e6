"""Updates are read before they are applied: what is let through fits whole, and what is not is refused."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from lib.live.shared_text import BrokenUpdate, SharedText, joined, seed_of
from lib.live.stretches import Stretches
from lib.live.update_check import (
    MOST_EDITS,
    Gap,
    TooScattered,
    check_update,
    deleted_in,
    first_edits,
)
from lib.live.wire import Bytes, Malformed, Presence, awareness_message, block, message_in, number, state_vector
from tests.support.raw_update import Sides, typed_by
from tests.support.typist import Typist


@given(st.integers(0, 2**53 - 1))
def test_a_number_comes_back_as_it_was_written(value: int) -> None:
    given_bytes = Bytes(number(value))
    assert given_bytes.number() == value
    assert given_bytes.is_done


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_bytes_are_understood_or_refused(data: bytes) -> None:
    def outcome(read: Callable[[bytes], object]) -> str:
        try:
            return "refused" if read(data) is None else "understood"
        except (Malformed, Gap):
            return "refused"

    readers = (message_in, state_vector, lambda one: check_update(one, {}))
    assert {outcome(read) for read in readers} <= {"understood", "refused"}


@pytest.mark.parametrize("seed", range(30))
def test_what_typists_really_send_is_let_through_and_counted_right(seed: int) -> None:
    dice = random.Random(seed)
    server = SharedText([seed_of("- A clause.\n")])
    people = [Typist() for _ in range(3)]
    for _ in range(60):
        typist = dice.choice(people)
        typist.doc.apply_update(server.since(typist.doc.get_state()))
        typist.is_asked = True
        typist.edit_at_random(dice)
        for frame in typist.out:
            message = message_in(frame)
            assert not isinstance(message, list)
            known = state_vector(server.state())
            checked = check_update(message.data, known)
            server.apply(message.data)
            assert state_vector(server.state()) == {**known, **checked.ends}
        typist.out = []
        assert server.text == typist.text


def test_what_is_known_already_adds_nothing() -> None:
    typist = Typist()
    typist.edit(0, 0, "Some words.")
    typist.edit(2, 3, "")
    whole = typist.doc.get_update()
    server = SharedText([whole])
    checked = check_update(whole, state_vector(server.state()))
    assert not checked.ends
    assert checked.adds_nothing_to(deleted_in(server.since(server.state())))
    typist.edit(0, 1, "")
    later = check_update(typist.doc.get_update(), state_vector(server.state()))
    assert not later.ends
    assert not later.adds_nothing_to(deleted_in(server.since(server.state())))


def other_documents() -> dict[str, Doc[Any]]:
    found: dict[str, Doc[Any]] = {name: Doc() for name in ("map", "array", "another text", "embedded", "formatted")}
    found["map"].get("policy", type=Map)["a"] = 1
    found["array"].get("policy", type=Array).append("x")
    found["another text"].get("other", type=Text).insert(0, "x")
    found["embedded"].get("policy", type=Text).insert_embed(0, {"image": "x"})
    found["formatted"].get("policy", type=Text).insert(0, "x", {"bold": True})
    return found


@pytest.mark.parametrize("what", list(other_documents()))
def test_a_document_of_another_kind_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        check_update(other_documents()[what].get_update(), {})


def test_an_update_that_rests_on_something_unknown_is_a_gap() -> None:
    typist = Typist()
    typist.edit(0, 0, "First.")
    before = typist.doc.get_state()
    typist.edit(6, 0, " Second.")
    later = typist.doc.get_update(before)
    with pytest.raises(Gap):
        check_update(later, {})
    with pytest.raises(Gap):
        check_update(b"\x00\x01\x05\x01\x00\x03", {})
    assert first_edits(later) == {typist.client: 6}


def test_a_broken_update_leaves_the_text_as_it_was() -> None:
    server = SharedText([seed_of("Whole.")])
    for broken in (b"", b"\xff" * 30, b"\x01\x01\x01\x00\x04"):
        for takes_in in (server.apply, server.changes_by):
            with pytest.raises(BrokenUpdate):
                takes_in(broken)
    assert server.text == "Whole."


@given(st.text(alphabet="ab é👩\n-", max_size=60), st.text(alphabet="ab é👩\n-", max_size=60))
@settings(max_examples=200, deadline=None)
def test_an_edit_says_what_is_wanted_and_who_takes_it_in_hears_what_it_did(old: str, new: str) -> None:
    server = SharedText([seed_of(old)])
    other = SharedText([server.since()])
    update = server.edit(new)
    assert server.text == new
    assert (update is None) == (old == new)
    text = old.encode()
    for change in other.changes_by(update) if update else ():
        text = text[: change.start] + change.words.encode() + text[change.end :]
    assert text.decode() == other.text == new


def test_several_updates_are_as_good_as_one() -> None:
    typist = Typist()
    updates = []
    for words in ("one ", "two ", "three "):
        before = typist.doc.get_state()
        typist.edit(0, 0, words)
        updates.append(typist.doc.get_update(before))
    assert SharedText([joined(updates)]).text == typist.text


@given(st.integers(0, 2**40), st.integers(0, 2**30), st.dictionaries(st.text(max_size=5), st.text(max_size=9)))
def test_where_somebody_is_comes_back_as_it_was_said(client: int, clock: int, state: dict[str, Any]) -> None:
    one = Presence(client, clock, state)
    assert message_in(awareness_message([one])) == [one]
    with pytest.raises(Malformed):
        message_in(awareness_message([one]) + block(b"more"))


def deletes(*ranges: tuple[int, int], clients: tuple[int, ...] = (5,)) -> bytes:
    """An update that only deletes these stretches, of each of the clients."""
    stretches = b"".join(number(first) + number(count) for first, count in ranges)
    return b"\x00" + number(len(clients)) + b"".join(number(one) + number(len(ranges)) + stretches for one in clients)


@pytest.mark.parametrize(
    "update",
    [
        deletes((4, 2), (4, 2)),
        deletes((4, 2), (5, 3)),
        deletes((8, 1), (2, 1)),
        deletes((4, 0)),
        deletes((4, 2), clients=(5, 5)),
        b"\x00" + number(1) + number(5) + number(2**40),
        number(1) + number(2**40) + number(5),
    ],
    ids=["again", "overlapping", "out of order", "empty", "a client twice", "more than there are", "more edits"],
)
def test_what_is_deleted_as_no_page_says_it_is_refused(update: bytes) -> None:
    with pytest.raises(Malformed):
        check_update(update, {5: 100})


IMPOSSIBLE: dict[str, dict[int, list[tuple[Sides, str]]]] = {
    "behind itself": {9: [(((9, 0), None), "abc")]},
    "before itself": {9: [((None, (9, 1)), "abc")]},
    "behind its own last letter": {9: [(((5, 0), None), "ab"), (((9, 3), None), "cd")]},
    "behind what its page types later": {9: [(((9, 3), None), "abc"), (((5, 2), None), "xyz")]},
    "before what its page types later": {9: [(((5, 1), (9, 3)), "abc"), (((5, 2), None), "xyz")]},
    "two pages behind each other": {9: [(((10, 0), None), "abc")], 10: [(((9, 0), None), "xyz")]},
    "two pages on each other's second words": {
        9: [(((5, 0), None), "a"), (((10, 1), None), "b")],
        10: [(((5, 0), None), "a"), (((9, 1), None), "b")],
    },
    "three pages in a ring": {
        9: [(((10, 0), None), "a")],
        10: [((None, (11, 0)), "b")],
        11: [(((9, 0), (5, 0)), "c")],
    },
}


@pytest.mark.parametrize("what", list(IMPOSSIBLE))
def test_what_rests_on_itself_or_on_what_comes_later_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        check_update(typed_by(IMPOSSIBLE[what]), {5: 100})


def test_pages_that_typed_by_turns_on_each_others_words_are_let_through() -> None:
    turns = {
        9: [(((5, 0), (5, 1)), "ab"), (((10, 1), (5, 1)), "c")],
        10: [(((9, 1), (5, 1)), "xy"), (((9, 2), (5, 1)), "z")],
    }
    assert check_update(typed_by(turns), {5: 100}).ends == {9: 3, 10: 3}
    long = {client: [(((client + 1, 0), None), "x")] for client in range(3_000)} | {3_000: [(((5_000, 0), None), "x")]}
    assert len(check_update(typed_by(long), {5_000: 100}).ends) == 3_001


@pytest.mark.parametrize("count", [1, 2, 110_000])
def test_pages_that_did_nothing_are_in_no_update(count: int) -> None:
    nothing = b"".join(b"\x00" + number(client) + b"\x00" for client in range(count))
    with pytest.raises(Malformed):
        check_update(number(count) + nothing + b"\x00", {})
    nothing = b"".join(number(client) + b"\x00" for client in range(count))
    with pytest.raises(Malformed):
        check_update(b"\x00" + number(count) + nothing, dict.fromkeys(range(count), 1))


def test_more_pages_than_one_update_may_have_are_not_looked_at() -> None:
    typed = [Typist() for _ in range(3)]
    for one in typed:
        one.edit(0, 0, "Words.")
    whole = joined([one.doc.get_update() for one in typed])
    assert len(check_update(whole, {}, most_clients=3).ends) == 3
    with pytest.raises(TooScattered):
        check_update(whole, {}, most_clients=2)
    known = dict.fromkeys(range(3), 9)
    check_update(deletes((1, 1), clients=(0, 1, 2)), known, most_clients=3)
    with pytest.raises(TooScattered):
        check_update(deletes((1, 1), clients=(0, 1, 2)), known, most_clients=2)


def test_more_stretches_than_one_update_may_have_are_not_looked_at() -> None:
    with pytest.raises(TooScattered):
        check_update(deletes((1, 1), (3, 1), (5, 1)), {5: 100}, most_deletes=2)
    typing = number(MOST_EDITS + 1) + number(6) + number(0) + b"\xff" * (MOST_EDITS + 1)
    with pytest.raises(TooScattered):
        check_update(number(1) + typing, {})


class Counted(int):
    """A number that counts how often one of them is compared."""

    times = 0

    def __lt__(self, other: int) -> bool:
        Counted.times += 1
        return int(self) < int(other)

    def __gt__(self, other: int) -> bool:
        Counted.times += 1
        return int(self) > int(other)


def test_to_look_for_a_stretch_among_thousands_takes_few_comparisons() -> None:
    many = [(Counted(2 * place), Counted(1)) for place in range(5_000)]
    deleted = Stretches({7: many})
    Counted.times = 0
    assert deleted.have({7: many})
    assert Counted.times < 5_000 * 20


@given(st.lists(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 9)), max_size=90), max_size=4), st.data())
@settings(max_examples=200, deadline=None)
def test_stretches_are_the_edits_that_were_added(added: list[list[tuple[int, int]]], data: st.DataObject) -> None:
    deleted, edits = Stretches(), set[int]()
    for ranges in added:
        deleted.add({7: ranges})
        edits |= {clock for first, count in ranges for clock in range(first, first + count)}
    first, count = data.draw(st.tuples(st.integers(0, 310), st.integers(1, 9)))
    asked = set(range(first, first + count))
    assert deleted.have({7: [(first, count)]}) == (asked <= edits)
    common = deleted.common({7: [(first, count)], 8: [(0, 400)]}).get(7, [])
    assert [clock for one, more in common for clock in range(one, one + more)] == sorted(asked & edits)
    is_apart = not edits & set(range(first - 1, first + count + 1))
    assert deleted.more_with({7: [(first, count)]}) == is_apart
    assert len(deleted) == sum(clock - 1 not in edits for clock in edits)
