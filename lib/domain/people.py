"""People and their roles in one workshop."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.domain.ids import PersonId, WorkshopId


class Role(StrEnum):
    PARTICIPANT = "participant"
    FACILITATOR = "facilitator"
    ORGANIZER = "organizer"


class Nudged(StrEnum):
    """Why somebody gets a quiet line on their page."""

    IDLE = "idle"
    VOTE = "vote"


@dataclass(frozen=True)
class Nudge:
    """The line on one's own page, until one puts it away."""

    reason: Nudged
    at: datetime


@dataclass(frozen=True)
class Credential:
    """Proof of who is asking: a workshop and the SHA-256 (hex) of a secret token. The token itself is never stored."""

    workshop_id: WorkshopId
    token_hash: str


@dataclass(frozen=True)
class Person:
    """One person as others may see them. A hidden name is already replaced."""

    person_id: PersonId
    role: Role
    name: str
    is_removed: bool = False
    name_is_hidden: bool = False
    last_seen_at: datetime | None = None
    wants_back_at: datetime | None = None
    """When somebody asked, from the join page, to be let back in under this name (facilitators see it)."""
    is_co_facilitator: bool = False
    page: str = ""
    """The page that they looked at last. This and what follows facilitators see."""
    acted_at: datetime | None = None
    """When they last pressed or typed something there, as far as their browser told."""
    nudged_at: datetime | None = None
    nudged_for: Nudged | None = None
    """Why, as long as a nudge stands on their page."""
    has_voted: bool | None = None
    """Whether they voted in every open round that they may vote in, never what; None without one."""


@dataclass(frozen=True)
class Viewer:
    """The person who is asking, in the role they ask in."""

    credential: Credential
    person_id: PersonId
    role: Role
    name: str
