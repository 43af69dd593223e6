"""Which tables hold a workshop's rows, read from the catalog: a table of a later migration is found too."""

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Final

from lib.store.direct import OwnerConnection

ROOT: Final = "workshops"
COLUMNS: Final = """
select quote_ident(c.relname), quote_ident(a.attname), a.attidentity <> ''
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
 order by c.relname, a.attnum
"""
REFERENCES: Final = """
select quote_ident(child.relname), quote_ident(a.attname), quote_ident(parent.relname), quote_ident(b.attname),
       a.attnotnull
  from pg_catalog.pg_constraint f
    join pg_catalog.pg_class child on child.oid = f.conrelid
    join pg_catalog.pg_class parent on parent.oid = f.confrelid
    join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
    join pg_catalog.pg_attribute b on b.attrelid = f.confrelid and b.attnum = f.confkey[1]
 where f.contype = 'f' and f.conparentid = 0 and cardinality(f.conkey) = 1 and f.conrelid <> f.confrelid
   and child.relnamespace = 'public'::regnamespace and parent.relnamespace = 'public'::regnamespace
 order by 1, 2
"""


@dataclass(frozen=True)
class Table:
    """A table with rows of workshops. All names are quoted as SQL wants them.

    `belongs` is a condition on the row `t` that holds for one workshop's rows; its one %s is the workshop's id.
    `number` is the identity column, if there is one: a number that the database gives and nobody refers to.
    """

    name: str
    columns: tuple[str, ...]
    belongs: str
    number: str | None = None


@dataclass
class _Found:
    columns: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Table that every row refers to → own column, its column."""
    after: set[str] = field(default_factory=set)
    """Every table that a row may refer to."""


def workshop_tables(connection: OwnerConnection) -> tuple[Table, ...]:
    """The tables whose every row belongs to a workshop, each after those that it refers to.

    Raises:
        NotImplementedError: tables refer to each other in a circle, or to a number that the database gives.
    """
    found = _read(connection)
    if ROOT not in found:
        return ()
    belonging = {ROOT: "t.id = %s"}
    remaining = set(found) - {ROOT}
    while reached := {table for table in remaining if set(found[table].parents) & set(belonging)}:
        for table in sorted(reached):
            parents = found[table].parents
            # The nearest way up is the cheapest: most tables name their workshop themselves.
            parent = ROOT if ROOT in parents else min(set(parents) & set(belonging))
            own, theirs = parents[parent]
            belonging[table] = f"t.{own} in (select t.{theirs} from public.{parent} t where {belonging[parent]})"
        remaining -= reached
    try:
        order = TopologicalSorter(
            {name: found[name].after & set(belonging) for name in sorted(belonging)}
        ).static_order()
        return tuple(_table(name, found[name], belonging[name]) for name in order)
    except CycleError as error:
        raise NotImplementedError(f"These tables refer to each other in a circle: {error.args[1]}.") from error


def _read(connection: OwnerConnection) -> dict[str, _Found]:
    found: dict[str, _Found] = {}
    for table, column, is_identity in connection.rows(COLUMNS):
        entry = found.setdefault(table, _Found())
        entry.columns.append(column)
        if is_identity:
            entry.numbers.append(column)
    for table, own, parent, theirs, is_needed in connection.rows(REFERENCES):
        found[table].after.add(parent)
        if is_needed:
            found[table].parents.setdefault(parent, (own, theirs))
        if theirs in found[parent].numbers:
            raise NotImplementedError(f"{table}.{own} refers to the number that {parent} gives its rows.")
    return found


def _table(name: str, entry: _Found, belongs: str) -> Table:
    if len(entry.numbers) > 1:
        raise NotImplementedError(f"{name} has several identity columns.")
    return Table(name, tuple(entry.columns), belongs, entry.numbers[0] if entry.numbers else None)
