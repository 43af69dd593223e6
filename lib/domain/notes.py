"""What was noted and decided on the spot, and who dissents from a decision."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from lib.domain.ids import NoteId, PersonId, ScenarioId

MAX_NOTE_CHARS: Final = 2_000
MAX_DISSENT_CHARS: Final = 1_000


class NoteKind(StrEnum):
    NOTE = "note"
    DECISION = "decision"


class ThingKind(StrEnum):
    """What a note, a call or a spotlight can be about."""

    CLAUSE = "clause"
    SCENARIO = "scenario"
    RESPONSE = "response"
    ROUND = "round"


@dataclass(frozen=True)
class About:
    """The thing that a note is about."""

    kind: ThingKind
    thing_id: str


@dataclass(frozen=True)
class Dissent:
    """Somebody's own dissent from a decision, by their own act and never derived from a vote."""

    dissent_id: str
    person_id: PersonId
    name: str
    words: str
    """May be empty."""
    is_hidden: bool
    at: datetime
    is_older: bool
    """Whether the decision says something else than its writer saw."""
    from_wording: str | None = None
    """What it said then, if so, for those who lead or answer for the workshop."""


@dataclass(frozen=True)
class Note:
    """A note or a decision as this viewer may see it. Withdrawn ones are seen by those who lead."""

    note_id: NoteId
    kind: NoteKind
    about_kind: ThingKind | None
    about_id: str | None
    about_scenario_id: ScenarioId | None
    """The scenario that it is about, itself or by one of its responses."""
    about_label: str
    """Such as "C7" or "S3 · v1"; empty where it is about nothing, or that is gone."""
    text: str
    revision: int
    by: str
    at: datetime
    edited_at: datetime | None
    is_withdrawn: bool
    dissents: tuple[Dissent, ...]

    @property
    def is_decision(self) -> bool:
        """Whether it is a decision, and no note."""
        return self.kind is NoteKind.DECISION

    def is_about(self, kind: ThingKind, thing_id: str) -> bool:
        """Whether it is about this thing."""
        return (self.about_kind, self.about_id) == (kind, thing_id)

    def dissent_of(self, person: PersonId) -> Dissent | None:
        """This person's dissent, if they recorded one."""
        return next((one for one in self.dissents if one.person_id == person), None)

    @property
    def dissents_counted(self) -> tuple[int, int]:
        """How many dissent from what it says, and how many from an earlier wording."""
        older = sum(one.is_older for one in self.dissents)
        return len(self.dissents) - older, older


@dataclass(frozen=True)
class NoteEvent:
    """One act in a note's history: added, edited, withdrawn or restored."""

    kind: str
    text: str
    by: str
    at: datetime
