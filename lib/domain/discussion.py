"""What stands beside a clause: comments, suggested wordings, and the scenarios on which it was tried."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from lib.domain.ids import ClauseId, CommentId, PersonId, ScenarioId, SuggestionId

MAX_COMMENT_CHARS: Final = 2_000
MAX_REASON_CHARS: Final = 1_000


@dataclass(frozen=True)
class Comment:
    """One contribution to the discussion of a clause, as this viewer may read it."""

    comment_id: CommentId
    clause_id: ClauseId
    person_id: PersonId | None
    by: str
    text: str
    """Empty for everybody but its author once that one took it back."""
    at: datetime
    edited_at: datetime | None
    is_withdrawn: bool
    is_hidden: bool


class SuggestionState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


@dataclass(frozen=True)
class Suggestion:
    """Another wording for a clause, which somebody else can accept. `base_wording` is the one that it was made for."""

    suggestion_id: SuggestionId
    clause_id: ClauseId
    clause_number: int
    person_id: PersonId | None
    by: str
    base_wording: str
    wording: str
    reason: str
    at: datetime
    state: SuggestionState
    settled_by: str | None
    settled_at: datetime | None
    revision: int | None
    """The policy's revision with which an accepted one came into it; None where the clause was worded so already."""
    is_hidden: bool

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.state is SuggestionState.OPEN


@dataclass(frozen=True)
class Tried:
    """How many marks of each kind a clause has on the policy-informed responses to one shared scenario."""

    scenario_id: ScenarioId
    number: int
    title: str
    followed: int
    violated: int
    not_concerned: int


@dataclass(frozen=True)
class BesideClause:
    """All that was said and suggested about one clause, oldest first, and where it was tried."""

    comments: tuple[Comment, ...]
    suggestions: tuple[Suggestion, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True)
class BesideCount:
    """How many comments stand and how many suggestions are open beside one clause."""

    clause_id: ClauseId
    comment_count: int
    suggestion_count: int
