"""The schema belongs to an ordinary account, as on a hosted PostgreSQL: no superuser is needed."""

from collections.abc import Iterator

import pytest

from lib.store.direct import DirectStore, owner_connection
from lib.store.migrations import migrate
from lib.store.port import Store
from tests.support.workshop_builder import Built


@pytest.fixture
def plain_store(server_address: str) -> Iterator[Store]:
    """The Store on a database whose owner may create roles and databases, and nothing more."""
    with owner_connection(server_address) as superuser:
        superuser.rows("create role plain_owner login createrole password 'plain'")
        # What PostgreSQL 16 and later give to whoever creates a role: its administration, not the right to act as it.
        superuser.rows("grant service_role to plain_owner with admin true, inherit false, set false")
        superuser.rows("create database plain owner plain_owner")
    host = server_address.partition("@")[2].partition("/")[0]
    query = server_address.partition("?")[2]
    address = f"postgresql://plain_owner:plain@{host}/plain" + (f"?{query}" if query else "")
    migrate(address)
    opened = DirectStore(address)
    yield opened
    opened.close()
    with owner_connection(server_address) as superuser:
        superuser.rows("drop database plain with (force)")
        superuser.rows("drop role plain_owner")


def test_an_owner_who_is_no_superuser_brings_the_schema_and_acts_as_the_server(plain_store: Store) -> None:
    built = Built(plain_store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    assert ana.vote(opened["items"][0]["item_id"], "agree")["ok"]
    assert plain_store.call("read_health")["workshops"] == 1
