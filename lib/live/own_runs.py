"""What a model writes for one person moves on: their own open pages are told, and no database is asked."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from lib.domain.ids import RunId
from lib.domain.people import Credential
from lib.live.hub import Hub

EVERY_S: Final = 1.0
"""How often at most a person is told, however fast the words come."""
MOST_EACH: Final = 20
"""Runs of one person that are followed; with one more the oldest is not followed any more."""

Watch = Callable[[RunId, Callable[[], None]], Callable[[], None]]
"""Has the second called after every change of a run in this process; gives what ends that."""


class OwnRuns:
    """Follows runs in this process for those who asked for them. Thread-safe."""

    def __init__(self, hub: Hub, watch: Watch, is_under_way: Callable[[RunId], bool]) -> None:
        """`is_under_way`: whether something of a run waits or is being written in this process."""
        self._hub, self._watch, self._is_under_way = hub, watch, is_under_way
        self._lock = threading.Lock()
        self._followed: dict[tuple[Credential, RunId], Callable[[], None]] = {}
        self._due: dict[Credential, threading.Timer] = {}
        self._is_closed = False

    def follow(self, credential: Credential, run: RunId) -> None:
        """Tell this person's pages whenever the run's text or place in the queue has changed, until it is over.

        Call it before the run is read, so that no change falls between. A second time changes nothing.
        """
        key = credential, run
        with self._lock:
            if self._is_closed or key in self._followed:
                return
            self._followed[key] = self._watch(run, partial(self._moved, credential))
            mine = [one for one in self._followed if one[0] == credential]
            end = self._followed.pop(mine[0]) if len(mine) > MOST_EACH else None
        if end is not None:
            end()

    def close(self) -> None:
        """Tell nobody any more."""
        with self._lock:
            self._is_closed = True
            timers, ends = list(self._due.values()), list(self._followed.values())
            self._due, self._followed = {}, {}
        for end in ends:
            end()
        for timer in timers:
            timer.cancel()

    def _moved(self, credential: Credential) -> None:
        with self._lock:
            if self._is_closed or credential in self._due:
                return
            timer = threading.Timer(EVERY_S, self._tell, (credential,))
            timer.name, timer.daemon = "folkmoot-own-runs", True
            self._due[credential] = timer
        timer.start()

    def _tell(self, credential: Credential) -> None:
        with self._lock:
            self._due.pop(credential, None)
            over = [key for key in self._followed if key[0] == credential and not self._is_under_way(key[1])]
            ends = [self._followed.pop(key) for key in over]
        for end in ends:
            end()
        self._hub.own_moved(credential)
