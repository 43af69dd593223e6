"""Cursors go from one server to the others through the database: this process's in one call, whatever the crowd.

On the event loop only. Where no other server has a document open, nothing is written but, every few seconds, that this
one has.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import uuid4

from lib.domain.ids import WorkshopId
from lib.live.room import Room

SHARE_EVERY_S: Final = 0.3
"""So often at most the database is told, and asked, and only if something changed."""
BEAT_S: Final = 2.5
"""So often it hears that this process is there: whoever says nothing for eight seconds is taken for lost."""
NAMES_EVERY_S: Final = 1.0
"""So often at most all is read again, for the names, after something else happened in the workshop."""
MOST_AT_ONCE: Final = 500


class Hands(Protocol):
    """What the rooms of a process do for whoever works on them."""

    def open_rooms(self) -> Sequence[Room]:
        """The documents that are open."""
        ...

    async def call(self, function: str, **arguments: Any) -> Any:
        """Ask the database."""
        ...


class Sharing:
    """The cursors of all rooms of this process, and those of other processes in the same documents."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self.process = uuid4().hex
        self._told: dict[WorkshopId, dict[int, dict[str, Any]]] = {}
        """What the database has, by the numbers of the pages."""
        self._numbers: dict[WorkshopId, int] = {}
        self.is_told = False
        """Whether the database may take this process for present, its answer heard or not."""
        self._told_at = 0.0
        self._named_at = 0.0

    def heard(self, room: Room, servers: Mapping[str, int]) -> None:
        """These have the room's document open, this one perhaps among them. Those that are not named are lost."""
        others = {process: number for process, number in servers.items() if process != self.process}
        if room.other_servers.hear(others):
            room.show_elsewhere()

    async def work(self) -> None:
        """Tell what changed here, and take in what changed elsewhere."""
        rooms = {room.workshop: room for room in self._hands.open_rooms() if room.members and not room.is_over}
        await self._place(rooms)
        await self._look(rooms)

    async def _place(self, rooms: Mapping[WorkshopId, Room]) -> None:
        rows = [row for room in rooms.values() if room.other_servers for row in self._changed(room)][:MOST_AT_ONCE]
        is_due = bool(rooms) and time.monotonic() - self._told_at >= BEAT_S
        if not rows and not is_due and rooms.keys() == self._numbers.keys():
            return
        self.is_told = self.is_told or bool(rooms)
        try:
            arguments = {"process": self.process, "workshops": sorted(rooms), "cursors": rows}
            numbers = await self._hands.call("place_cursors", **arguments)
        except Exception:
            for row in rows:
                self._told.setdefault(row["workshop"], {})[row["client"]] = {}
            self._doubt(tuple(self._told))
            self._numbers = {}
            raise
        self._told_at = time.monotonic()
        self._note(rows)
        moved = {row["workshop"] for row in rows}
        self._told = {workshop: told for workshop, told in self._told.items() if workshop in numbers}
        self._doubt([one for one, last in self._numbers.items() if numbers.get(one) != last + (one in moved)])
        self._numbers = {WorkshopId(workshop): int(number) for workshop, number in numbers.items()}

    def _changed(self, room: Room) -> list[dict[str, Any]]:
        """The cursors of a room that the database has otherwise."""
        told, here = self._told.get(room.workshop, {}), room.cursors()
        gone = [{"workshop": room.workshop, "client": client, "cursor": None} for client in told.keys() - here.keys()]
        return gone + [
            {"workshop": room.workshop, "token_hash": token_hash, "client": client, "cursor": cursor}
            for client, (token_hash, cursor) in here.items()
            if told.get(client) != cursor
        ]

    def _note(self, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            told = self._told.setdefault(row["workshop"], {})
            told.pop(row["client"], None)
            if row["cursor"] is not None:
                told[row["client"]] = row["cursor"]

    def _doubt(self, workshops: Iterable[WorkshopId]) -> None:
        """Tell all of it again: whether it arrived, or is still there, is not known."""
        for workshop in workshops:
            self._told[workshop] = {client: {} for client in self._told.get(workshop, {})}

    async def _look(self, rooms: Mapping[WorkshopId, Room]) -> None:
        if time.monotonic() - self._named_at >= NAMES_EVERY_S:
            self._named_at = time.monotonic()
            for room in rooms.values():
                if room.other_servers.may_be_renamed:
                    room.other_servers.begin_anew()
        asked = {workshop: known for workshop, room in rooms.items() if (known := room.other_servers.asks())}
        if not asked:
            return
        found = await self._hands.call("read_cursors", known=asked)
        for workshop in asked:
            rooms[workshop].other_servers.learn(found.get(workshop, {}))
            rooms[workshop].show_elsewhere()
