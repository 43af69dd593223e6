"""The document of one workshop in one process: takes edits in, shows them to the others at once, keeps them in order.

Everything here runs on one event loop and waits for nothing: what has to be stored is handed to `keep`, and what became
of it comes back through `stored` and `refused`.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Role
from lib.live.audience import Audience
from lib.live.elsewhere import OtherServers
from lib.live.member import BEGIN_ANEW, COME_BACK, GONE, NOT_A_MEMBER, TOO_MUCH, Allowance, Member, Reason, Writer
from lib.live.shared_text import SEEDS, BrokenUpdate, SharedText
from lib.live.stored_text import text_of
from lib.live.stretches import Stretches
from lib.live.update_check import Checked, Gap, TooScattered, check_update, deleted_in, first_edits
from lib.live.wire import MISSING, STATE, Malformed, Sync, message_in, state_vector, sync_message

MOST_CHARS: Final = 100_000
"""As many as the policy's text may have."""
MOST_UPDATE_BYTES: Final = 900_000
PIECES_A_SECOND: Final = 20.0
MOST_PIECES_AT_ONCE: Final = 10_000.0
"""New stretches of one person, on and on and after a rest: a dozen bytes for what was typed or deleted in a row."""
MOST_BROUGHT: Final = 200
"""Numbers of pages that nobody knows under which one person may bring edits: those of others that a server lost."""
WEIGHT_OF_EVERYTHING: Final = 20.0
"""To ask for the whole document counts as so many messages."""
log = logging.getLogger("folkmoot.document")
LOCKED: Final = "The policy is locked: your text is kept as a private draft."
READS_ONLY: Final = "An organizer reads the policy and does not write it."
TOO_SCATTERED: Final = "This is more at once than the document takes. Your text is kept as a private draft."
TOO_LONG: Final = f"The policy would have more than {MOST_CHARS:,} characters. Your text is kept as a private draft."


@dataclass(frozen=True)
class Kept:
    """An update that is shown already and waits to be stored. `number` is which of its sender's it was."""

    room: "Room"
    member: Member
    number: int
    update_id: str
    content: bytes | None
    """None for what was known already: it is called saved when its turn comes."""


@dataclass(frozen=True)
class Ban:
    """What the database refused of one page after it was shown: it comes back by no way."""

    first: int
    """From which of the page's edits on."""
    person: PersonId
    """Whose they are: they alone are told why, and keep the words."""
    reason: str
    words: str


class Room:
    """One document. `keep` stores an update in the order of the calls.

    `banned` is what an earlier room gave up, `held` are the pages that typed in one which ended in peace.
    """

    def __init__(
        self,
        workshop: WorkshopId,
        opened: dict[str, Any],
        updates: Sequence[bytes],
        *,
        keep: Callable[[Kept], None],
        ask_writers: Callable[["Room", Member], None] = lambda _room, _member: None,
        banned: dict[int, Ban] | None = None,
        held: Iterable[int] = (),
    ) -> None:
        self.workshop = workshop
        self._text = SharedText(updates)
        self.stored_text = text_of(opened, updates)
        self._known = state_vector(self._text.state())
        self._deleted = self._all_deleted()
        self._keep = keep
        self._ask_writers = ask_writers
        self._places = ""
        self.wants_places = True
        """Whether it is not known where the clauses stand, since somebody else made the policy."""
        self._audience = Audience()
        self.other_servers = OtherServers()
        self._banned = dict(banned or {})
        self.held = set(held)
        """The numbers of the pages that typed here: whatever anybody was shown of them is in the text."""
        self._owners = {int(client): PersonId(person) for client, person in opened["clients"].items()}
        self._brought: Counter[PersonId] = Counter()
        self._pieces: dict[PersonId, Allowance] = {}
        self._unsaved = 0
        self._most_chars = len(self.text)
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
        self.is_locked = bool(opened["editing_is_locked"])
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
    def members(self) -> tuple[Member, ...]:
        """The open sockets, the oldest first."""
        return self._audience.members

    def join(self, member: Member) -> None:
        """Let somebody in, and tell them what there is to know."""
        if self._owners.setdefault(member.client, member.writer.person_id) != member.writer.person_id:
            log.warning("event=page_begins_anew workshop=%s why=number_of_another", self.workshop)
            member.outbox.close(BEGIN_ANEW)
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
            self._take(member, message.data)

    def news(self, answer: dict[str, Any], *, unasked: Container[str] = ()) -> None:
        """Take in what `read_updates` has found: others' edits, a lock, people who went.

        Of people in `unasked` it says nothing: they came while it was asked.

        Raises:
            BrokenUpdate: what is stored is no document.
        """
        contents = [{"update": answer["snapshot"], "by": None, "seq": answer["snapshot_seq"]}, *answer["updates"]]
        shown = []
        for one in contents:
            if one["update"] is not None:
                self.stored_text.take(one["update"], one["by"], one["seq"], is_ours=False)
                shown.append(self._show(self._text.apply(one["update"]), None))
        if any(shown):
            self._know_text()
        self.unpacked_bytes += sum(len(one["update"]) for one in answer["updates"])
        self.seq = max(self.seq, int(answer["seq"]))
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
        if seq is not None and seq == self.seq + 1:
            self.seq = seq
        if kept.content is not None:
            self.stored_text.take(kept.content, kept.member.writer.person_id, seq or self.seq, is_ours=True)
            self.unpacked_bytes += len(kept.content)
        self._unsaved = max(0, self._unsaved - 1)
        self._tell_saved(kept.member, kept.number)

    def refused(self, kept: Kept, outcome: dict[str, Any]) -> dict[int, Ban]:
        """The database did not take what everybody sees already: nobody keeps it.

        Gives what must not come back, by the numbers of the pages.
        """
        reason, words = str(outcome["reason"]), str(outcome["message"])
        self._tell_refused(kept.member, kept.number, reason, words)
        self.end(BEGIN_ANEW)
        bringer = kept.member.writer.person_id
        banned = {
            client: Ban(first, self._owners.get(client, bringer), reason, words)
            for client, first in first_edits(kept.content or b"\x00").items()
        }
        return {**self._banned, **banned}

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

    def may_write(self, writer: Writer) -> str | None:
        """Why somebody may not write now, in a word; None if they may."""
        if writer.role is Role.ORGANIZER:
            return "role"
        return "locked" if self.is_locked and writer.role is not Role.FACILITATOR else None

    def _send_missing(self, member: Member, message: Sync) -> None:
        if not member.may_send(0, WEIGHT_OF_EVERYTHING):
            member.outbox.close(TOO_MUCH)
            return
        if self._is_of_another(member, state_vector(message.data)):
            return
        try:
            member.outbox.put(sync_message(MISSING, self._text.since(message.data)))
        except BrokenUpdate:
            raise Malformed from None

    def _take(self, member: Member, update: bytes) -> None:
        """Check an update in memory, show it to all others, and have it stored."""
        if self.is_over or member.outbox.end is not None:
            return
        member.heard += 1
        if len(update) > MOST_UPDATE_BYTES:
            self._tell_refused(member, member.heard, "size", TOO_LONG)
            return
        try:
            checked = self._checked(update)
        except Gap as gap:
            log.info("event=page_begins_anew workshop=%s why=gap detail=%s", self.workshop, gap)
            member.outbox.close(BEGIN_ANEW)
            return
        except TooScattered:  # waiting would not help
            self._tell_refused(member, member.heard, "size", TOO_SCATTERED)
            return
        if not self._may_add(member, checked.stretches_beside(self._deleted)):
            member.outbox.close(TOO_MUCH)
            return
        if not self._is_theirs(member, checked) or not self._is_allowed(member, checked, update):
            return
        try:
            self._check_order(checked, update)
            new = self._text.apply(update)
        except BrokenUpdate:
            raise Malformed from None
        self._known.update(checked.ends)
        self._deleted.add(checked.deletes)
        if new is None and not self._unsaved:
            self._tell_saved(member, member.heard)
            return
        # What is known already may be waiting for the database, such as from the same page on its line of before.
        self._show(new, member)
        self.held.add(member.client)
        member.unsaved += 1
        self._unsaved += 1
        self._keep(Kept(self, member, member.heard, str(uuid4()), new))

    def _checked(self, update: bytes) -> Checked:
        most = int(MOST_PIECES_AT_ONCE)
        checked = check_update(update, self._known, most_deletes=len(self._deleted) + most)
        if checked.stretches_beside(self._deleted) > most:
            raise TooScattered
        return checked

    def _may_add(self, member: Member, pieces: int) -> bool:
        """Whether somebody may make the document's history longer by so many pieces, by whichever of their pages."""
        new = Allowance(PIECES_A_SECOND, MOST_PIECES_AT_ONCE, member.clock)
        return self._pieces.setdefault(member.writer.person_id, new).takes(pieces)

    def _is_of_another(self, member: Member, clients: Iterable[int]) -> bool:
        """Whether somebody has text of the document that was here before this one was begun anew from its words.

        All of it would come in beside the same words, as new text that rests on nothing.
        """
        if not any(client in SEEDS and client not in self._known for client in clients):
            return False
        log.info("event=page_begins_anew workshop=%s why=document_before", self.workshop)
        member.outbox.close(BEGIN_ANEW)
        return True

    def _is_theirs(self, member: Member, checked: Checked) -> bool:
        """Nobody writes as somebody who is or was here, and what was refused once does not come back by another way.

        Raises:
            Malformed: it is said to be of more pages than anybody can have lost.
        """
        if self._is_of_another(member, checked.ends) or self._was_refused(member, checked):
            return False
        # Who has not yet said what they have may be waiting for this very page to bring its own first.
        foreign = checked.ends.keys() - {member.client}
        if foreign and any(
            other.client in foreign and other.heard and other.writer.person_id != member.writer.person_id
            for other in self.members
        ):
            member.outbox.close(COME_BACK)  # its writer brings it
            return False
        # After a crash others may bring what they were shown of a page that is closed. This room has lost nothing.
        me = member.writer.person_id
        if any(client in self.held and self._owners.get(client, me) != me for client in checked.ends):
            log.warning("event=page_begins_anew workshop=%s why=more_of_another", self.workshop)
            member.outbox.close(BEGIN_ANEW)
            return False
        unknown = checked.ends.keys() - self._known.keys() - self._owners.keys()
        self._brought[member.writer.person_id] += len(unknown)
        if self._brought[member.writer.person_id] > MOST_BROUGHT:
            raise Malformed
        return True

    def _was_refused(self, member: Member, checked: Checked) -> bool:
        """Whether it brings what the database refused before. Whose that is hears why, on a new line too."""
        bans = [ban for client, end in checked.ends.items() if (ban := self._banned.get(client)) and end > ban.first]
        if not bans:
            return False
        log.info("event=page_begins_anew workshop=%s why=refused_before", self.workshop)
        own = next((ban for ban in bans if ban.person == member.writer.person_id), None)
        if own:
            self._tell_refused(member, member.heard, own.reason, own.words)
        else:
            member.outbox.close(BEGIN_ANEW)
        return True

    def _is_allowed(self, member: Member, checked: Checked, update: bytes) -> bool:
        reason = self.may_write(member.writer)
        words = READS_ONLY if reason == "role" else LOCKED
        if reason is None and checked.inserted and self._is_too_long(checked, update):
            reason, words = "size", TOO_LONG
        if reason is None:
            return True
        if self._is_known(checked):
            return True
        self._tell_refused(member, member.heard, reason, words)
        return False

    def _is_known(self, checked: Checked) -> bool:
        if checked.ends or checked.adds_nothing_to(self._deleted):
            return not checked.ends
        # Before somebody is refused, what the document itself says counts.
        self._deleted = self._all_deleted()
        return checked.adds_nothing_to(self._deleted)

    def _all_deleted(self) -> Stretches:
        return deleted_in(self._text.since(self._text.state()))

    def _check_order(self, checked: Checked, update: bytes) -> None:
        """Make sure that nothing is said to stand behind what it stands before: each reader would put it elsewhere.

        Raises:
            Malformed: something is.
            BrokenUpdate: it is no update.
        """
        if not checked.between:
            return
        text = self._text
        if any(clock >= self._known.get(client, 0) for pair in checked.between for client, clock in pair):
            text = text.copy()  # it is said to stand beside what comes along
            text.apply(update)
        if not text.are_in_order(checked.between):
            raise Malformed

    def _is_too_long(self, checked: Checked, update: bytes) -> bool:
        self._most_chars += checked.inserted  # as if nobody had deleted anything
        if self._most_chars <= MOST_CHARS:
            return False
        self._most_chars = len(self.text) + checked.inserted
        if self._most_chars <= MOST_CHARS:
            return False
        tried = self._text.copy()  # it may also delete: only trying tells
        try:
            tried.apply(update)
        except BrokenUpdate:
            raise Malformed from None
        return len(tried.text) > MOST_CHARS

    def _show(self, update: bytes | None, author: Member | None) -> bool:
        """Tell the others what is new, if anything is."""
        if update is not None:
            self._audience.show(update, author)
        return update is not None

    def _know_text(self) -> None:
        """Look once at the whole text, after others have changed it."""
        self._known = state_vector(self._text.state())
        self._deleted = self._all_deleted()
        self._most_chars = len(self.text)

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
        reason = self.may_write(member.writer)
        member.outbox.put(
            _frame("hello", may_write=reason is None, reason=reason, name=member.writer.name, colour=member.colour)
        )

    def _tell_saved(self, member: Member, number: int) -> None:
        member.unsaved = max(0, member.unsaved - 1)
        member.outbox.put(_frame("saved", through=number))

    def _tell_refused(self, member: Member, number: int, reason: str, words: str) -> None:
        member.outbox.put(_frame("refused", number=number, reason=reason, message=words))
        member.outbox.close(BEGIN_ANEW)


def _frame(kind: str, **values: Any) -> str:
    return json.dumps({"type": kind, **values}, ensure_ascii=False)
