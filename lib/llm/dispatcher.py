"""Keeps every endpoint as busy as it may be. Belongs to the engine's loop; nothing here is thread-safe."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

from lib.domain.errors import ModelUnavailable, ValidationFailed
from lib.domain.ids import ResponseId, RunId
from lib.domain.runs import Cell
from lib.llm.answering import answer
from lib.llm.catalogue import NEEDS_KEY, Catalogue, KeyMissing
from lib.llm.lanes import Job, Lane, Lanes, Sink
from lib.llm.live import LiveBoard, LiveState, RunQueue
from lib.llm.port import CellResult, ChatModel

log = logging.getLogger("folkmoot.llm")

MAX_UNSAVED: Final = 200
"""Finished answers in memory beyond which no new call begins: the database is away, and calls cost money."""
PLACES_EVERY_S: Final = 0.3


class Dispatcher:
    """Cells go in, results come out through their sink, endpoint by endpoint."""

    def __init__(
        self, catalogue: Catalogue, model: ChatModel, board: LiveBoard, concurrency: int, call_timeout_s: float
    ) -> None:
        self._catalogue = catalogue
        self._model = model
        self._board = board
        self._call_timeout_s = call_timeout_s
        self._lanes = Lanes(lambda settings: 1 if catalogue.is_embedded(settings.model) else concurrency)
        self._jobs: dict[ResponseId, Job] = {}
        self._answering: dict[ResponseId, asyncio.Task[CellResult]] = {}
        self._asked_again: dict[ResponseId, tuple[Cell, Sink]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsaved = 0
        self._places_are_due = False

    @property
    def runs(self) -> frozenset[RunId]:
        """The runs with cells in hand."""
        return frozenset(job.cell.run_id for job in self._jobs.values())

    @property
    def in_hand(self) -> frozenset[ResponseId]:
        """The cells that wait here, are being answered, or are being saved."""
        return frozenset(self._jobs)

    @property
    def outstanding(self) -> int:
        """How many cells are in hand."""
        return len(self._jobs)

    @property
    def unsaved(self) -> int:
        """How many finished answers are not in the database yet."""
        return self._unsaved

    def add(self, cell: Cell, sink: Sink) -> None:
        """Queue a cell. One that is in hand already is not queued twice."""
        known = self._jobs.get(cell.response_id)
        if known is not None:
            if known.is_saving:  # a failed call was stored and retried before this loop heard of the storing
                self._asked_again[cell.response_id] = (cell, sink)
            return
        try:
            settings = self._catalogue.settings_for(cell.workshop_id, cell.model, cell.api_base)
        except KeyMissing as missing:
            self._spawn(sink.pause(cell.run_id, str(missing)))
            return
        except ValidationFailed as refused:
            self._spawn(sink.finish(cell, CellResult(None, str(refused), None)))
            return
        job = self._lanes.job(cell, settings, sink)
        lane = self._lanes.lane_of(settings)
        self._jobs[cell.response_id] = job
        self._board.set_state(cell.response_id, LiveState.QUEUED, cell.run_id)
        lane.add(job)
        self._pump(lane)

    def drop_run(self, run_id: RunId) -> None:
        """Forget a run's waiting cells and end its calls. Answers that are being saved still are."""
        for lane in self._lanes.all():
            for job in lane.drop(lambda job: job.cell.run_id == run_id):
                self._forget(job)
        for job in [job for job in self._jobs.values() if job.cell.run_id == run_id]:
            if call := self._answering.get(job.response_id):
                call.cancel()

    async def close(self, timeout_s: float) -> None:
        """End all calls; wait a little for what is being saved."""
        for lane in self._lanes.all():
            lane.drop(lambda _: True)
        for call in list(self._answering.values()):
            call.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=timeout_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _pump(self, lane: Lane) -> None:
        while self._unsaved < MAX_UNSAVED and (job := lane.take()) is not None:
            self._board.set_state(job.response_id, LiveState.WRITING)
            self._spawn(self._work(job, lane))
        self._update_places_soon()

    async def _work(self, job: Job, lane: Lane) -> None:
        result = await self._call(job, lane)
        if result is None:
            self._forget(job)
            return
        job.is_saving = True
        self._unsaved += 1
        self._board.set_state(job.response_id, LiveState.SAVING)
        self._pump(lane)
        try:
            await job.sink.finish(job.cell, result)
        finally:
            self._unsaved -= 1
            self._forget(job)
            for other in self._lanes.all():
                self._pump(other)

    async def _call(self, job: Job, lane: Lane) -> CellResult | None:
        """The result of a job, or None if its run was stopped or waits for a key."""
        began = time.monotonic()
        call = asyncio.get_running_loop().create_task(
            answer(job.cell, job.settings, self._model, self._board, self._call_timeout_s)
        )
        self._answering[job.response_id] = call
        try:
            result = await call
        except asyncio.CancelledError:
            result = None
        except ModelUnavailable:  # refused without a key: it needs one
            result = None
            self._spawn(job.sink.pause(job.cell.run_id, NEEDS_KEY))
            self.drop_run(job.cell.run_id)
        finally:
            self._answering.pop(job.response_id, None)
            lane.done(job, time.monotonic() - began)
        if result is None:
            self._pump(lane)
        return result

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.response_id, None)
        self._board.remove(job.response_id)
        if again := self._asked_again.pop(job.response_id, None):
            self.add(*again)

    def _update_places_soon(self) -> None:
        """Many changes in one go cost one pass over the queue."""
        if not self._places_are_due:
            self._places_are_due = True
            asyncio.get_running_loop().call_later(PLACES_EVERY_S, self._update_places)

    def _update_places(self) -> None:
        self._places_are_due = False
        runs: dict[RunId, RunQueue] = {}
        for lane in self._lanes.all():
            self._board.set_places(lane.places())
            runs |= lane.runs()
        self._board.set_runs(runs)
