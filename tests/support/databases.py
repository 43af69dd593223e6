"""Databases of their own, for tests that need more than one."""

from contextlib import ExitStack
from itertools import count

from lib.store.direct import DirectStore, OwnerConnection, owner_connection
from lib.store.moving import rows as workshop_rows
from lib.store.moving.tables import workshop_tables
from tests.conftest import TEMPLATE, at_database

_numbers = count(1)


class Database:
    """A database of its own, as the app sees it and as its owner does."""

    def __init__(self, server_address: str, exits: ExitStack) -> None:
        name = f"second_{next(_numbers)}"
        with owner_connection(server_address) as owner:
            owner.rows(f"create database {name} template {TEMPLATE}")
        self.address = at_database(server_address, name)
        self.store = DirectStore(self.address)
        exits.callback(self.store.close)
        self.owner: OwnerConnection = exits.enter_context(owner_connection(self.address))

    def rows(self, workshop: str | None = None) -> dict[str, list[str]]:
        """Every row of every table, of one workshop or of all, as text with every digit."""
        found = {}
        with workshop_rows.change(self.owner):
            for table in workshop_tables(self.owner):
                where, values = (f"where {table.belongs}", [workshop]) if workshop else ("", [])
                statement = f"select to_jsonb(t)::text from public.{table.name} t {where} order by 1"
                found[table.name] = [text for (text,) in self.owner.rows(statement, *values)]
        return found


def nothing(rows: dict[str, list[str]]) -> bool:
    """Whether no table holds a row."""
    return not any(rows.values())
