"""Who typed what in a document since its policy was last made."""

from dataclasses import dataclass

from lib.domain.ids import PersonId
from lib.domain.text_edits import Edit
from lib.domain.trace import Trace, after_edit, untouched


@dataclass(frozen=True)
class _Typed:
    """What one update did to one place of the text, and the update's number."""

    edit: Edit
    by: PersonId | None
    seq: int

    @property
    def size(self) -> int:
        """How many bytes came."""
        return len(self.edit.words.encode())

    def put_into(self, trace: Trace, by: PersonId | None) -> Trace:
        """The trace after it."""
        return after_edit(trace, self.edit.start, self.edit.end, self.size, by)


class WhoTyped:
    """Follows a text that begins with so many bytes."""

    def __init__(self, size: int) -> None:
        self._typed: list[_Typed] = []
        self._size = size
        self._rested: tuple[int, int] | None = None
        self.trace: Trace = untouched(size)
        """Where the characters come from, and who typed them."""
        self.trace_since_rest: Trace | None = None
        """The same since `rest`; None = that is not waited for any more."""

    def note(self, edit: Edit, by: PersonId | None, seq: int) -> None:
        """Somebody typed this, in the update of this number."""
        typed = _Typed(edit, by, seq)
        self._typed.append(typed)
        self.trace = typed.put_into(self.trace, by)
        if self.trace_since_rest is not None:
            self.trace_since_rest = typed.put_into(self.trace_since_rest, by)

    def rest(self, size: int) -> None:
        """The policy is being made of the text, which has so many bytes."""
        self._rested = (len(self._typed), size)
        self.trace_since_rest = untouched(size)

    def stir(self) -> None:
        """It was not made of it."""
        self._rested = self.trace_since_rest = None

    def level(self) -> bool:
        """It was made of it: what was typed before does not count any more. False if that had been given up."""
        if self._rested is None or self.trace_since_rest is None:
            return False
        count, self._size = self._rested
        del self._typed[:count]
        self.trace = self.trace_since_rest
        self.stir()
        return True

    def level_elsewhere(self, through: int) -> None:
        """Another server has made it of a text as of this update: only what was typed since then has its writers.

        The rest counts as if it had been there before.
        """
        while self._typed and self._typed[0].seq <= through:
            first = self._typed.pop(0)
            self._size += first.size - (first.edit.end - first.edit.start)
        self.trace = untouched(self._size)
        for one in self._typed:
            self.trace = one.put_into(self.trace, one.by if one.seq > through else None)
        self.stir()
