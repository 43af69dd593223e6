"""The stand-in for Supabase stands for it: roles, keys, refusals, JSON both ways, kills and restarts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from supabase import Client, ClientOptions, create_client

from lib.store.direct import owner_connection
from tests.contract.conftest import PROBES
from tests.support.supabase_lite import SupabaseLite

ROOT = Path(__file__).resolve().parents[2]
VALUES: list[Any] = [
    *({}, [], {"a": [1, 2.5, None, True, {"b": "Zürich 🗳️"}]}, [[]], [True, "x"]),
    *("text", "", "null", '{"a": 1}', "a\nb\\\"'", 0, -7, 0.1, True, False, None),
]


@pytest.fixture(scope="module")
def lite(database_address: str) -> Iterator[SupabaseLite]:
    """Lite in front of the schema and the probing functions."""
    with owner_connection(database_address) as owner:
        owner.rows(PROBES)
    with SupabaseLite(database_address) as started:
        yield started


@pytest.fixture
def client(lite: SupabaseLite) -> Iterator[Client]:
    """Real supabase-py."""
    with httpx.Client(timeout=30) as http:
        yield create_client(lite.url, lite.secret_key, ClientOptions(httpx_client=http))


def call(lite: SupabaseLite, function: str, *, key: str | None = None, **arguments: Any) -> httpx.Response:
    """The answer to a call, by default with the secret key."""
    headers = {"apikey": lite.secret_key if key is None else key}
    return httpx.post(f"{lite.url}/rest/v1/rpc/{function}", json=arguments, headers=headers, timeout=30)


def test_the_secret_key_acts_as_service_role_and_the_others_do_not(lite: SupabaseLite, client: Client) -> None:
    assert client.rpc("echo", {}).execute().data["who"] == "service_role"
    assert call(lite, "echo", key=lite.publishable_key).json()["who"] == "anon"
    assert call(lite, "echo", key="sb_secret_wrong").status_code == 401
    assert httpx.post(f"{lite.url}/rest/v1/rpc/echo", json={}).status_code == 401


def test_every_json_value_comes_back_as_it_was_sent(client: Client) -> None:
    for value in VALUES:
        answered = client.rpc("echo", {"p_data": value}).execute().data["data"]
        assert (type(answered), answered) == (type(value), value)
    long = "é" * 500_000
    assert client.rpc("echo", {"p_text": long}).execute().data["text"] == long


@pytest.mark.parametrize(
    ("state", "status"),
    [("PT400", 400), ("PT401", 401), ("PT409", 409), ("PT410", 410), ("23505", 409), ("40001", 500), ("57014", 500)],
)
def test_a_refusal_carries_its_state_its_sentence_and_its_extras(lite: SupabaseLite, state: str, status: int) -> None:
    refused = call(lite, "refuse", p_state=state, p_message="Not “so”.", p_detail='{"a": 1}')
    assert refused.status_code == status
    assert refused.json() == {"code": state, "message": "Not “so”.", "details": '{"a": 1}', "hint": None}


def test_fifty_at_once_get_their_own_answers(client: Client) -> None:
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda number: client.rpc("echo", {"p_count": number}).execute().data, range(200)))
    assert [answer["count"] for answer in answers] == list(range(200))


def test_a_kill_is_a_broken_connection_and_the_same_address_serves_again(lite: SupabaseLite) -> None:
    lite.kill()
    with pytest.raises(httpx.ConnectError):
        call(lite, "echo")
    lite.start()
    assert call(lite, "echo").json()["who"] == "service_role"


def test_it_outlives_its_connections_to_the_database(lite: SupabaseLite, database_address: str) -> None:
    with owner_connection(database_address) as owner:
        [(ended,)] = owner.rows(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where usename = 'authenticator' and datname = current_database()"
        )
    assert ended
    answers = [call(lite, "echo") for _ in range(ended + 1)]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 503} <= {"PGRST000", "PGRST001"}
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[-1].status_code == 200


def test_functions_that_came_later_are_seen_after_a_restart(lite: SupabaseLite, database_address: str) -> None:
    with owner_connection(database_address) as owner:
        owner.rows("create function public.later() returns jsonb language sql as 'select to_jsonb(7)'")
    assert call(lite, "later").json()["code"] == "PGRST202"
    lite.restart()
    assert call(lite, "later").json() == 7


def test_it_leaves_no_right_and_no_schema_in_the_database(lite: SupabaseLite, database_address: str) -> None:
    assert call(lite, "read_health").status_code == 200
    assert call(lite, "read_health", key=lite.publishable_key).status_code == 401
    with owner_connection(database_address) as owner:
        [(schemas, granted, defaults)] = owner.rows(
            "select array(select nspname::text from pg_namespace where nspname !~ '^pg_' order by 1), "
            "array(select c.relname::text from pg_class c cross join unnest(array['anon', 'authenticated', "
            "'service_role', 'authenticator']) as r(name) where c.relnamespace = 'public'::regnamespace "
            "and c.relkind = 'r' and c.relrowsecurity and has_table_privilege(r.name, c.oid, 'select')), "
            "(select count(*) from pg_default_acl)"
        )
    assert schemas == ["information_schema", "private", "public", "supabase_migrations"]
    assert granted == []
    assert defaults == 0


def test_it_ends_with_the_process_that_started_it(database_address: str, tmp_path: Path) -> None:
    program = (
        "import sys, time; from tests.support.supabase_lite import SupabaseLite; "
        "print(SupabaseLite(sys.argv[1]).start().pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", program, database_address]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}  # nobody is left to remove its folder
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        process = psutil.Process(int(starter.stdout.readline()))
        assert process.is_running()
        starter.kill()
    process.wait(timeout=10)
    assert not process.is_running()
