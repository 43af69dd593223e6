"""A policy in whose text people type."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from lib.domain.ids import ClauseId, PersonId
from lib.domain.text_edits import Edit
from lib.domain.trace import Removal, Since, Trace, untouched
from lib.policy.document import Document
from lib.policy.doings import Doings, Names, doings
from lib.policy.identity import Identities, Known, Said, identities, trace_between
from lib.policy.parse import document_of, new_document, parse

ANA, BEN, CLEO = PersonId("ana"), PersonId("ben"), PersonId("cleo")
TEXT = """# Manner

- Ask before you answer.
- Name a source for every claim.

# Limits

- Never promise an outcome. [always]
- Say what you do not know.
"""


class Typing:
    """A policy in which people type, with the trace that the live document keeps."""

    def __init__(self, text: str = TEXT) -> None:
        numbers = count(1)
        self.old: Document = new_document(text, lambda: ClauseId(str(next(numbers))))
        self.text = text
        self._since = Since(untouched(len(text.encode())))
        self._numbers = numbers
        self._gone: list[Known] = []
        self._said: list[Said] = []

    def replace(self, old: str, new: str, by: PersonId = ANA) -> "Typing":
        """Put other characters in the place of some, as somebody does who selects and types."""
        assert self.text.count(old) == 1 or not old
        self.edit(self.text.index(old), len(old), new, by)
        return self

    def edit(self, at: int, size: int, words: str, by: PersonId = ANA) -> None:
        start = len(self.text[:at].encode())
        end = len(self.text[: at + size].encode())
        self._since = self._since.after([Edit(start, end, words)], by)
        self.text = self.text[:at] + words + self.text[at + size :]

    @property
    def trace(self) -> Trace:
        return self._since.trace

    @property
    def removed(self) -> tuple[Removal, ...]:
        return self._since.removed

    def ids(self, *gone: Known, trace: Trace | None = None) -> list[str]:
        """The clauses' identities after it: "1" to "4" for those of the beginning."""
        return [str(one) for one in self._identities(gone, trace).ids]

    def _identities(self, gone: Sequence[Known] = (), trace: Trace | None = None) -> Identities:
        return identities(
            self.old,
            parse(self.text),
            self.trace if trace is None else trace,
            [*gone, *self._gone],
            lambda: ClauseId(f"new{next(self._numbers)}"),
            said=self._said,
            is_seen=trace is None,
        )

    def rests(self) -> list[str]:
        """Have the policy follow, as after each rest; gives the identities. What it said so far stays known."""
        found = self._identities()
        ids = [str(one) for one in found.ids]
        known = [Known(one, clause.wording) for one, clause in zip(self.old.ids, self.old.clauses, strict=True)]
        self._said += [Said(one.clause_id, one.wording) for one in known]
        over = found.typed_over
        self._said = [replace(one, is_typed_over=True) if one.clause_id in over else one for one in self._said]
        self._gone = [one for one in (*known, *self._gone) if one.clause_id not in ids]
        self.old = document_of(self.text, [ClauseId(one) for one in ids])
        self._since = Since(untouched(len(self.text.encode())))
        return ids

    def doings(self) -> Doings:
        """What became of the clauses, if the trace is known."""
        new = document_of(self.text, [ClauseId(one) for one in self.ids()])
        return doings(self.old, new, self.trace, self.removed)

    def by(self) -> dict[str, Names]:
        """Who changed or moved each clause."""
        return {str(one): who for one, who in self.doings().by.items()}

    def ids_by_words(self, *gone: Known) -> list[str]:
        """The clauses' identities when nothing but both texts is known."""
        return self.ids(*gone, trace=trace_between(self.old.text, self.text))
