"""The background engine: one daemon thread with one event loop, which makes every model call of this process."""

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from lib.domain.errors import ModelUnavailable
from lib.domain.ids import ResponseId, RunId
from lib.domain.runs import Cell
from lib.llm.catalogue import Catalogue
from lib.llm.dispatcher import Dispatcher
from lib.llm.live import LiveBoard, LiveResponse, RunQueue
from lib.llm.models import AllModels
from lib.llm.port import CellResult, CellStore, ChatModel, ChatRequest, Completion, ModelSettings
from lib.llm.worker import Worker

log = logging.getLogger("folkmoot.llm")

T = TypeVar("T")
OnResult = Callable[[Cell, CellResult], None]

TRIAL_TIMEOUT_S: Final = 20.0
"""Somebody looks at a page that does nothing else meanwhile."""
EMBEDDED_TRIAL_TIMEOUT_S: Final = 90.0
"""Its process may have to start first, and it stands in one queue with all cells; but it cannot hang for ever."""
LOADING_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True)
class Trial:
    """What a model answered when it was tried."""

    text: str
    latency_s: float


class Engine:
    """Answers cells in the background. All public methods are thread-safe and return at once, `try_model` excepted."""

    def __init__(
        self,
        catalogue: Catalogue,
        cells: CellStore | None = None,
        *,
        concurrency: int = 8,
        call_timeout_s: float = 120.0,
        trial_timeout_s: float = TRIAL_TIMEOUT_S,
        model: ChatModel | None = None,
        process: str | None = None,
    ) -> None:
        """An engine that is not running yet.

        Args:
            catalogue: The models, and whose keys they are called with.
            cells: Where cells wait and results go; None = only cells that are submitted.
            concurrency: Calls at once for each endpoint; the embedded model takes one.
            call_timeout_s: The longest that a model may take for one answer.
            trial_timeout_s: The longest that a provider's model may take for the answer to a test.
            model: What answers; None = LiteLLM and the embedded model.
            process: The name of this process among others on the same store; None = a random one.
        """
        self.catalogue = catalogue
        self._cells = cells
        self._concurrency = concurrency
        self._call_timeout_s = call_timeout_s
        self._trial_timeout_s = trial_timeout_s
        self._model = model or AllModels()
        self._process = process or secrets.token_hex(6)
        self._board = LiveBoard()
        self._is_warm = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None
        self._worker: Worker | None = None
        self._ended: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to work. Starting twice is harmless."""
        with self._lock:
            if self._thread is not None:
                return
            ready = threading.Event()
            self._thread = threading.Thread(target=self._main, args=(ready,), name="folkmoot-models", daemon=True)
            self._thread.start()
            ready.wait()

    def close(self, timeout_s: float = 5.0) -> None:
        """End all calls, save what is finished, end the embedded model. Closing twice is harmless."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._ended is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        thread.join(timeout_s)

    def submit(self, cells: Iterable[Cell], on_result: OnResult) -> None:
        """Answer cells that are in no store. `on_result` is called in a worker thread, once a cell, as they land."""
        listed = list(cells)
        self._in_loop(lambda dispatcher: self._add(dispatcher, listed, on_result))

    def live(self, response_ids: Iterable[ResponseId]) -> dict[ResponseId, LiveResponse]:
        """Those of the responses that wait or are being written in this process."""
        return self._board.read(response_ids)

    def live_run(self, run_id: RunId) -> tuple[LiveResponse, ...]:
        """Those responses of a run that wait or are being written in this process."""
        return self._board.read_run(run_id)

    def watch_run(self, run_id: RunId, tell: Callable[[], None]) -> Callable[[], None]:
        """Have `tell` called, in the engine's thread, when `live_run` gives something else; gives what ends that."""
        return self._board.watch(run_id, tell)

    def run_queue(self, run_id: RunId) -> RunQueue | None:
        """Where a run's waiting cells stand in this process's queue."""
        return self._board.run_queue(run_id)

    def is_under_way(self, run_id: RunId) -> bool:
        """Whether something of a run waits or is being written in this process."""
        return bool(self.live_run(run_id)) or self.run_queue(run_id) is not None

    def wake(self) -> None:
        """Look for new cells at once."""
        self._in_loop(lambda _: self._worker.wake() if self._worker else None)

    def drop_run(self, run_id: RunId) -> None:
        """End the calls of a run that was stopped."""
        self._in_loop(lambda dispatcher: dispatcher.drop_run(run_id))

    def warm_up(self) -> None:
        """Load now, in the background, what the first call would have to wait for. Once a process is enough."""
        if isinstance(self._model, AllModels) and self._thread is not None and not self._is_warm:
            self._is_warm = True
            self._call(self._model.warm_up(self.catalogue.default.model))

    def try_model(self, settings: ModelSettings) -> Trial:
        """What the model answers to one short question. Waits for it.

        Raises:
            ModelUnavailable: with a sentence that names the model and the way out.
        """
        future = self._call(self._try(settings))
        try:
            completion = future.result(LOADING_TIMEOUT_S + EMBEDDED_TRIAL_TIMEOUT_S)
        except (CancelledError, TimeoutError):
            future.cancel()
            raise ModelUnavailable("The server was too busy, or is being stopped. Try again in a minute.") from None
        return Trial(completion.text, completion.latency_s)

    def health(self) -> str:
        """One line on what the engine is doing."""
        dispatcher, worker = self._dispatcher, self._worker
        if self._thread is None or dispatcher is None:
            return "not running"
        away = ", database away" if worker is not None and worker.store_is_away else ""
        return f"running, {dispatcher.outstanding} calls in hand, {dispatcher.unsaved} answers to save{away}"

    async def _try(self, settings: ModelSettings) -> Completion:
        is_embedded = self.catalogue.is_embedded(settings.model)
        timeout_s = EMBEDDED_TRIAL_TIMEOUT_S if is_embedded else self._trial_timeout_s
        request = ChatRequest(
            settings,
            ({"role": "user", "content": "Answer with one short sentence: are you ready?"},),
            max_tokens=200,
            total_timeout_s=timeout_s,
        )
        if isinstance(self._model, AllModels):
            await self._model.warm_up(settings.model)  # loading LiteLLM is no fault of the model's: before the clock
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):  # around all retries
                return await self._model.complete(request)
        except (TimeoutError, ModelUnavailable) as error:
            if isinstance(error, ModelUnavailable) and error.kind != "timeout":
                raise
            raise _silent(settings, time.monotonic() - began) from None

    def _add(self, dispatcher: Dispatcher, cells: list[Cell], on_result: OnResult) -> None:
        sink = _Callback(on_result)
        for cell in cells:
            dispatcher.add(cell, sink)

    def _in_loop(self, act: Callable[[Dispatcher], None]) -> None:
        loop, dispatcher = self._loop, self._dispatcher
        if self._thread is not None and loop is not None and dispatcher is not None:
            loop.call_soon_threadsafe(act, dispatcher)

    def _call(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        if self._thread is None or self._loop is None:
            work.close()
            raise ModelUnavailable("The model engine is not running. Restart the app.")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _main(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._work(ready))
        except Exception:
            log.exception("event=engine_died")
        finally:
            ready.set()

    async def _work(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._dispatcher = Dispatcher(self.catalogue, self._model, self._board, self._concurrency, self._call_timeout_s)
        executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix="folkmoot-cells")
        worker: asyncio.Task[None] | None = None
        if self._cells is not None:
            self._worker = Worker(self._dispatcher, self._cells, self._process, executor)
            worker = self._loop.create_task(self._worker.run())
        ready.set()
        await self._ended.wait()
        if worker is not None:
            worker.cancel()
        await self._dispatcher.close(timeout_s=2.5)
        await self._model.close()
        executor.shutdown(wait=False, cancel_futures=True)


def _silent(settings: ModelSettings, waited_s: float) -> ModelUnavailable:
    where = f" at {settings.api_base}" if settings.api_base else ""
    return ModelUnavailable(
        f"{settings.model}{where} did not answer the test question in {waited_s:.0f} s. Test it once more (a "
        "model that is only being loaded answers the second time), check its address, or choose another model.",
        kind="timeout",
    )


class _Callback:
    """Hands results to a function, off the loop."""

    def __init__(self, on_result: OnResult) -> None:
        self._on_result = on_result

    async def finish(self, cell: Cell, result: CellResult) -> None:
        """Calls the function in a thread."""
        await asyncio.to_thread(self._on_result, cell, result)

    async def pause(self, run_id: RunId, reason: str) -> None:
        """Cells that are in no store have their keys in the environment: there is nobody to ask for another."""
        log.error("event=run_needs_key run=%s", run_id)
