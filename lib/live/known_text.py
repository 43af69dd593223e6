"""A document as this process has it, and what is known of it: enough to judge an update before it is taken in."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from lib.live.neighbours import Neighbours
from lib.live.shared_text import NO_STATE, SEEDS, BrokenUpdate, SharedText
from lib.live.stretches import Ranges, Stretches
from lib.live.update_check import NOTHING, Checked, TooScattered, check_update, checked_before, deleted_in
from lib.live.wire import Malformed, state_vector

MOST_CHARS: Final = 100_000
"""As many as the policy's text may have, in UTF-16 units as browsers count."""
MOST_PIECES_AT_ONCE: Final = 10_000
"""New stretches in one update: a dozen bytes for what was typed or deleted in a row."""
MOST_TYPED_AT_ONCE: Final = 500_000
"""Characters that are new in one update, whether they are deleted or not."""
STEPS_A_MESSAGE: Final = 5_000
"""Who makes the server compare so much counts as having sent one more message."""


class HalfApplied(Exception):
    """Of an update that was found good only a part came into the text: what is here is not what pages have."""


class KnownText:
    """The text with everything that was typed and deleted in it, by whom under which number."""

    def __init__(self, updates: Sequence[bytes]) -> None:
        """Make it of updates that were checked before, the oldest first.

        Raises:
            BrokenUpdate: one of them is none.
        """
        self._text = SharedText(updates)
        self._neighbours = Neighbours(self._text.since())
        self._ends: dict[int, int] = {}
        """How far each page's edits go."""
        self._deleted = Stretches()
        """What is deleted, as far as it is known; the document itself may have more."""
        self._most_chars = 0
        """No fewer than the text has, in UTF-16 units."""
        self.look_through()

    @property
    def text(self) -> str:
        """The words as they stand."""
        return self._text.text

    @property
    def clients(self) -> Container[int]:
        """The numbers of the pages that typed in it."""
        return self._ends.keys()

    def __len__(self) -> int:
        """Of how many pages it has something."""
        return len(self._ends)

    @property
    def typed_ever(self) -> int:
        """How many characters were ever typed in it."""
        return sum(self._ends.values())

    def new_among(self, clients: Iterable[int]) -> set[int]:
        """Those of these pages of which it has nothing yet."""
        return set(clients) - self._ends.keys()

    def longer_among(self, ends: Mapping[int, int]) -> set[int]:
        """Those of these pages of which it has less than up to there."""
        return {client for client, end in ends.items() if end > self._ends.get(client, 0)}

    def state(self) -> bytes:
        """What is known here, in the few bytes by which another can tell what is missing there."""
        return self._text.state()

    def since(self, state: bytes = NO_STATE) -> bytes:
        """Everything that somebody with this state lacks.

        Raises:
            BrokenUpdate: the bytes are no state.
        """
        return self._text.since(state)

    def is_before_it(self, clients: Iterable[int]) -> bool:
        """Whether who has something of these pages has the document that was here before this one was begun anew.

        All of it would come in beside the same words, as new text that rests on nothing.
        """
        return any(client in SEEDS and client not in self._ends for client in clients)

    def check(self, update: bytes, most_clients: int) -> Checked:
        """Read an update that comes from outside, of so many pages at most.

        Raises:
            Malformed: it is none that a browser of ours makes.
            Gap: it rests on what is not known here.
            TooScattered: it is more, or in more pieces, than the document takes at once.
        """
        most_deletes = len(self._deleted) + MOST_PIECES_AT_ONCE
        checked = check_update(update, self._ends, most_deletes=most_deletes, most_clients=most_clients)
        if self.pieces(checked) > MOST_PIECES_AT_ONCE or self.typed(checked) > MOST_TYPED_AT_ONCE:
            raise TooScattered
        return checked

    def pieces(self, checked: Checked) -> int:
        """How many stretches longer the document's history would be by this."""
        return checked.stretches_beside(self._deleted)

    def typed(self, checked: Checked) -> int:
        """How many characters are new in this, whether they are deleted or not."""
        return sum(end - self._ends.get(client, 0) for client, end in checked.ends.items())

    def weight(self, checked: Checked) -> float:
        """As how many messages it counts to look whether this can have been typed.

        Raises:
            Malformed: it cannot.
            TooScattered: it would take too long.
        """
        return self._neighbours.steps(checked) / STEPS_A_MESSAGE

    def has(self, checked: Checked) -> bool:
        """Whether all that is in it is known already."""
        if checked.ends or checked.adds_nothing_to(self._deleted):
            return not checked.ends
        # Before somebody is refused, what the document itself says counts.
        self._deleted = self._all_deleted()
        return checked.adds_nothing_to(self._deleted)

    def has_deleted(self, edits: Ranges) -> bool:
        """Whether all of these are deleted."""
        if not self._deleted.have(edits):
            self._deleted = self._all_deleted()
        return self._deleted.have(edits)

    def is_too_long_with(self, checked: Checked) -> bool:
        """Whether the text would have more than `MOST_CHARS`."""
        if not checked.inserted:
            return False
        self._most_chars += checked.inserted  # as if nobody had deleted anything
        if self._most_chars <= MOST_CHARS:
            return False
        self._deleted = self._all_deleted()
        self._most_chars = units(self.text) + checked.inserted - self._deleted.lacking(self._known_among(checked.cuts))
        return self._most_chars > MOST_CHARS

    def take(self, update: bytes, checked: Checked) -> tuple[bytes | None, Checked]:
        """Take in what was checked; gives what was new in it, None if nothing was, and the edits of that.

        Raises:
            Malformed: no page can have typed it where it says. Nothing of it was taken in.
            HalfApplied: the document is good for nothing any more.
        """
        try:
            self._neighbours.check(checked)
            new = self._text.apply(update)
        except BrokenUpdate:
            self._neighbours.forget_order()
            raise Malformed from None
        taken = checked_before(new or NOTHING)
        if taken.ends != checked.ends:
            raise HalfApplied
        self._ends.update(checked.ends)
        self._deleted.add(checked.deletes)
        self._neighbours.add(checked)
        return new, taken

    def learn(self, update: bytes) -> bytes | None:
        """Take in what is stored; gives what was new in it. After the last one `look_through` is to follow.

        Raises:
            BrokenUpdate: it is no document.
        """
        new = self._text.apply(update)
        self._neighbours.learn(update)
        return new

    def look_through(self) -> None:
        """Look once at the whole text, after others have changed it."""
        self._ends = state_vector(self._text.state())
        self._deleted = self._all_deleted()
        self._most_chars = units(self.text)

    def stands_elsewhere(self, told: Checked) -> bool:
        """Whether what is told of pages has what they typed in another place than here."""
        return self._neighbours.stands_elsewhere(told)

    def _known_among(self, edits: Ranges) -> Ranges:
        """Those of these stretches, each of which begins with what is known, as far as they are known."""
        known = self._ends
        return {
            page: [(one, min(size, known[page] - one)) for one, size in given] for page, given in edits.items() if given
        }

    def _all_deleted(self) -> Stretches:
        return deleted_in(self._text.since(self._text.state()))


def units(text: str) -> int:
    """How long a text is for Yjs and for browsers."""
    return len(text.encode("utf-16-le")) // 2
