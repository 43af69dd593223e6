"""The policy follows the documents that are open in this process, and the documents follow what forms change in it.

On the event loop only; the database is asked in threads.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar
from uuid import uuid4

from lib.domain.errors import NotFound, StoreUnavailable
from lib.domain.text_edits import Edit
from lib.live.clause_places import Finder
from lib.live.each import Each
from lib.live.room import Room
from lib.live.stored_text import Levelled, Leveller

LOOK_EVERY_S: Final = 0.1
STORED_EVERY_S: Final = 0.005
TRIES_TO_LEVEL: Final = 5
NOTHING: Final = b"\x00\x00"
"""The update that changes nothing."""

T = TypeVar("T")


class Hands(Protocol):
    """What the rooms of a process do for whoever works on them."""

    def open_rooms(self) -> Sequence[Room]:
        """The documents that are open."""
        ...

    async def call(self, function: str, **arguments: Any) -> Any:
        """Ask the database."""
        ...

    async def in_thread(self, act: Callable[[], T]) -> T:
        """Do what waits for the database."""
        ...

    async def catch_up(self, room: Room) -> None:
        """Take in what others have stored."""
        ...

    def end(self, room: Room) -> None:
        """The workshop is gone."""
        ...


class Levelling:
    """Makes the policy of documents that rest, or at once when somebody asks for it."""

    def __init__(self, hands: Hands, level: Leveller, find: Finder | None) -> None:
        """`find` tells where the clauses stand when another server made the policy; None = nobody is told."""
        self._hands = hands
        self._level = level
        self._find = find

    async def work(self) -> None:
        """Make the policy of every document that rests, and find out where the clauses of the others stand."""
        await asyncio.sleep(LOOK_EVERY_S)
        each = Each()
        for room in self._hands.open_rooms():
            if room.is_over:
                continue
            with each:
                if room.stored_text.is_due():
                    await self._make_policy(room)
                elif self._find is not None and room.wants_places and room.members:
                    await self._place_clauses(room, self._find)
        each.fail()

    async def level(self, room: Room, *, is_here: bool) -> str:
        """Make the policy of everything that a document says; gives why it cannot be made of it, "" if it is.

        `is_here` = what the asker typed came through this process, so that the room knows it.

        Raises:
            StoreUnavailable: the database cannot be asked, or others are faster again and again.
        """
        if not is_here:
            async with room.levelling:
                await self._hands.catch_up(room)
        heard = room.heard()  # others may type on and on
        while not room.is_over and not room.has_stored(heard):
            await asyncio.sleep(STORED_EVERY_S)
        wanted = room.seq
        for _ in range(TRIES_TO_LEVEL):
            await self._make_policy(room)
            if not room.stored_text.has_news or room.policy_seq >= wanted or room.problem:
                return room.problem
        raise StoreUnavailable("The policy keeps changing. Try again in a moment.")

    async def _make_policy(self, room: Room) -> None:
        async with room.levelling:
            if room.stored_text.has_news and not room.is_over:
                await self._make_policy_of(room)

    async def _make_policy_of(self, room: Room) -> None:
        rested = room.stored_text.rested(room.workshop, room.seq)
        try:
            room.makes_policy = True
            try:
                done = await self._hands.in_thread(lambda: self._level(rested))
            finally:
                room.makes_policy = False
            if done.changes is not None:
                await self._merge(room, rested.text, done.changes, done)
                return
        except NotFound:
            self._hands.end(room)
            return
        except Exception:
            room.stored_text.not_level()
            raise
        if done.problem:
            room.stored_text.given_up()
        elif done.revision is None:
            room.stored_text.not_level()
            await self._hands.catch_up(room)
            return
        else:
            places = None if done.spots is None else room.stored_text.places_since(done.spots)
            room.wants_places = True
            if places is not None:
                room.place(places)
            room.stored_text.level()
        room.level(rested.seq, done.problem)

    async def _place_clauses(self, room: Room, find: Finder) -> None:
        """Find out where the clauses stand, after another server has made the policy."""
        text = room.stored_text.text
        try:
            found = await self._hands.in_thread(lambda: find(room.workshop, text))
        except NotFound:
            self._hands.end(room)
            return
        if room.stored_text.text == text and not room.is_over:  # or else it is asked again in a moment
            room.place(room.stored_text.places(found.spots))
            if found.is_level:
                room.stored_text.is_level()

    async def _merge(self, room: Room, text: str, changes: Sequence[Edit], done: Levelled) -> None:
        """Bring into the document what forms have changed in the policy."""
        room.stored_text.not_level()
        if room.stored_text.text != text:
            return
        typed_last = room.stored_text.by
        update, client = await room.stored_text.changed_by(changes)
        await self._hands.call(
            "merge_policy",
            workshop=room.workshop,
            base_revision=done.base_revision,
            revision=done.revision,
            update=b64encode(update or NOTHING).decode(),
            update_id=str(uuid4()),
            client=client,
            document=room.document,
        )
        await self._hands.catch_up(room)
        room.stored_text.forms_did(typed_last)
