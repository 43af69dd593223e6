"""Runs and responses: what a model answered under which policy to which scenario."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lib.domain.ids import ClauseId, PersonId, ResponseId, RunId, ScenarioId, VersionId, WorkshopId


class RunStatus(StrEnum):
    """`paused` = nobody is working on it: the process that had its key is gone, or a limit was reached."""

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


class ResponseStatus(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Response:
    """One cell of a run. `version_id` None = the unsteered baseline, `version_number` None with an id = a snapshot.

    `cost_usd` None = unknown, 0 for the embedded model. `prompt_hash` is the SHA-256 of the messages that were sent.
    """

    response_id: ResponseId
    run_id: RunId
    version_id: VersionId | None
    version_number: int | None
    scenario_id: ScenarioId
    model: str
    sample: int
    seed: int
    params: dict[str, Any]
    status: ResponseStatus
    text: str | None
    error: str | None
    prompt_hash: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    latency_s: float | None
    attempts: int
    finished_at: datetime | None
    is_shared: bool
    is_hidden: bool
    asked_by: PersonId
    asked_by_name: str

    @property
    def is_baseline(self) -> bool:
        """Whether the model answered without any policy."""
        return self.version_id is None


@dataclass(frozen=True)
class Run:
    """One pass of model calls. Counts are over its cells."""

    run_id: RunId
    asked_by: PersonId
    asked_by_name: str
    status: RunStatus
    pause_reason: str | None
    model: str
    samples: int
    is_shared: bool
    created_at: datetime
    cell_count: int
    done_count: int
    failed_count: int
    waiting_count: int
    stopped_count: int
    is_question: bool = False
    """A person's own question, to one choice of the policy and the baseline."""
    stop_reason: str | None = None
    """Why it was stopped, where somebody stopped all calls of the workshop."""


@dataclass(frozen=True)
class QueuedRun:
    """A shared run with calls that wait or are under way, for those who lead."""

    run_id: RunId
    asked_by_name: str
    model: str
    is_question: bool
    pause_reason: str | None
    waiting_count: int
    running_count: int
    finished_count: int
    cell_count: int


@dataclass(frozen=True)
class StoppedAll:
    """The act that stopped all calls, as long as something of it can be taken back."""

    stop_id: str
    at: datetime
    by: str
    calls: int


@dataclass(frozen=True)
class CallQueue:
    """What waits for a model and what is under way, private runs among it as a count only."""

    waiting: int
    running: int
    private_waiting: int
    private_running: int
    runs: tuple[QueuedRun, ...]
    last_stop: StoppedAll | None


@dataclass(frozen=True)
class Cell:
    """What a worker needs to make one model call and store its response."""

    response_id: ResponseId
    run_id: RunId
    workshop_id: WorkshopId
    """Whose key the call is made with."""
    policy_text: str | None
    """None = baseline."""
    turns: tuple[dict[str, str], ...]
    model: str
    api_base: str | None
    params: dict[str, Any]
    seed: int
    is_question: bool
    """A person's own question, which goes before background cells."""
    claim: str | None = None
    """Under which its answer is stored; None for a cell that is in no store."""


class MarkValue(StrEnum):
    FOLLOWED = "followed"
    VIOLATED = "violated"
    NOT_CONCERNED = "not_concerned"


@dataclass(frozen=True)
class Mark:
    """A named person's note on how a response stands to a clause."""

    response_id: ResponseId
    clause_id: ClauseId
    person_id: PersonId
    person_name: str
    value: MarkValue
    at: datetime
