"""The policies of several documents are made side by side: what is slow or fails in one keeps no other waiting.

What forms have changed comes into a document however much is typed meanwhile.
"""

import asyncio
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, TypeVar

import pytest

from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.text_edits import Edit
from lib.live import each, levelling, stored_text
from lib.live.each import ever
from lib.live.levelling import AT_ONCE, Levelling
from lib.live.member import Member
from lib.live.room import Room
from lib.live.shared_text import SharedText, seed_of
from lib.live.stored_text import Levelled, Rested
from lib.live.wire import UPDATE, sync_message
from tests.unit.test_document_room import OPENED, page

T = TypeVar("T")
WITHIN_S = 10.0


class Documents:
    """Documents that are open and in which somebody has just typed."""

    def __init__(self, count: int) -> None:
        self.rooms = [
            Room(WorkshopId(str(number)), OPENED, [seed_of("One.\n")], keep=lambda _: None) for number in range(count)
        ]
        for room in self.rooms:
            room.stored_text.touched()

    def open_rooms(self) -> Sequence[Room]:
        return self.rooms

    async def call(self, function: str, **arguments: Any) -> Any:
        raise AssertionError(function, arguments)

    async def in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.to_thread(act)

    async def catch_up(self, room: Room) -> None:
        raise AssertionError(room)

    def end(self, room: Room) -> None:
        raise AssertionError(room)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_text, "REST_S", 0.0)
    monkeypatch.setattr(levelling, "LOOK_EVERY_S", 0.001)


def until(documents: Documents, level: Callable[[Rested], Levelled], is_so: Callable[[], bool]) -> None:
    """Make policies until something holds."""

    async def run() -> None:
        work = asyncio.create_task(ever(Levelling(documents, level, None).work))
        async with asyncio.timeout(WITHIN_S):
            while not is_so():
                await asyncio.sleep(0.001)
        work.cancel()

    asyncio.run(run())


def test_one_workshop_whose_policy_takes_long_keeps_no_other_waiting() -> None:
    documents, others_are_done = Documents(AT_ONCE + 2), threading.Event()
    done: list[str] = []

    def level(rested: Rested) -> Levelled:
        if rested.workshop == "0":
            assert others_are_done.wait(WITHIN_S)
        done.append(rested.workshop)
        if len(done) == len(documents.rooms) - 1:
            others_are_done.set()
        return Levelled(1)

    until(documents, level, lambda: len(done) == len(documents.rooms))
    assert done[-1] == "0"
    assert sorted(done) == sorted(room.workshop for room in documents.rooms), "each of them once"


def test_no_more_policies_are_made_at_once_than_leaves_threads_for_what_must_be_stored() -> None:
    documents, lock = Documents(3 * AT_ONCE), threading.Lock()
    under_way, most, done = 0, 0, 0

    def level(_rested: Rested) -> Levelled:
        nonlocal under_way, most, done
        with lock:
            under_way, most = under_way + 1, max(most, under_way + 1)
        threading.Event().wait(0.02)
        with lock:
            under_way, done = under_way - 1, done + 1
        return Levelled(1)

    until(documents, level, lambda: done == len(documents.rooms))
    assert most == AT_ONCE


def test_what_fails_in_one_workshop_is_tried_again_a_while_later_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(each, "AGAIN_AFTER_S", (WITHIN_S / 50,))
    documents = Documents(2)
    made: list[str] = []

    def level(rested: Rested) -> Levelled:
        made.append(rested.workshop)
        if rested.workshop == "0" and made.count("0") < 3:
            raise RuntimeError("a fault of ours")
        if rested.workshop == "1" and made.count("0") < 3:
            documents.rooms[1].stored_text.touched()
        return Levelled(1)

    until(documents, level, lambda: made.count("0") == 3)
    assert made.count("1") > made.count("0")
    assert len(caplog.records) == 2


ANA, BEN, CLEO = PersonId("ana"), PersonId("ben"), PersonId("cleo")


class TypedInWithoutAPause(Documents):
    """A document in which something else is stored whenever the database is asked; Cleo changed it by a form."""

    def __init__(self) -> None:
        super().__init__(1)
        [self.room] = self.rooms
        self.typing = SharedText([self.room.stored_text.snapshot()])
        self.merged: list[bytes] = []
        self.writers = cycle((ANA, BEN))
        self.seq = 0

    def type(self) -> None:
        update = self.typing.edit(f"{self.seq} {self.typing.text}") or b""
        self.take(update, next(self.writers))

    def take(self, update: bytes, by: PersonId) -> None:
        self.seq += 1
        self.room.stored_text.take(update, by, self.seq, is_ours=True)

    async def call(self, function: str, **arguments: Any) -> Any:
        assert (function, arguments["base_revision"], arguments["revision"]) == ("merge_policy", 1, 2)
        self.merged.append(b64decode(arguments["update"]))
        self.type()

    async def in_thread(self, act: Callable[[], T]) -> T:
        self.type()
        done = await asyncio.to_thread(act)
        self.type()
        return done

    async def catch_up(self, room: Room) -> None:
        self.type()
        self.take(self.merged[-1], CLEO)


def test_what_a_form_changed_comes_into_a_text_in_which_others_type_without_a_pause() -> None:
    document = TypedInWithoutAPause()
    stored_text, asked = document.room.stored_text, list[Rested]()

    def level(rested: Rested) -> Levelled:
        asked.append(rested)
        place = len(rested.text.encode())
        return Levelled(2, changes=(Edit(place, place, "From a form.\n"),), base_revision=1)

    asyncio.run(Levelling(document, level, None).level(document.room, is_here=True))
    rested = stored_text.rested(document.room.workshop, document.seq)
    typed = "".join(f"{number} " for number in range(3, -1, -1))
    assert rested.text == f"{typed}One.\nFrom a form.\n"
    assert len(asked) == 1, "the first time it is asked for"
    assert [one.by for one in rested.trace if one.origin is None][-1] == CLEO
    assert rested.by == BEN, "who typed last, not whose form it was"
    assert stored_text.text == SharedText([document.typing.since(), document.merged[0]]).text


def test_who_tries_the_policy_while_the_database_is_away_is_told_soon_and_little_is_done_until_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(levelling, "STORED_WITHIN_S", 0.5, raising=False)
    documents, looks = Documents(1), 0
    [room] = documents.rooms
    ana = page(1)
    room.join(ana)
    room.hear(ana, sync_message(UPDATE, SharedText([room.stored_text.snapshot()]).edit("Two.\n") or b""))
    has_stored = room.has_stored

    def counted(heard: dict[Member, int]) -> bool:
        nonlocal looks
        looks += 1
        return has_stored(heard)

    monkeypatch.setattr(room, "has_stored", counted)

    async def tries() -> None:
        async with asyncio.timeout(2.0):
            await Levelling(documents, lambda _: Levelled(2), None).level(room, is_here=True)

    with pytest.raises(StoreUnavailable):
        asyncio.run(tries())
    assert looks < 40
