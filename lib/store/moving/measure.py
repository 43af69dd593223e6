"""How much of a workshop a database holds, and whether two databases hold the same."""

from dataclasses import dataclass

from lib.store.direct import OwnerConnection
from lib.store.moving.tables import Table, workshop_tables


@dataclass(frozen=True)
class Measure:
    """What one table holds of a workshop: how many rows, a checksum of them, and the ends of their identity numbers.

    The checksum takes these numbers relative to the first: another database may have to shift them.
    """

    rows: int
    sha256: str
    first: int | None = None
    last: int | None = None

    def agrees_with(self, other: "Measure") -> bool:
        """Whether the same rows are there and here."""
        return (self.rows, self.sha256) == (other.rows, other.sha256)


Measures = dict[str, Measure]
"""By the names of the tables, without those that hold nothing."""


def measure(connection: OwnerConnection, workshop_id: str) -> Measures:
    """What every table holds of a workshop. Call it inside `snapshot` or `change`."""
    return {
        table.name: measured
        for table in workshop_tables(connection)
        if (measured := _measure(connection, table, workshop_id)).rows
    }


def same(one: Measures, other: Measures) -> bool:
    """Whether two databases hold the same rows of a workshop."""
    return one.keys() == other.keys() and all(one[name].agrees_with(other[name]) for name in one)


def differences(found: Measures, expected: Measures) -> str:
    """Which tables differ, with the counts."""
    nothing = Measure(0, "")
    return ", ".join(
        f"{name}: {found.get(name, nothing).rows} rows, {expected.get(name, nothing).rows} expected"
        for name in sorted(found.keys() | expected.keys())
        if not found.get(name, nothing).agrees_with(expected.get(name, nothing))
    )


def _measure(connection: OwnerConnection, table: Table, workshop_id: str) -> Measure:
    number = f"t.{table.number}" if table.number else "null::bigint"
    relative = f" || jsonb_build_object('{table.number}', {number} - min({number}) over ())" if table.number else ""
    [(rows, sha256, first, last)] = connection.rows(
        "select count(*), encode(sha256(convert_to(coalesce(string_agg(hash, '' order by hash collate \"C\"), ''), "
        f"'utf8')), 'hex'), min(number), max(number) from (select {number} as number, "
        f"encode(sha256(convert_to((to_jsonb(t){relative})::text, 'utf8')), 'hex') as hash "
        f"from public.{table.name} t where {table.belongs}) hashed",
        workshop_id,
    )
    return Measure(rows, sha256, first, last)
