"""The contract suite runs on both transports: psycopg, and supabase-py over HTTP through a Supabase without containers.

Beside the schema there is one with a function for every way in which a call can end, to hold the port to its contract.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lib.store.direct import DirectStore, owner_connection
from lib.store.port import Store
from lib.store.supabase_rest import SupabaseStore
from tests.support.supabase_lite import SupabaseLite

PROBES = r"""
create or replace function public.echo(p_text text default null, p_id uuid default null, p_data jsonb default null,
    p_count int default null, p_share double precision default null, p_is_open boolean default null)
returns jsonb language sql as $$
  select jsonb_build_object('text', p_text, 'id', p_id, 'data', p_data, 'count', p_count, 'share', p_share,
    'is_open', p_is_open, 'who', current_user)
$$;
create or replace function public.refuse(p_state text, p_message text, p_detail text default '') returns jsonb
language plpgsql as $$
begin
  raise exception using errcode = p_state, message = p_message, detail = p_detail;
end
$$;
create or replace function public.read_one() returns jsonb language sql as $$ select '1'::jsonb $$;
create or replace function public.read_slowly() returns jsonb language sql as $$ select to_jsonb(pg_sleep(30)::text) $$;
create table if not exists public.probe_counts (n int primary key default 0, hits int not null default 0);
create or replace function public.claim_probe() returns jsonb language sql security definer as $$
  insert into public.probe_counts values (1, 1) on conflict (n) do update set hits = probe_counts.hits + 1
  returning to_jsonb(hits)
$$;
"""


@pytest.fixture
def probe_address(empty_database_address: str) -> str:
    """The address of a database with the probing functions only."""
    with owner_connection(empty_database_address) as owner:
        owner.rows(PROBES)
    return empty_database_address


LIVE = {"url": os.environ.get("SUPABASE_TEST_URL"), "key": os.environ.get("SUPABASE_TEST_SECRET_KEY")}
"""A project of the hosted service, if whoever runs the tests names one. Its workshops of tests stay there."""
TRANSPORTS = ["direct", "supabase", *(["live"] if all(LIVE.values()) else [])]


@contextmanager
def transport_to(name: str, address: str) -> Iterator[Store]:
    """The transport of this name on the database at the address."""
    if name == "direct":
        store: Store = DirectStore(address)
        yield store
    elif name == "live":
        store = SupabaseStore(str(LIVE["url"]), str(LIVE["key"]))
        yield store
    else:
        with SupabaseLite(address) as lite:
            store = SupabaseStore(lite.url, lite.secret_key)
            yield store
    store.close()


@pytest.fixture(autouse=True)
def _only_what_a_live_project_can_show(request: pytest.FixtureRequest) -> None:
    """Leave out on a live project what plants or looks as the database's owner."""
    names = set(request.fixturenames)
    looks_as_owner = "transport" in names and {"database_address", "probe_address"} & names
    if looks_as_owner and request.getfixturevalue("transport") == "live":
        pytest.skip("needs the owner's connection to the database, which the test run of a live project has not")


@pytest.fixture(scope="session", params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """Which way the calls of a test go."""
    return str(request.param)


@pytest.fixture(scope="module")
def store(transport: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    """The Store on the module's own database, or on the live project."""
    address = "" if transport == "live" else request.getfixturevalue("database_address")
    with transport_to(transport, address) as opened:
        yield opened


@pytest.fixture
def probe(transport: str, probe_address: str) -> Iterator[Store]:
    """The Store on the probing functions."""
    with transport_to(transport, probe_address) as opened:
        yield opened
