"""What changed between two versions of a policy, by clause, by word, and by line."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lib.domain.policy import Clause
from lib.policy.moves import moved

_WORD = re.compile(r"\s+|\w+|[^\w\s]")


class ChangeKind(StrEnum):
    """What happened to a clause from one version to another."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    REWORDED = "reworded"
    RETAGGED = "retagged"
    MOVED = "moved"


class SpanKind(StrEnum):
    """Whether words stand in both wordings, or in one of them."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class PolicyText:
    """A policy at one time: a published version, or the live text. `name` is its label, such as v2."""

    name: str
    text: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class Span:
    """Some words of a wording."""

    kind: SpanKind
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """One clause in both versions; `before` or `after` is None where it is not in that one. No kinds = unchanged.

    `spans` tell the wording word by word, removed before added.
    """

    before: Clause | None
    after: Clause | None
    kinds: tuple[ChangeKind, ...]
    spans: tuple[Span, ...]

    @property
    def clause(self) -> Clause:
        """The clause as it stands in the newer version that has it."""
        clause = self.after or self.before
        assert clause is not None
        return clause


def compare_clauses(before: Sequence[Clause], after: Sequence[Clause]) -> tuple[ClauseChange, ...]:
    """Every clause of either version: those of the newer in its order, each withdrawn one where it stood."""
    old = {clause.clause_id: clause for clause in before}
    new = {clause.clause_id: clause for clause in after}
    have_moved = moved(*({clause.clause_id: clause.section for clause in clauses} for clauses in (before, after)))
    changes = [change_between(old.get(clause.clause_id), clause, clause.clause_id in have_moved) for clause in after]
    for place, clause in enumerate(before):
        if clause.clause_id not in new:
            previous = before[place - 1].clause_id if place else None
            at = next((i for i, c in enumerate(changes) if c.clause.clause_id == previous), -1)
            changes.insert(at + 1, change_between(clause, None, False))
    return tuple(changes)


def word_spans(before: str, after: str) -> tuple[Span, ...]:
    """The newer wording with what was removed from the older one, word by word."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    spans: list[Span] = []
    for operation, i, i_end, j, j_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            spans.append(Span(SpanKind.SAME, "".join(new[j:j_end])))
            continue
        if i < i_end:
            spans.append(Span(SpanKind.REMOVED, "".join(old[i:i_end])))
        if j < j_end:
            spans.append(Span(SpanKind.ADDED, "".join(new[j:j_end])))
    return tuple(spans)


def text_diff(before: PolicyText, after: PolicyText) -> str:
    """The unified diff of two policies' texts; "" when they are the same."""
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), before.name, after.name, lineterm=""
    )
    return "\n".join(lines)


def change_between(before: Clause | None, after: Clause | None, is_moved: bool) -> ClauseChange:
    """What happened to one clause; at most one of the two may be None. `is_moved` = its place among others changed."""
    spans = word_spans(before.wording if before else "", after.wording if after else "")
    if before is None or after is None:
        return ClauseChange(before, after, (ChangeKind.WITHDRAWN if before else ChangeKind.ADDED,), spans)
    kinds = {
        ChangeKind.REWORDED: before.wording != after.wording,
        ChangeKind.RETAGGED: before.tag != after.tag,
        ChangeKind.MOVED: is_moved or before.section != after.section,
    }
    return ClauseChange(before, after, tuple(kind for kind, is_so in kinds.items() if is_so), spans)
