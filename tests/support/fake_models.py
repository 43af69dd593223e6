"""A model and a store of cells that do what a test tells them, without network or database."""

import asyncio
import threading
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.domain.errors import ModelUnavailable, StoreUnavailable
from lib.domain.ids import ResponseId, RunId, WorkshopId
from lib.domain.runs import Cell
from lib.llm.port import CellResult, ChatRequest, Completion, StreamEvent, TextPiece


def cell(name: str, *, run: str = "run", model: str = "openai/fake", **changes: Any) -> Cell:
    """A cell that asks its own name."""
    given: dict[str, Any] = {
        "response_id": ResponseId(name),
        "run_id": RunId(run),
        "workshop_id": WorkshopId("workshop"),
        "policy_text": None,
        "turns": ({"role": "user", "content": name},),
        "model": model,
        "api_base": "http://127.0.0.1:9/v1",
        "params": {},
        "seed": 1,
        "is_question": False,
    }
    return Cell(**{**given, **changes})


@dataclass
class FakeModel:
    """Answers each question with "yes, QUESTION" once its gate is open; `errors` says who gets a refusal."""

    errors: dict[str, Exception] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    requests: list[ChatRequest] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    is_closed: bool = False

    async def complete(self, request: ChatRequest) -> Completion:
        question = request.messages[-1]["content"]
        self.asked.append(question)
        self.requests.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            while not self.gate.is_set():
                await asyncio.sleep(0.005)
            if question in self.errors:
                raise self.errors[question]
            return Completion(f"yes, {question}", 3, 2, 0.5, 0.01)
        except asyncio.CancelledError:
            self.cancelled.append(question)
            raise
        finally:
            self.at_once -= 1

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        question = request.messages[-1]["content"]
        yield TextPiece("yes, ")
        completion = await self.complete(request)
        yield TextPiece(question)
        yield completion

    async def close(self) -> None:
        self.is_closed = True


def refusal(kind: str = "other") -> ModelUnavailable:
    """A provider's no."""
    return ModelUnavailable(f"The model said no ({kind}).", kind=kind)


class FakeCells:
    """A store of cells in memory. `is_away` makes every call fail like a database that is down."""

    def __init__(self, cells: Sequence[Cell] = ()) -> None:
        self.waiting = list(cells)
        self.results: dict[str, CellResult] = {}
        self.paused: dict[str, str] = {}
        self.stopped: set[RunId] = set()
        self.claimed: list[Cell] = []
        self.is_away = False
        self.loses_next_claim = False
        self.failed_calls = 0
        self.processes: set[str] = set()
        self._lock = threading.Lock()

    def claim_cells(
        self, process: str, limit: int, stale_s: float, held: Collection[ResponseId], lacks: Collection[RunId]
    ) -> Sequence[Cell]:
        with self._lock:
            self._check()
            self.processes.add(process)
            lost = [cell for cell in self.claimed if cell.response_id not in {*held, *self.results}]
            claimed, self.waiting = self.waiting[:limit], self.waiting[limit:]
            self.claimed += claimed
            if claimed and self.loses_next_claim:
                self.loses_next_claim = False
                raise StoreUnavailable("The answer was lost on its way.")
            return lost + claimed

    def heartbeat(self, process: str, runs: Collection[RunId]) -> Collection[RunId]:
        with self._lock:
            self._check()
            return self.stopped & set(runs)

    def store_response(
        self, process: str, response_id: ResponseId, result: CellResult, claim: str | None = None
    ) -> bool:
        with self._lock:
            self._check()
            self.results[response_id] = result
            return True

    def pause_run(self, process: str, run_id: RunId, reason: str, request: str) -> None:
        with self._lock:
            self._check()
            self.paused[run_id] = reason

    def _check(self) -> None:
        if self.is_away:
            self.failed_calls += 1
            raise StoreUnavailable("The database cannot be reached.")
