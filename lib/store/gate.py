"""A door that lets a few calls through at once, in the order in which they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class GateIsFull(Exception):
    """Nobody left in time."""


class Gate:
    """At most `places` threads inside; whoever leaves lets in who has waited longest.

    A semaphore of the standard library wakes in no order, so in a burst a call could wait for all that came after it.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """A place inside, given back at the end.

        Raises:
            GateIsFull: it did not come within `patience_s` seconds.
        """
        self._enter(patience_s)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, patience_s: float) -> None:
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return
            called = threading.Event()
            self._queue.append(called)
        if called.wait(patience_s):
            return
        with self._lock:
            if called.is_set():  # called between the end of the wait and the lock: the place is ours
                return
            self._queue.remove(called)
        raise GateIsFull

    def _leave(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1
