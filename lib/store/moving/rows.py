"""A workshop's rows, out of one database and into another, exactly as they are.

Works as the owner of the tables and never through the functions: those give nobody who voted what, and must not begin
to. Rows travel as PostgreSQL's own JSON text, which Python never reads as numbers, so nothing is rounded on the way.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from lib.domain.errors import StoreUnavailable
from lib.store.direct import OwnerConnection
from lib.store.moving.measure import Measure, Measures, differences, measure, same
from lib.store.moving.tables import Table, workshop_tables

ROWS_AT_ONCE: Final = 200
CHARACTERS_AT_ONCE: Final = 2_000_000
FIRST_LOCKED: Final = ("people", "workshops", "runs", "responses", "rounds")
"""The order in which the functions lock, kept here so that a workshop in use is stopped and not entangled."""
LAST_LOCKED: Final = "workshop_revs"
PREPARED: Final = """
set local time zone 'UTC';
set local extra_float_digits = 1;
set local row_security = off;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = 0
"""
"""One form of every time and number; an error instead of an empty answer for whoever does not own the tables."""


@dataclass(frozen=True)
class Row:
    """One row: of which table, and PostgreSQL's JSON for it."""

    table: str
    text: str


@contextmanager
def snapshot(connection: OwnerConnection) -> Iterator[None]:
    """A transaction that reads everything as it is at its beginning, while others go on writing."""
    with connection.transaction():
        connection.rows("set transaction isolation level repeatable read, read only")
        connection.rows(PREPARED)
        yield


@contextmanager
def change(connection: OwnerConnection) -> Iterator[None]:
    """A transaction that writes: all or nothing."""
    with connection.transaction():
        connection.rows(PREPARED)
        yield


def titles(connection: OwnerConnection) -> dict[str, str]:
    """The workshops by their ids, oldest first; none where there is no schema yet."""
    if not workshop_tables(connection):
        return {}
    return dict(connection.rows("select id::text, title from public.workshops order by created_at, id"))


def schema_version(connection: OwnerConnection) -> str | None:
    """The newest migration that the database has had; None if it has had none."""
    [(table,)] = connection.rows("select to_regclass('supabase_migrations.schema_migrations')::text")
    if table is None:
        return None
    [(version,)] = connection.rows("select max(version) from supabase_migrations.schema_migrations")
    return None if version is None else str(version)


def dump(connection: OwnerConnection, workshop_id: str) -> Iterator[Row]:
    """Every row of a workshop, each table after those that it refers to. Call it inside `snapshot`, or after `hold`."""
    for table in workshop_tables(connection):
        # By the rows' text, which begins with their random ids: not in the order in which anybody voted.
        connection.rows(
            f"declare dumped no scroll cursor for select to_jsonb(t)::text from public.{table.name} t "
            f'where {table.belongs} order by to_jsonb(t)::text collate "C"',
            workshop_id,
        )
        while batch := connection.rows(f"fetch {ROWS_AT_ONCE} from dumped"):
            yield from (Row(table.name, text) for (text,) in batch)
        connection.rows("close dumped")


def load(connection: OwnerConnection, workshop_id: str, rows: Iterable[Row], measures: Measures) -> None:
    """Put the rows of one workshop in. Call it inside `change`.

    Ids and numbers stay as they are. Only an identity number that is taken here already shifts, with all others of the
    workshop in the same table, so that their order stays.

    Args:
        connection: The owner's, to a database with the same schema.
        workshop_id: Whose rows they are.
        rows: As `dump` gives them.
        measures: What the rows must amount to, from where they come.

    Raises:
        StoreUnavailable: what is here afterwards is not what was announced.
        StatementFailed: the database refuses a row.
    """
    tables = {table.name: table for table in workshop_tables(connection)}
    shifts = {name: _make_room(connection, table, measures[name]) for name, table in tables.items() if name in measures}
    for name, of_table in groupby(rows, key=lambda row: row.table):
        for batch in _batches(row.text for row in of_table):
            _insert(connection, tables[name], batch, shifts.get(name, 0))
    stored = measure(connection, workshop_id)
    if not same(stored, measures):
        raise StoreUnavailable(
            f"The rows of workshop {workshop_id} did not arrive as they were sent ({differences(stored, measures)}). "
            "Nothing was written."
        )


def hold(connection: OwnerConnection, workshop_id: str) -> bool:
    """Let nobody change the workshop until the end of this transaction. False if there is none of this id.

    Every row of it is locked. Nobody can add one either: each row that belongs to a workshop refers to one of those.
    Who tries waits, and finds afterwards that the workshop is gone, or goes on if it is not.
    """
    tables = {table.name: table for table in workshop_tables(connection)}
    # First in the order of the functions, then once more from the top down, for rows that came in meanwhile.
    order = [*FIRST_LOCKED, *(name for name in tables if name != LAST_LOCKED), LAST_LOCKED]
    for name in order:
        if name in tables:
            first = tables[name].columns[0]
            locked = f"select 1 from public.{name} t where {tables[name].belongs} order by t.{first} for update"
            connection.rows(f"select count(*) from ({locked}) locked", workshop_id)
    return bool(connection.rows("select id from public.workshops where id = %s", workshop_id))


def delete(connection: OwnerConnection, workshop_id: str) -> None:
    """Delete a workshop with everything in it."""
    connection.rows("delete from public.workshops where id = %s", workshop_id)


def _make_room(connection: OwnerConnection, table: Table, measured: Measure) -> int:
    """By how much the identity numbers of these rows must shift here; the sequence then goes on behind them."""
    if table.number is None or measured.first is None or measured.last is None:
        return 0
    # Nobody takes a number between the look and the insert.
    connection.rows(f"lock table public.{table.name} in share row exclusive mode")
    [(sequence, taken, highest)] = connection.rows(
        f"select pg_get_serial_sequence('public.{table.name}', '{table.number.strip(chr(34))}'), "
        f"exists (select from public.{table.name} where {table.number} between %s and %s), "
        f"(select coalesce(max({table.number}), 0) from public.{table.name})",
        measured.first,
        measured.last,
    )
    [(reached,)] = connection.rows("select coalesce(pg_sequence_last_value(%s::regclass), 0)", sequence)
    highest = max(highest, reached)
    shift = highest + 1 - measured.first if taken else 0
    connection.rows("select setval(%s::regclass, %s)", sequence, max(highest, measured.last + shift))
    return int(shift)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) >= ROWS_AT_ONCE or characters >= CHARACTERS_AT_ONCE:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _insert(connection: OwnerConnection, table: Table, texts: list[str], shift: int) -> None:
    columns = ", ".join(table.columns)
    values = ", ".join(f"r.{column}" + (f" + {shift}" if column == table.number else "") for column in table.columns)
    connection.rows(
        f"insert into public.{table.name} ({columns}) overriding system value select {values} "
        f"from jsonb_array_elements(%s::jsonb) as given (row) "
        f"cross join lateral jsonb_populate_record(null::public.{table.name}, given.row) r",
        f"[{','.join(texts)}]",
    )
