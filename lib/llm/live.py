"""What is being answered right now: status, place in the queue, and the text so far. Read by pages, never stored."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
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
    run_id: RunId | None = None
    pieces: list[str] = field(default_factory=list)
    place: int | None = None
    expected_wait_s: float | None = None


class LiveBoard:
    """Thread-safe: the engine writes, pages read copies. Whoever watches a run is told of each change and reads it."""

    def __init__(self) -> None:
        self._entries: dict[ResponseId, _Entry] = {}
        self._runs: dict[RunId, RunQueue] = {}
        self._watchers: dict[RunId, list[Callable[[], None]]] = defaultdict(list)
        self._lock = threading.Lock()

    def read(self, response_ids: Iterable[ResponseId]) -> dict[ResponseId, LiveResponse]:
        """Those of the responses that are on their way in this process."""
        with self._lock:
            found = [(response_id, self._entries.get(response_id)) for response_id in response_ids]
            return {response_id: _shown(response_id, entry) for response_id, entry in found if entry is not None}

    def watch(self, run_id: RunId, tell: Callable[[], None]) -> Callable[[], None]:
        """Have `tell` called after every change of a run's responses, in the engine's thread; gives what ends that."""
        with self._lock:
            self._watchers[run_id].append(tell)

        def end() -> None:
            with self._lock:
                left = [one for one in self._watchers.get(run_id, ()) if one is not tell]
                if left:
                    self._watchers[run_id] = left
                else:
                    self._watchers.pop(run_id, None)

        return end

    def read_run(self, run_id: RunId) -> tuple[LiveResponse, ...]:
        """Those responses of a run that are on their way in this process."""
        with self._lock:
            return tuple(_shown(name, entry) for name, entry in self._entries.items() if entry.run_id == run_id)

    def run_queue(self, run_id: RunId) -> RunQueue | None:
        """Where a run stands, None if nothing of it waits in this process."""
        with self._lock:
            return self._runs.get(run_id)

    def set_runs(self, runs: Mapping[RunId, RunQueue]) -> None:
        """Where all runs stand now."""
        with self._lock:
            before, self._runs = self._runs, dict(runs)
            moved = [run for run in self._watchers if before.get(run) != self._runs.get(run)]
            told = [tell for run in moved for tell in self._watchers[run]]
        _tell(told)

    def set_state(self, response_id: ResponseId, state: LiveState, run_id: RunId | None = None) -> None:
        """A cell entered the queue, left it, or was answered. `run_id` is told when it enters."""
        with self._lock:
            entry = self._entries.setdefault(response_id, _Entry(state))
            entry.state, entry.place, entry.expected_wait_s = state, None, None
            entry.run_id = run_id or entry.run_id
            told = self._watching(entry)
        _tell(told)

    def set_places(self, places: Mapping[ResponseId, tuple[int, float | None]]) -> None:
        """Where queued cells stand, with the seconds until their turn as far as they are known."""
        told: list[Callable[[], None]] = []
        with self._lock:
            for response_id, (place, wait_s) in places.items():
                entry = self._entries.get(response_id)
                if entry is not None and entry.state is LiveState.QUEUED:
                    entry.place, entry.expected_wait_s = place, wait_s
                    told += self._watching(entry)
        _tell(told)

    def add_text(self, response_id: ResponseId, piece: str) -> None:
        """The next words of an answer."""
        with self._lock:
            entry = self._entries.get(response_id)
            if entry is not None:
                entry.pieces.append(piece)
            told = self._watching(entry)
        _tell(told)

    def clear_text(self, response_id: ResponseId) -> None:
        """The answer begins again."""
        with self._lock:
            entry = self._entries.get(response_id)
            if entry is not None:
                entry.pieces.clear()
            told = self._watching(entry)
        _tell(told)

    def remove(self, response_id: ResponseId) -> None:
        """The cell is stored or given up."""
        with self._lock:
            told = self._watching(self._entries.pop(response_id, None))
        _tell(told)

    def count(self) -> int:
        """How many cells are on their way."""
        with self._lock:
            return len(self._entries)

    def _watching(self, entry: _Entry | None) -> list[Callable[[], None]]:
        if entry is None or entry.run_id is None or not self._watchers:
            return []
        return list(self._watchers.get(entry.run_id, ()))


def _shown(response_id: ResponseId, entry: _Entry) -> LiveResponse:
    return LiveResponse(response_id, entry.state, "".join(entry.pieces), entry.place, entry.expected_wait_s)


def _tell(told: Iterable[Callable[[], None]]) -> None:
    """Outside of the lock: whoever is told may read at once."""
    for tell in told:
        tell()
