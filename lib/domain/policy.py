"""A policy, its clauses, and its versions. The policy's text is the source; clauses are its registry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.domain.ids import ClauseId, VersionId

MAX_CLAUSE_CHARS = 2_000
MAX_CLAUSES = 1_000
MAX_POLICY_CHARS = 100_000


@dataclass(frozen=True)
class Tag:
    """When a clause applies: `always`, or only `when` something is the case (None = when, unspecified)."""

    always: bool = False
    when: str | None = None


NO_TAG = Tag()


@dataclass(frozen=True)
class Rough:
    """Somebody's mark that a clause says what it should, and its wording comes later."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Clause:
    """One rule. `number` is its label (shown as C7), given once and never reused. `section` is its heading or ""."""

    clause_id: ClauseId
    number: int
    wording: str
    tag: Tag
    section: str
    is_withdrawn: bool = False
    authors: tuple[str, ...] = ()
    """Names of everyone who worded it, first author first; hidden names already replaced."""
    updated_at: datetime | None = None
    is_hidden: bool = False
    """Whether only facilitators read it; others read a placeholder."""
    rough: Rough | None = None
    """Set and cleared by people alone; no part of the policy's text, and no model is told."""


@dataclass(frozen=True)
class Policy:
    """The live policy. `clauses` are the active ones, in the order of the text."""

    text: str
    revision: int
    clauses: tuple[Clause, ...]
    withdrawn: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class VersionHeader:
    """A published version without its text."""

    version_id: VersionId
    number: int | None
    """None for the unnumbered snapshot of unpublished text that a run was made with."""
    note: str
    published_by: str
    published_at: datetime
    clause_count: int
    is_restored: bool = False
    """Whether it came of restoring another version."""
    kept_before: int | None = None
    """The number of the version that was made just before, to keep what stood there; None if it was kept already."""


@dataclass(frozen=True)
class PolicyVersion:
    """An immutable snapshot with the clauses as they were worded in it."""

    version_id: VersionId
    number: int | None
    note: str
    published_by: str
    published_at: datetime
    text: str
    clauses: tuple[Clause, ...]


class ClauseEventKind(StrEnum):
    ADDED = "added"
    EDITED = "edited"
    MOVED = "moved"
    TAGGED = "tagged"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


@dataclass(frozen=True)
class ClauseEvent:
    """One line of a clause's history."""

    kind: ClauseEventKind
    wording: str
    section: str
    tag: Tag
    by: str
    at: datetime
    revision: int
    suggested_by: str | None = None
    """Whose suggestion it was that `by` accepted; None for everything else."""
    also_by: tuple[str, ...] = ()
    """Who else wrote in it at the same time in the live document, where `by` wrote most."""
