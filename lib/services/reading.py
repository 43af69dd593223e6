"""Reads that many people ask for again and again: answered from memory until the workshop changes.

The process's feed (`lib/services/feed.py`) says which workshops have changed, so that hundreds of open pages read
nothing while nothing changes.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final, TypeVar, cast

from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.domain.workshop import Change
from lib.services.contact import Contact
from lib.store.decode import decode
from lib.store.port import Store

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

WATCHED_FOR_S: Final = 30.0
"""How long after the last look at it a workshop is still asked about."""
FRESH_FOR_S: Final = 1.0
"""How old a gathered answer may be where only what is stored now will do."""
MOST_ENTRIES: Final = 5_000
"""How many answers are remembered of one workshop, and how many gathered ones; the oldest go first."""
MOST_DECODED: Final = 500
"""How many questions' newest answer is remembered with the value made of it, of one workshop."""


@dataclass(frozen=True)
class Asked:
    """A question to a reading function: its name and its arguments besides who is asking."""

    function: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The question as `read_together` takes it."""
        return {"function": self.function, **dict(self.arguments)}


def asking(function: str, **arguments: Any) -> Asked:
    """The question to a function with these arguments."""
    return Asked(function, tuple(sorted(arguments.items())))


_Entry = tuple[Hashable, Future[Any]]
"""Under which stamp something was asked, and what came of it."""


@dataclass
class _Watched:
    """What is known of a workshop that somebody looks at. `stamp` is new whenever what was read before is stale."""

    looked_at: float
    stamp: int
    rev: int | None = None
    answers: int = 0
    people_stamps: dict[str, int] = field(default_factory=dict)
    entries: OrderedDict[Hashable, _Entry] = field(default_factory=OrderedDict)
    """What was answered under this stamp, to whom."""
    decoded: OrderedDict[Hashable, tuple[Any, Any]] = field(default_factory=OrderedDict)
    """By question, whoever asked: the newest answer, and the value made of it."""

    def expire(self, stamp: int) -> None:
        """Whatever was answered before is stale; nobody can be given it any more, so it is let go of."""
        self.stamp = stamp
        self.entries.clear()


@dataclass(frozen=True)
class _Gathered:
    """One of several answers that came together. `at` is when, by the reader's clock.

    `is_taken`: a read has made a value of it, which is remembered.
    """

    stamp: Hashable
    at: float
    answer: Any
    is_taken: bool = False


class Reader:
    """Pure reads as a person, remembered by workshop, person, function, arguments and change number. Thread-safe."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._stamps = count(1)
        self._watched: dict[WorkshopId, _Watched] = {}
        self._visitors: set[Credential] = set()
        self._gathered: OrderedDict[tuple[Credential, Asked], _Gathered] = OrderedDict()
        self.contact = Contact(clock)
        """Whether the database is there, as far as this process has heard."""

    def read(self, kind: type[T], function: str, credential: Credential, **arguments: Any) -> T:
        """What the function gives to this person, as the domain's value; at least as new as `known_rev`.

        Several people or threads that ask the same thing at once wait for one call. An error is never remembered.

        Raises:
            FolkmootError: what the function refused, or StoreUnavailable.
        """
        stamp = self._look(credential)

        asked = asking(function, **arguments)

        def ask() -> T:
            gathered = self._take_gathered((credential, asked), stamp)
            answer = gathered.answer if gathered else self._ask(function, credential, **arguments)
            return self._decode(kind, credential.workshop_id, asked, answer)

        if stamp is None:
            return ask()
        return self._once(credential, (asked, repr(kind)), stamp, ask)

    def gather(self, credential: Credential, reads: Sequence[Asked]) -> None:
        """Fetch in one round trip what this person is about to read, as far as it is not known already.

        Nothing is raised here: whatever was not gathered is asked for by its `read`, which says what is wrong.
        """
        stamp = self._look(credential)
        with self._lock:
            missing = [asked for asked in reads if self._is_news((credential, asked), stamp)]
        if stamp is None or len(missing) < 2:
            return
        try:
            answers = self._ask("read_together", credential, reads=[asked.as_json() for asked in missing])
        except FolkmootError:
            return
        with self._lock:
            for asked, answer in zip(missing, answers, strict=True):
                _keep(self._gathered, (credential, asked), _Gathered(stamp, self._clock(), answer), MOST_ENTRIES)

    def read_fresh(self, kind: type[T], function: str, credential: Credential, **arguments: Any) -> T:
        """The same as `fresh`, as the domain's value."""
        return decode(kind, self.fresh(function, credential, **arguments))

    def fresh(self, function: str, credential: Credential, *, stays: bool = False, **arguments: Any) -> Any:
        """The JSON that the function gives to this person now, at most a second old, and remembered for nobody.

        What was gathered is given once; with `stays` it is left for another who asks within that second.

        Raises:
            FolkmootError: what the function refused, or StoreUnavailable.
        """
        key = (credential, asking(function, **arguments))
        with self._lock:
            gathered = self._gathered.get(key)
            is_there = gathered is not None and not gathered.is_taken
            is_young = gathered is not None and self._clock() - gathered.at <= FRESH_FOR_S
            if is_there and not (stays and is_young):
                del self._gathered[key]
            if gathered is not None and is_there and is_young:
                return gathered.answer
        return self._ask(function, credential, **arguments)

    def known_rev(self, workshop: WorkshopId) -> int:
        """The change number that reads from now on are at least as new as; 0 while none is known. Asks nothing."""
        with self._lock:
            watched = self._watched.get(workshop)
            return (watched.rev or 0) if watched else 0

    def learn(self, changes: Mapping[WorkshopId, Change]) -> None:
        """Take in change numbers, and how many answers were no news: what was read before higher ones is stale."""
        with self._lock:
            for workshop, change in changes.items():
                watched = self._watched.get(workshop)
                # Two answers can overtake each other; both numbers only grow.
                if watched is not None and (
                    watched.rev is None or change.rev > watched.rev or change.answers > watched.answers
                ):
                    watched.rev = max(change.rev, watched.rev or 0)
                    watched.answers = max(change.answers, watched.answers)
                    watched.expire(next(self._stamps))

    def remembered(self) -> int:
        """How many answers are kept now."""
        with self._lock:
            return sum(len(watched.entries) for watched in self._watched.values())

    def watched(self, open_pages: Iterable[WorkshopId] = ()) -> list[WorkshopId]:
        """The workshops whose changes matter: somebody's page is open there, or somebody looked a moment ago."""
        now = self._clock()
        with self._lock:
            for workshop in open_pages:
                self._watch(workshop)
            for workshop in [w for w, seen in self._watched.items() if now - seen.looked_at > WATCHED_FOR_S]:
                del self._watched[workshop]
            return list(self._watched)

    def take_visitors(self) -> set[Credential]:
        """Those who looked at anything since this was asked the last time."""
        with self._lock:
            visitors, self._visitors = self._visitors, set()
            return visitors

    def wrote(self, who: Credential | WorkshopId) -> None:
        """Make the next reads fresh after a write: those of the writer, or of everyone in a workshop."""
        with self._lock:
            if isinstance(who, Credential):
                watched = self._watch(who.workshop_id)
                watched.people_stamps[who.token_hash] = next(self._stamps)
            else:
                self._watch(who).expire(next(self._stamps))

    def _ask(self, function: str, credential: Credential, **arguments: Any) -> Any:
        who = {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
        return self._store.call(function, **who, **arguments)

    def _is_news(self, key: tuple[Credential, Asked], stamp: Hashable) -> bool:
        gathered = self._gathered.get(key)
        return gathered is None or gathered.stamp != stamp

    def _take_gathered(self, key: tuple[Credential, Asked], stamp: Hashable) -> "_Gathered | None":
        """What was gathered under this stamp; once, since the value made of it is remembered from then on."""
        with self._lock:
            gathered = self._gathered.get(key)
            if gathered is None or gathered.stamp != stamp or gathered.is_taken:
                return None
            self._gathered[key] = replace(gathered, answer=None, is_taken=True)
            return gathered

    def _look(self, credential: Credential) -> Hashable | None:
        """The stamp under which this person's reads are good now; None when memory is not to be trusted."""
        with self._lock:
            watched = self._watch(credential.workshop_id)
            self._visitors.add(credential)
            stamp = (watched.stamp, watched.people_stamps.get(credential.token_hash))
        return stamp if self.contact.is_trusted() else None

    def _watch(self, workshop: WorkshopId) -> _Watched:
        now = self._clock()
        watched = self._watched.get(workshop)
        if watched is None:
            watched = self._watched[workshop] = _Watched(now, next(self._stamps))
        watched.looked_at = now
        return watched

    def _decode(self, kind: type[T], workshop: WorkshopId, asked: Asked, answer: Any) -> T:
        """The value of an answer: one and the same for everybody who is answered alike.

        Most questions are answered to a whole room alike, so that it is decoded and kept once and not by person.
        """
        key = (asked, repr(kind))
        with self._lock:
            newest = self._watch(workshop).decoded.get(key)
        if newest is not None and newest[0] == answer:
            return cast(T, newest[1])
        value = decode(kind, answer)
        with self._lock:
            _keep(self._watch(workshop).decoded, key, (answer, value), MOST_DECODED)
        return value

    def _once(self, credential: Credential, question: Hashable, stamp: Hashable, ask: Callable[[], T]) -> T:
        """What was asked under this stamp already, or is being asked now; else ask."""
        key = (credential, question)
        with self._lock:
            entries = self._watch(credential.workshop_id).entries
            found = entries.get(key)
            if found is not None and found[0] == stamp:
                entries.move_to_end(key)
                future, is_mine = found[1], False
            else:
                future, is_mine = Future(), True
                _keep(entries, key, (stamp, future), MOST_ENTRIES)
        if not is_mine:
            return cast(T, future.result())
        try:
            value = ask()
        except BaseException as error:
            with self._lock:
                if entries.get(key) == (stamp, future):
                    del entries[key]
            future.set_exception(error)
            raise
        future.set_result(value)
        return value


def _keep(remembered: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Remember one thing more as the newest, and let go of the oldest beyond `most`."""
    remembered[key] = value
    remembered.move_to_end(key)
    while len(remembered) > most:
        remembered.popitem(last=False)
