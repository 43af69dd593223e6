"""What is being answered right now: status, place in the queue, and the text so far. Read by pages, never stored."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lib.domain.ids import ResponseId, RunId


class LiveState(StrEnum):
    """Where a cell is in this process."""

    QUEUED = "queued"
    WRITING = "writing"
    SAVING = "saving"
    """The answer is finished and on its way to the database."""


@dataclass(frozen=True)
class LiveResponse:
    """One response on its way. `place` is 1 for the next in the queue; `expected_wait_s` None = not known yet."""

    response_id: ResponseId
    state: LiveState
    text: str = ""
    place: int | None = None
    expected_wait_s: float | None = None


@dataclass(frozen=True)
class RunQueue:
    """Where a run's waiting cells stand. The seconds are None as long as no call of that model was measured."""

    cells_ahead: int
    """Cells of others that come first."""
    begins_in_s: float | None
    done_in_s: float | None


@dataclass
class _Entry:
    state: LiveState
    pieces: list[str] = field(default_factory=list)
    place: int | None = None
    expected_wait_s: float | None = None


class LiveBoard:
    """Thread-safe: the engine writes, pages read copies."""

    def __init__(self) -> None:
        self._entries: dict[ResponseId, _Entry] = {}
        self._runs: dict[RunId, RunQueue] = {}
        self._lock = threading.Lock()

    def read(self, response_ids: Iterable[ResponseId]) -> dict[ResponseId, LiveResponse]:
        """Those of the responses that are on their way in this process."""
        with self._lock:
            found = [(response_id, self._entries.get(response_id)) for response_id in response_ids]
            return {
                response_id: LiveResponse(
                    response_id, entry.state, "".join(entry.pieces), entry.place, entry.expected_wait_s
                )
                for response_id, entry in found
                if entry is not None
            }

    def run_queue(self, run_id: RunId) -> RunQueue | None:
        """Where a run stands, None if nothing of it waits in this process."""
        with self._lock:
            return self._runs.get(run_id)

    def set_runs(self, runs: Mapping[RunId, RunQueue]) -> None:
        """Where all runs stand now."""
        with self._lock:
            self._runs = dict(runs)

    def set_state(self, response_id: ResponseId, state: LiveState) -> None:
        """A cell entered the queue, left it, or was answered."""
        with self._lock:
            entry = self._entries.setdefault(response_id, _Entry(state))
            entry.state, entry.place, entry.expected_wait_s = state, None, None

    def set_places(self, places: Mapping[ResponseId, tuple[int, float | None]]) -> None:
        """Where queued cells stand, with the seconds until their turn as far as they are known."""
        with self._lock:
            for response_id, (place, wait_s) in places.items():
                entry = self._entries.get(response_id)
                if entry is not None and entry.state is LiveState.QUEUED:
                    entry.place, entry.expected_wait_s = place, wait_s

    def add_text(self, response_id: ResponseId, piece: str) -> None:
        """The next words of an answer."""
        with self._lock:
            entry = self._entries.get(response_id)
            if entry is not None:
                entry.pieces.append(piece)

    def clear_text(self, response_id: ResponseId) -> None:
        """The answer begins again."""
        with self._lock:
            entry = self._entries.get(response_id)
            if entry is not None:
                entry.pieces.clear()

    def remove(self, response_id: ResponseId) -> None:
        """The cell is stored or given up."""
        with self._lock:
            self._entries.pop(response_id, None)

    def count(self) -> int:
        """How many cells are on their way."""
        with self._lock:
            return len(self._entries)
