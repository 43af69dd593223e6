"""Whether the database is there, as far as this process has heard. Asks nothing by itself."""

import time
from collections.abc import Callable
from typing import Final

TRUSTED_FOR_S: Final = 5.0
"""How long memory is believed after the database last answered. Then every read goes there, and says if it is down."""
AWAITED_FOR_S: Final = 10.0
"""How long after somebody wanted to hear of the database it is asked, whoever looks."""


class Contact:
    """When whoever asks for changes (`lib/services/feed.py`) asked last, and when they were answered. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard_at = clock()
        self._unanswered_since: float | None = None
        self._awaited_at = float("-inf")

    def note_asking(self) -> None:
        """Whoever asks for changes is asking the database now."""
        if self._unanswered_since is None:
            self._unanswered_since = self._clock()

    def note_heard(self) -> None:
        """The database has just answered whoever asks for changes."""
        self._heard_at = self._clock()
        self._unanswered_since = None

    def moment(self) -> float:
        """Now, by the clock that `heard_since` goes by."""
        return self._clock()

    def heard_since(self, moment: float) -> bool:
        """Whether the database has answered whoever asks for changes after this moment; it is asked from now on."""
        self._awaited_at = self._clock()
        return self._heard_at > moment

    def is_awaited(self) -> bool:
        """Whether somebody waits to hear that the database is there, also where nobody looks at a workshop."""
        return self._clock() - self._awaited_at <= AWAITED_FOR_S

    def is_trusted(self) -> bool:
        """Whether memory is believed: the database was heard of a moment ago."""
        return self._clock() - self._heard_at <= TRUSTED_FOR_S

    def is_away(self) -> bool:
        """Whether the database has not answered for some time, though it was asked."""
        since = self._unanswered_since
        return since is not None and self._clock() - since >= TRUSTED_FOR_S
