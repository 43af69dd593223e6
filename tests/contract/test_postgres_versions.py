"""The schema on the major versions that hosted projects have (15, 17) and on 16; everything else here runs on 18."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lib.store.direct import DirectStore, owner_connection
from lib.store.migrations import migrate
from tests.support.older_postgres import MAJOR_VERSIONS, OlderPostgres
from tests.support.schema_snapshot import definitions, grants
from tests.support.smoke_walk import walk_through
from tests.support.supabase_cli import SupabaseCli
from tests.support.supabase_lite import SupabaseLite


@pytest.fixture(scope="module", params=MAJOR_VERSIONS)
def older_address(request: pytest.FixtureRequest, open_folder: Path) -> Iterator[str]:
    """An empty database on a server of each version."""
    folder = open_folder / f"postgres-{request.param}"
    folder.mkdir(mode=0o711)
    server = OlderPostgres(request.param, folder)
    address = server.start()
    with owner_connection(address) as owner:
        [(number,)] = owner.rows("select current_setting('server_version_num')::int / 10000")
    assert number == request.param
    yield address
    server.stop()


def test_the_schema_is_the_same_and_a_workshop_goes_through(older_address: str, database_address: str) -> None:
    assert migrate(older_address)
    assert migrate(older_address) == ()
    assert set(definitions(older_address)) == set(definitions(database_address))
    store = DirectStore(older_address)
    walk_through(store)
    store.close()


def test_the_cli_finds_nothing_to_push_and_nothing_to_warn_of(older_address: str, tmp_path: Path) -> None:
    cli = SupabaseCli(tmp_path)
    assert "up to date" in cli.run("db", "push", address=older_address)
    cli.run("db", "advisors", "--fail-on", "warn", address=older_address)


def test_it_is_served_to_the_secret_key_alone(older_address: str) -> None:
    with SupabaseLite(older_address) as lite:
        for key, status in ((lite.secret_key, 200), (lite.publishable_key, 401)):
            answer = httpx.post(f"{lite.url}/rest/v1/rpc/read_health", json={}, headers={"apikey": key})
            assert answer.status_code == status


def test_an_owner_who_is_no_superuser_migrates_and_acts_as_the_server(older_address: str) -> None:
    with owner_connection(older_address) as superuser:
        superuser.rows("create role plain_owner login createrole createdb")
        # A superuser's own right on 15; from 16 on, whoever creates a role administers it.
        superuser.rows("grant anon, authenticated, service_role to plain_owner with admin option")
        superuser.rows("create database plain owner plain_owner")
    plain = older_address.replace("postgres:unused@/postgres?", "plain_owner:unused@/plain?")
    assert migrate(plain)
    assert grants(plain) == grants(older_address)
    store = DirectStore(plain)
    walk_through(store)
    store.close()
