"""One room in memory: what it calls saved, what it hands on when the server ends, and in which colours people type."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.domain.text_edits import Edit
from lib.live import door, known_text, page_owners, wire
from lib.live.audience import AT_ONCE_UP_TO, COLOURS, CURSORS_EVERY, MOST_SOCKETS_EACH, Audience
from lib.live.member import BEGIN_ANEW, COME_BACK, TOO_MANY, TOO_MUCH, Member, Sending, Writer
from lib.live.page_owners import MOST_BROUGHT
from lib.live.room import WEIGHT_OF_EVERYTHING, Kept, Room, SaidOtherwise
from lib.live.saving import Saving
from lib.live.shared_text import SharedText, joined, seed_of
from lib.live.update_check import DELETED, Checked, check_update
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


def page(client: int, person: str = "Ana", clock: Callable[[], float] = time.monotonic) -> Member:
    writer = Writer(PersonId(person.lower()), Role.PARTICIPANT, person)
    return Member(Credential(WorkshopId("w"), "hash"), writer, client, clock)


def said(member: Member) -> list[str]:
    frames = member.outbox.take_now()
    return [json.loads(frame)["type"] for frame in frames if isinstance(frame, str)]


def room_of(seed: bytes, kept: list[Kept]) -> Room:
    return Room(WorkshopId("w"), OPENED, [seed], keep=kept.append)


def pieces_at_once(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    for module in (known_text, door):
        monkeypatch.setattr(module, "MOST_PIECES_AT_ONCE", most)


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


def test_what_was_taken_in_and_is_in_more_stretches_than_one_may_send_can_be_refused() -> None:
    """In the document what stands beside other people's edits is in twice as many."""
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    first = SharedText([seed], client=1)
    updates = [first.edit("x" * 9_000 + "One.\n") or b""]
    second = SharedText([seed, *updates], client=2)
    updates += [second.replace([Edit(3 * place + 1, 3 * place + 1, "y")]) or b"" for place in range(2_600)]
    room = room_of(seed, kept)
    room.join(member := page(3))
    room.hear(member, sync_message(UPDATE, joined(updates)))
    [one] = kept
    room.refused(one, {"reason": "locked", "message": "It is locked."})
    assert (said(member)[-1], member.outbox.end) == ("refused", BEGIN_ANEW)


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


def test_what_was_refused_is_not_deleted_by_whoever_was_shown_it_and_others_may_delete_the_same() -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\nTwo.\nThree.\n")
    room, ana, ben = room_of(seed, kept), page(1), page(2, "Ben")
    room.join(ana)
    room.join(ben)
    refused = SharedText([seed], client=1).edit("One.\n") or b""
    room.hear(ana, sync_message(UPDATE, refused))
    shown = SharedText([seed, refused], client=2)
    room.leave(ben)  # he lost his line before it was refused
    banned = room.refused(kept[0], {"reason": "locked", "message": "The policy is locked."})
    after = Room(WorkshopId("w"), OPENED, [seed], keep=kept.append, banned=banned)
    back, cleo, anew = page(3, "Ben"), page(4, "Cleo"), page(5, "Ben")
    for member in (back, cleo, anew):
        after.join(member)
    after.hear(back, sync_message(MISSING, shown.since(after._text.state())))
    assert (said(back), back.outbox.end, after.text) == (["hello"], BEGIN_ANEW, "One.\nTwo.\nThree.\n")
    own = SharedText([seed], client=4)
    own.edit("One.\nThree.\n")
    for kind, end in ((MISSING, BEGIN_ANEW), (UPDATE, None)):  # who did it without a line brings it once more
        cleo.outbox.end = None
        after.hear(cleo, sync_message(kind, own.since(after._text.state())))
        assert cleo.outbox.end == end
    assert after.text == "One.\nThree.\n"
    after.hear(anew, sync_message(MISSING, own.since(after._text.state())))
    assert anew.outbox.end is None, "what stands may be brought as often as one likes"


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


def test_what_somebody_brings_of_their_earlier_pages_is_stored_as_theirs_and_what_they_were_shown_is_not() -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room, lost = room_of(seed, kept), page(1)
    room.join(lost)
    room.leave(lost)  # before anything that was typed there came
    typed = [SharedText([seed], client=client).edit(f"{client} One.\n") or b"" for client in range(1, 6)]
    back = page(2)
    back.was = 5  # on a line to another server
    room.join(back)
    room.hear(back, sync_message(MISSING, joined([*typed[:3], typed[4]])))  # 3: of somebody else, whom a server lost
    room.hear(back, sync_message(UPDATE, typed[3]))  # of a page that was closed without a line
    room.hear(back, sync_message(UPDATE, SharedText([seed, typed[2]], client=3).edit("Forged. 3 One.\n") or b""))
    assert [sorted(one.clients) for one in kept] == [[1, 2, 5], [4], []]


def test_three_hundred_outages_in_ninety_minutes_are_nothing_and_as_many_numbers_at_once_are_not_taken() -> None:
    now_s, kept = [0.0], list[Kept]()
    seed = seed_of("One.\n")
    room = room_of(seed, kept)
    for outage in range(300):
        now_s[0] = outage * 90 * 60 / 300
        ana = page(1_000 + outage, clock=lambda: now_s[0])
        room.join(ana)
        text = SharedText([room._text.since()], client=ana.client)
        room.hear(ana, sync_message(MISSING, text.edit(f"{outage} {text.text}") or b""))
        of_a_closed_page = SharedText([room._text.since()], client=5_000 + outage)
        room.hear(ana, sync_message(UPDATE, of_a_closed_page.edit(f"closed {outage} {room.text}") or b""))
        room.leave(ana)
    assert len(kept) == 600
    room.join(eve := page(1, "Eve"))
    forged = [SharedText([seed], client=10_000 + number).edit("x One.\n") or b"" for number in range(MOST_BROUGHT + 1)]
    with pytest.raises(Malformed):
        room.hear(eve, sync_message(MISSING, joined(forged)))


def test_who_makes_the_history_longer_and_longer_is_let_go_by_whichever_page_and_others_write_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces_at_once(monkeypatch, 50)
    monkeypatch.setattr(door, "PIECES_A_SECOND", 0.0)
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


def test_who_types_and_deletes_without_end_is_let_go_and_what_is_more_than_anybody_types_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (known_text, door):
        monkeypatch.setattr(module, "MOST_TYPED_AT_ONCE", 1_000)
    now = 0.0
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room, typing = room_of(seed, kept), SharedText([seed])
    eve, ben = page(1, clock=lambda: now), page(2, "Ben", clock=lambda: now)
    room.join(eve)
    room.join(ben)

    def types(member: Member, words: str) -> None:
        typed, gone = typing.edit(f"{words}One.\n") or b"", typing.edit("One.\n") or b""
        room.hear(member, sync_message(UPDATE, joined([typed, gone])))

    for _ in range(2):
        types(eve, "x" * 400)
    assert eve.outbox.end is None
    types(eve, "x" * 400)
    assert (eve.outbox.end, room.text, len(kept)) == (TOO_MUCH, "One.\n", 2)
    typing = SharedText([room._text.since()], client=3)
    types(ben, "x" * 900)
    assert (ben.outbox.end, len(kept)) == (None, 3)
    back = page(4, clock=lambda: now)
    room.join(back)
    now = 2.0  # after a rest some more of it
    typing = SharedText([room._text.since()], client=4)
    types(back, "x" * 400)
    assert back.outbox.end is None
    types(back, "x" * 1_200)
    assert (said(back)[-1], back.outbox.end) == ("refused", BEGIN_ANEW)
    assert room.typed_ever == len("One.\n") + 3 * 400 + 900


def test_at_the_longest_text_one_letter_goes_for_another_and_no_more_come_however_they_are_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = seed_of("👩 One.\n")
    monkeypatch.setattr(known_text, "MOST_CHARS", 8)  # as browsers count
    kept: list[Kept] = []
    room, ana, typing = room_of(seed, kept), page(1), SharedText([seed], client=1)
    room.join(ana)
    room.hear(ana, sync_message(UPDATE, typing.edit("👩 Two.\n") or b""))
    assert (room.text, ana.outbox.end) == ("👩 Two.\n", None)
    # Who says that words are gone which never stood makes no room for others.
    never = (
        b"\x01" + wire.number(1) + wire.number(9) + b"\x00" + bytes((DELETED,)) + b"\x01\x06policy" + wire.number(50)
    )
    eve = page(9, "Eve")
    room.join(eve)
    room.hear(eve, sync_message(UPDATE, never + b"\x01" + wire.number(9) + b"\x01\x00" + wire.number(50)))
    typing = SharedText([room._text.since()], client=9)
    more = check_update(typing.edit(f"{room.text}more") or b"", state_vector(room._text.state())).ends
    assert more == {9: 54}
    typed = SharedText([room._text.since()], client=9).edit(f"{room.text}more") or b""
    deletes = b"\x01" + wire.number(9) + b"\x01\x00" + wire.number(50)
    room.hear(eve, sync_message(UPDATE, typed.removesuffix(b"\x00") + deletes))
    assert (said(eve)[-1], room.text) == ("refused", "👩 Two.\n")


def test_who_comes_in_by_more_and_more_lines_types_by_no_more_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_owners, "MOST_BEGUN", 3)
    room = room_of(seed_of("One.\n"), [])
    ends = []
    for client in range(1, 6):
        room.join(eve := page(client, "Eve", clock=lambda: 0.0))
        room.hear(
            eve, sync_message(UPDATE, SharedText([room._text.since()], client=client).edit(f"x{room.text}") or b"")
        )
        ends.append(eve.outbox.end)
        room.leave(eve)
    assert ends == [None, None, None, TOO_MUCH, TOO_MUCH]
    room.join(ben := page(9, "Ben"))
    room.hear(ben, sync_message(UPDATE, SharedText([room._text.since()], client=9).edit(f"y{room.text}") or b""))
    assert ben.outbox.end is None


def test_an_update_of_many_pages_that_did_nothing_is_not_applied_whoever_sends_it() -> None:
    kept: list[Kept] = []
    nothing = b"".join(b"\x00" + wire.number(client) + b"\x00" for client in range(150))
    room, reader = room_of(seed_of("One.\n"), kept), page(1)
    room.is_locked, reader.writer = True, Writer(PersonId("o"), Role.ORGANIZER, "Olga")
    room.join(reader)
    with pytest.raises(Malformed):
        room.hear(reader, sync_message(UPDATE, wire.number(150) + nothing + b"\x00"))
    assert (room.text, kept) == ("One.\n", [])


def test_after_a_long_workshop_all_that_hundreds_of_pages_typed_comes_back_at_once_and_far_more_do_not() -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room, typed = room_of(seed, kept), SharedText([seed])
    for client in range(1, 1_201):
        room.join(one := page(client, f"Person {client % 30}", clock=lambda: 0.0))
        update = SharedText([typed.since()], client=client).edit(f"{client} {typed.text}"[:5_000]) or b""
        room.hear(one, sync_message(UPDATE, update))
        typed.apply(update)
        room.leave(one)
    assert len(kept) == 1_200
    after, ana = room_of(room._text.since(), kept), page(2_000)
    after.join(ana)
    lost = [SharedText([seed], client=3_000 + number).edit("x One.\n") or b"" for number in range(MOST_BROUGHT - 1)]
    own = SharedText([typed.since()], client=ana.client).edit(f"{typed.text}Two.\n") or b""
    after.hear(ana, sync_message(MISSING, joined([typed.since(), *lost, own])))
    assert (after.text.endswith("Two.\n"), ana.outbox.end) == (True, None)
    after.join(eve := page(2_001, "Eve"))
    many = [SharedText([seed], client=9_000 + number).edit("x One.\n") or b"" for number in range(1_700)]
    after.hear(eve, sync_message(MISSING, joined(many)))
    assert said(eve) == ["hello", "refused"]


def test_a_state_of_more_pages_than_there_can_be_is_of_no_page_of_ours() -> None:
    room, eve = room_of(seed_of("One.\n"), []), page(1)
    room.join(eve)
    with pytest.raises(Malformed):
        room.hear(
            eve, sync_message(STATE, wire.number(1_000) + b"".join(wire.number(n) + b"\x01" for n in range(1_000)))
        )


def test_of_an_update_that_was_taken_in_otherwise_than_it_was_read_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[Kept] = []
    seed = seed_of("One.\n")
    room = room_of(seed, kept)
    room.join(ana := page(1))
    room.join(ben := page(2, "Ben"))
    monkeypatch.setattr(known_text, "check_update", lambda *_, **__: Checked({1: 9}, 9, {}))
    room.hear(ana, sync_message(UPDATE, SharedText([seed], client=1).edit("Two. One.\n") or b""))
    assert (kept, room.is_over, ana.outbox.end, ben.outbox.end) == ([], True, COME_BACK, COME_BACK)


def sends_until_it_is_too_much(member: Member, size: int) -> int:
    return next(count for count in itertools.count() if not member.may_send(size))


@pytest.mark.parametrize("size", [10, 500_000])
def test_twelve_pages_and_a_new_line_give_nobody_more_to_send_than_one_page(size: int) -> None:
    seed, sending = seed_of("One.\n"), dict[PersonId, Sending]()
    alone = page(1, clock=lambda: 0.0)
    wanted = sends_until_it_is_too_much(alone, size)
    room = Room(WorkshopId("w"), OPENED, [seed], keep=lambda _: None, sending=sending)
    pages = [page(client, clock=lambda: 0.0) for client in range(MOST_SOCKETS_EACH)]
    for one in pages:
        room.join(one)
    assert sum(sends_until_it_is_too_much(one, size) for one in pages) == wanted
    for one in pages:
        room.leave(one)
    room.join(back := page(90, clock=lambda: 0.0))
    room.join(other := page(91, "Ben", clock=lambda: 0.0))
    assert (back.may_send(size), sends_until_it_is_too_much(other, size)) == (False, wanted)
    again = Room(WorkshopId("w"), OPENED, [seed], keep=lambda _: None, sending=sending)
    again.join(back := page(92, clock=lambda: 0.0))
    assert not back.may_send(size)


def test_whoever_types_on_three_devices_whose_lines_are_lost_every_second_is_never_cut_off() -> None:
    now_s = [0.0]
    room, most_bytes_again = room_of(seed_of("One.\n"), []), 60_000
    for tenth in range(6_000):
        now_s[0] = tenth / 10
        if tenth % 12 == 0:
            devices = [page(3 * tenth + device, clock=lambda: now_s[0]) for device in range(3)]
            for one in devices:
                room.join(one)
                assert one.may_send(300)
                assert one.may_send(0, WEIGHT_OF_EVERYTHING)
                assert one.may_send(most_bytes_again)
        for one in devices:
            assert one.may_send(100)  # the cursor
            assert one.may_send(60)
            assert one.may_send(60)  # twenty keystrokes a second
        if tenth % 12 == 11:
            for one in devices:
                room.leave(one)


def test_whoever_has_twelve_pages_that_all_come_back_again_and_again_is_not_cut_off() -> None:
    now_s = [0.0]
    room = room_of(seed_of("One.\n"), [])
    for time_again in range(5):
        now_s[0] = time_again * 5.0
        for number in range(MOST_SOCKETS_EACH):
            room.join(one := page(100 * time_again + number, clock=lambda: now_s[0]))
            assert one.may_send(300)
            assert one.may_send(0, WEIGHT_OF_EVERYTHING)
            assert one.may_send(0, WEIGHT_OF_EVERYTHING)  # who wrote what
            assert one.may_send(60_000)


def news(*rows: Kept, seq: int) -> dict[str, Any]:
    """What the database tells of these, the first of which has the number 1."""
    updates = [{"update": one.content, "by": one.member.writer.person_id, "seq": at + 1} for at, one in enumerate(rows)]
    known = {"hash": {"person_id": "ana", "role": "participant", "name": "Ana"}}
    numbers = {"seq": seq, "snapshot_seq": 0, "policy_seq": 0, "policy_revision": 1, "document_revision": 1}
    return (
        numbers | {"clients": {}} | {"snapshot": None, "updates": updates, "editing_is_locked": False, "people": known}
    )


def two_servers(seed: bytes, *said: bytes) -> tuple[list[Room], list[Kept]]:
    """A page says something at each of two servers under one number; what they handed on to the database."""
    kept: list[Kept] = []
    rooms = [room_of(seed, kept) for _ in said]
    for room, update in zip(rooms, said, strict=True):
        room.join(member := page(5))
        room.hear(member, sync_message(UPDATE, update))
    return rooms, kept


SEED_OF_BOTH = seed_of("One.\n")
HERE = SharedText([SEED_OF_BOTH], client=5).edit("One.\nAllow all.\n") or b""


@pytest.mark.parametrize(
    "elsewhere",
    ["One.\nNever, no.\n", "One.\nAllow nobody at all.\n", "One.\nAll.\n", "Allow all.\nOne.\n"],
    ids=["other words", "more words", "fewer words", "the same at another place"],
)
def test_where_a_page_said_one_thing_here_and_another_one_elsewhere_the_later_one_begins_anew(elsewhere: str) -> None:
    other = SharedText([SEED_OF_BOTH], client=5).edit(elsewhere) or b""
    (first, second), kept = two_servers(SEED_OF_BOTH, HERE, other)
    first.stored(kept[0], 1)
    second.stored(kept[1], 2)
    with pytest.raises(SaidOtherwise):
        second.news(news(*kept, seq=2))
    replayed = SharedText([SEED_OF_BOTH, *(one.content for one in kept if one.content)]).text
    try:
        first.news({**news(*kept, seq=2), "updates": news(*kept, seq=2)["updates"][1:]})
    except SaidOtherwise:
        return  # it begins anew too
    assert first.text == replayed


def test_what_was_said_otherwise_before_the_answer_of_the_database_came_is_noticed_too() -> None:
    other = SharedText([SEED_OF_BOTH], client=5).edit("One.\nNever, no.\n") or b""
    (_, second), kept = two_servers(SEED_OF_BOTH, HERE, other)
    with pytest.raises(SaidOtherwise):
        second.news(news(kept[0], seq=1))


def test_what_a_page_brings_to_two_servers_alike_is_no_reason_to_begin_anew() -> None:
    again = SharedText([SEED_OF_BOTH, HERE], client=6)
    taken_out = joined([HERE, SharedText([SEED_OF_BOTH, HERE], client=7).edit("One.\nall.\n") or b""])
    without_words = SharedText([SEED_OF_BOTH, taken_out]).since(SharedText([SEED_OF_BOTH]).state())
    goes_on = again.edit("One.\nAllow all of it.\n") or b""
    for one, other in itertools.permutations([HERE, joined([HERE, goes_on]), taken_out, without_words], 2):
        rooms, kept = two_servers(SEED_OF_BOTH, one, other)
        for at, room in enumerate(rooms):
            room.stored(kept[at], at + 1)
        for room in rooms:
            room.news(news(*kept, seq=2))
        assert rooms[0].text == rooms[1].text
        for room in rooms:  # as when it was packed meanwhile
            room.news({**news(seq=3), "snapshot": rooms[0]._text.since(), "snapshot_seq": 3})
        assert rooms[0].text == rooms[1].text


def test_words_that_are_said_here_and_were_deleted_nowhere_elsewhere_are_said_otherwise() -> None:
    gone = SharedText([SEED_OF_BOTH, HERE])
    gone.edit("One.\n")
    struct_only = gone.since(SharedText([SEED_OF_BOTH]).state())
    kept: list[Kept] = []
    room = room_of(SEED_OF_BOTH, kept)
    room.join(member := page(5))
    room.hear(member, sync_message(UPDATE, HERE))
    [row] = news(*kept, seq=1)["updates"]
    with_nothing_deleted = struct_only[: struct_only.rindex(b"\x01\x05\x01")] + b"\x00"
    with pytest.raises(SaidOtherwise):
        room.news({**news(seq=1), "updates": [row | {"update": with_nothing_deleted}]})
    again = room_of(SEED_OF_BOTH, kept)
    again.join(member := page(5))
    again.hear(member, sync_message(UPDATE, HERE))
    again.news({**news(seq=1), "updates": [row | {"update": struct_only}]})
    assert again.text == "One.\n"


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
    pieces_at_once(monkeypatch, 50)
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
    pieces_at_once(monkeypatch, 5)
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


def test_with_one_page_more_than_fit_a_persons_oldest_is_let_go_however_fast_they_come() -> None:
    audience = Audience()
    pages, other = [page(number) for number in range(MOST_SOCKETS_EACH + 30)], page(900, "Ben")
    for member in (other, *pages):
        audience.add(member)
    assert [member for member in pages if member.outbox.end is None] == pages[30:]
    assert {member.outbox.end for member in pages[:30]} == {TOO_MANY}
    assert audience.members == (other, *pages[30:])
    audience.remove(pages[0])  # as its line is closed at last
    assert audience.members == (other, *pages[30:])


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
