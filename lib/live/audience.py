"""Who has a document open, where their cursors are, and how each of them hears what the others do."""

import asyncio
import json
from typing import Any, Final

from lib.live.member import BEGIN_ANEW, TOO_MANY, Member
from lib.live.shared_text import joined
from lib.live.wire import MOST_CLIENT, UPDATE, Malformed, Presence, awareness_message, sync_message

COLOURS: Final = 12
MOST_SOCKETS_EACH: Final = 12
AT_ONCE_UP_TO: Final = 20
"""So many hear of every keystroke by itself."""
GATHERED_FOR_S: Final = 0.001
"""With more of them keystrokes are gathered, so long for each person: they are not sent to hundreds one by one."""
LONGEST_GATHERED_S: Final = 0.3
CURSORS_LATER: Final = 3
"""Cursors are gathered so many times as long."""
MOST_CURSOR_CHARS: Final = 600


class Audience:
    """The open sockets of one document. On the event loop only."""

    def __init__(self) -> None:
        self._members: dict[Member, None] = {}
        self._updates: list[bytes] = []
        self._presences: dict[int, Presence] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._cursors_timer: asyncio.TimerHandle | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """The open sockets, the oldest first."""
        return tuple(self._members)

    def add(self, member: Member) -> None:
        """Let somebody in. A page that connects again takes the place of its own dead line."""
        for other in self.members:
            is_same = other.writer.person_id == member.writer.person_id
            if is_same and other.client in (member.client, member.was):
                other.outbox.close(TOO_MANY)
                self.remove(other)
            elif other.client == member.client:
                member.outbox.close(BEGIN_ANEW)
        own = [other for other in self.members if other.writer.person_id == member.writer.person_id]
        if len(own) >= MOST_SOCKETS_EACH:
            own[0].outbox.close(TOO_MANY)
        member.colour = own[0].colour if own else self._free_colour()
        self._members[member] = None

    def remove(self, member: Member) -> None:
        """Forget a socket, and take its cursor from the others' pages."""
        self._members.pop(member, None)
        if member.presence is not None:
            clock, _ = member.presence
            member.presence = None
            self._show_presence(Presence(member.client, clock + 1, None), member)

    def introduce(self, member: Member) -> None:
        """Tell somebody new where the others' cursors are."""
        there = [_presence(other) for other in self.members if other is not member and other.presence is not None]
        if there:
            member.outbox.put(awareness_message(there))

    def hear(self, member: Member, said: list[Presence]) -> None:
        """Take in where somebody's cursor is. Who they are, the others hear from the server.

        Raises:
            Malformed: it speaks for another page, or says something else.
        """
        if len(said) != 1 or said[0].client != member.client:
            raise Malformed
        told = said[0]
        cursor = _cursor_in(told.state)
        before, was = member.presence or (-1, None)
        if told.clock <= before:
            return
        if cursor is None and was is None:
            return
        member.presence = None if cursor is None else (told.clock, cursor)
        self._show_presence(_presence(member) if cursor else Presence(member.client, told.clock, None), member)

    def renamed(self, member: Member) -> None:
        """Show somebody's cursor under the name that they have now."""
        if member.presence is not None:
            clock, cursor = member.presence
            member.presence = (clock + 1, cursor)
            self._show_presence(_presence(member), member)

    def show(self, update: bytes, author: Member | None) -> None:
        """Let everybody but its author see an update."""
        if len(self._members) <= AT_ONCE_UP_TO and self._timer is None:
            self._send(sync_message(UPDATE, update), author)
            return
        self._updates.append(update)
        self._gather()

    def _show_presence(self, one: Presence, author: Member) -> None:
        if len(self._members) <= AT_ONCE_UP_TO and self._cursors_timer is None:
            self._send(awareness_message([one]), author)
            return
        self._presences[one.client] = one
        if self._cursors_timer is None:
            wait_s = CURSORS_LATER * self._gathered_for_s
            self._cursors_timer = asyncio.get_running_loop().call_later(wait_s, self._send_cursors)

    @property
    def _gathered_for_s(self) -> float:
        return min(LONGEST_GATHERED_S, len(self._members) * GATHERED_FOR_S)

    def _gather(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._gathered_for_s, self._send_gathered)

    def _send_gathered(self) -> None:
        self._timer = None
        if self._updates:
            self._send(sync_message(UPDATE, joined(self._updates)), None)
            self._updates = []

    def _send_cursors(self) -> None:
        self._cursors_timer = None
        self._send(awareness_message(list(self._presences.values())), None)
        self._presences = {}

    def _send(self, frame: bytes, author: Member | None) -> None:
        for member in self._members:
            if member is not author:
                member.outbox.put(frame)

    def _free_colour(self) -> int:
        taken = [member.colour for member in self._members]
        return min(range(COLOURS), key=lambda colour: (taken.count(colour), colour))


def _presence(member: Member) -> Presence:
    clock, cursor = member.presence or (0, {})
    who = {"person": member.writer.person_id, "name": member.writer.name, "colour": member.colour}
    return Presence(member.client, clock, {"user": who, "cursor": cursor})


def _cursor_in(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where a cursor and the other end of its selection are; None for none."""
    cursor = (state or {}).get("cursor")
    if cursor is None and set(state or {}) <= {"cursor"}:
        return None
    if not isinstance(cursor, dict) or set(cursor) != {"anchor", "head"} or set(state or {}) != {"cursor"}:
        raise Malformed
    if not all(_is_position(end) for end in cursor.values()):
        raise Malformed
    if len(json.dumps(cursor)) > MOST_CURSOR_CHARS:
        raise Malformed
    return dict(cursor)


def _is_position(end: object) -> bool:
    """Whether this is a place in the text as Yjs writes it down: beside a character, or at an end of the text."""
    if not isinstance(end, dict) or not set(end) <= {"type", "tname", "item", "assoc"}:
        return False
    item = end.get("item")
    is_item = item is None or (
        isinstance(item, dict) and set(item) == {"client", "clock"} and all(map(_is_count, item.values()))
    )
    return (
        is_item
        and end.get("type") is None
        and end.get("tname") in (None, "policy")
        and end.get("assoc", 0) in (-1, 0)
        and not isinstance(end.get("assoc", 0), bool | float)
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CLIENT
