"""What every transport of the Store promises."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from lib.domain.errors import (
    Conflict,
    FolkmootError,
    NotAllowed,
    NotFound,
    RoundClosed,
    SignedOut,
    StoreUnavailable,
    ValidationFailed,
)
from lib.domain.workshop import Stage
from lib.store import direct, embedded
from lib.store.direct import DirectStore, owner_connection
from lib.store.port import REFUSALS, Store
from lib.store.ready import ReadyStore, open_embedded

AWKWARD = "O'Brien \\ %s {} $1 $$ “ü” 🙂\n\t; drop table x --"


def test_arguments_arrive_as_what_they_are(probe: Store) -> None:
    someone = str(uuid4())
    data = {"list": [1, "two", None, True, AWKWARD], "nested": {"a": 1.5}}
    answer = probe.call("echo", text=AWKWARD, id=someone, data=data, count=3, share=2, is_open=False)
    assert answer["text"] == AWKWARD
    assert answer["data"] == data
    assert (answer["id"], answer["count"], answer["share"], answer["is_open"]) == (someone, 3, 2, False)


def test_what_is_left_out_or_none_is_null(probe: Store) -> None:
    assert probe.call("echo", text=None)["text"] is None


@pytest.mark.parametrize("data", [[], {}, [{"a": 1}], (1, 2)])
def test_lists_tuples_and_dicts_go_as_json(probe: Store, data: object) -> None:
    expected = list(data) if isinstance(data, tuple) else data
    assert probe.call("echo", data=data)["data"] == expected


def test_an_enum_goes_as_its_value(probe: Store) -> None:
    assert probe.call("echo", text=Stage.VOTE)["text"] == "vote"


def test_every_call_is_made_as_the_service_role(probe: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        who = threads.map(lambda _: probe.call("echo")["who"], range(40))
        assert set(who) == {"service_role"}


@pytest.mark.parametrize(("state", "error"), list(REFUSALS.items()))
def test_a_refusal_is_the_domains_error_with_the_functions_sentence(
    probe: Store, state: str, error: type[FolkmootError]
) -> None:
    with pytest.raises(error, match=r"^Clause C7 is gone\. Reload\.$") as caught:
        probe.call("refuse", state=state, message="Clause C7 is gone. Reload.")
    assert type(caught.value) is error


def test_all_refusals_of_the_architecture_are_in_the_table() -> None:
    assert set(REFUSALS.values()) == {ValidationFailed, SignedOut, NotAllowed, NotFound, Conflict, RoundClosed}


def test_all_problems_of_a_form_arrive_at_once(probe: Store) -> None:
    with pytest.raises(ValidationFailed) as caught:
        probe.call("refuse", state="PT400", message="Two problems.", detail='{"problems": ["No name.", "No title."]}')
    assert caught.value.problems == ("No name.", "No title.")


@pytest.mark.parametrize("detail", ["", "not json", "[1]", '{"problems": []}', '{"problems": "x"}'])
def test_a_detail_that_carries_nothing_leaves_the_sentence(probe: Store, detail: str) -> None:
    with pytest.raises(ValidationFailed, match="The title is empty"):
        probe.call("refuse", state="PT400", message="The title is empty.", detail=detail)


@pytest.mark.parametrize("text", ["a\0b", "broken \ud800 half"])
def test_text_that_cannot_be_stored_is_refused_with_a_sentence(probe: Store, text: str) -> None:
    for arguments in ({"text": text}, {"data": {"clause": text}}):
        with pytest.raises(ValidationFailed, match="character that cannot be stored"):
            probe.call("echo", **arguments)


def test_an_id_that_is_none_is_not_found(probe: Store) -> None:
    with pytest.raises(NotFound, match="copied whole"):
        probe.call("echo", id="my-workshop")


def test_an_unknown_function_says_how_to_mend_it(probe: Store) -> None:
    with pytest.raises(StoreUnavailable, match="migrate"):
        probe.call("read_the_future")


def test_a_database_without_the_schema_says_how_to_mend_it(server_address: str) -> None:
    store = DirectStore(server_address, role="no_such_role")
    with pytest.raises(StoreUnavailable, match="migrate"):
        store.call("read_health")
    store.close()


@pytest.mark.parametrize("name", ["x; select 1", "Read", "a.b", ""])
def test_a_function_name_is_never_sql(probe: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        probe.call(name)


def test_a_fault_in_a_function_shows_no_contents(probe: Store, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        probe.call("refuse", state="XX000", message="secret contents")
    assert "secret" not in str(caught.value) + caplog.text


def test_a_call_that_takes_too_long_ends_with_a_sentence(probe_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "STATEMENT_TIMEOUT", "100ms")
    store = DirectStore(probe_address)
    with pytest.raises(StoreUnavailable, match="too busy"):
        store.call("read_slowly")
    store.close()


def break_connections(address: str) -> None:
    with owner_connection(address) as owner:
        owner.rows(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


# The next two are about the direct transport's own connections. What breaks behind a server of Supabase is that
# server's matter; what breaks on the way to it is in tests/unit/test_supabase_wire.py.


def test_a_read_survives_broken_connections(probe_address: str) -> None:
    probe = DirectStore(probe_address)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: probe.call("echo"), range(30)))
    break_connections(probe_address)
    assert [probe.call("read_one") for _ in range(5)] == [1] * 5
    probe.close()


def test_a_write_that_is_not_safe_to_repeat_is_not_repeated(probe_address: str) -> None:
    probe = DirectStore(probe_address)
    assert probe.call("claim_probe") == 1
    break_connections(probe_address)
    with pytest.raises(StoreUnavailable, match="connection to the database broke"):
        probe.call("claim_probe")
    deadline = time.monotonic() + 20
    while True:  # the pool replaces what broke, one connection after the other
        with suppress(StoreUnavailable), ThreadPoolExecutor(1) as threads:
            assert threads.submit(probe.call, "claim_probe").result() == 2
            break
        assert time.monotonic() < deadline
    probe.close()


def test_nothing_at_the_address_is_a_sentence_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "PATIENCE_S", 0.3)
    store = DirectStore("postgresql://me:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable) as caught:
        store.call("echo")
    assert "hunter2" not in str(caught.value)
    store.close()


@pytest.fixture
def own_folder(open_folder: Path) -> Iterator[Path]:
    folder = open_folder / f"own-{uuid4().hex[:6]}"
    yield folder
    embedded.release(folder)
    embedded.stop(folder)


def test_a_stopped_embedded_database_is_started_again_by_the_next_call(own_folder: Path) -> None:
    store = open_embedded(own_folder)
    first = store.call("read_health")
    embedded.stop(own_folder)
    assert store.call("read_health")["schema_version"] == first["schema_version"]
    store.close()


def test_a_store_that_cannot_be_opened_says_why_and_recovers() -> None:
    now = [0.0]
    tries: list[int] = []

    class Answering:
        def call(self, function: str, /, **arguments: object) -> str:
            return function

        def close(self) -> None:
            pass

    def open_store() -> Store:
        tries.append(1)
        if len(tries) == 1:
            raise StoreUnavailable("Nothing answers at its address.")
        return Answering()

    store = ReadyStore(open_store, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="Nothing answers"):
            store.call("read_health")
    assert len(tries) == 1, "a failure is repeated for a while, so that nobody queues for the next try"
    now[0] = 3.0
    assert store.call("read_health") == "read_health"


def test_an_act_that_is_sent_again_after_its_database_was_gone_is_the_same_request() -> None:
    asked: list[dict[str, object]] = []

    class Gone:
        def call(self, function: str, /, **arguments: object) -> str:
            asked.append(arguments)
            if len(asked) == 1:
                raise StoreUnavailable("The connection to the database broke.")
            return function

        def close(self) -> None:
            pass

    store = ReadyStore(Gone, is_alive=lambda: False)
    store.call("set_workshop", changes={})
    first, again = asked
    assert first["request"]
    assert first == again
    store.call("set_workshop", changes={})
    assert asked[2]["request"] != first["request"]
