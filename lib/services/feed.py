"""How a process hears of changes: from the database itself where it can, and by asking once a second anywhere."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Final

from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.workshop import Change
from lib.live.hub import NOT_A_MEMBER, Hub
from lib.services.reading import Reader
from lib.services.workshops import read_standing
from lib.store.decode import decode
from lib.store.port import Listening, Store

ASK_EVERY_S: Final = 1.0
"""How often the change numbers are asked for, come what may: it finds out whether the database is there, and what a
lost connection, an API or a transaction pooler never says."""
ASK_AGAIN_S: Final = 0.03
"""The least time between two of them when somebody writes."""
A_PAGE_S: Final = 0.001
"""How much longer that is for every open page: a burst of changes is told to a crowd a few times a second."""
CHECK_EVERY_S: Final = 1.0
"""How often at most it is asked who may still be there, after something has changed."""
TOUCH_EVERY_S: Final = 15.0
"""How often the people who are here are noted as present."""

log = logging.getLogger("folkmoot.feed")


class Feed:
    """Tells the reader and the hub of one process what has changed, whoever did it. Two threads, whatever the crowd."""

    def __init__(
        self,
        store: Store,
        reader: Reader,
        hub: Hub,
        *,
        listen: Callable[[], Listening | None] = lambda: None,
        written: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`written` is set when this process wrote: then it is asked at once what has changed."""
        self._store = store
        self._reader = reader
        self._hub = hub
        self._listen_to = listen
        self._news = written or threading.Event()
        self._clock = clock
        self._lock = threading.Lock()
        self._unchecked: set[WorkshopId] = set()
        self._checked_at = clock() - CHECK_EVERY_S
        self._touched_at = clock()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin, in threads of its own. Nothing is asked before somebody looks at a workshop."""
        if not self._threads:
            self._begin(self._run)

    def close(self) -> None:
        """End the threads. Reads go on working, each to the database."""
        self._stopping.set()
        self._news.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def welcome(self, workshop: WorkshopId) -> None:
        """Somebody's page was opened: tell it how things stand, and look once more whether they may be there."""
        self._must_check([workshop])

    def tick(self) -> None:
        """Ask once what has changed, who may still be there, and note who is here when it is time."""
        try:
            known = {one: self._known_rev(one) for one in self._reader.watched(self._hub.workshops())}
            if known or self._reader.contact.is_awaited():
                self._reader.contact.note_asking()
                changes = decode(dict[WorkshopId, Change], self._store.call("read_changes", known=known))
                self._tell(changes)
                self._must_check(self._hub.workshops() - changes.keys())  # deleted
                self._reader.contact.note_heard()
        finally:
            self._mind()
        self._touch()
        self._check()

    def _known_rev(self, workshop: WorkshopId) -> int:
        """What nobody's page waits for needs no notice."""
        is_open = workshop in self._hub.workshops()
        return self._hub.known_rev(workshop) if is_open else self._reader.known_rev(workshop)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(ASK_EVERY_S)
            self._news.clear()
            if self._reader.watched(self._hub.workshops()) and len(self._threads) == 1:
                self._begin(self._listen)
            _survive(self.tick, "event=changes_unread")
            self._stopping.wait(max(ASK_AGAIN_S, self._hub.crowd() * A_PAGE_S))

    def _listen(self) -> None:
        """Hear of changes within milliseconds of their commit, where the transport has that."""
        while not self._stopping.wait(ASK_EVERY_S):
            self._mind()
            _survive(self._listen_once, "event=not_listening")

    def _listen_once(self) -> None:
        listening = self._listen_to()
        if listening is None:
            return
        with closing(listening):
            self._news.set()  # what was said before this connection stood is asked for
            while not self._stopping.is_set():
                if not listening.changes(ASK_EVERY_S).keys().isdisjoint(self._hub.workshops()):
                    self._news.set()
                self._mind()

    def _mind(self) -> None:
        """Say whether the database is there; from both threads, since the one that asks it may be waiting for it."""
        self._hub.set_away(self._reader.contact.is_away())

    def _tell(self, changes: dict[WorkshopId, Change]) -> None:
        """First the reader, then the pages: what a page reads after a pulse is at least as new as the pulse."""
        self._reader.learn(changes)
        told = [one for one, change in changes.items() if change.notice and self._hub.changed(one, change)]
        self._must_check(told)

    def _touch(self) -> None:
        if self._clock() - self._touched_at < TOUCH_EVERY_S:
            return
        self._touched_at = self._clock()
        self._must_check(self._hub.workshops())
        now, presence = self._clock(), self._hub.presence()
        here = self._reader.take_visitors() | presence.keys()
        people: list[dict[str, object]] = []
        for one in sorted(here, key=lambda one: (one.workshop_id, one.token_hash)):
            who: dict[str, object] = {"workshop": one.workshop_id, "token_hash": one.token_hash}
            if one in presence:
                page, acted_at = presence[one]
                who |= {"page": page, "idle_s": round(max(0.0, now - acted_at), 1)}
            people.append(who)
        if people:
            self._store.call("touch_people", people=people)

    def _must_check(self, workshops: Iterable[WorkshopId]) -> None:
        with self._lock:
            before = len(self._unchecked)
            self._unchecked.update(workshops)
            is_more = len(self._unchecked) > before
        if is_more:
            self._news.set()

    def _check(self) -> None:
        """Cut off whoever was removed, left, or was given another link."""
        if self._clock() - self._checked_at < CHECK_EVERY_S:
            return
        with self._lock:
            workshops = set(self._unchecked)
            self._unchecked.clear()
        seats = [seat for workshop in workshops for seat in self._hub.seats(workshop)]
        if not seats:
            return
        self._checked_at = self._clock()
        try:
            standing = read_standing(self._store, [seat.credential for seat in seats])
        except FolkmootError:
            self._must_check(workshops)
            raise
        for seat, person_id in zip(seats, standing, strict=True):
            if person_id is None:
                seat.let_go(NOT_A_MEMBER)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"folkmoot-feed{work.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()


def _survive(act: Callable[[], None], event: str) -> None:
    """Do it; a failure is logged, and whoever calls tries again."""
    try:
        act()
    except FolkmootError as error:
        log.warning("%s reason=%s", event, type(error).__name__)
    except Exception:
        log.exception("%s", event)
