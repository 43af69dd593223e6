"""One room in memory: what it calls saved, what it hands on when the server ends, and in which colours people type."""

import asyncio
import itertools
import json
import time
from typing import Any

import pytest

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.live import room as room_module
from lib.live import wire
from lib.live.audience import AT_ONCE_UP_TO, COLOURS, CURSORS_EVERY, Audience
from lib.live.member import BEGIN_ANEW, TOO_MUCH, Member, Writer
from lib.live.room import Kept, Room
from lib.live.saving import Saving
from lib.live.shared_text import SharedText, seed_of
from lib.live.wire import (
    MISSING,
    STATE,
    UPDATE,
    Malformed,
    Presence,
    Sync,
    awareness_message,
    message_in,
    state_vector,
    sync_message,
)
from tests.support.typist import Typist

OPENED = {
    "document": "d",
    "seq": 0,
    "snapshot_seq": 0,
    "policy_seq": 0,
    "policy_revision": 1,
    "document_revision": 1,
    "editing_is_locked": False,
    "clients": {},
    "updates": [],
}


def page(client: int, person: str = "Ana") -> Member:
    writer = Writer(PersonId(person.lower()), Role.PARTICIPANT, person)
    return Member(Credential(WorkshopId("w"), "hash"), writer, client, time.monotonic)


def said(member: Member) -> list[str]:
    frames = member.outbox.take_now()
    return [json.loads(frame)["type"] for frame in frames if isinstance(frame, str)]


def room_of(seed: bytes, kept: list[Kept]) -> Room:
    return Room(WorkshopId("w"), OPENED, [seed], keep=kept.append)


def test_what_a_page_brings_again_on_a_new_line_is_saved_no_sooner_than_the_database_has_it() -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room = room_of(seed, kept)
    update = sync_message(UPDATE, SharedText([seed]).edit("Two. One.\n") or b"")
    before, after = page(1), page(2)
    room.join(before)
    room.hear(before, update)
    room.leave(before)
    room.join(after)
    room.hear(after, update)
    assert "saved" not in said(after)
    for one in kept:
        room.stored(one, None if one.content is None else 1)
    assert "saved" in said(after)


def test_whoever_brings_again_what_was_refused_of_theirs_hears_why_and_others_take_the_document_afresh() -> None:
    kept: list[Kept] = []
    seed, typing = seed_of("One.\n"), Typist()
    typing.doc.apply_update(seed)
    typing.edit(0, 0, "Refused. ")
    update = sync_message(UPDATE, typing.doc.get_update())
    ana, back, seer, other = page(typing.client), page(9), page(7, "Ben"), page(8, "Cleo")
    room = room_of(seed, kept)
    room.join(ana)
    room.hear(ana, update)
    room.leave(ana)  # before she hears of it
    refusal = {"reason": "locked", "message": "The policy is locked."}
    after = Room(WorkshopId("w"), OPENED, [seed], keep=kept.append, banned=room.refused(kept[0], refusal))
    for member in (back, seer, other):
        after.join(member)
    after.hear(back, update)
    after.hear(seer, update)
    assert (said(back), said(seer)) == (["hello", "refused"], ["hello"])
    assert (back.outbox.end, seer.outbox.end, other.outbox.end) == (BEGIN_ANEW, BEGIN_ANEW, None)
    assert after.text == "One.\n"


def test_of_a_room_that_ended_nothing_is_stored_when_the_server_ends() -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room = room_of(seed, kept)
    ana = page(1)
    room.join(ana)
    room.hear(ana, sync_message(UPDATE, SharedText([seed]).edit("Two. One.\n") or b""))

    async def call(_function: str, **_arguments: Any) -> Any:
        raise AssertionError

    saving = Saving(call, lambda _kept, _outcome: None)
    saving.add(kept[0])
    room.end()
    assert saving.left() == []


def test_who_makes_the_history_longer_and_longer_is_let_go_by_whichever_page_and_others_write_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_module, "MOST_PIECES_AT_ONCE", 50.0)
    monkeypatch.setattr(room_module, "PIECES_A_SECOND", 0.0)
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room, typing = room_of(seed, kept), SharedText([seed])
    first, second, other = page(1), page(2), page(3, "Ben")
    for member in (first, second, other):
        room.join(member)
    for number in range(60):
        update = typing.edit(f"{number % 10}{typing.text}") or b""
        room.hear(first if number < 30 else second, sync_message(UPDATE, update))
    assert (first.outbox.end, second.outbox.end, other.outbox.end) == (None, TOO_MUCH, None)
    assert len(kept) == 50
    back = page(4)
    room.join(back)
    room.hear(back, sync_message(UPDATE, room._text.since()))  # who comes back with nothing new is no burden
    assert back.outbox.end is None
    room.hear(other, sync_message(UPDATE, SharedText([room._text.since()]).edit(f"{room.text}Two.\n") or b""))
    assert room.text.endswith("One.\nTwo.\n")


def with_holes(text: str, every: int) -> tuple[bytes, Typist]:
    """The update that a document begins with, and a page that has deleted one letter in so many of it."""
    typist, seed = Typist(), seed_of(text)
    typist.doc.apply_update(seed)
    for at in range(len(text) - 1, 0, -every):
        typist.edit(at, 1, "")
    return seed, typist


@pytest.mark.parametrize("text", ["- Ask first.\n", ""])
@pytest.mark.parametrize("says_what_it_has", [True, False])
def test_a_page_that_was_away_while_the_document_was_begun_anew_takes_it_afresh_and_doubles_nothing(
    text: str, says_what_it_has: bool
) -> None:
    kept: list[Kept] = []
    before, typist = seed_of(text), Typist()
    typist.doc.apply_update(before)
    typist.edit(len(text), 0, "- Typed without a line.\n")
    room, ana = Room(WorkshopId("w"), {**OPENED, "document": "e"}, [seed_of(text)], keep=kept.append), page(1)
    room.join(ana)
    if says_what_it_has:
        room.hear(ana, sync_message(STATE, typist.doc.get_state()))
        sent = [message_in(frame) for frame in ana.outbox.take_now() if isinstance(frame, bytes)]
        assert [one.kind for one in sent if isinstance(one, Sync)] == [STATE]
    room.hear(ana, sync_message(MISSING, typist.doc.get_update(room._text.state())))
    assert (room.text, kept, ana.outbox.end) == (text, [], BEGIN_ANEW)


def test_a_page_that_was_away_while_the_same_document_was_opened_again_brings_what_was_typed_in_it() -> None:
    seed, typist, ana = seed_of("- Ask first.\n"), Typist(), page(1)
    typist.doc.apply_update(seed)
    typist.edit(0, 0, "- Typed without a line.\n")
    room = room_of(SharedText([seed]).since(), [])
    room.join(ana)
    room.hear(ana, sync_message(STATE, typist.doc.get_state()))
    room.hear(ana, sync_message(MISSING, typist.doc.get_update(room._text.state())))
    assert (room.text, ana.outbox.end) == (typist.text, None)


def test_what_is_taken_away_makes_the_history_longer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "MOST_PIECES_AT_ONCE", 50.0)
    seed, many = with_holes("ab" * 60, 2)
    room, ana, ben = room_of(seed, []), page(1), page(2, "Ben")
    room.join(ana)
    room.hear(ana, sync_message(UPDATE, many.doc.get_update(room._text.state())))
    assert said(ana) == ["hello", "refused"]
    seed, few = with_holes("ab" * 60, 4)
    room = room_of(seed, [])
    room.join(ben)
    room.hear(ben, sync_message(UPDATE, few.doc.get_update(room._text.state())))
    assert (ben.outbox.end, room.text) == (None, few.text)


def test_under_a_lock_a_page_that_brings_what_is_known_stays_and_one_that_says_it_again_and_again_is_hung_up_on() -> (
    None
):
    seed, typist = with_holes("ab" * 300, 2)
    room, ana, ben = room_of(seed, []), page(1), page(2, "Ben")
    room.join(ana)
    room.hear(ana, sync_message(UPDATE, typist.doc.get_update()))
    room.is_locked = True
    room.join(ben)
    room.hear(ben, sync_message(UPDATE, typist.doc.get_update()))
    assert (said(ben), ben.outbox.end) == (["hello"], None)
    [client] = state_vector(SharedText([seed]).state())
    again = b"\x00\x01" + wire.number(client) + wire.number(300) + b"\x01\x01" * 300
    with pytest.raises(Malformed):
        room.hear(ben, sync_message(UPDATE, again))


def test_what_would_never_be_taken_however_long_one_waits_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "MOST_PIECES_AT_ONCE", 5.0)
    seed = seed_of("One.\n")
    room, typing, ana = room_of(seed, []), SharedText([seed]), page(1)
    room.join(ana)
    for number in range(9):
        typing.edit(f"{number}{typing.text}")
    room.hear(ana, sync_message(UPDATE, typing.since(room._text.state())))
    assert said(ana) == ["hello", "refused"]
    assert room.text == "One.\n"


def test_twelve_people_type_in_twelve_colours_each_on_all_their_pages_and_one_more_in_that_which_is_used_least() -> (
    None
):
    audience = Audience()
    first, *others = (page(number, f"Person {number}") for number in range(COLOURS))
    second_page, one_more = page(COLOURS, "Person 0"), page(COLOURS + 1, "One more")
    for member in (first, second_page, *others, one_more):
        audience.add(member)
    assert sorted(member.colour for member in (first, *others)) == list(range(12))
    assert second_page.colour == first.colour
    assert one_more.colour == others[0].colour  # the first one's colour is on two pages, all others on one
    audience.remove(others[4])
    audience.add(comes := page(COLOURS + 2, "Comes as another goes"))
    assert comes.colour == others[4].colour


def test_in_a_crowd_text_is_gathered_and_every_third_time_the_last_cursors_come_with_it() -> None:
    seed = seed_of("One.\n")
    room, typing = room_of(seed, []), SharedText([seed])
    ana, ben, *others = [page(number, f"Person {number}") for number in range(AT_ONCE_UP_TO + 1)]

    async def type_on() -> None:
        for number in itertools.count():
            room.hear(ana, sync_message(UPDATE, typing.edit(f"{typing.text}{number}\n") or b""))
            end = {"type": None, "tname": "policy", "item": {"client": ana.client, "clock": number}, "assoc": 0}
            cursor = {"cursor": {"anchor": end, "head": end}}
            room.hear(ana, awareness_message([Presence(ana.client, number, cursor)]))
            await asyncio.sleep(0.005)

    async def hears() -> list[list[Sync | list[Presence] | None]]:
        for one in (ana, ben, *others):
            room.join(one)
        ben.outbox.take_now()
        typist = asyncio.create_task(type_on())
        heard = []
        for _ in range(CURSORS_EVERY):
            frames = await asyncio.wait_for(ben.outbox.take(), 10)
            heard.append([message_in(frame) for frame in frames if isinstance(frame, bytes)])
        typist.cancel()
        return heard

    *text_alone, (text, cursors) = asyncio.run(hears())
    assert [[type(one) for one in frames] for frames in text_alone] == [[Sync]] * (CURSORS_EVERY - 1)
    assert isinstance(text, Sync)
    assert isinstance(cursors, list)
    [last] = cursors
    assert f"\n{last.clock}\n" in SharedText([seed, *(one.data for [one] in text_alone), text.data]).text
