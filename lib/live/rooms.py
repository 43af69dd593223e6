"""The documents that are open in this process: loaded, stored in small batches, packed, and let go of.

What other processes store is taken in as soon as it is heard of.

One event loop runs all of it; the database is asked in threads. It begins with the first person who opens a document.
"""

import asyncio
import logging
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, TypeVar

from lib.domain.errors import Conflict, FolkmootError, NotFound, SignedOut, StoreUnavailable
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.live.bans import Bans
from lib.live.clause_places import Finder
from lib.live.each import Each, ever
from lib.live.levelling import AT_ONCE, Levelling
from lib.live.member import BEGIN_ANEW, COME_BACK, GONE, Member, Reason, Sending, Writer
from lib.live.room import Kept, Room, SaidOtherwise
from lib.live.saving import Saving
from lib.live.shared_text import BrokenUpdate, SharedText, seed_of
from lib.live.sharing import SHARE_EVERY_S, Sharing
from lib.live.stored_text import Leveller
from lib.store.port import Store

ASK_EVERY_S: Final = 0.2
"""How often it is asked what other processes have stored, and who may still be there."""
THREADS: Final = 3
"""So many ask the database at once, besides those in which policies are made."""
KEPT_EMPTY_S: Final = 30.0
PACK_AFTER: Final = 400
"""So many updates are packed into a snapshot."""
PACK_AFTER_BYTES: Final = 1_000_000
"""Or so much of them: the database takes 8 MB, and whoever types much and deletes it must not fill it for all."""
MIND_EVERY_S: Final = 2.0
TRIES_TO_OPEN: Final = 5
MOST_PACKED_BYTES: Final = 2_000_000
MOST_STORED_BYTES: Final = 4_000_000
"""A document begins anew from its text, which is far smaller, when its history is larger, packed or as it is stored.
Only somebody who means harm comes to so much, and the database takes 8 MB."""
MOST_TYPED_EVER: Final = 5_000_000
"""So does one of which more characters were ever typed, when it is opened: the order of them all is kept in memory."""

MOST_PAGES_EVER: Final = 10_000
"""So does one in which more pages ever typed: whoever comes back names them all."""

T = TypeVar("T")

log = logging.getLogger("folkmoot.document")


class Rooms:
    """The rooms of one process. `level` and `close` may be called from any thread, all else on the loop."""

    def __init__(self, store: Store, level: Leveller | None = None, find: Finder | None = None) -> None:
        """`level` makes the policy of a document that rests; None leaves the policy as it is.

        `find` tells where the clauses stand when another server made it; None = nobody is told.
        """
        self._store = store
        self._levelling = Levelling(self, level, find) if level else None
        self._telling: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        self._threads = ThreadPoolExecutor(AT_ONCE + THREADS, thread_name_prefix="folkmoot-document")
        self._rooms: dict[WorkshopId, Room] = {}
        self._banned: dict[WorkshopId, Bans] = {}
        self._held: dict[WorkshopId, frozenset[int]] = {}
        self._sending_in: dict[WorkshopId, dict[PersonId, Sending]] = {}
        self._asking: dict[Room, dict[Member, None]] = {}
        """Of which documents it is just being asked who wrote what, and who asked for that since."""
        self._opening: dict[WorkshopId, asyncio.Lock] = {}
        self._too_large: set[WorkshopId] = set()
        self._saving = Saving(self.call, self._tell, self._lose)
        self._sharing = Sharing(self)
        self._tasks: list[asyncio.Task[None]] = []

    def live_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop the documents will be, so that `level` finds it before anybody has opened one."""
        self._home = loop

    async def writer_of(self, credential: Credential) -> Writer | None:
        """Who this is, None for whoever may not be in the document's workshop.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        try:
            row = await self.call(
                "read_updates", workshop=credential.workshop_id, since=2**53, people=[credential.token_hash]
            )
        except FolkmootError as error:
            if isinstance(error, StoreUnavailable):
                raise
            return None
        known = row["people"].get(credential.token_hash)
        return Writer(PersonId(known["person_id"]), Role(known["role"]), str(known["name"])) if known else None

    async def enter(self, member: Member) -> Room:
        """Open the document of the member's workshop, and let them in.

        Raises:
            NotFound: there is no such workshop any more.
            StoreUnavailable: the database cannot be asked.
        """
        room = await self._opened(member.credential.workshop_id)
        room.join(member)
        room.has_newcomers = True  # they may have been removed since it was asked who they are
        return room

    async def level_now(self, credential: Credential) -> str:
        """Make the policy of everything that a document says, without waiting until nobody types.

        Gives why it cannot be made of it, "" if it is: then the policy is what it was before.

        Raises:
            SignedOut: whoever asks may not be in the workshop.
            NotFound: there is no such workshop any more.
            StoreUnavailable: the database cannot be asked.
        """
        room = self._rooms.get(credential.workshop_id)
        is_here = room is not None and credential.token_hash in {one.credential.token_hash for one in room.members}
        if not is_here and await self.writer_of(credential) is None:
            raise SignedOut("This browser is not signed in to the workshop any more. Open your personal link.")
        room = await self._opened(credential.workshop_id)
        if self._levelling is None:
            return ""
        # Not given up halfway when the asker goes away: what was taken to be made the policy would be forgotten.
        return await asyncio.shield(asyncio.ensure_future(self._levelling.level(room, is_here=is_here)))

    def level(self, credential: Credential, within_s: float) -> str:
        """The same from any thread; "" too where there is no loop on which documents could be open.

        Raises:
            StoreUnavailable: the database does not answer within that time.
        """
        loop = self._loop or self._home
        if loop is None or not loop.is_running():
            return ""
        asked = asyncio.run_coroutine_threadsafe(self.level_now(credential), loop)
        try:
            return asked.result(within_s)
        except TimeoutError:
            asked.cancel()
            raise StoreUnavailable("The database does not answer. Try again in a moment.") from None

    def room(self, workshop: WorkshopId) -> Room | None:
        """The open document of a workshop."""
        return self._rooms.get(workshop)

    def close(self) -> None:
        """Store what waits, and let go. What cannot be stored now, the browsers still have."""
        left = self._saving.left()
        for task in self._tasks:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(task.cancel)
        if left:
            try:
                self._store.call("append_updates", updates=left)
            except FolkmootError as error:
                log.warning("event=updates_left_to_browsers reason=%s", type(error).__name__)
        if self._sharing.is_told:
            with suppress(FolkmootError):  # or else it is taken for lost in a moment
                self._store.call("place_cursors", process=self._sharing.process, workshops=[], cursors=[])
        self._threads.shutdown(wait=False)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self._loop = loop
        self._rooms.clear()
        self._held.clear()
        self._asking.clear()
        self._saving = Saving(self.call, self._tell, self._lose)
        self._sharing = Sharing(self)
        if self._levelling is not None:
            self._levelling.begin()
        self._opening = {}
        self._tasks = [loop.create_task(ever(work)) for work in self._work()]

    def _work(self) -> list[Callable[[], Any]]:
        works = [self._saving.work, self._follow, self._share, self._mind]
        return [*works, *([self._levelling.work] if self._levelling else [])]

    async def _opened(self, workshop: WorkshopId) -> Room:
        self._begin()
        async with self._opening.setdefault(workshop, asyncio.Lock()):
            room = self._rooms.get(workshop)
            if room is None or room.is_over:
                room = await self._load(workshop)
                self._rooms[workshop] = room
        return room

    async def call(self, function: str, **arguments: Any) -> Any:
        """Ask the database."""
        return await self.in_thread(lambda: self._store.call(function, **arguments))

    async def in_thread(self, act: Callable[[], T]) -> T:
        """Do what waits for the database in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)

    def open_rooms(self) -> list[Room]:
        """The documents that are open."""
        return list(self._rooms.values())

    async def _load(self, workshop: WorkshopId) -> Room:
        """The document as the database has it; the first time it is made of the policy's text."""
        for _ in range(TRIES_TO_OPEN):
            opened = await self.call("open_document", workshop=workshop)
            if opened["seq"] is not None:
                contents = [opened["snapshot"], *(one["update"] for one in opened["updates"])]
                updates = [b64decode(one) for one in contents]
                if workshop in self._too_large or sum(map(len, updates)) > MOST_STORED_BYTES:
                    await self._begin_anew(workshop, opened, SharedText(updates).text)
                    continue
                room = Room(
                    workshop,
                    opened,
                    updates,
                    keep=self._saving.add,
                    may_keep=self._saving.has_place,
                    ask_writers=self._ask_writers,
                    banned=self._banned.get(workshop),
                    held=self._held.get(workshop, ()),
                    sending=self._sending_in.setdefault(workshop, {}),
                )
                if room.typed_ever <= MOST_TYPED_EVER and room.pages_ever <= MOST_PAGES_EVER:
                    return room
                await self._begin_anew(workshop, opened, room.text)
                continue
            try:
                await self.call(
                    "seed_document",
                    workshop=workshop,
                    policy_revision=opened["policy_revision"],
                    snapshot=b64encode(seed_of(opened["policy_text"])).decode(),
                )
            except Conflict:
                continue
        raise StoreUnavailable("The document could not be opened: the policy keeps changing. Try again in a moment.")

    async def _begin_anew(self, workshop: WorkshopId, opened: dict[str, Any], text: str) -> None:
        """Make another document of the text. Nothing else of the one before is kept."""
        renewed = await self.call(
            "renew_document",
            workshop=workshop,
            document=opened["document"],
            seq=opened["seq"],
            snapshot=b64encode(seed_of(text)).decode(),
        )
        if renewed["is_new"]:  # or else somebody was faster, or typed on
            self._too_large.discard(workshop)
            self._banned.pop(workshop, None)
            log.warning("event=document_begun_anew workshop=%s", workshop)

    def _tell(self, kept: Kept, outcome: dict[str, Any]) -> None:
        room = kept.room
        if room.is_over:
            return
        if "error" not in outcome:
            room.stored(kept, outcome["seq"])
            return
        log.info("event=update_refused workshop=%s reason=%s", room.workshop, outcome["reason"])
        self._banned[room.workshop] = room.refused(kept, outcome)
        self._held[room.workshop] = room.held  # what others were shown and is not stored, comes from its writers
        self._forget(room)

    def _lose(self, room: Room) -> None:
        self.end(room, COME_BACK)

    async def _follow(self) -> None:
        """Look into the rooms where something has changed: others' edits, a lock, people who went."""
        await asyncio.sleep(ASK_EVERY_S)
        if not self._rooms:
            return
        asked = dict(self._rooms)  # others may be opened meanwhile
        found = await self.call("read_document_seqs", workshops=list(asked))
        each = Each()
        for workshop, room in asked.items():
            there = found.get(workshop)
            if there is None or there["seq"] is None:
                self.end(room)
                continue
            self._sharing.heard(room, there["servers"])
            room.other_servers.may_be_renamed |= there["rev"] != room.rev
            if room.has_newcomers or there["seq"] > room.seq or there["rev"] != room.rev:
                with each:
                    await self._look(room, there["rev"])
        each.fail()

    async def _look(self, room: Room, rev: int) -> None:
        """See what has changed up to this rev. Who comes in meanwhile is looked at the next time."""
        room.has_newcomers, room.rev = False, None  # when it fails, it is looked again
        await self.catch_up(room)
        room.rev = rev

    async def _share(self) -> None:
        """Exchange cursors with other processes."""
        await asyncio.sleep(SHARE_EVERY_S)
        await self._sharing.work()

    async def catch_up(self, room: Room) -> None:
        """Take in what others have stored, and what they did in the workshop."""
        people = sorted({member.credential.token_hash for member in room.members})
        try:
            answer = await self.call("read_updates", workshop=room.workshop, since=room.seq, people=people)
        except NotFound:
            self.end(room)
            return
        if room.is_over or answer["seq"] is None:
            return
        if answer["document"] != room.document:
            self.end(room, BEGIN_ANEW)
            return
        for one in answer["updates"]:
            one["update"] = b64decode(one["update"])
        answer["snapshot"] = b64decode(answer["snapshot"]) if answer["snapshot"] else None
        joined_since = {member.credential.token_hash for member in room.members} - set(people)
        try:
            room.news(answer, unasked=joined_since)
        except BrokenUpdate:
            log.error("event=update_unreadable workshop=%s", room.workshop)
            self.end(room, COME_BACK)
        except SaidOtherwise:
            log.warning("event=page_said_otherwise_elsewhere workshop=%s", room.workshop)
            self._held[room.workshop] = room.held
            self.end(room, BEGIN_ANEW)  # everybody takes it as the database has it

    def _ask_writers(self, room: Room, member: Member) -> None:
        if room in self._asking:
            self._asking[room][member] = None
            return
        self._asking[room] = {member: None}
        task = asyncio.get_running_loop().create_task(self._tell_writers(room))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_writers(self, room: Room) -> None:
        """Ask for all who wait, and once more for all who came meanwhile: what is on its way may be too old."""
        try:
            while members := self._asking.get(room):
                self._asking[room] = {}
                with suppress(FolkmootError):  # the browser asks again
                    writers = await self.call("read_document_writers", workshop=room.workshop)
                    for member in members:
                        room.tell_writers(member, writers)
        finally:
            self._asking.pop(room, None)

    async def _mind(self) -> None:
        """Pack long histories, and let go of rooms that nobody is in."""
        await asyncio.sleep(MIND_EVERY_S)
        now = time.monotonic()
        each = Each()
        for room in self.open_rooms():
            is_left = not room.members and not room.waits_for_the_database and now - room.left_at > KEPT_EMPTY_S
            if room.is_over:
                continue
            with each:
                is_long = room.seq - room.snapshot_seq >= PACK_AFTER or room.unpacked_bytes >= PACK_AFTER_BYTES
                if room.seq > room.snapshot_seq and (is_long or is_left):
                    await self._pack(room)
                if is_left and not room.members and not room.waits_for_the_database:
                    self._held[room.workshop] = room.held  # what waits for the database still, is not lost
                    self._forget(room)
        each.fail()

    async def _pack(self, room: Room) -> None:
        await self.catch_up(room)  # what a page said otherwise elsewhere is not to be packed before it is noticed
        if room.is_over:
            return
        through, snapshot, packed_bytes = room.seq, room.stored_text.snapshot(), room.unpacked_bytes
        if len(snapshot) > MOST_PACKED_BYTES:
            self._too_large.add(room.workshop)
            self.end(room, BEGIN_ANEW)  # whoever comes next opens another document
            return
        try:
            await self.call(
                "compact_document",
                workshop=room.workshop,
                through_seq=through,
                snapshot=b64encode(snapshot).decode(),
            )
        except NotFound:
            self.end(room)
            return
        room.snapshot_seq = max(room.snapshot_seq, through)
        room.unpacked_bytes -= packed_bytes

    def end(self, room: Room, reason: Reason = GONE) -> None:
        """Close a document that is gone, or that this process cannot go on with."""
        room.end(reason)
        self._forget(room)
        if reason is GONE:
            for known in (self._banned, self._held, self._sending_in, self._opening):
                known.pop(room.workshop, None)

    def _forget(self, room: Room) -> None:
        if self._rooms.get(room.workshop) is room:
            del self._rooms[room.workshop]
