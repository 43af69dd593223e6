"""Reads that many people ask for again and again: answered from memory until the workshop changes.

One thread per process asks once a second for the change numbers (`rev`) of the workshops that somebody looked at, so
that hundreds of open pages cost the database one query a second and not one each.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final, TypeVar, cast

from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.store.decode import decode
from lib.store.port import Store

T = TypeVar("T")

POLL_S: Final = 1.0
WATCHED_FOR_S: Final = 30.0
"""How long after the last look at it a workshop is still asked about."""
TOUCH_EVERY_S: Final = 15.0
"""How often the people who are here are noted as present."""
TRUSTED_FOR_S: Final = 5.0
"""How long memory is believed after the database last answered. Then every read goes there, and says if it is down."""
FRESH_FOR_S: Final = 1.0
"""How old a gathered answer may be where only what is stored now will do."""
MOST_ENTRIES: Final = 5_000

log = logging.getLogger("folkmoot.reading")


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


@dataclass
class _Watched:
    """What is known of a workshop that somebody looks at. `stamp` is new whenever what was read before is stale."""

    looked_at: float
    stamp: int
    rev: int | None = None
    people_stamps: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Gathered:
    """One of several answers that came together. `at` is when, by the reader's clock."""

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
        self._present: set[tuple[WorkshopId, str]] = set()
        self._crowd = 0
        self._entries: OrderedDict[Hashable, tuple[Hashable, Future[Any]]] = OrderedDict()
        self._gathered: OrderedDict[tuple[Credential, Asked], _Gathered] = OrderedDict()
        self._heard_at = clock()
        self._touched_at = clock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def read(self, kind: type[T], function: str, credential: Credential, **arguments: Any) -> T:
        """What the function gives to this person, as the domain's value; at most about a second old.

        Several people or threads that ask the same thing at once wait for one call. An error is never remembered.

        Raises:
            FolkmootError: what the function refused, or StoreUnavailable.
        """
        stamp = self._look(credential)

        asked = asking(function, **arguments)

        def ask() -> T:
            gathered = self._take_gathered((credential, asked), stamp)
            return decode(kind, gathered.answer if gathered else self._ask(function, credential, **arguments))

        if stamp is None:
            return ask()
        return self._once((credential, asked, repr(kind)), stamp, ask)

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
                self._gathered[credential, asked] = _Gathered(stamp, self._clock(), answer)
            while len(self._gathered) > MOST_ENTRIES:
                self._gathered.popitem(last=False)

    def fresh(self, function: str, credential: Credential) -> Any:
        """The JSON that the function gives to this person now, at most a second old, and remembered for nobody.

        Raises:
            FolkmootError: what the function refused, or StoreUnavailable.
        """
        with self._lock:
            gathered = self._gathered.pop((credential, asking(function)), None)
        if gathered is not None and self._clock() - gathered.at <= FRESH_FOR_S:
            return gathered.answer
        return self._ask(function, credential)

    def rev(self, credential: Credential) -> int:
        """The workshop's change number: when it differs from the last one, something there has changed."""
        self._look(credential)
        workshop = credential.workshop_id
        with self._lock:
            known = self._watched[workshop].rev
        if known is not None and self._is_trusted():
            return known
        self._learn(self._store.call("read_revs", workshops=[workshop]))
        with self._lock:
            return self._watched[workshop].rev or 0

    def wrote(self, who: Credential | WorkshopId) -> None:
        """Make the next reads fresh after a write: those of the writer, or of everyone in a workshop."""
        with self._lock:
            if isinstance(who, Credential):
                watched = self._watch(who.workshop_id)
                watched.people_stamps[who.token_hash] = next(self._stamps)
            else:
                self._watch(who).stamp = next(self._stamps)

    def moment(self) -> float:
        """Now, by the clock that `heard_since` goes by."""
        return self._clock()

    def heard_since(self, moment: float) -> bool:
        """Whether the database has answered the thread that asks for changes after this moment. Asks nothing."""
        return self._heard_at > moment

    def crowd(self) -> int:
        """How many people looked at any workshop through this process in the last quarter of a minute."""
        with self._lock:
            return max(self._crowd, len(self._present))

    def start(self) -> None:
        """Begin to ask for changes, in a thread of its own."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="folkmoot-reader", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread. Reads go on working, each to the database."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def tick(self) -> None:
        """Ask once what has changed, and note who is here when it is time. The thread does this every second."""
        now = self._clock()
        with self._lock:
            for workshop in [w for w, seen in self._watched.items() if now - seen.looked_at > WATCHED_FOR_S]:
                del self._watched[workshop]
            workshops = list(self._watched)
        if workshops:
            self._learn(self._store.call("read_revs", workshops=workshops))
        self._heard_at = self._clock()
        if now - self._touched_at >= TOUCH_EVERY_S:
            self._touched_at = now
            self._touch()

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

    def _run(self) -> None:
        while not self._stopping.wait(POLL_S):
            try:
                self.tick()
            except FolkmootError as error:
                log.warning("event=revs_unread reason=%s", type(error).__name__)
            except Exception:
                log.exception("event=reader_tick_failed")

    def _touch(self) -> None:
        with self._lock:
            present, self._present = self._present, set()
            self._crowd = len(present)
        if present:
            people = [{"workshop": workshop, "token_hash": token_hash} for workshop, token_hash in sorted(present)]
            self._store.call("touch_people", people=people)

    def _learn(self, revs: dict[str, int]) -> None:
        with self._lock:
            for workshop, rev in revs.items():
                watched = self._watched.get(WorkshopId(workshop))
                # Two answers can overtake each other; a change number only grows.
                if watched is not None and (watched.rev is None or rev > watched.rev):
                    watched.rev = rev
                    watched.stamp = next(self._stamps)

    def _look(self, credential: Credential) -> Hashable | None:
        """The stamp under which this person's reads are good now; None when memory is not to be trusted."""
        with self._lock:
            watched = self._watch(credential.workshop_id)
            self._present.add((credential.workshop_id, credential.token_hash))
            stamp = (watched.stamp, watched.people_stamps.get(credential.token_hash))
        return stamp if self._is_trusted() else None

    def _watch(self, workshop: WorkshopId) -> _Watched:
        now = self._clock()
        watched = self._watched.get(workshop)
        if watched is None:
            watched = self._watched[workshop] = _Watched(now, next(self._stamps))
        watched.looked_at = now
        return watched

    def _is_trusted(self) -> bool:
        return self._clock() - self._heard_at <= TRUSTED_FOR_S

    def _once(self, key: Hashable, stamp: Hashable, ask: Callable[[], T]) -> T:
        """What was asked under this stamp already, or is being asked now; else ask."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None and found[0] == stamp:
                self._entries.move_to_end(key)
                future, is_mine = found[1], False
            else:
                future, is_mine = Future(), True
                self._entries[key] = (stamp, future)
                self._entries.move_to_end(key)
                while len(self._entries) > MOST_ENTRIES:
                    self._entries.popitem(last=False)
        if not is_mine:
            return cast(T, future.result())
        try:
            value = ask()
        except BaseException as error:
            with self._lock:
                if self._entries.get(key) == (stamp, future):
                    del self._entries[key]
            future.set_exception(error)
            raise
        future.set_result(value)
        return value
