"""Rounds of blind votes: open → closed → revealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.domain.ids import ClauseId, ItemId, PersonId, ResponseId, RoundId, ScenarioId, VersionId


class Anonymity(StrEnum):
    NAMED = "named"
    ANONYMOUS = "anonymous"


class RoundStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    REVEALED = "revealed"


class Position(StrEnum):
    """A vote's answer. Pass and cannot judge are answers, not positions on the question."""

    AGREE = "agree"
    PASS = "pass"
    DISAGREE = "disagree"
    CANNOT_JUDGE = "cannot_judge"


class ItemKind(StrEnum):
    RESPONSE = "response"
    CLAUSE = "clause"


@dataclass(frozen=True)
class Item:
    """What is voted on, frozen when the round opened.

    A response item carries the scenario and the response text; a clause item its wording in a version.
    """

    item_id: ItemId
    kind: ItemKind
    label: str
    """Such as "C7" or "S3 · v1 · sample 1"."""
    text: str
    section: str = ""
    scenario_title: str = ""
    scenario_text: str = ""
    response_id: ResponseId | None = None
    scenario_id: ScenarioId | None = None
    clause_id: ClauseId | None = None
    version_id: VersionId | None = None
    version_number: int | None = None
    is_baseline: bool = False
    model: str = ""
    is_current_wording: bool = True
    """False once the clause was reworded or withdrawn after the version voted on."""


@dataclass(frozen=True)
class MyVote:
    item_id: ItemId
    position: Position
    reason: str
    cast_at: datetime


@dataclass(frozen=True)
class Turnout:
    """Who has voted, never what. `voted` and `missing` hold names for a facilitator and are empty for others."""

    voted_count: int
    eligible_count: int
    removed_count: int
    voted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Round:
    """A round as this viewer may see it: frozen items, the viewer's own votes, a turnout without contents.

    Own votes of an anonymous round are gone once it is revealed: they can no longer be linked to anyone.
    """

    round_id: RoundId
    number: int
    question: str
    anonymity: Anonymity
    status: RoundStatus
    opened_at: datetime
    closed_at: datetime | None
    revealed_at: datetime | None
    items: tuple[Item, ...]
    my_votes: tuple[MyVote, ...]
    i_am_eligible: bool
    turnout: Turnout


@dataclass(frozen=True)
class Vote:
    """A revealed vote. `person_id` and `person_name` are None in an anonymous round."""

    item_id: ItemId
    person_id: PersonId | None
    person_name: str | None
    position: Position
    reason: str
    vote_id: str = ""
    """Names the vote for the facilitator who hides its reason; new and random in a revealed anonymous round."""
    reason_is_hidden: bool = False
    """Others read a placeholder in its place; the facilitator still reads it."""


@dataclass(frozen=True)
class RoundResult:
    """A revealed round with its counted votes, without those of removed people."""

    round_id: RoundId
    number: int
    question: str
    anonymity: Anonymity
    revealed_at: datetime
    items: tuple[Item, ...]
    votes: tuple[Vote, ...]
    eligible_count: int
    voted_count: int
    removed_count: int
    """People whose votes are excluded because they were removed."""


@dataclass(frozen=True)
class CastVote:
    """One vote on its way to the database. `request_id` makes sending it twice harmless."""

    item_id: ItemId
    position: Position
    reason: str
    request_id: str
