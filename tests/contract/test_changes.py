"""Changes are heard of as they are committed on a direct connection, and by asking anywhere else."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential
from lib.live.hub import Hub, Seat
from lib.services import feed as feeds
from lib.services.feed import Feed
from lib.services.reading import Reader
from lib.store.direct import DirectListening, DirectStore, owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built

WITHIN_S = 5.0


@pytest.fixture
def direct(database_address: str) -> Iterator[DirectStore]:
    opened = DirectStore(database_address)
    yield opened
    opened.close()


@pytest.fixture
def line(direct: DirectStore) -> Iterator[DirectListening]:
    opened = direct.listen()
    yield opened
    opened.close()


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def rev_of(store: Store, built: Built) -> int:
    return int(store.call("read_revs", workshops=[built.workshop])[built.workshop])


def test_every_change_is_heard_with_its_workshop_and_number_and_nothing_else(
    direct: DirectStore, line: DirectListening
) -> None:
    built, other = Built(direct), Built(direct)
    while line.changes(0.2):
        pass
    built.facilitator.call("set_workshop", changes={"stage": "vote"})
    assert line.changes(WITHIN_S) == {built.workshop: rev_of(direct, built)}
    other.join("Zoe")
    assert line.changes(WITHIN_S) == {other.workshop: rev_of(direct, other)}
    assert line.changes(0.2) == {}


def test_what_is_refused_or_rolled_back_is_not_heard(
    direct: DirectStore, line: DirectListening, database_address: str
) -> None:
    built = Built(direct)
    while line.changes(0.2):
        pass
    with owner_connection(database_address) as owner:
        with pytest.raises(ZeroDivisionError), owner.transaction():
            owner.rows("select private.bump(%s)", built.workshop)
            raise ZeroDivisionError
        owner.rows("select private.bump(gen_random_uuid())")
    assert line.changes(0.3) == {}


def test_a_connection_that_the_server_ends_says_so(line: DirectListening, database_address: str) -> None:
    end_listening(database_address)
    with pytest.raises(StoreUnavailable):
        line.changes(WITHIN_S)


def test_no_connection_can_be_had_where_there_is_no_database() -> None:
    with pytest.raises(StoreUnavailable):
        DirectStore("postgresql://nobody@127.0.0.1:9/nothing").listen()


def end_listening(address: str) -> int:
    with owner_connection(address) as owner:
        ended = owner.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'folkmoot-listening' and datname = current_database()"
        )
    return len(ended)


class Told:
    """An open page's end of a feed."""

    def __init__(self, built: Built, hub: Hub) -> None:
        self.newest = 0
        self.woken = threading.Condition()
        self._hub = hub
        self.seat = Seat(
            Credential(WorkshopId(built.workshop), built.facilitator.token_hash),
            PersonId(built.facilitator.person),
            "console",
            self._wake,
            lambda _: None,
        )
        hub.sit(self.seat)

    def _wake(self) -> None:
        with self.woken:
            self.newest = self._hub.pulse(self.seat).rev
            self.woken.notify_all()

    def waits_for(self, rev: int) -> None:
        with self.woken:
            assert self.woken.wait_for(lambda: self.newest >= rev, WITHIN_S)


def followed(store: Store, built: Built, **options: Callable[[], DirectListening]) -> tuple[Feed, Told]:
    hub = Hub()
    told = Told(built, hub)
    feed = Feed(store, Reader(store), hub, **options)  # type: ignore[arg-type]
    feed.start()
    return feed, told


def test_what_another_process_does_is_told_on_every_transport(store: Store, built: Built) -> None:
    feed, told = followed(store, built)
    try:
        for stage in ("vote", "review", "draft"):
            built.facilitator.call("set_workshop", changes={"stage": stage})
            told.waits_for(rev_of(store, built))
    finally:
        feed.close()


def test_on_a_direct_connection_it_is_told_without_asking_and_again_after_the_connection_was_lost(
    direct: DirectStore, database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Built(direct)
    feed, told = followed(direct, built, listen=direct.listen)
    try:
        told.waits_for(rev_of(direct, built))
        deadline = time.monotonic() + WITHIN_S
        while not is_listened_to(database_address):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        monkeypatch.setattr(feeds, "ASK_EVERY_S", 60.0)
        for stage in ("vote", "review", "test"):  # of the first, a question may tell that was under way; of no other
            built.facilitator.call("set_workshop", changes={"stage": stage})
            told.waits_for(rev_of(direct, built))
        monkeypatch.setattr(feeds, "ASK_EVERY_S", 0.2)
        end_listening(database_address)
        built.facilitator.call("set_workshop", changes={"stage": "review"})
        told.waits_for(rev_of(direct, built))
        built.facilitator.call("set_workshop", changes={"stage": "draft"})
        told.waits_for(rev_of(direct, built))
    finally:
        monkeypatch.setattr(feeds, "ASK_EVERY_S", 0.2)
        feed.close()


def is_listened_to(address: str) -> bool:
    with owner_connection(address) as owner:
        return bool(
            owner.rows(
                "select 1 from pg_stat_activity "
                "where application_name = 'folkmoot-listening' and datname = current_database()"
            )
        )
