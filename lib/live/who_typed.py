"""Who typed what in a document, and who took what out, since its policy was last made."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.domain.ids import PersonId
from lib.domain.text_edits import Edit
from lib.domain.trace import Removal, Since, Trace, untouched


@dataclass(frozen=True)
class _Typed:
    """What one update did to the text, from its front on, and the update's number."""

    edits: tuple[Edit, ...]
    by: PersonId | None
    seq: int

    def made_of(self, text: bytes) -> bytes:
        """The text after it."""
        parts, taken, made = [], 0, 0
        for edit in self.edits:
            kept = text[taken : taken + edit.start - made]
            parts += [kept, words := edit.words.encode()]
            taken += len(kept) + edit.end - edit.start
            made = edit.start + len(words)
        return b"".join([*parts, text[taken:]])


class WhoTyped:
    """Follows a text from what it is now on."""

    def __init__(self, text: bytes) -> None:
        self._typed: list[_Typed] = []
        self._since = Since(untouched(len(text)))
        self._rested: tuple[int, bytes] | None = None
        self._since_rest: Since | None = None
        self.base: bytes = text
        """The text that all of it is told from."""

    @property
    def trace(self) -> Trace:
        """Where the characters come from in the base, and who typed the others."""
        return self._since.trace

    @property
    def removed(self) -> tuple[Removal, ...]:
        """Who took what out of the base."""
        return self._since.removed

    @property
    def trace_since_rest(self) -> Trace | None:
        """Where they come from in the text of `rest`; None = that is not waited for any more."""
        return self._since_rest.trace if self._since_rest else None

    def note(self, edits: Sequence[Edit], by: PersonId | None, seq: int) -> None:
        """Somebody typed this, in the update of this number."""
        self._typed.append(_Typed(tuple(edits), by, seq))
        self._since = self._since.after(edits, by)
        if self._since_rest is not None:
            self._since_rest = self._since_rest.after(edits, by)

    def rest(self, text: bytes) -> None:
        """The policy is being made of the text, which says this."""
        self._rested = (len(self._typed), text)
        self._since_rest = Since(untouched(len(text)))

    def stir(self) -> None:
        """It was not made of it."""
        self._rested = self._since_rest = None

    def level(self) -> None:
        """It was made of it: what was typed before does not count any more, unless that had been given up."""
        if self._rested is None or self._since_rest is None:
            return
        count, self.base = self._rested
        del self._typed[:count]
        self._since = self._since_rest
        self.stir()

    def level_elsewhere(self, through: int) -> None:
        """Another server has made it of a text as of this update: only what was typed since then has its writers.

        The rest counts as if it had been there before. What two servers stored at the same moment may be known here in
        another order: then this is not the text that the policy says, and the words alone tell which clause is which.
        """
        while self._typed and self._typed[0].seq <= through:
            self.base = self._typed.pop(0).made_of(self.base)
        self._since = Since(untouched(len(self.base)))
        for one in self._typed:
            self._since = self._since.after(one.edits, one.by if one.seq > through else None)
        self.stir()
