"""At the door of a document: who may bring what into it.

Nobody writes as somebody else or makes the document grow without bound, and what was refused once does not come back by
another way.
"""

import logging
from collections.abc import Iterable
from typing import Final

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Role
from lib.live.audience import Audience
from lib.live.bans import Bans
from lib.live.elsewhere import OtherServers
from lib.live.known_text import MOST_CHARS, MOST_PIECES_AT_ONCE, MOST_TYPED_AT_ONCE, KnownText
from lib.live.member import BEGIN_ANEW, COME_BACK, TOO_MUCH, Allowance, Member, Reason, Writer
from lib.live.page_owners import MOST_BROUGHT, PageOwners
from lib.live.update_check import Checked, Gap, TooScattered
from lib.live.wire import Malformed

MOST_UPDATE_BYTES: Final = 900_000
PIECES_A_SECOND: Final = 20.0
"""New stretches of one person, on and on; after a rest `MOST_PIECES_AT_ONCE`."""
TYPED_A_SECOND: Final = 300.0
"""New characters of one person, on and on; after a rest `MOST_TYPED_AT_ONCE`, the longest text five times."""
LOCKED: Final = "The policy is locked: your text is kept as a private draft."
READS_ONLY: Final = "An organizer reads the policy and does not write it."
TOO_SCATTERED: Final = "This is more at once than the document takes. Your text is kept as a private draft."
TOO_LONG: Final = f"The policy would have more than {MOST_CHARS:,} characters. Your text is kept as a private draft."
log = logging.getLogger("folkmoot.document")


class TurnedAway(Exception):
    """The line is to be closed for this reason. What was typed stays in its browser, and may come again."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):
    """What was typed stays with its author, who hears why: in a word for the page, in a sentence for people."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.words = words


class Door:
    """That of one room, whose text and people it looks at and leaves alone."""

    def __init__(
        self,
        workshop: WorkshopId,
        text: KnownText,
        owners: PageOwners,
        audience: Audience,
        other_servers: OtherServers,
        *,
        banned: Bans,
        is_locked: bool,
    ) -> None:
        self._workshop = workshop
        self._text = text
        self._owners = owners
        self._audience = audience
        self._other_servers = other_servers
        self._banned = banned
        self._pieces: dict[PersonId, Allowance] = {}
        self._typed: dict[PersonId, Allowance] = {}
        self.is_locked = is_locked

    def may_write(self, writer: Writer) -> str | None:
        """Why somebody may not write now, in a word; None if they may."""
        if writer.role is Role.ORGANIZER:
            return "role"
        return "locked" if self.is_locked and writer.role is not Role.FACILITATOR else None

    def check_state(self, state: dict[int, int]) -> None:
        """Make sure that a page can have this.

        Raises:
            TurnedAway: it is of the document that was here before.
            Malformed: of more pages than anybody can know.
        """
        self._check_is_of_this_document(state)
        if len(state) > self._most_clients:
            raise Malformed

    def check(self, member: Member, update: bytes, *, is_all: bool) -> Checked:
        """Make sure that somebody may bring this update; gives what it holds.

        `is_all` = it is everything that the page has, others' doing included, and not only what was done there.

        Raises:
            TurnedAway: not by this line, or not now.
            Refused: not at all.
            Malformed: nothing that a browser of ours sends.
        """
        checked = self._looked_through(member, update)
        if is_all and self._deletes_what_was_refused(checked):
            raise self._begins_anew("deletion_refused_before")  # what was done there, comes again by itself
        self._check_is_of_this_document(checked.ends)
        self._check_was_not_refused(member, checked)
        self._check_is_theirs(member, checked)
        self._check_may_change(member, checked)
        return checked

    def _looked_through(self, member: Member, update: bytes) -> Checked:
        """What is in it, if it is neither too large nor too much at a time."""
        if len(update) > MOST_UPDATE_BYTES:
            raise Refused("size", TOO_LONG)
        try:
            checked = self._text.check(update, self._most_clients)
            weight = self._text.weight(checked)
        except Gap as gap:
            raise self._begins_anew("gap", detail=str(gap)) from None
        except TooScattered:  # waiting would not help
            raise Refused("size", TOO_SCATTERED) from None
        if not self._may_add(member, checked) or not member.may_send(0, weight):
            raise TurnedAway(TOO_MUCH)
        return checked

    @property
    def _most_clients(self) -> int:
        """Of how many pages anybody can have something: of those that typed or came in, and of what a server lost."""
        return len(self._text) + len(self._owners) + MOST_BROUGHT

    def _may_add(self, member: Member, checked: Checked) -> bool:
        """Whether somebody may make the document's history so much longer, by whichever of their pages."""
        me = member.writer.person_id
        pieces = self._pieces.setdefault(me, Allowance(PIECES_A_SECOND, MOST_PIECES_AT_ONCE, member.clock))
        typed = self._typed.setdefault(me, Allowance(TYPED_A_SECOND, MOST_TYPED_AT_ONCE, member.clock))
        return pieces.takes(self._text.pieces(checked)) and typed.takes(self._text.typed(checked))

    def _deletes_what_was_refused(self, checked: Checked) -> bool:
        """Whether words would go of which the database refused before that they go."""
        refused = self._banned.deletes_in(checked)
        return bool(refused) and not self._text.has_deleted(refused)

    def _check_is_of_this_document(self, clients: Iterable[int]) -> None:
        if self._text.is_before_it(clients):
            raise self._begins_anew("document_before")

    def _check_was_not_refused(self, member: Member, checked: Checked) -> None:
        """Whose it is that the database refused before, hears why, on a new line too."""
        me = member.writer.person_id
        # What somebody else wrote in the name of a page is refused of them, and not of whose the page is.
        bans = [
            ban
            for page, ban in self._banned.of(checked).items()
            if ban.person == me or self._owners.of(page, ban.person) != me
        ]
        own = next((ban for ban in bans if ban.person == me), None)
        if own:
            log.info("event=refused_before workshop=%s reason=%s", self._workshop, own.reason)
            raise Refused(own.reason, own.words)
        if bans:
            raise self._begins_anew("refused_before")

    def _check_is_theirs(self, member: Member, checked: Checked) -> None:
        """Nobody writes as somebody who is or was here, or whose cursor another server shows."""
        # Who has not yet said what they have may be waiting for this very page to bring its own first.
        foreign, me = checked.ends.keys() - {member.client}, member.writer.person_id
        elsewhere = self._other_servers.cursors()
        if any(page in elsewhere and elsewhere[page].person_id != me for page in foreign) or any(
            other.client in foreign and other.heard and other.writer.person_id != me for other in self._audience.members
        ):
            raise TurnedAway(COME_BACK)  # its writer brings it
        # After a crash others may bring what they were shown of a page that is closed. This room has lost nothing.
        if self._owners.have_lost_nothing(checked.ends, me):
            raise self._begins_anew("more_of_another", logging.WARNING)
        new_pages = self._text.new_among(checked.ends)
        if not self._owners.may_bring(member, new_pages):
            raise Malformed  # of more pages than anybody can have lost
        if member.client in new_pages and not self._owners.may_begin(member):
            raise TurnedAway(TOO_MUCH)

    def _check_may_change(self, member: Member, checked: Checked) -> None:
        """Whoever may not write may still bring what is known."""
        reason = self.may_write(member.writer)
        words = READS_ONLY if reason == "role" else LOCKED
        if reason is None and self._text.is_too_long_with(checked):
            reason, words = "size", TOO_LONG
        if reason is not None and not self._text.has(checked):
            raise Refused(reason, words)

    def _begins_anew(self, why: str, level: int = logging.INFO, *, detail: str = "") -> TurnedAway:
        log.log(level, "event=page_begins_anew workshop=%s why=%s detail=%s", self._workshop, why, detail)
        return TurnedAway(BEGIN_ANEW)
