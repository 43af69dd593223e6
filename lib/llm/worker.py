"""Takes waiting cells out of the store, says that it lives, and brings results back, whatever the database does."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar
from uuid import uuid4

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.ids import RunId
from lib.domain.runs import Cell
from lib.llm.catalogue import NEEDS_KEY
from lib.llm.dispatcher import Dispatcher
from lib.llm.port import CellResult, CellStore

log = logging.getLogger("folkmoot.llm")

T = TypeVar("T")

CLAIM_AT_ONCE: Final = 200
MOST_IN_HAND: Final = 2_000
HEARTBEAT_S: Final = 3.0
BEATS_AT_ONCE: Final = 4
STALE_S: Final = 20.0
"""A process that was not heard of for so long has lost its cells to the others. Twice as long as a store waits for one
answer, while heartbeats do not wait for each other, so that a living process keeps its cells; and a third of the minute
within which others go on with what a dead one had."""
SAME_MISS_S: Final = 1.0
LEFT_TO_OTHERS_S: Final = 4.0
FORGOTTEN_AFTER_S: Final = 10.0
"""A run whose key is not here is left to the others for some seconds. If it comes again after that, nobody has it."""
FIRST_RETRY_S: Final = 0.25
LONGEST_RETRY_S: Final = 5.0


class Worker:
    """One process's part of the work on the store's cells. Belongs to the engine's loop."""

    def __init__(
        self, dispatcher: Dispatcher, cells: CellStore, process: str, executor: Executor, *, poll_s: float = 1.5
    ) -> None:
        self._dispatcher = dispatcher
        self._cells = cells
        self._process = process
        self._executor = executor
        # Threads of their own: the others may all wait for a database that hangs.
        self._heartbeats = ThreadPoolExecutor(BEATS_AT_ONCE, thread_name_prefix="folkmoot-heartbeat")
        self._beats: set[asyncio.Task[None]] = set()
        self._claimed_at: dict[RunId, float] = {}
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._failing_saves = 0
        self._missed_at: dict[RunId, float] = {}
        """When it first turned out that this process has not the key of a run."""
        self.store_is_away = False

    def wake(self) -> None:
        """There may be new cells: look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Claim, and be heard of beside it, however long a claim takes."""
        beating = asyncio.get_running_loop().create_task(self._beat())
        try:
            while True:
                claimed = await self._attempt(self._claim, "claim") if self._may_claim() else 0
                if (claimed or 0) < CLAIM_AT_ONCE:
                    await self._pause_between_claims()
        finally:
            for task in (beating, *self._beats):
                task.cancel()
            self._heartbeats.shutdown(wait=False, cancel_futures=True)

    async def finish(self, cell: Cell, result: CellResult) -> None:
        """Keeps a result, trying until the database is there."""
        await self._until_done(
            "store_response", lambda: self._cells.store_response(self._process, cell.response_id, result, cell.claim)
        )
        if result.error:
            log.info("event=response_failed run=%s model=%s", cell.run_id, cell.model)

    async def pause(self, run_id: RunId, reason: str) -> None:
        """Leaves a run to other processes; if it comes again, notes in the store why nobody works on it."""
        now = asyncio.get_running_loop().time()
        missed_s = now - self._missed_at.get(run_id, -math.inf)
        if reason == NEEDS_KEY and missed_s > FORGOTTEN_AFTER_S:
            self._missed_at[run_id] = now
            return
        if reason == NEEDS_KEY and missed_s < SAME_MISS_S:
            return  # another cell of the same claim
        self._missed_at.pop(run_id, None)
        request = str(uuid4())  # the same for every try: somebody may have let the run go on in between
        await self._until_done("pause_run", lambda: self._cells.pause_run(self._process, run_id, reason, request))

    def _may_claim(self) -> bool:
        # While answers wait to be saved nothing is claimed: a cell whose answer is on its way might come back.
        return not self._failing_saves and self._dispatcher.outstanding < MOST_IN_HAND

    async def _claim(self) -> int:
        held, lacks = self._dispatcher.in_hand, self._lacks()
        cells = await self._in_thread(
            lambda: self._cells.claim_cells(self._process, CLAIM_AT_ONCE, STALE_S, held, lacks)
        )
        for cell in cells:
            self._claimed_at[cell.run_id] = asyncio.get_running_loop().time()
            self._dispatcher.add(cell, self)
        return len(cells)

    def _lacks(self) -> frozenset[RunId]:
        """The runs that other processes can have for a while, since their key is not here."""
        now = asyncio.get_running_loop().time()
        self._missed_at = {run: at for run, at in self._missed_at.items() if now - at <= FORGOTTEN_AFTER_S}
        return frozenset(run for run, at in self._missed_at.items() if now - at < LEFT_TO_OTHERS_S)

    async def _beat(self) -> None:
        """Says every few seconds that this process lives, also while an earlier word still hangs on its way."""
        while True:
            runs = self._dispatcher.runs
            # Without a run nothing is asked, so nothing is learned of the database either.
            if runs and len(self._beats) < BEATS_AT_ONCE:
                act = partial(self._heartbeat, runs)
                beat = asyncio.get_running_loop().create_task(self._attempt(act, "heartbeat"))
                self._beats.add(beat)
                beat.add_done_callback(self._beats.discard)
            await asyncio.sleep(HEARTBEAT_S)

    async def _heartbeat(self, runs: Collection[RunId]) -> None:
        sent_at = asyncio.get_running_loop().time()
        self._claimed_at = {run: at for run, at in self._claimed_at.items() if run in runs}
        for run_id in await self._in_thread(lambda: self._cells.heartbeat(self._process, runs), self._heartbeats):
            # What was claimed meanwhile may have been resumed since this was answered: the next answer knows.
            if self._claimed_at.get(run_id, -math.inf) < sent_at:
                self._dispatcher.drop_run(run_id)

    async def _attempt(self, act: Callable[[], Awaitable[T]], what: str) -> T | None:
        """What the act gives, or None when it failed. What was done although the answer was lost comes again.

        Every act asks the database: from how it ends is known whether the database is away.
        """
        try:
            given = await act()
        except StoreUnavailable:
            self.store_is_away = True
            return None
        except Exception:
            log.exception("event=%s_failed", what)
            return None
        self.store_is_away = False
        return given

    async def _pause_between_claims(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll_s)
        except TimeoutError:
            return
        self._woken.clear()

    async def _until_done(self, what: str, act: Callable[[], object]) -> None:
        delay_s, is_failing = FIRST_RETRY_S, False
        try:
            while True:
                try:
                    await self._in_thread(act)
                    return
                except StoreUnavailable:
                    log.warning("event=%s_waits_for_database retry_s=%s", what, delay_s)
                except FolkmootError as refused:
                    log.warning("event=%s_refused error=%s", what, type(refused).__name__)
                    return
                except Exception:
                    log.exception("event=%s_failed", what)
                if not is_failing:
                    is_failing = True
                    self._failing_saves += 1
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, LONGEST_RETRY_S)
        finally:
            self._failing_saves -= is_failing

    async def _in_thread(self, act: Callable[[], T], executor: Executor | None = None) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor or self._executor, act)
