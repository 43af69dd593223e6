"""Brings a database to the schema of this code: applies `supabase/migrations/*.sql` in order.

The bookkeeping is the Supabase CLI's own table, so either tool sees what the other did.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lib.domain.errors import StoreUnavailable
from lib.store.direct import OwnerConnection, StatementFailed, owner_connection

FOLDER: Final = Path(__file__).resolve().parents[2] / "supabase" / "migrations"
LOCK: Final = 4_077_201_991
"""The advisory lock that one migrating process holds; any number that nobody else uses."""
OLDEST_SERVER: Final = 150_000
BOOKKEEPING: Final = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations
    (version text primary key, statements text[], name text)
"""
RELOAD: Final = "notify pgrst, 'reload schema'"
"""Tells PostgREST, if one listens, that there are other functions now."""

log = logging.getLogger("folkmoot.store")


@dataclass(frozen=True)
class Migration:
    """One file: `version` is the number its name begins with."""

    version: str
    name: str
    sql: str


def known_migrations(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The migrations of this code, oldest first."""
    migrations = []
    for file in sorted(folder.glob("*.sql")):
        version, _, name = file.stem.partition("_")
        if version.isdigit():
            migrations.append(Migration(version, name, file.read_text(encoding="utf-8")))
    return tuple(migrations)


def migrate(address: str, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """The versions that were applied now. Several processes may start at once: each file is applied by one of them.

    Raises:
        StoreUnavailable: the database cannot be reached, is newer than this code, is too old a PostgreSQL, or refused
            a file. A file that was refused left nothing behind.
    """
    migrations = known_migrations() if migrations is None else migrations
    try:
        with owner_connection(address) as connection:
            _check_server(connection)
            missing = pending(connection, migrations)
            applied = tuple(done for migration in missing if (done := _apply(connection, migration)))
            if applied:
                connection.rows(RELOAD)
            return applied
    except StatementFailed as error:
        raise _needs_owner(error) from error


def check_version(found: str | None) -> None:
    """Make sure that a database which this process may not change has the schema of this code.

    Args:
        found: The newest migration that the database says it has; None if it does not say.

    Raises:
        StoreUnavailable: it is older or newer, with what to do.
    """
    newest = known_migrations()[-1].version
    if found is not None and found > newest:
        raise _is_newer(found, newest)
    if found != newest:
        raise StoreUnavailable(
            f"The database's schema is {found or 'not marked with a version'}, and this Folkmoot needs {newest}. "
            "Whoever runs this server brings it up to date with `python -m lib.cli migrate` or `supabase db push` "
            "(docs/deploy.md)."
        )


def as_script(migrations: tuple[Migration, ...] | None = None) -> str:
    """All migrations as one text for a database's own SQL editor: all or nothing, and marked as applied."""
    parts = ["begin;", BOOKKEEPING.strip() + ";"]
    for migration in known_migrations() if migrations is None else migrations:
        parts += [
            f"-- {migration.version}_{migration.name}",
            migration.sql.strip(),
            "insert into supabase_migrations.schema_migrations (version, name) "
            f"values ('{migration.version}', '{migration.name}');",
        ]
    return "\n\n".join([*parts, RELOAD + ";", "commit;"]) + "\n"


def pending(connection: OwnerConnection, migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """The migrations that the database does not have yet.

    Raises:
        StoreUnavailable: the database has one that is newer than all of this code's, or one that says something else.
    """
    applied = _applied(connection)
    for migration in migrations:
        found = applied.get(migration.version)
        if found is not None and _bare(found) != _bare(migration.sql):
            raise _is_of_another_state(migration)
    newest = max((migration.version for migration in migrations), default="")
    newer = sorted(version for version in applied if version > newest)
    if newer:
        raise _is_newer(newer[-1], newest)
    return tuple(migration for migration in migrations if migration.version not in applied)


def _applied(connection: OwnerConnection) -> dict[str, str | None]:
    """The versions that the database has, each with its file's text as far as it was written down as one."""
    [(table,)] = connection.rows("select to_regclass('supabase_migrations.schema_migrations')::text")
    if table is None:
        return {}
    text = "case when cardinality(statements) = 1 then statements[1] end"
    return dict(connection.rows(f"select version, {text} from supabase_migrations.schema_migrations"))


def _bare(sql: str) -> str:
    """A file's text without its end, which the Supabase CLI leaves out where the file is one statement."""
    return sql.strip().rstrip(";").rstrip()


def _apply(connection: OwnerConnection, migration: Migration) -> str | None:
    """The version, or None when another process applied it while this one waited for the lock."""
    with connection.transaction():
        # A lock of the transaction, not of the connection: it also holds behind a transaction pooler.
        connection.rows("select pg_advisory_xact_lock(%s)", LOCK)
        connection.rows(BOOKKEEPING)
        if migration.version in _applied(connection):
            return None
        try:
            connection.rows(migration.sql)
        except StatementFailed as failed:
            raise _refused_file(migration, failed) from failed
        connection.rows(
            "insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)",
            migration.version,
            [migration.sql],
            migration.name,
        )
    log.info("event=migrated version=%s name=%s", migration.version, migration.name)
    return migration.version


def _check_server(connection: OwnerConnection) -> None:
    [(number,)] = connection.rows("select current_setting('server_version_num')::int")
    if number < OLDEST_SERVER:
        raise StoreUnavailable(
            f"The database is PostgreSQL {number // 10_000}; Folkmoot needs 15 or newer. Upgrade it, or unset "
            "DATABASE_URL to use the embedded one."
        )


def _is_newer(found: str, newest: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database was last used by a newer Folkmoot (its schema is {found}, this code knows {newest}). "
        "Update Folkmoot, or point it at another database; nothing was changed."
    )


def _is_of_another_state(migration: Migration) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database was made by an unreleased state of Folkmoot, whose {migration.version}_{migration.name} said "
        "something else than this one's; nothing was changed. Take its workshops along with `python -m lib.cli backup` "
        "of that state, then use a new database and `python -m lib.cli restore` (docs/data.md)."
    )


def _refused_file(migration: Migration, failed: StatementFailed) -> StoreUnavailable:
    line = f", line {migration.sql[: failed.position - 1].count(chr(10)) + 1}" if failed.position else ""
    if failed.sqlstate == "42501":
        return _needs_owner(failed)
    return StoreUnavailable(
        f"The database refused migration {migration.version}_{migration.name}{line}: {failed}. Nothing of that file "
        f"was applied. {failed.context}".rstrip()
    )


def _needs_owner(failed: StatementFailed) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database's account may not bring the schema up to date ({failed}). Run `python -m lib.cli migrate` once "
        "with the connection string of an account that owns the database in the environment, as DATABASE_URL, or as "
        "SUPABASE_DB_URL beside a Supabase project. On the command line its password would stay in the history."
    )
