"""Who is told of what: only the pages of a workshop, only what is new, and nobody who may not be there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential
from lib.domain.workshop import Change
from lib.live import hub as hubs
from lib.live.hub import NOT_A_MEMBER, TOO_MANY_PAGES, Hub, Reason, Seat, pause_ms, spread_ms
from lib.services import feed as feeds
from lib.services.contact import TRUSTED_FOR_S
from lib.services.feed import Feed
from lib.services.reading import Reader

NOTICE = {
    "stage": "vote",
    "editing_is_locked": False,
    "timer_ends_at": None,
    "timer_label": "",
    "latest_version_number": None,
    "changed_since_version": True,
    "open_rounds": [],
}
HERE, THERE = WorkshopId("here"), WorkshopId("there")


@dataclass
class FakeSocket:
    """The far end of a seat: counts what wakes it, and keeps why it was let go."""

    seat: Seat = field(init=False)
    woken: int = 0
    end: Reason | None = None

    def wake(self) -> None:
        self.woken += 1

    def let_go(self, reason: Reason) -> None:
        self.end = reason


def opened(hub: Hub, name: str, workshop: WorkshopId = HERE) -> FakeSocket:
    socket = FakeSocket()
    socket.seat = Seat(Credential(workshop, name), PersonId(name), "draft", socket.wake, socket.let_go)
    hub.sit(socket.seat)
    return socket


@dataclass
class FakeStore:
    """A database with two workshops, whose people can be removed and which can be away."""

    revs: dict[str, int] = field(default_factory=lambda: {"here": 1, "there": 1})
    gone: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    touched: list[list[dict[str, str]]] = field(default_factory=list)
    is_down: bool = False

    def call(self, function: str, /, **arguments: Any) -> Any:
        if self.is_down:
            raise StoreUnavailable("The database cannot be reached.")
        self.asked.append(function)
        if function == "read_changes":
            known = arguments["known"]
            return {w: self._change(w, known[w]) for w in known if w in self.revs}
        if function == "read_standing":
            names = [one["token_hash"] for one in arguments["people"]]
            return [None if name in self.gone else name for name in names]
        self.touched.append(arguments["people"])
        return {}

    def _change(self, workshop: str, known: int) -> dict[str, Any]:
        rev = self.revs[workshop]
        return {"rev": rev, "topics": {"place": rev}, "notice": NOTICE} if rev > known else {"rev": rev}

    def close(self) -> None:
        pass


@dataclass
class Watch:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    """A feed whose ticks a test makes by hand."""

    store: FakeStore = field(default_factory=FakeStore)
    hub: Hub = field(default_factory=Hub)
    watch: Watch = field(default_factory=Watch)

    def __post_init__(self) -> None:
        self.reader = Reader(self.store, clock=self.watch)
        self.feed = Feed(self.store, self.reader, self.hub, clock=self.watch)

    def tick(self, seconds: float = 1.0) -> None:
        self.watch.now += seconds
        self.feed.tick()


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_change_wakes_the_pages_of_its_workshop_and_no_other(hub: Hub) -> None:
    ana, ben = opened(hub, "ana"), opened(hub, "ben", THERE)
    assert hub.changed(HERE, Change(7))
    assert (ana.woken, ben.woken) == (1, 0)
    assert (hub.pulse(ana.seat).rev, hub.pulse(ben.seat).rev) == (7, 0)


def test_what_moved_for_one_person_alone_wakes_their_own_pages_and_no_other(hub: Hub) -> None:
    desk, phone, ben = opened(hub, "ana"), opened(hub, "ana"), opened(hub, "ben")
    hub.own_moved(desk.seat.credential)
    first = hub.pulse(phone.seat).own
    hub.own_moved(desk.seat.credential)
    assert (desk.woken, phone.woken, ben.woken) == (2, 2, 0)
    assert hub.pulse(desk.seat).own == hub.pulse(phone.seat).own > first > 0
    assert hub.pulse(ben.seat).own == 0


def test_old_news_wakes_nobody(hub: Hub) -> None:
    ana = opened(hub, "ana")
    hub.changed(HERE, Change(7))
    assert not hub.changed(HERE, Change(7))
    assert not hub.changed(HERE, Change(6))
    assert (ana.woken, hub.pulse(ana.seat).rev) == (1, 7)


def test_a_page_that_was_closed_is_told_nothing_and_does_not_count(hub: Hub) -> None:
    ana = opened(hub, "ana")
    hub.leave(ana.seat)
    hub.leave(ana.seat)
    assert not hub.changed(HERE, Change(7))
    assert (ana.woken, hub.workshops(), hub.present()) == (0, frozenset(), frozenset())


def test_everybody_hears_once_that_the_database_is_lost_and_once_that_it_is_back(hub: Hub) -> None:
    ana, ben = opened(hub, "ana"), opened(hub, "ben", THERE)
    for is_away in (False, True, True, False, False):
        hub.set_away(is_away)
    assert (ana.woken, ben.woken) == (2, 2)
    hub.set_away(True)
    assert hub.pulse(ana.seat).is_away


def test_with_one_page_too_many_a_persons_oldest_is_let_go_and_nobody_elses(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_SEATS_EACH", 2)
    ben, first, second, third = opened(hub, "ben"), *(opened(hub, "ana") for _ in range(3))
    assert [one.end for one in (ben, first, second, third)] == [None, TOO_MANY_PAGES, None, None]
    assert hub.seats(HERE) == (ben.seat, second.seat, third.seat)


def test_a_person_with_two_pages_is_present_once(hub: Hub) -> None:
    opened(hub, "ana"), opened(hub, "ana"), opened(hub, "ben", THERE)
    assert hub.present() == {Credential(HERE, "ana"), Credential(THERE, "ben")}


def test_up_to_fifty_pages_look_at_once_and_three_hundred_within_a_second() -> None:
    assert [spread_ms(crowd) for crowd in (0, 1, 50, 300)] == [0, 0, 0, 1000]
    assert [pause_ms(crowd) for crowd in (1, 24, 60, 300)] == [400, 400, 1000, 5000]


def test_after_a_pulse_the_reader_knows_at_least_as_much_as_the_page_was_told(bench: Bench) -> None:
    told: list[tuple[int, int]] = []
    ana = opened(bench.hub, "ana")
    ana.seat.wake = lambda: told.append((bench.hub.pulse(ana.seat).rev, bench.reader.known_rev(HERE)))
    bench.tick()
    bench.store.revs["here"] = 5
    bench.tick()
    assert told == [(1, 1), (5, 5)]


def test_only_workshops_that_somebody_looks_at_are_asked_about(bench: Bench) -> None:
    bench.tick()
    assert bench.store.asked == []
    ana = opened(bench.hub, "ana")
    bench.tick()
    assert bench.store.asked == ["read_changes", "read_standing"]
    assert bench.reader.known_rev(HERE) == 1
    bench.hub.leave(ana.seat)
    bench.tick(31)
    assert bench.store.asked.count("read_changes") == 1


def test_while_nothing_changes_nothing_is_checked_and_nobody_is_woken(bench: Bench) -> None:
    ana = opened(bench.hub, "ana")
    bench.tick()
    bench.store.asked.clear()
    for _ in range(5):
        bench.tick()
    assert (bench.store.asked, ana.woken) == (["read_changes"] * 5, 1)


def test_whoever_was_removed_is_cut_off_with_the_change_and_the_others_stay(bench: Bench) -> None:
    ana, ben = opened(bench.hub, "ana"), opened(bench.hub, "ben")
    bench.tick()
    bench.store.gone.add("ana")
    bench.store.revs["here"] += 1
    bench.tick()
    assert (ana.end, ben.end) == (NOT_A_MEMBER, None)


def test_a_page_that_was_opened_just_as_its_person_was_removed_is_cut_off_too(bench: Bench) -> None:
    bench.store.gone.add("ana")
    ana = opened(bench.hub, "ana")
    bench.feed.welcome(HERE)
    bench.tick()
    assert ana.end == NOT_A_MEMBER


def test_all_are_cut_off_when_their_workshop_is_deleted(bench: Bench) -> None:
    ana = opened(bench.hub, "ana")
    bench.tick()
    del bench.store.revs["here"]
    bench.store.gone.add("ana")
    bench.tick()
    assert ana.end == NOT_A_MEMBER


def test_of_several_open_pages_the_one_where_something_was_done_last_is_noted(bench: Bench) -> None:
    older, newer = opened(bench.hub, "ana"), opened(bench.hub, "ana")
    older.seat.page, older.seat.acted_at = "vote", bench.watch.now - 60
    newer.seat.page, newer.seat.acted_at = "test", bench.watch.now
    bench.tick(feeds.TOUCH_EVERY_S)
    [[ana]] = bench.store.touched
    assert (ana["page"], ana["idle_s"]) == ("test", feeds.TOUCH_EVERY_S)


def test_those_with_an_open_page_are_noted_as_present_in_one_call(bench: Bench) -> None:
    opened(bench.hub, "ana"), opened(bench.hub, "ana"), opened(bench.hub, "ben", THERE)
    bench.tick(feeds.TOUCH_EVERY_S)
    bench.tick()
    [people] = bench.store.touched
    assert [(one["workshop"], one["token_hash"]) for one in people] == [("here", "ana"), ("there", "ben")]


def test_whoever_closed_all_pages_is_not_noted_any_more(bench: Bench) -> None:
    ana = opened(bench.hub, "ana")
    bench.tick(feeds.TOUCH_EVERY_S)
    bench.hub.leave(ana.seat)
    bench.tick(feeds.TOUCH_EVERY_S)
    assert len(bench.store.touched) == 1


def test_pages_hear_that_the_database_is_away_when_memory_is_not_believed_any_more(bench: Bench) -> None:
    ana = opened(bench.hub, "ana")
    bench.tick()
    bench.store.is_down = True
    for seconds in (1.0, TRUSTED_FOR_S):
        with pytest.raises(StoreUnavailable):
            bench.tick(seconds)
        assert bench.hub.pulse(ana.seat).is_away is (seconds > 1)
    bench.store.is_down = False
    bench.tick()
    assert not bench.hub.pulse(ana.seat).is_away
    assert ana.woken == 3, "the first number, away, back"


def test_after_a_time_in_which_nobody_looked_the_first_page_does_not_hear_that_the_database_is_away(
    bench: Bench,
) -> None:
    bench.tick(3_600)
    assert not bench.reader.contact.is_trusted()
    ana = opened(bench.hub, "ana")
    assert not bench.reader.contact.is_away()
    bench.tick()
    assert not bench.hub.pulse(ana.seat).is_away
    assert bench.reader.contact.is_trusted()


def test_whoever_waits_for_the_database_where_nobody_looks_at_a_workshop_hears_of_it_when_it_answers(
    bench: Bench,
) -> None:
    bench.store.is_down = True
    since = bench.reader.contact.moment()
    bench.tick()
    assert not bench.reader.contact.heard_since(since), "nobody asked it"
    with pytest.raises(StoreUnavailable):
        bench.tick()
    assert not bench.reader.contact.heard_since(since)
    bench.store.is_down = False
    bench.tick()
    assert bench.reader.contact.heard_since(since)


@contextmanager
def running(feed: Feed) -> Iterator[None]:
    feed.start()
    try:
        yield
    finally:
        feed.close()


def test_what_this_process_wrote_is_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ASK_EVERY_S", 30.0)
    store, hub, written = FakeStore(), Hub(), threading.Event()
    feed = Feed(store, Reader(store), hub, written=written)
    is_told = threading.Event()
    ana = opened(hub, "ana")
    ana.seat.wake = is_told.set
    with running(feed):
        store.revs["here"] = 2
        written.set()
        assert is_told.wait(5)
    assert hub.pulse(ana.seat).rev == 2


@dataclass
class FakeListening:
    """A connection on which a test speaks: what it says is so in the database."""

    store: FakeStore
    said: list[dict[str, int]]
    is_closed: bool = False

    def changes(self, within_s: float) -> dict[str, int]:
        if not self.said:
            raise StoreUnavailable("The connection is lost.")
        self.store.revs |= self.said[0]
        return self.said.pop(0)

    def close(self) -> None:
        self.is_closed = True


def test_a_connection_that_is_lost_is_opened_again_and_closed_properly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ASK_EVERY_S", 0.02)
    store, hub = FakeStore(), Hub()
    lines = [FakeListening(store, [{"here": 5}]), FakeListening(store, [{"here": 6}])]
    waiting = list(lines)
    feed = Feed(store, Reader(store), hub, listen=lambda: waiting.pop(0) if waiting else None)
    revs: list[int] = []
    has_both = threading.Event()
    ana = opened(hub, "ana")

    def wake() -> None:
        revs.append(hub.pulse(ana.seat).rev)
        if revs[-1] == 6:
            has_both.set()

    ana.seat.wake = wake
    with running(feed):
        assert has_both.wait(5)
    assert revs == sorted(revs)
    assert [one.is_closed for one in lines] == [True, True]
