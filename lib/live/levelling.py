"""The policy follows the documents that are open in this process, and the documents follow what forms change in it.

On the event loop only; the database is asked in threads.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol, TypeVar
from uuid import uuid4

from lib.domain.errors import NotFound, StoreUnavailable
from lib.domain.text_edits import Edit
from lib.live.clause_places import Finder
from lib.live.each import once
from lib.live.room import Room
from lib.live.stored_text import Levelled, Leveller
from lib.live.update_check import NOTHING

LOOK_EVERY_S: Final = 0.1
STORED_EVERY_S: Final = 0.005
SELDOM_S: Final = 0.2
"""How often it is looked whether all is stored: at first, and later, when the database seems to be away."""
STORED_WITHIN_S: Final = 10.0
"""So long who asks for the policy waits for that."""
TRIES_TO_LEVEL: Final = 5
AT_ONCE: Final = 3
"""Of so many documents the policy is made at once: threads are left for what must be stored meanwhile."""

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
        self.begin()

    def begin(self) -> None:
        """On another loop, where nothing is under way."""
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[Room, asyncio.Task[None]] = {}

    async def work(self) -> None:
        """Make the policy of every document that rests, and find out where the clauses of the others stand.

        Whatever takes long or fails with one of them keeps none of the others waiting.
        """
        try:
            await asyncio.sleep(LOOK_EVERY_S)
        except asyncio.CancelledError:
            for task in self._under_way.values():
                task.cancel()
            raise
        for room in self._hands.open_rooms():
            if room not in self._under_way and (act := self._wanted(room)):
                task = asyncio.get_running_loop().create_task(once(act))
                self._under_way[room] = task
                task.add_done_callback(partial(self._done, room))

    def _wanted(self, room: Room) -> Callable[[], Awaitable[None]] | None:
        if room.is_over:
            return None
        if room.stored_text.is_due():
            return partial(self._make_policy, room)
        if self._find is not None and room.wants_places and room.members:
            return partial(self._place_clauses, room, self._find)
        return None

    def _done(self, room: Room, task: asyncio.Task[None]) -> None:
        if self._under_way.get(room) is task:
            del self._under_way[room]

    async def level(self, room: Room, *, is_here: bool) -> str:
        """Make the policy of everything that a document says; gives why it cannot be made of it, "" if it is.

        `is_here` = what the asker typed came through this process, so that the room knows it.

        Raises:
            StoreUnavailable: the database cannot be asked, or does not store what was typed, or others are faster again
                and again.
        """
        if not is_here:
            async with room.levelling:
                await self._hands.catch_up(room)
        await self._is_stored(room)
        wanted = room.seq
        for _ in range(TRIES_TO_LEVEL):
            await self._make_policy(room)
            if not room.stored_text.has_news or room.policy_seq >= wanted or room.problem:
                return room.problem
        raise StoreUnavailable("The policy keeps changing. Try again in a moment.")

    async def _is_stored(self, room: Room) -> None:
        heard = room.heard()  # others may type on and on
        until, wait_s = time.monotonic() + STORED_WITHIN_S, STORED_EVERY_S
        while not room.is_over and not room.has_stored(heard):
            if time.monotonic() > until:
                raise StoreUnavailable("The database does not answer. Try again in a moment.")
            await asyncio.sleep(wait_s)
            wait_s = min(1.2 * wait_s, SELDOM_S)

    async def _make_policy(self, room: Room) -> None:
        async with room.levelling, self._turns:
            if room.stored_text.has_news and not room.is_over:
                await self._make_policy_of(room)

    async def _make_policy_of(self, room: Room) -> None:
        rested = room.stored_text.rested(room.workshop, room.seq)
        at_rest = room.stored_text.snapshot()
        try:
            room.makes_policy = True
            try:
                done = await self._hands.in_thread(lambda: self._level(rested))
            finally:
                room.makes_policy = False
            if done.changes is not None:
                await self._merge(room, at_rest, done.changes, done)
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
            async with self._turns:
                found = await self._hands.in_thread(lambda: find(room.workshop, text))
        except NotFound:
            self._hands.end(room)
            return
        if room.stored_text.text == text and not room.is_over:  # or else it is asked again in a moment
            room.place(room.stored_text.places(found.spots))
            if found.is_level:
                room.stored_text.is_level()

    async def _merge(self, room: Room, at_rest: bytes, changes: Sequence[Edit], done: Levelled) -> None:
        """Bring into the document, whatever was typed since it rested so, what forms have changed in the policy."""
        room.stored_text.not_level()
        update, client = await room.stored_text.changed_by(changes, at_rest)
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
        room.stored_text.forms_did()
