"""Two troubles in one call over the direct transport: what is said in the end is true of both tries."""

from typing import Any

import psycopg
import pytest

from lib.domain.errors import FolkmootError, RoundClosed, StoreUnavailable
from lib.store.direct import DirectStore
from lib.store.ready import ReadyStore
from lib.store.sqlstates import connection_broke, out_of_reach, too_busy

LOST = psycopg.OperationalError("server closed the connection unexpectedly")


class RoundIsClosed(psycopg.DatabaseError):
    """A refusal of a function, as the driver raises it."""

    sqlstate = "PT410"


@pytest.fixture
def store() -> DirectStore:
    return DirectStore("postgresql://nobody@127.0.0.1:9/none")


def fail_in_turn(monkeypatch: pytest.MonkeyPatch, store: DirectStore, *troubles: Exception) -> None:
    waiting = list(troubles)

    def ask(statement: bytes, values: list[Any]) -> Any:
        raise waiting.pop(0)

    monkeypatch.setattr(store, "_ask", ask)
    monkeypatch.setattr(store._pool, "check", lambda: None)


@pytest.mark.parametrize("later", [psycopg.errors.QueryCanceled(), psycopg.errors.DiskFull(), out_of_reach(), LOST])
@pytest.mark.parametrize("function", ["save_draft", "set_workshop"])
def test_after_a_try_that_may_have_been_run_no_later_trouble_says_that_nothing_was_written(
    monkeypatch: pytest.MonkeyPatch, store: DirectStore, function: str, later: Exception
) -> None:
    fail_in_turn(monkeypatch, store, LOST, later)
    with pytest.raises(StoreUnavailable, match="If what you did does not show, do it again") as caught:
        store.call(function)
    assert "Nothing was written" not in str(caught.value)


def test_a_refusal_after_it_stays_and_so_does_the_last_trouble_of_a_read(
    monkeypatch: pytest.MonkeyPatch, store: DirectStore
) -> None:
    fail_in_turn(monkeypatch, store, LOST, RoundIsClosed("The round is closed."))
    with pytest.raises(RoundClosed):
        store.call("cast_votes")
    fail_in_turn(monkeypatch, store, LOST, psycopg.errors.QueryCanceled())
    with pytest.raises(StoreUnavailable, match="too busy"):
        store.call("read_place")


def test_a_write_that_certainly_was_not_run_in_any_try_says_so(
    monkeypatch: pytest.MonkeyPatch, store: DirectStore
) -> None:
    fail_in_turn(monkeypatch, store, psycopg.errors.DeadlockDetected(), psycopg.errors.QueryCanceled())
    with pytest.raises(StoreUnavailable, match="Nothing was written"):
        store.call("save_draft")


class FailsOnce:
    """A store whose every call ends with one error."""

    def __init__(self, error: FolkmootError) -> None:
        self._error = error

    def call(self, function: str, /, **arguments: Any) -> Any:
        raise self._error

    def close(self) -> None:
        pass


def test_a_call_that_is_sent_to_a_database_started_anew_does_not_say_that_nothing_was_written() -> None:
    opened = [FailsOnce(connection_broke()), FailsOnce(too_busy())]
    store = ReadyStore(lambda: opened.pop(0), is_alive=lambda: False)
    with pytest.raises(StoreUnavailable, match="If what you did does not show"):
        store.call("save_draft")
