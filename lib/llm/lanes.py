"""Queues of cells, one for each endpoint: who is next, how many at once, and how long the others wait."""

import bisect
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from lib.domain.ids import ResponseId, RunId
from lib.domain.runs import Cell
from lib.llm.live import RunQueue
from lib.llm.port import CellResult, ModelSettings

LATENCY_WEIGHT = 0.3
"""How much the newest call counts in a lane's mean latency."""


class Sink(Protocol):
    """Where results go."""

    async def finish(self, cell: Cell, result: CellResult) -> None:
        """Keeps a result; returns once it is safe."""
        ...

    async def pause(self, run_id: RunId, reason: str) -> None:
        """Notes that nobody works on a run, and why."""
        ...


@dataclass(eq=False)
class Job:
    """One cell in the hands of the engine, with the way to call its model."""

    cell: Cell
    settings: ModelSettings
    sink: Sink
    order: tuple[bool, int, int]
    """Background after questions, then by run, then as they came."""
    is_saving: bool = False

    @property
    def response_id(self) -> ResponseId:
        """The response that the job makes."""
        return self.cell.response_id


@dataclass(eq=False)
class Lane:
    """The queue of one endpoint. Not thread-safe: it belongs to the engine's loop."""

    limit: int
    waiting: list[Job] = field(default_factory=list)
    running: set[ResponseId] = field(default_factory=set)
    mean_latency_s: float | None = None

    def add(self, job: Job) -> None:
        """Put a job in its place."""
        bisect.insort(self.waiting, job, key=lambda other: other.order)

    def take(self) -> Job | None:
        """The next job to begin now, or None while all slots are taken or nothing waits."""
        if not self.waiting or len(self.running) >= self.limit:
            return None
        job = self.waiting.pop(0)
        self.running.add(job.response_id)
        return job

    def done(self, job: Job, latency_s: float | None) -> None:
        """A job's slot is free again."""
        self.running.discard(job.response_id)
        if latency_s is not None:
            before = latency_s if self.mean_latency_s is None else self.mean_latency_s
            self.mean_latency_s = before + LATENCY_WEIGHT * (latency_s - before)

    def drop(self, unwanted: Callable[[Job], bool]) -> list[Job]:
        """Take waiting jobs out of the queue."""
        dropped = [job for job in self.waiting if unwanted(job)]
        self.waiting = [job for job in self.waiting if not unwanted(job)]
        return dropped

    def places(self) -> dict[ResponseId, tuple[int, float | None]]:
        """For each waiting job its place (1 = next) and the seconds until its turn, if calls were measured."""
        return {job.response_id: (index + 1, self._wait_s(index)) for index, job in enumerate(self.waiting)}

    def runs(self) -> dict[RunId, RunQueue]:
        """For each run with waiting jobs, how many of others come first and how long it will take."""
        first: dict[RunId, int] = {}
        last: dict[RunId, int] = {}
        for index, job in enumerate(self.waiting):
            first.setdefault(job.cell.run_id, index)
            last[job.cell.run_id] = index
        return {
            run: RunQueue(index, self._wait_s(index), self._wait_s(last[run] + self.limit))
            for run, index in first.items()
        }

    def _wait_s(self, index: int) -> float | None:
        """Until the slot at this index of the queue is free."""
        return None if self.mean_latency_s is None else self.mean_latency_s * (index // self.limit + 1)


class Lanes:
    """All lanes, and the order in which runs came."""

    def __init__(self, limit_of: Callable[[ModelSettings], int]) -> None:
        self._limit_of = limit_of
        self._lanes: dict[tuple[str, str | None, str | None], Lane] = {}
        self._runs: dict[RunId, int] = {}
        self._counter = itertools.count()

    def lane_of(self, settings: ModelSettings) -> Lane:
        """The queue for this model, address and key."""
        key = (settings.model, settings.api_base, settings.api_key)
        if key not in self._lanes:
            self._forget_empty()
            self._lanes[key] = Lane(self._limit_of(settings))
        return self._lanes[key]

    def job(self, cell: Cell, settings: ModelSettings, sink: Sink) -> Job:
        """A job with its place in the order, not queued yet."""
        run = self._runs.setdefault(cell.run_id, len(self._runs))
        return Job(cell, settings, sink, (not cell.is_question, run, next(self._counter)))

    def all(self) -> list[Lane]:
        """Every lane."""
        return list(self._lanes.values())

    def _forget_empty(self) -> None:
        """Lets go of keys that no waiting call needs, once there are many."""
        if len(self._lanes) > 100:
            self._lanes = {key: lane for key, lane in self._lanes.items() if lane.waiting or lane.running}
