"""Takes waiting cells out of the store, says that it lives, and brings results back, whatever the database does."""

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

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
STALE_S: Final = 10.0
"""A process that was not heard of for so long has lost its cells to the others."""
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
        """Claim and be heard of, in one loop, so that a heartbeat's answer never meets a newer claim."""
        heard_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if loop.time() - heard_at >= HEARTBEAT_S:
                    await self._heartbeat()
                    heard_at = loop.time()
                claimed = await self._claim()
                self.store_is_away = False
            except StoreUnavailable:
                # The claim may have been made and its answer lost: those cells come with the next one.
                self.store_is_away = True
                claimed = 0
            except Exception:
                log.exception("event=claim_failed")
                claimed = 0
            if claimed < CLAIM_AT_ONCE:
                await self._pause_between_claims()

    async def finish(self, cell: Cell, result: CellResult) -> None:
        """Keeps a result, trying until the database is there."""
        await self._until_done(
            "store_response", lambda: self._cells.store_response(self._process, cell.response_id, result)
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
        await self._until_done("pause_run", lambda: self._cells.pause_run(self._process, run_id, reason))

    async def _claim(self) -> int:
        # While answers wait to be saved nothing is claimed: a cell whose answer is on its way might come back.
        if self._failing_saves or self._dispatcher.outstanding >= MOST_IN_HAND:
            return 0
        held, lacks = self._dispatcher.in_hand, self._lacks()
        cells = await self._in_thread(
            lambda: self._cells.claim_cells(self._process, CLAIM_AT_ONCE, STALE_S, held, lacks)
        )
        for cell in cells:
            self._dispatcher.add(cell, self)
        return len(cells)

    def _lacks(self) -> frozenset[RunId]:
        """The runs that other processes can have for a while, since their key is not here."""
        now = asyncio.get_running_loop().time()
        self._missed_at = {run: at for run, at in self._missed_at.items() if now - at <= FORGOTTEN_AFTER_S}
        return frozenset(run for run, at in self._missed_at.items() if now - at < LEFT_TO_OTHERS_S)

    async def _heartbeat(self) -> None:
        if runs := self._dispatcher.runs:
            for run_id in await self._in_thread(lambda: self._cells.heartbeat(self._process, runs)):
                self._dispatcher.drop_run(run_id)

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

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, act)
