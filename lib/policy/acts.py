"""One person's change to a policy, as a value. Clauses are named by identity, not by place."""

from dataclasses import dataclass

from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Tag


@dataclass(frozen=True)
class AddClause:
    """A new clause at the end of a section ("" = before the first heading). A section not there yet is made."""

    clause_id: ClauseId
    wording: str
    tag: Tag = NO_TAG
    section: str = ""


@dataclass(frozen=True)
class EditClause:
    """Another wording and tag for a clause that was worded `base_wording` when its author began.

    With `base_tag`, the tag it had then, a tag that its author left alone stays as others set it meanwhile, and another
    one counts only if nobody else set one.
    """

    clause_id: ClauseId
    base_wording: str
    wording: str
    tag: Tag = NO_TAG
    base_tag: Tag | None = None


@dataclass(frozen=True)
class MoveClause:
    """A clause put before another one of a section, or at that section's end."""

    clause_id: ClauseId
    section: str
    before: ClauseId | None = None


@dataclass(frozen=True)
class TagClause:
    """Another tag for a clause. With `base_tag`, only if it still has that one."""

    clause_id: ClauseId
    tag: Tag
    base_tag: Tag | None = None


@dataclass(frozen=True)
class WithdrawClause:
    """A clause taken out. With `base_wording`, only if it is still worded so."""

    clause_id: ClauseId
    base_wording: str | None = None


@dataclass(frozen=True)
class RestoreClause:
    """A withdrawn clause put back, before another one of a section, or at that section's end."""

    clause_id: ClauseId
    wording: str
    tag: Tag = NO_TAG
    section: str = ""
    before: ClauseId | None = None


@dataclass(frozen=True)
class AddSection:
    """A heading at the policy's end."""

    name: str


@dataclass(frozen=True)
class RenameSection:
    """Another name for a section."""

    section: str
    name: str


Change = AddClause | EditClause | MoveClause | TagClause | WithdrawClause | RestoreClause | AddSection | RenameSection
