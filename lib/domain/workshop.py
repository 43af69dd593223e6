"""The workshop as its frame: where the group is, how it is joined, what model it uses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.domain.ids import PersonId, RoundId, ScenarioId, StepId, WorkshopId
from lib.domain.people import Nudge, Role


class Stage(StrEnum):
    """Where the group is: a place, not a permission."""

    DRAFT = "draft"
    TEST = "test"
    VOTE = "vote"
    REVIEW = "review"


@dataclass(frozen=True)
class ModelChoice:
    """A model by its LiteLLM name, and the address it is reached at (None = the provider's own)."""

    model: str
    api_base: str | None = None


@dataclass(frozen=True)
class AgendaNow:
    """Where the group is in its agenda, as everybody may know it."""

    step_id: StepId
    number: int
    """From 1."""
    count: int
    title: str
    next_title: str | None


class CallKind(StrEnum):
    """What everybody can be called to, or shown."""

    STAGE = "stage"
    CLAUSE = "clause"
    SCENARIO = "scenario"
    RESPONSE = "response"
    ROUND = "round"


@dataclass(frozen=True)
class Call:
    """Where those who lead ask everybody to, or what they show to all. New with every call."""

    call_id: str
    kind: CallKind
    target: str
    """A stage, or the id of the thing."""
    at: datetime
    by: str
    label: str
    """Such as "C7" or "S3 · v1"; empty for a stage."""
    title: str = ""
    scenario_id: ScenarioId | None = None
    text: str = ""
    """What stands in the thing, cut after 1,200 characters; in a notice only, and empty for what is hidden."""


@dataclass(frozen=True)
class Workshop:
    workshop_id: WorkshopId
    title: str
    brief: str
    stage: Stage
    rev: int
    join_code: str | None
    """None for everyone but the facilitator."""
    code_is_open: bool
    editing_is_locked: bool
    timer_ends_at: datetime | None
    timer_label: str
    model: ModelChoice | None
    """None = the server's default model."""
    max_calls: int
    calls_used: int
    max_cost_usd: float
    cost_used_usd: float
    """Sum of the known costs; responses of unknown cost add nothing and are counted in `calls_of_unknown_cost`."""
    calls_of_unknown_cost: int
    created_at: datetime
    timer_left_s: float | None = None
    """What is left of a countdown that stands still; `timer_ends_at` is None then."""
    agenda: AgendaNow | None = None
    """None while no agenda is under way."""
    call: Call | None = None
    """Where everybody is asked to at the moment."""
    spotlight: Call | None = None
    """What is shown to everybody at the moment."""

    def left_s(self, now: datetime) -> float | None:
        """How many seconds the countdown has left, whether it runs or stands still; None without one."""
        if self.timer_left_s is not None:
            return self.timer_left_s
        return None if self.timer_ends_at is None else max(0.0, (self.timer_ends_at - now).total_seconds())


@dataclass(frozen=True)
class Me:
    person_id: PersonId
    role: Role
    name: str
    is_co_facilitator: bool = False
    """Whether this is a participant who was given the right to lead, in whichever role they ask."""
    nudge: Nudge | None = None


@dataclass(frozen=True)
class RoundNotice:
    """An open round, as anybody may know of it: how many of the eligible have voted, not who and not what."""

    round_id: RoundId
    number: int
    question: str
    voted_count: int
    eligible_count: int
    i_have_voted: bool
    i_am_eligible: bool


@dataclass(frozen=True)
class Place:
    """What the frame of every page shows: one read."""

    workshop: Workshop
    me: Me
    participant_count: int
    latest_version_number: int | None
    policy_revision: int
    clause_count: int
    changed_since_version: bool
    open_rounds: tuple[RoundNotice, ...]


class Topic(StrEnum):
    """What a change of a workshop concerns, as the database names it (`private.bump`)."""

    PLACE = "place"
    PEOPLE = "people"
    POLICY = "policy"
    TEST = "test"
    """Scenarios, runs, responses and marks."""
    ROUNDS = "rounds"
    VOTES = "votes"
    """That somebody has voted in a round for the first time; what they answer or change after that is nobody's news."""
    CALL = "call"
    """Where everybody is called, what is in the spotlight, and who is nudged."""
    NOTES = "notes"
    """Notes, decisions and dissents."""
    ALL = "all"
    """A change that may concern anything, such as a hidden name."""


@dataclass(frozen=True)
class OpenRound:
    """An open round as everybody may know of it: how many of the eligible have voted."""

    round_id: RoundId
    number: int
    voted_count: int
    eligible_count: int


@dataclass(frozen=True)
class Notice:
    """What everybody in a workshop may know of it at any moment, and nobody's own."""

    stage: Stage
    editing_is_locked: bool
    timer_ends_at: datetime | None
    timer_label: str
    latest_version_number: int | None
    changed_since_version: bool
    open_rounds: tuple[OpenRound, ...]
    timer_left_s: float | None = None
    """What is left of a countdown that stands still; `timer_ends_at` is None then."""
    agenda: AgendaNow | None = None
    call: Call | None = None
    spotlight: Call | None = None


@dataclass(frozen=True)
class Change:
    """What the database says of a workshop's changes. Topics and notice come when there was one."""

    rev: int
    answers: int = 0
    """How often answers to open rounds were added or changed without news. For servers alone: no page hears of it."""
    topics: dict[str, int] | None = None
    """The change number of the last change of each topic."""
    notice: Notice | None = None


def notice_of(place: Place) -> Notice:
    """What of a place everybody may know."""
    workshop = place.workshop
    return Notice(
        workshop.stage,
        workshop.editing_is_locked,
        workshop.timer_ends_at,
        workshop.timer_label,
        place.latest_version_number,
        place.changed_since_version,
        tuple(OpenRound(one.round_id, one.number, one.voted_count, one.eligible_count) for one in place.open_rounds),
        workshop.timer_left_s,
        workshop.agenda,
        workshop.call,
        workshop.spotlight,
    )
