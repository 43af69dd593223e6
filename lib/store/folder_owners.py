"""Who is using a folder: a list of processes on disk that forgets the dead."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class FolderOwners:
    """Processes by pid and start time, so that a pid taken over by another program counts for nothing.

    The caller holds a lock of the folder around every use.
    """

    file: Path

    def add(self) -> None:
        """Note that this process is using the folder."""
        others = [process for process in self._living() if process[0] != os.getpid()]
        self._write([*others, (os.getpid(), _started_at(os.getpid()) or 0.0)])

    def remove(self) -> int:
        """Take this process off the list; gives how many others are still using the folder."""
        others = [process for process in self._living() if process[0] != os.getpid()]
        self._write(others)
        return len(others)

    def _living(self) -> list[tuple[int, float]]:
        try:
            noted = json.loads(self.file.read_text())
        except (FileNotFoundError, ValueError):
            return []
        return [(pid, started) for pid, started in noted if _is_same(pid, started)]

    def _write(self, processes: list[tuple[int, float]]) -> None:
        self.file.write_text(json.dumps(processes))


def _is_same(pid: int, started: float) -> bool:
    # Two seconds of grace: a start time is counted from the boot time, which moves when the clock is set.
    now = _started_at(pid)
    return now is not None and abs(now - started) < 2


def _started_at(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
