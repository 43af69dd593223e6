"""People and their roles in one workshop."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.domain.ids import PersonId, WorkshopId


class Role(StrEnum):
    PARTICIPANT = "participant"
    FACILITATOR = "facilitator"
    ORGANIZER = "organizer"


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


@dataclass(frozen=True)
class Viewer:
    """The person who is asking, in the role they ask in."""

    credential: Credential
    person_id: PersonId
    role: Role
    name: str
