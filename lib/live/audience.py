"""Who has a document open, where their cursors are, and how each of them hears what the others do."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from lib.domain.ids import PersonId
from lib.live.cursor import cursor_in
from lib.live.elsewhere import Elsewhere
from lib.live.member import BEGIN_ANEW, TOO_MANY, Member
from lib.live.shared_text import joined
from lib.live.wire import UPDATE, Malformed, Presence, awareness_message, sync_message

COLOURS: Final = 12
MOST_SOCKETS_EACH: Final = 12
AT_ONCE_UP_TO: Final = 20
"""So many hear of every keystroke by itself."""
GATHERED_FOR_S: Final = 0.0017
"""With more of them keystrokes are gathered, so long for each person: they are not sent to hundreds one by one."""
LONGEST_GATHERED_S: Final = 0.5
CURSORS_EVERY: Final = 3
"""Cursors go with every third gathering, behind the text that they stand in."""


class Audience:
    """The open sockets of one document, and the cursors at other servers. On the event loop only."""

    def __init__(self) -> None:
        self._members: dict[Member, None] = {}
        self._elsewhere: dict[int, Elsewhere] = {}
        self._times_elsewhere = 0
        self._colours: dict[PersonId, int] = {}
        """Everybody's last one."""
        self._updates: list[bytes] = []
        self._presences: dict[int, Presence] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._cursors_waited = 0
        """Through how many gatherings the cursors have been waiting."""

    @property
    def members(self) -> tuple[Member, ...]:
        """The open sockets, the oldest first."""
        return tuple(self._members)

    @property
    def colours(self) -> dict[PersonId, int]:
        """In which colour each person who is in the text is shown to those here."""
        there = {one.person_id: self._colours[one.person_id] for one in self._elsewhere.values()}
        return there | {member.writer.person_id: member.colour for member in self.members}

    @property
    def is_crowd(self) -> bool:
        """Whether they are too many to hear of every keystroke by itself."""
        return len(self._members) > AT_ONCE_UP_TO

    def cursors(self) -> dict[int, tuple[str, dict[str, Any]]]:
        """The cursors of the pages here, by their numbers, each with the hash of its person's token."""
        shown = [(member, member.presence) for member in self.members]
        return {one.client: (one.credential.token_hash, said[1]) for one, said in shown if said is not None}

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
            self.remove(own[0])  # at once: while it is hung up on, it would be the oldest again
        member.colour = self._colours[member.writer.person_id] = self._colour_of(member.writer.person_id)
        self._members[member] = None
        if self._elsewhere.pop(member.client, None):
            self._show_presences([self._presence_elsewhere(member.client, None)], None)

    def remove(self, member: Member) -> None:
        """Forget a socket, and take its cursor from the others' pages."""
        self._members.pop(member, None)
        if member.presence is not None:
            clock, _ = member.presence
            member.presence = None
            self._show_presences([Presence(member.client, clock + 1, None)], member)

    def introduce(self, member: Member) -> None:
        """Tell somebody new where the others' cursors are."""
        there = [_presence(other) for other in self.members if other is not member and other.presence is not None]
        there += [self._presence_elsewhere(client, one) for client, one in self._elsewhere.items()]
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
        cursor = cursor_in(told.state)
        before, was = member.presence or (-1, None)
        if told.clock <= before:
            return
        if cursor is None and was is None:
            return
        member.presence = None if cursor is None else (told.clock, cursor)
        shown = _presence(member) if cursor else Presence(member.client, told.clock, None)
        self._show_presences([shown], member)

    def renamed(self, member: Member) -> None:
        """Show somebody's cursor under the name that they have now."""
        if member.presence is not None:
            clock, cursor = member.presence
            member.presence = (clock + 1, cursor)
            self._show_presences([_presence(member)], member)

    def show_elsewhere(self, cursors: Mapping[int, Elsewhere]) -> None:
        """Show these as all the cursors that there are at other servers. A page that is open here is here."""
        here = {member.client for member in self.members}
        before, there = self._elsewhere, {client: one for client, one in cursors.items() if client not in here}
        known = {one.person_id for one in before.values()}
        self._elsewhere = {client: one for client, one in there.items() if one.person_id in known}
        for client, one in there.items():
            if one.person_id not in known:
                self._colours[one.person_id] = self._colour_of(one.person_id)
                known.add(one.person_id)
            self._elsewhere[client] = one
        gone = [(client, None) for client in before.keys() - there.keys()]
        came = [(client, one) for client, one in there.items() if before.get(client) != one]
        self._show_presences([self._presence_elsewhere(*one) for one in (*gone, *came)], None)

    def show(self, update: bytes, author: Member | None) -> None:
        """Let everybody but its author see an update."""
        if self._sends_at_once:
            self._send(sync_message(UPDATE, update), author)
            return
        self._updates.append(update)
        self._gather()

    def _presence_elsewhere(self, client: int, one: Elsewhere | None) -> Presence:
        self._times_elsewhere += 1
        if one is None:
            return Presence(client, self._times_elsewhere, None)
        who = {"person": one.person_id, "name": one.name, "colour": self._colours[one.person_id]}
        return Presence(client, self._times_elsewhere, {"user": who, "cursor": one.cursor})

    def _show_presences(self, presences: list[Presence], author: Member | None) -> None:
        if not presences:
            return
        if self._sends_at_once:
            self._send(awareness_message(presences), author)
            return
        self._presences.update({one.client: one for one in presences})
        self._gather()

    @property
    def _sends_at_once(self) -> bool:
        """Whether nothing is gathered, and nothing waits that must go first."""
        return not self.is_crowd and self._timer is None

    def _gather(self) -> None:
        if self._timer is None:
            wait_s = min(LONGEST_GATHERED_S, len(self._members) * GATHERED_FOR_S)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._send_gathered)

    def _send_gathered(self) -> None:
        """Text and cursors leave together: to wake hundreds of lines costs more than what is said to them."""
        self._timer = None
        if self._updates:
            self._send(sync_message(UPDATE, joined(self._updates)), None)
            self._updates = []
        if not self._presences:
            return
        self._cursors_waited += 1
        if self._cursors_waited < CURSORS_EVERY:
            self._gather()
            return
        self._send(awareness_message(list(self._presences.values())), None)
        self._presences = {}
        self._cursors_waited = 0

    def _send(self, frame: bytes, author: Member | None) -> None:
        for member in self._members:
            if member is not author:
                member.outbox.put(frame)

    def _colour_of(self, person: PersonId) -> int:
        """The one that somebody has, or had if it is still free, or else one that is used least."""
        known = self.colours.get(person)
        if known is None:
            taken = Counter(member.colour for member in self._members)
            here = {member.writer.person_id for member in self._members}
            taken.update(colour for other, colour in self.colours.items() if other not in here)
            free = min(range(COLOURS), key=lambda colour: (taken[colour], colour))
            last = self._colours.get(person, free)
            known = last if taken[last] <= taken[free] else free
        return known


def _presence(member: Member) -> Presence:
    clock, cursor = member.presence or (0, {})
    who = {"person": member.writer.person_id, "name": member.writer.name, "colour": member.colour}
    return Presence(member.client, clock, {"user": who, "cursor": cursor})
