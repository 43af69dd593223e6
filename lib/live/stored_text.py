"""The document as the database has it, without what is only shown yet, and what of it is not in the policy yet."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.text_edits import Edit
from lib.domain.trace import Removal, Trace
from lib.live.clause_places import Spots, moved, places
from lib.live.shared_text import FORMS, SharedText, joined, one_of
from lib.live.who_typed import WhoTyped

REST_S: Final = 0.5
"""The document's text becomes the policy's when nobody has typed for so long,"""
AT_MOST_S: Final = 2.0
"""or so long after somebody began."""
OTHERS_FIRST_S: Final = 1.5
"""A server through which nobody typed leaves it so long to the others."""
MOST_CHANGES_AT_ONCE: Final = 100
"""Of those that forms have made: before more of them are brought in, others have their turn."""


@dataclass(frozen=True)
class Rested:
    """A document's text as of an update, and what became of the text that it was last known to be level with.

    Whether that is what the policy said, only whoever reads the policy can tell.
    """

    workshop: WorkshopId
    seq: int
    text: str
    base: bytes
    """The earlier text that `trace` and `removed` are told from, in UTF-8."""
    trace: Trace
    removed: tuple[Removal, ...]
    by: PersonId | None
    """Who typed last."""


@dataclass(frozen=True)
class Levelled:
    """What became of it. With `changes` forms have changed the policy: the document is to follow, to that revision."""

    revision: int | None = None
    """The policy's revision that says what the document says; None if somebody was faster."""
    problem: str = ""
    """Why the text cannot be the policy's, for people to read."""
    changes: tuple[Edit, ...] | None = None
    """What is to be replaced in the rested text."""
    base_revision: int = 0
    spots: Spots | None = None
    """Where the clauses stand in the rested text. None = not known."""


class Leveller(Protocol):
    """Makes the policy of a document's text."""

    def __call__(self, rested: Rested, /) -> Levelled:
        """Called in a thread. Raises FolkmootError when the database cannot be asked."""
        ...


class StoredText:
    """Only updates that are in the database, in any order."""

    def __init__(self, updates: Iterable[bytes]) -> None:
        self._shared = SharedText(updates)
        self._who = self._who_from_here()
        self._by: PersonId | None = None
        self._of_forms: bytes | None = None
        self._began_at: float | None = None
        self._typed_at = 0.0
        self._is_ours = False

    @property
    def text(self) -> str:
        """The words."""
        return self._shared.text

    def snapshot(self) -> bytes:
        """All of it in one update."""
        return self._shared.since()

    def take(self, update: bytes, by: PersonId | None, seq: int, *, is_ours: bool) -> None:
        """An update is in the database, under this number.

        Raises:
            BrokenUpdate: it is none.
        """
        changes = self._shared.changes_by(update)
        if changes:
            self._who.note(changes, by, seq)
            if update != self._of_forms or self._by is None:
                self._by = by or self._by
            self.touched(is_ours=is_ours)

    def touched(self, *, is_ours: bool = True) -> None:
        """There is something to make the policy of."""
        self._typed_at = time.monotonic()
        self._began_at = self._began_at or self._typed_at
        self._is_ours = self._is_ours or is_ours

    def is_due(self) -> bool:
        """Whether the policy should be made of it now."""
        if self._began_at is None:
            return False
        now = time.monotonic() - (0.0 if self._is_ours else OTHERS_FIRST_S)
        return now - self._typed_at >= REST_S or now - self._began_at >= AT_MOST_S

    @property
    def has_news(self) -> bool:
        """Whether something was stored that the policy was not made of yet."""
        return self._began_at is not None

    def rested(self, workshop: WorkshopId, seq: int) -> Rested:
        """The text as it stands. What is typed from now on counts for the next time."""
        text = self.text
        self._who.rest(text.encode())
        self._began_at, self._is_ours = None, False
        return Rested(workshop, seq, text, self._who.base, self._who.trace, self._who.removed, self._by)

    def level(self) -> None:
        """What `rested` gave is the policy's text now."""
        self._who.level()

    def is_level(self) -> None:
        """The policy says just this text: from here on it is known where the words come from."""
        if self._began_at is None:
            self._who = self._who_from_here()

    def not_level(self) -> None:
        """It is not, so it counts again."""
        self._who.stir()
        self.touched()

    def given_up(self) -> None:
        """It cannot be, until somebody types."""
        self._who.stir()

    async def changed_by(self, changes: Sequence[Edit], snapshot: bytes) -> tuple[bytes | None, int]:
        """The update by which forms change what this snapshot of it says, and the number under which it is written.

        Others have their turns meanwhile. Here it stays as it is until that comes from the database.
        """
        changed, updates = SharedText([snapshot], client=one_of(FORMS)), []
        for end in range(len(changes), 0, -MOST_CHANGES_AT_ONCE):
            updates.append(changed.replace(changes[max(0, end - MOST_CHANGES_AT_ONCE) : end]))
            await asyncio.sleep(0)
        made = [one for one in updates if one is not None]
        self._of_forms = joined(made) if made else None
        return self._of_forms, changed.client

    def places(self, spots: Spots) -> list[dict[str, Any]]:
        """For browsers, where the clauses stand whose places in the text are these."""
        return places(self._shared, spots)

    def places_since(self, spots: Spots) -> list[dict[str, Any]] | None:
        """The same for places in the text that `rested` gave, before `level`; None = they cannot be told any more."""
        trace = self._who.trace_since_rest
        return None if trace is None else places(self._shared, moved(spots, trace))

    @property
    def by(self) -> PersonId | None:
        """Who typed last."""
        return self._by

    def forms_did(self) -> None:
        """Forms have changed the policy, and this says so too: who typed what, and who last, is still known."""
        self._who.stir()
        self.touched()

    def others_did(self, through: int) -> None:
        """Another server has made the policy of it as of this update: it is only known who typed what since then."""
        self._who.level_elsewhere(through)
        self._began_at = None

    def _who_from_here(self) -> WhoTyped:
        return WhoTyped(self.text.encode())


def text_of(opened: dict[str, Any], updates: Sequence[bytes]) -> StoredText:
    """What `open_document` gives, whose bytes are these: the policy's text, and who typed what since."""
    told = opened["updates"]
    made = 1 + sum(int(one["seq"]) <= int(opened["policy_seq"]) for one in told)
    text = StoredText(updates[:made])
    for one, update in zip(told[made - 1 :], updates[made:], strict=True):
        text.take(update, one["by"], int(one["seq"]), is_ours=True)
    return text
