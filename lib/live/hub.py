"""Who looks at which workshop through this process, and the pulse by which their pages learn that something changed."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential
from lib.domain.workshop import Change, Notice

MOST_SEATS_EACH: Final = 12
"""Open pages of one person. With one more the oldest is let go."""
QUIET_CROWD: Final = 50
"""Up to so many open pages all of them look at once."""
PAGES_A_SECOND: Final = 250
"""How fast the pages beyond the quiet crowd come, so that nobody waits behind all others."""
LOOKS_A_SECOND: Final = 60
"""How many pages one process draws anew in a second when changes do not end (`bench_live`)."""
SHORTEST_PAUSE_MS: Final = 400


@dataclass(frozen=True)
class Pulse:
    """All that a page hears: what everybody in its workshop may know, never who did what."""

    rev: int
    """The workshop's change number; 0 = not known yet."""
    topics: tuple[tuple[str, int], ...]
    """Under which number each topic was changed last."""
    notice: Notice | None
    """None = not known yet."""
    is_away: bool
    """Whether the database cannot be reached."""
    spread_ms: int
    """Within what time this page looks, at a moment chosen by chance."""
    pause_ms: int
    """How long a page rests between two looks."""
    own: int = 0
    """When something moved that concerns this person alone, such as what a model writes for them; 0 = nothing did."""


@dataclass(eq=False)
class Seat:
    """One open socket. Both calls are made from any thread and return at once."""

    credential: Credential
    person_id: PersonId
    page: str
    wake: Callable[[], None]
    """There is a pulse to fetch."""
    let_go: Callable[["Reason"], None]
    """Close it."""
    acted_at: float = 0.0
    """When its person last did something there, by the clock of who notes presence."""


@dataclass(frozen=True)
class Reason:
    """Why the server closes a socket: a code of RFC 6455, from 4000 on our own."""

    code: int
    words: str


NOT_A_MEMBER: Final = Reason(4403, "not a member")
TOO_MANY_PAGES: Final = Reason(4429, "too many pages")


NOTHING_HEARD: Final = Change(0)


class Hub:
    """Seats by workshop, and what was last heard of each workshop. Thread-safe; asks nobody anything."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seats: dict[WorkshopId, OrderedDict[Seat, None]] = {}
        self._heard: dict[WorkshopId, Change] = {}
        self._own: dict[Credential, int] = {}
        self._is_away = False

    def sit(self, seat: Seat) -> None:
        """Begin to tell an open page."""
        with self._lock:
            seats = self._seats.setdefault(seat.credential.workshop_id, OrderedDict())
            own = [one for one in seats if one.person_id == seat.person_id]
            oldest = own[0] if len(own) >= MOST_SEATS_EACH else None
            if oldest is not None:
                del seats[oldest]
            seats[seat] = None
        if oldest is not None:
            oldest.let_go(TOO_MANY_PAGES)

    def leave(self, seat: Seat) -> None:
        """Forget a page that was closed. A second time does no harm."""
        workshop = seat.credential.workshop_id
        with self._lock:
            seats = self._seats.get(workshop, OrderedDict())
            seats.pop(seat, None)
            if all(one.credential != seat.credential for one in seats):
                self._own.pop(seat.credential, None)
            if not seats:
                self._seats.pop(workshop, None)
                self._heard.pop(workshop, None)

    def changed(self, workshop: WorkshopId, change: Change) -> bool:
        """Tell the workshop's pages, unless this is old news; gives whether anybody was told."""
        with self._lock:
            seats = list(self._seats.get(workshop, ()))
            if not seats or change.rev <= self.known_rev(workshop):
                return False
            self._heard[workshop] = change
        _wake(seats)
        return True

    def known_rev(self, workshop: WorkshopId) -> int:
        """The change number that the workshop's pages were told; 0 = none."""
        heard = self._heard.get(workshop)
        return heard.rev if heard else 0

    def set_away(self, is_away: bool) -> None:
        """Tell every page when the database is lost, and when it is back."""
        with self._lock:
            if is_away is self._is_away:
                return
            self._is_away = is_away
            seats = [seat for ours in self._seats.values() for seat in ours]
        _wake(seats)

    def own_moved(self, credential: Credential) -> None:
        """Tell one person's pages, and nobody else's, that something of theirs alone moved."""
        with self._lock:
            seats = [one for one in self._seats.get(credential.workshop_id, ()) if one.credential == credential]
            if not seats:
                return
            now_ms = time.time_ns() // 1_000_000
            self._own[credential] = max(now_ms, self._own.get(credential, 0) + 1)
        _wake(seats)

    def own(self, credential: Credential) -> int:
        """What this person's pages were told last by `own_moved`; 0 = nothing."""
        return self._own.get(credential, 0)

    def pulse(self, seat: Seat) -> Pulse:
        """What this page is to hear now."""
        with self._lock:
            crowd = sum(map(len, self._seats.values()))
            heard = self._heard.get(seat.credential.workshop_id, NOTHING_HEARD)
            topics = tuple(sorted((heard.topics or {}).items()))
            own = self._own.get(seat.credential, 0)
            return Pulse(heard.rev, topics, heard.notice, self._is_away, spread_ms(crowd), pause_ms(crowd), own)

    def seats(self, workshop: WorkshopId) -> tuple[Seat, ...]:
        """The open pages of a workshop, the oldest first."""
        with self._lock:
            return tuple(self._seats.get(workshop, ()))

    def workshops(self) -> frozenset[WorkshopId]:
        """The workshops that somebody's page is open on."""
        with self._lock:
            return frozenset(self._seats)

    def crowd(self) -> int:
        """How many pages are open."""
        with self._lock:
            return sum(map(len, self._seats.values()))

    def presence(self) -> dict[Credential, tuple[str, float]]:
        """Those who have a page open: the page in which they did something last, and when that was."""
        with self._lock:
            seats = sorted((seat for ours in self._seats.values() for seat in ours), key=lambda seat: seat.acted_at)
        return {seat.credential: (seat.page, seat.acted_at) for seat in seats}

    def present(self) -> frozenset[Credential]:
        """Those who have a page open."""
        with self._lock:
            return frozenset(seat.credential for ours in self._seats.values() for seat in ours)


def spread_ms(crowd: int) -> int:
    """Within what time so many open pages look after a change: at once up to fifty, a second with three hundred."""
    return max(0, crowd - QUIET_CROWD) * 1000 // PAGES_A_SECOND


def pause_ms(crowd: int) -> int:
    """How long each of so many pages rests between two looks while changes do not end."""
    return max(SHORTEST_PAUSE_MS, crowd * 1000 // LOOKS_A_SECOND)


def _wake(seats: list[Seat]) -> None:
    for seat in seats:
        seat.wake()
