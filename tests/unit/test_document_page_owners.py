"""Whose the pages are, with several servers and after forms: nobody's words go for what another wrote in their name."""

import asyncio
from base64 import b64encode
from typing import Any, cast

import pytest

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.text_edits import Edit
from lib.live.member import BEGIN_ANEW, COME_BACK, Member
from lib.live.room import Kept, Room, SaidOtherwise
from lib.live.rooms import Rooms
from lib.live.shared_text import SharedText, joined, seed_of
from lib.live.stored_text import StoredText
from lib.live.wire import MISSING, STATE, UPDATE, message_in, state_vector, sync_message
from lib.store.port import Store
from tests.unit.test_document_room import OPENED, news, page, room_of, said

SEED = seed_of("One.\n")
ANAS = 5
REFUSAL = {"reason": "number", "message": "Somebody else has written in the name of this page."}


def types(room: Room, member: Member, client: int, words: str) -> bytes:
    """Send words under a number, behind all others that the room has; gives their update."""
    copy = SharedText([room._text.since()], client=client)
    update = copy.edit(f"{copy.text}{words}\n") or b""
    room.hear(member, sync_message(UPDATE, update))
    return update


def stored_elsewhere(update: bytes, by: str, *own: int) -> dict[str, Any]:
    """What the database tells of another server's update, whose writer called these pages their own."""
    row = {"update": update, "by": by, "seq": 1}
    return news(seq=1) | {"updates": [row], "clients": dict.fromkeys(map(str, own), by)}


def with_anas_cursor_elsewhere(room: Room) -> None:
    room.other_servers.hear({"p": 1})
    end = {"type": None, "tname": "policy", "item": None, "assoc": 0}
    there = {"client": ANAS, "person_id": "ana", "name": "Ana", "cursor": {"anchor": end, "head": end}}
    room.other_servers.learn({"p": {"number": 1, "clients": [ANAS], "cursors": [there]}})


def with_ana_elsewhere() -> tuple[Room, list[Kept]]:
    """A server that has heard what Ana's page wrote at another one."""
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.news(stored_elsewhere(SharedText([SEED], client=ANAS).edit("One.\nHers.\n") or b"", "ana", ANAS))
    return room, kept


@pytest.mark.parametrize(("client", "was"), [(ANAS, None), (9, ANAS)])
def test_who_comes_under_the_number_of_a_page_that_wrote_at_another_server_is_refused(
    client: int, was: int | None
) -> None:
    room, kept = with_ana_elsewhere()
    eve, ana = page(client, "Eve"), page(8)
    eve.was, ana.was = was, ANAS
    room.join(eve)
    types(room, eve, ANAS, "Eve.")
    room.join(ana)
    types(room, ana, 8, "Hers again.")
    assert (said(eve), eve.outbox.end, ana.outbox.end) == (["refused"], BEGIN_ANEW, None)
    assert (room.text, [one.clients for one in kept]) == ("One.\nHers.\nHers again.\n", [(8,)])


def test_who_comes_under_the_number_of_a_cursor_at_another_server_is_refused_and_its_own_person_is_not() -> None:
    room = room_of(SEED, [])
    with_anas_cursor_elsewhere(room)
    room.join(eve := page(ANAS, "Eve"))
    room.join(ana := page(ANAS))
    assert (eve.outbox.end, ana.outbox.end, room.members) == (BEGIN_ANEW, None, (ana,))


def test_who_writes_under_the_number_of_a_cursor_at_another_server_is_hung_up_on_and_nobody_is_shown_it() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    with_anas_cursor_elsewhere(room)
    room.join(eve := page(9, "Eve"))
    types(room, eve, ANAS, "Eve.")
    assert (eve.outbox.end, room.text, kept) == (COME_BACK, "One.\n", [])


def test_nobody_else_types_the_first_words_of_a_page_whose_line_was_lost() -> None:
    """Its person types on, until the browser notices; those words are not taken for the other's."""
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(ana := page(ANAS))
    hers = SharedText([SEED], client=ANAS)
    hers.edit("One.\nHers.\n")
    room.leave(ana)
    room.join(eve := page(9, "Eve"))
    types(room, eve, ANAS, "Eve.")
    again = page(10)
    again.was = ANAS
    room.join(again)
    room.hear(again, sync_message(MISSING, hers.since(room._text.state())))
    assert (eve.outbox.end, again.outbox.end, len(kept)) == (BEGIN_ANEW, None, 1)
    assert room.text == hers.text == "One.\nHers.\n"


def test_nobody_adds_to_what_the_document_began_with() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    [seed] = state_vector(SharedText([SEED]).state())
    room.join(eve := page(9, "Eve"))
    types(room, eve, seed, "Eve.")
    assert (eve.outbox.end, room.text, kept) == (BEGIN_ANEW, "One.\n", [])


def test_a_page_that_was_taken_for_anothers_is_asked_for_what_it_has_so_that_it_comes_back_under_a_new_number() -> None:
    room, _ = with_ana_elsewhere()
    room.join(eve := page(ANAS, "Eve"))
    asked, refused = eve.outbox.take_now()
    assert isinstance(asked, bytes)
    assert getattr(message_in(asked), "kind", None) == STATE
    assert "refused" in str(refused)


def test_who_writes_under_a_number_that_turns_out_to_be_anothers_is_sent_away_and_the_other_may_write_on() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(eve := page(ANAS, "Eve"))
    first = SharedText([SEED], client=ANAS).edit("One.\nHers.\n") or b""
    room.news(stored_elsewhere(first, "ana", ANAS))
    assert (said(eve), eve.outbox.end) == (["hello", "refused"], BEGIN_ANEW)
    room.leave(eve)
    room.join(ana := page(ANAS))
    types(room, ana, ANAS, "Hers again.")
    assert (ana.outbox.end, [one.clients for one in kept]) == (None, [(ANAS,)])


@pytest.mark.parametrize("how_much", ["EVE", "More than she types herself."])
@pytest.mark.parametrize("types_first", [True, False])
def test_words_in_anothers_name_that_a_server_took_make_no_words_of_theirs_go_unsaid(
    how_much: str, types_first: bool
) -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(ana := page(ANAS))
    room.join(ben := page(6, "Ben"))
    made_up = SharedText([SEED], client=ANAS).edit(f"One.\n{how_much}\n") or b""
    if types_first:
        types(room, ana, ANAS, "Hello, all.")
        with pytest.raises(SaidOtherwise):  # her words are shown already, and everybody takes the document afresh
            room.news(stored_elsewhere(made_up, "eve"))
    else:
        room.news(stored_elsewhere(made_up, "eve"))
        assert ben.outbox.end is None
    assert (said(ana), ana.outbox.end) == (["hello", "refused"], BEGIN_ANEW)
    assert "refused" not in said(ben)


def test_what_others_bring_of_an_open_page_through_another_server_is_known_here_and_sends_nobody_away() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(ana := page(ANAS))
    shown = types(room, ana, ANAS, "Hers.")
    types(room, ana, ANAS, "Hers again.")
    room.news(stored_elsewhere(shown, "ben"))
    for number, one in enumerate(kept, 2):
        room.stored(one, number)
    assert (said(ana), ana.outbox.end) == (["hello", "saved", "saved"], None)


def test_who_brings_what_a_page_of_before_wrote_at_another_server_is_not_taken_for_its_writer() -> None:
    room, kept = with_ana_elsewhere()
    lost = SharedText([room._text.since()], client=ANAS).edit("One.\nHers.\nLost.\n") or b""
    room.join(ben := page(7, "Ben"))
    room.hear(ben, sync_message(MISSING, lost))
    assert (ben.outbox.end, room.text, kept[0].clients) == (None, "One.\nHers.\nLost.\n", ())


def test_what_is_refused_of_who_wrote_in_anothers_name_may_still_be_brought_by_whose_the_page_is() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(eve := page(ANAS, "Eve"))
    made_up = types(room, eve, ANAS, "Eve.")
    known = {**OPENED, "clients": {str(ANAS): "ana"}}
    after = Room(WorkshopId("w"), known, [SEED], keep=kept.append, banned=room.refused(kept.pop(), REFUSAL))
    after.join(ben := page(7, "Ben"))
    after.hear(ben, sync_message(MISSING, made_up))
    ana = page(8)
    ana.was = ANAS
    after.join(ana)
    after.hear(ana, sync_message(MISSING, SharedText([SEED], client=ANAS).edit("One.\nHers.\n") or b""))
    assert (ben.outbox.end, ana.outbox.end, after.text) == (BEGIN_ANEW, None, "One.\nHers.\n")
    assert [one.member.writer.person_id for one in kept] == [PersonId("ana")]


def test_nobody_writes_on_under_the_number_of_a_forms_change() -> None:
    kept: list[Kept] = []
    form, number = asyncio.run(StoredText([SEED]).changed_by([Edit(5, 5, "- By a form.\n")], SEED))
    assert form is not None
    heard = room_of(SEED, kept)
    heard.news(stored_elsewhere(form, "ana", number))
    opened_after = Room(
        WorkshopId("w"), {**OPENED, "clients": {str(number): "ana"}}, [joined([SEED, form])], keep=kept.append
    )
    for room in (heard, opened_after):
        assert room.text == "One.\n- By a form.\n"
        for person in ("Eve", "Ana"):
            room.join(one := page(9, person))
            types(room, one, number, "Made up.")
            assert (one.outbox.end, kept) == (BEGIN_ANEW, [])
            room.leave(one)


def test_nobody_else_writes_on_under_the_number_of_a_closed_page_whose_text_its_persons_next_one_brought() -> None:
    kept: list[Kept] = []
    room = room_of(SEED, kept)
    room.join(ana := page(8))
    types(room, ana, 77, "Typed without a line.")
    room.leave(ana)
    room.join(eve := page(9, "Eve"))
    types(room, eve, 77, "Made up.")
    room.join(again := page(10))
    types(room, again, 77, "Of the same page.")
    assert (eve.outbox.end, again.outbox.end, len(kept)) == (BEGIN_ANEW, None, 2)
    assert room.text == "One.\nTyped without a line.\nOf the same page.\n"


class Database:
    """Has a document in which Ana's page wrote, and what another server makes of that."""

    def __init__(self, written: bytes, made_up: bytes) -> None:
        self._opened = {
            **OPENED,
            "snapshot": b64encode(joined([SEED, written])).decode(),
            "clients": {str(ANAS): "ana"},
        }
        row = {"update": b64encode(made_up).decode(), "by": "eve", "seq": 1}
        self._news = news(seq=1) | {"document": OPENED["document"], "updates": [row]}

    def call(self, function: str, **_arguments: Any) -> Any:
        return {"open_document": self._opened, "read_updates": self._news}[function]


@pytest.mark.parametrize("how", ["refused", "said otherwise"])
def test_nobody_else_writes_on_under_the_number_of_a_page_of_before_a_refusal(how: str) -> None:
    written = SharedText([SEED], client=ANAS).edit("One.\nHers.\n") or b""
    made_up = SharedText([SEED, written], client=ANAS).edit("One.\nHers.\nMade up.\n") or b""
    rooms = Rooms(cast(Store, Database(written, made_up)))

    async def begin_anew() -> Room:
        room = await rooms._load(WorkshopId("w"))
        room.join(ana := page(ANAS))
        types(room, ana, ANAS, "Not stored.")
        if how == "refused":
            room.join(ben := page(6, "Ben"))
            types(room, ben, 6, "Refused.")
            rooms._tell(rooms._saving._waiting[1], {"error": "PT403", "reason": "locked", "message": "It is locked."})
        else:
            await rooms.catch_up(room)
        assert (room.is_over, ana.outbox.end) == (True, BEGIN_ANEW)
        return await rooms._load(WorkshopId("w"))

    room = asyncio.run(begin_anew())
    rooms.close()
    room.join(eve := page(9, "Eve"))
    room.hear(eve, sync_message(MISSING, made_up))
    ana = page(10)
    ana.was = ANAS
    room.join(ana)
    types(room, ana, 10, "Hers again.")
    assert (eve.outbox.end, ana.outbox.end, room.text) == (BEGIN_ANEW, None, "One.\nHers.\nHers again.\n")
