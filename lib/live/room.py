"""The document of one workshop in one process: takes edits in, shows them to the others at once, keeps them in order.

Everything here runs on one event loop and waits for nothing: what has to be stored is handed to `keep`, and what became
of it comes back through `stored` and `refused`.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import uuid4

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Role
from lib.live.audience import Audience
from lib.live.bans import Ban, Bans
from lib.live.door import Door, Refused, TurnedAway
from lib.live.elsewhere import OtherServers
from lib.live.known_text import HalfApplied, KnownText
from lib.live.member import (
    BEGIN_ANEW,
    COME_BACK,
    GONE,
    NOT_A_MEMBER,
    TOO_MUCH,
    Member,
    Reason,
    Sending,
    Writer,
)
from lib.live.page_owners import PageOwners
from lib.live.shared_text import BrokenUpdate
from lib.live.stored_text import text_of
from lib.live.stretches import Ranges
from lib.live.unconfirmed import Unconfirmed
from lib.live.update_check import (
    NOTHING,
    Checked,
    checked_before,
    first_edits,
)
from lib.live.wire import MISSING, STATE, Malformed, Sync, message_in, state_vector, sync_message

MOST_IN_A_STATE: Final = 20_000
"""Pages that are named in a state, be it of the document that was here before."""
WEIGHT_OF_EVERYTHING: Final = 20.0
"""To ask for the whole document counts as so many messages."""
log = logging.getLogger("folkmoot.document")
NUMBER_OF_ANOTHER: Final = "Somebody else has written in the name of this page: your text is kept as a private draft."


@dataclass(frozen=True)
class Kept:
    """An update that is shown already and waits to be stored. `number` is which of its sender's it was."""

    room: "Room"
    member: Member
    number: int
    update_id: str
    content: bytes | None
    """None for what was known already: it is called saved when its turn comes."""
    clients: tuple[int, ...] = ()
    """Under which numbers its sender typed what is in it: that of this line, and of earlier ones."""


class MayKeep(Protocol):
    """Says whether an update can wait to be stored."""

    def __call__(self, *, is_new: bool) -> bool:
        """`is_new` = it brings something that is not known yet."""
        ...


class SaidOtherwise(Exception):
    """Under the numbers of one page the database has other words than this room, or has them elsewhere."""


class Room:
    """One document. `keep` stores an update in the order of the calls; `may_keep` says whether one more can wait.

    `banned` is what an earlier room gave up, `held` are the pages of which one had everything, and `sending` is what
    each person may still send, in this room as in those before it.
    """

    def __init__(
        self,
        workshop: WorkshopId,
        opened: dict[str, Any],
        updates: Sequence[bytes],
        *,
        keep: Callable[[Kept], None],
        may_keep: MayKeep = lambda *, is_new: True,
        ask_writers: Callable[["Room", Member], None] = lambda _room, _member: None,
        banned: Bans | None = None,
        held: Iterable[int] = (),
        sending: dict[PersonId, Sending] | None = None,
    ) -> None:
        self.workshop = workshop
        self._text = KnownText(updates)
        self.stored_text = text_of(opened, updates)
        self._keep = keep
        self._may_keep = may_keep
        self._ask_writers = ask_writers
        self._places = ""
        self.wants_places = True
        """Whether it is not known where the clauses stand, since somebody else made the policy."""
        self._audience = Audience()
        self.other_servers = OtherServers()
        self._banned = banned or Bans()
        self._owners = PageOwners(_owners_in(opened), held)
        self._unconfirmed = Unconfirmed()
        self._sending = {} if sending is None else sending
        self._unsaved = 0
        self.document = str(opened["document"])
        """Another one as soon as it was begun anew from its text."""
        self.seq = int(opened["seq"])
        self.snapshot_seq = int(opened["snapshot_seq"])
        self.unpacked_bytes = sum(map(len, updates[1:]))
        """How large all is that is stored beside the snapshot, which stands first."""
        self.policy_seq = int(opened["policy_seq"])
        self.rev: int | None = None
        self.has_newcomers = False
        """Whether somebody came of whom the database was not asked since."""
        self._problem = ""
        self._door = Door(
            workshop,
            self._text,
            self._owners,
            self._audience,
            self.other_servers,
            banned=self._banned,
            is_locked=bool(opened["editing_is_locked"]),
        )
        self.is_over = False
        self.left_at = time.monotonic()
        self.levelling = asyncio.Lock()
        """Held by whoever makes the policy of the text."""
        self.makes_policy = False
        """Whether this process is making it at this moment: then what the database says of it may be our own doing."""
        if self.seq > self.policy_seq or opened["policy_revision"] != opened["document_revision"]:
            self.stored_text.touched()

    @property
    def text(self) -> str:
        """The words as they stand, others' unsaved ones included."""
        return self._text.text

    @property
    def problem(self) -> str:
        """Why the policy cannot be made of the text, for people to read; "" if it can."""
        return self._problem

    def heard(self) -> dict[Member, int]:
        """How many updates each open page has sent so far."""
        return {member: member.heard for member in self.members}

    def has_stored(self, heard: dict[Member, int]) -> bool:
        """Whether all of these are in the database, as far as their pages are still here."""
        return all(member.heard - member.unsaved >= heard.get(member, 0) for member in self.members)

    @property
    def typed_ever(self) -> int:
        """How many characters were ever typed in the document."""
        return self._text.typed_ever

    @property
    def pages_ever(self) -> int:
        """How many pages ever typed in the document."""
        return len(self._text)

    @property
    def waits_for_the_database(self) -> bool:
        """Whether something was shown here that is not stored yet."""
        return self._unsaved > 0

    @property
    def held(self) -> frozenset[int]:
        """The numbers of the pages of which all came here, and nothing is lost with this room."""
        return self._owners.held

    @property
    def is_locked(self) -> bool:
        """Whether only facilitators may write."""
        return self._door.is_locked

    @is_locked.setter
    def is_locked(self, is_locked: bool) -> None:
        """Of what is under way nothing is taken back."""
        self._door.is_locked = is_locked

    @property
    def members(self) -> tuple[Member, ...]:
        """The open sockets, the oldest first."""
        return self._audience.members

    @property
    def is_crowded(self) -> bool:
        """Whether so many are here that what is typed is gathered before it is shown."""
        return self._audience.is_crowd

    def join(self, member: Member) -> None:
        """Let somebody in, and tell them what there is to know."""
        member.sending = self._sending.setdefault(member.writer.person_id, member.sending)
        me = member.writer.person_id
        elsewhere = self.other_servers.cursors()
        shown = {page for page in member.pages if page in elsewhere and elsewhere[page].person_id != me}
        if shown or self._is_of_anothers_page(member):
            member.outbox.put(sync_message(STATE, self._text.state()))  # asked for its own, it takes a new number
            self._send_away([member])
            return
        # What it was on its line of before may be new here: that was at another server, or before this room.
        was = self._text.new_among([] if member.was is None else [member.was])
        self._owners.note({member.client, *was}, me)
        self._owners.hold(member.client)  # a new line's number is new
        self._audience.add(member)
        self._tell_rights(member)
        if self._problem:
            member.outbox.put(_frame("policy", problem=self._problem))
        member.outbox.put(sync_message(STATE, self._text.state()))
        if self._places:
            member.outbox.put(self._places)
        self._audience.introduce(member)

    def leave(self, member: Member) -> None:
        """Forget a socket that was closed. A second time does no harm."""
        self._audience.remove(member)
        self.left_at = time.monotonic()

    def hear(self, member: Member, data: bytes) -> None:
        """Take in one frame.

        Raises:
            Malformed: nothing that a browser of ours sends. Nothing of it was taken in.
        """
        message = message_in(data)
        if message is None:
            if member.may_send(0, WEIGHT_OF_EVERYTHING):
                self._ask_writers(self, member)
        elif isinstance(message, list):
            self._audience.hear(member, message)
        elif message.kind == STATE:
            self._send_missing(member, message)
        else:
            self._take(member, message.data, is_all=message.kind == MISSING)

    def news(self, answer: dict[str, Any], *, unasked: Container[str] = ()) -> None:
        """Take in what `read_updates` has found: others' edits, a lock, people who went.

        Of people in `unasked` it says nothing: they came while it was asked.

        Raises:
            BrokenUpdate: what is stored is no document.
            SaidOtherwise: the database may have other words than this room.
        """
        deleted: list[Ranges] = []
        contents = [{"update": answer["snapshot"], "by": None, "seq": answer["snapshot_seq"]}, *answer["updates"]]
        is_new = False
        self._owners.learn(_owners_in(answer))
        self._send_away(filter(self._is_of_anothers_page, self.members))
        for one in contents:
            if one["update"] is not None:
                deleted.append(self._check_is_the_same(checked_before(one["update"]), one["by"]))
                self.stored_text.take(one["update"], one["by"], one["seq"], is_ours=False)
                is_new |= self._show(self._text.learn(one["update"]), None)
        if is_new:
            self._text.look_through()
        if not all(map(self._text.has_deleted, deleted)):
            raise SaidOtherwise
        self.unpacked_bytes += sum(len(one["update"]) for one in answer["updates"])
        self.seq = max(self.seq, int(answer["seq"]))
        self._unconfirmed.confirm_through(self.seq)
        if int(answer["policy_seq"]) > self.policy_seq and not self.makes_policy:
            self.policy_seq = int(answer["policy_seq"])
            self.wants_places = True
            self.stored_text.others_did(self.policy_seq)
            if self.policy_seq < self.seq:
                self.stored_text.touched(is_ours=False)
        if answer["policy_revision"] != answer["document_revision"]:
            self.stored_text.touched()
        self.snapshot_seq = max(self.snapshot_seq, int(answer["snapshot_seq"]))
        if self.is_locked != answer["editing_is_locked"]:
            self.is_locked = bool(answer["editing_is_locked"])
            for member in self.members:
                self._tell_rights(member)
        self._know_people(answer["people"], unasked)

    def stored(self, kept: Kept, seq: int | None) -> None:
        """An update is in the database under this number, or was there before: its sender may call it saved."""
        self._unconfirmed.stored(kept.update_id, seq)
        if seq is not None and seq == self.seq + 1:
            self.seq = seq
            self._unconfirmed.confirm(kept.update_id)
        if kept.content is not None:
            self.stored_text.take(kept.content, kept.member.writer.person_id, seq or self.seq, is_ours=True)
            self.unpacked_bytes += len(kept.content)
        self._unsaved = max(0, self._unsaved - 1)
        self._tell_saved(kept.member, kept.number)

    def refused(self, kept: Kept, outcome: dict[str, Any]) -> Bans:
        """The database did not take what everybody sees already: nobody keeps it. Gives what must not come back."""
        reason, words = str(outcome["reason"]), str(outcome["message"])
        self._tell_refused(kept.member, kept.number, reason, words)
        self.end(BEGIN_ANEW)
        bringer = kept.member.writer.person_id
        content = kept.content or NOTHING
        banned = {
            client: Ban(first, self._owners.of(client, bringer), reason, words)
            for client, first in first_edits(content).items()
        }
        self._banned.add(banned, checked_before(content).deletes)
        return self._banned

    def level(self, seq: int, problem: str) -> None:
        """The policy says what the document said at this update; or cannot, for a reason that everybody is told."""
        if not problem:
            self.policy_seq = max(self.policy_seq, seq)
        if problem != self._problem:
            self._problem = problem
            for member in self.members:
                member.outbox.put(_frame("policy", problem=problem))

    def place(self, places: list[dict[str, Any]]) -> None:
        """Where the clauses stand: told to everybody, if it is something new."""
        self.wants_places = False
        frame = _frame("clauses", clauses=places)
        if frame != self._places:
            self._places = frame
            for member in self.members:
                member.outbox.put(frame)

    def tell_writers(self, member: Member, writers: list[dict[str, Any]]) -> None:
        """Who typed in the text, with the numbers of their pages; who is here has the colour of their cursor."""
        colours = self._audience.colours
        people = [
            {"person": one["person_id"], "name": one["name"], "colour": colours.get(one["person_id"])}
            | {"clients": one["clients"]}
            for one in writers
        ]
        member.outbox.put(_frame("writers", people=people))

    def cursors(self) -> dict[int, tuple[str, dict[str, Any]]]:
        """The cursors of the pages here, by their numbers, each with the hash of its person's token."""
        return self._audience.cursors()

    def show_elsewhere(self) -> None:
        """Show everybody the cursors that are known of other servers."""
        self._audience.show_elsewhere(self.other_servers.cursors())

    def end(self, reason: Reason = GONE) -> None:
        """Close every socket. The room is not used afterwards."""
        self.is_over = True
        for member in self.members:
            member.outbox.close(reason)

    def _send_missing(self, member: Member, message: Sync) -> None:
        if not member.may_send(0, WEIGHT_OF_EVERYTHING):
            member.outbox.close(TOO_MUCH)
            return
        state = state_vector(message.data, MOST_IN_A_STATE)
        try:
            self._door.check_state(state)
            member.outbox.put(sync_message(MISSING, self._text.since(message.data)))
        except TurnedAway as away:
            member.outbox.close(away.reason)
        except BrokenUpdate:
            raise Malformed from None

    def _take(self, member: Member, update: bytes, *, is_all: bool) -> None:
        """Check an update in memory, show it to all others, and have it stored.

        `is_all` = it is everything that the page has, others' doing included, and not only what was done there.
        """
        if self.is_over or member.outbox.end is not None:
            return
        member.heard += 1
        try:
            checked = self._door.check(member, update, is_all=is_all)
        except TurnedAway as away:
            member.outbox.close(away.reason)
            return
        except Refused as refused:
            self._tell_refused(member, member.heard, refused.reason, refused.words)
            return
        if not self._may_keep(is_new=True) and not (self._text.has(checked) and self._may_keep(is_new=False)):
            member.outbox.close(COME_BACK)  # its browser keeps it, and nobody was shown it who would bring it as theirs
            return
        new_pages = self._text.new_among(checked.ends)
        try:
            new, taken = self._text.take(update, checked)
        except HalfApplied:
            log.error("event=update_half_applied workshop=%s", self.workshop)
            self.end(COME_BACK)
            return
        if not is_all:  # It is their own, be it of a page that was closed. Asked, they also bring what they were shown.
            self._owners.note(new_pages, member.writer.person_id)
        if new is None and not self._unsaved:
            self._tell_saved(member, member.heard)
            return
        # What is known already may be waiting for the database, such as from the same page on its line of before.
        self._show(new, member)
        member.unsaved += 1
        self._unsaved += 1
        clients = self._owners.own(checked.ends, member.writer.person_id)
        self._owners.hold(member.client, *clients)
        kept = Kept(self, member, member.heard, str(uuid4()), new, clients)
        if taken.items:
            self._unconfirmed.take(kept.update_id, taken)
        self._keep(kept)

    def _check_is_the_same(self, told: Checked, by: PersonId | None) -> Ranges:
        """Make sure that what other servers have stored of pages says what the same pages said here.

        Gives what must be deleted, since it was when one of both came to be written.

        Raises:
            SaidOtherwise: a page said one thing here and another one elsewhere. Of both the first one stored counts.
        """
        otherwise = self._unconfirmed.differing(told)
        # What is open here has typed nowhere else: more of it that another brings was made up.
        longer = set() if by is None else self._text.longer_among(told.ends)
        self._send_away(
            member
            for member in self.members
            if member.pages & otherwise or (member.client in longer and member.writer.person_id != by)
        )
        if otherwise or self._text.stands_elsewhere(told):
            raise SaidOtherwise
        return self._unconfirmed.deleted_in_one(told)

    def _is_of_anothers_page(self, member: Member) -> bool:
        """Whether somebody writes or wrote under a number that is known to be another's."""
        me = member.writer.person_id
        return any(self._owners.of(page, me) != me for page in member.pages)

    def _send_away(self, members: Iterable[Member]) -> None:
        """Somebody else wrote in the name of these pages: they keep their own words, and come back under new numbers.

        Raises:
            SaidOtherwise: words of theirs are shown here already that may not come to be.
        """
        away = tuple(members)
        for member in away:
            log.warning("event=page_begins_anew workshop=%s why=number_of_another", self.workshop)
            self._tell_refused(member, member.heard, "number", NUMBER_OF_ANOTHER)
        if any(member.unsaved for member in away):
            raise SaidOtherwise

    def _show(self, update: bytes | None, author: Member | None) -> bool:
        """Tell the others what is new, if anything is."""
        if update is not None:
            self._audience.show(update, author)
        return update is not None

    def _know_people(self, people: dict[str, dict[str, Any]], unasked: Container[str]) -> None:
        for member in self.members:
            if member.credential.token_hash in unasked:
                continue
            known = people.get(member.credential.token_hash)
            if known is None:
                member.outbox.close(NOT_A_MEMBER)
                continue
            writer = Writer(member.writer.person_id, Role(known["role"]), str(known["name"]))
            if writer != member.writer:
                member.writer = writer
                self._tell_rights(member)
                self._audience.renamed(member)

    def _tell_rights(self, member: Member) -> None:
        reason = self._door.may_write(member.writer)
        member.outbox.put(
            _frame("hello", may_write=reason is None, reason=reason, name=member.writer.name, colour=member.colour)
        )

    def _tell_saved(self, member: Member, number: int) -> None:
        member.unsaved = max(0, member.unsaved - 1)
        member.outbox.put(_frame("saved", through=number))

    def _tell_refused(self, member: Member, number: int, reason: str, words: str) -> None:
        member.outbox.put(_frame("refused", number=number, reason=reason, message=words))
        member.outbox.close(BEGIN_ANEW)


def _owners_in(told: dict[str, Any]) -> dict[int, PersonId]:
    """Whose the pages are, as the database tells it."""
    return {int(page): PersonId(by) for page, by in told["clients"].items()}


def _frame(kind: str, **values: Any) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False)
