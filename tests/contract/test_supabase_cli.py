"""`supabase/` is a project that the Supabase CLI accepts: pushed by it or by our own runner, a database is the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.store.direct import DirectStore, owner_connection
from lib.store.migrations import as_script, known_migrations, migrate, pending
from tests.support.schema_snapshot import definitions, grants
from tests.support.smoke_walk import walk_through
from tests.support.supabase_cli import SupabaseCli

KNOWN = known_migrations()
UP_TO_DATE = "Remote database is up to date."
OLDER_SUPABASE = """
alter default privileges grant all on tables to anon, authenticated, service_role;
alter default privileges grant all on sequences to anon, authenticated, service_role;
alter default privileges grant execute on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;
alter default privileges grant all on schemas to anon, authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;
"""
NEWER_SUPABASE = """
alter default privileges revoke execute on functions from public;
revoke all on schema public from public;
"""


@pytest.fixture
def cli(tmp_path: Path) -> SupabaseCli:
    """The CLI on a copy of the project."""
    return SupabaseCli(tmp_path)


def unapplied(address: str) -> list[str]:
    """The versions that our own runner would still apply."""
    with owner_connection(address) as owner:
        return [migration.version for migration in pending(owner, KNOWN)]


def test_a_push_to_an_empty_database_leaves_our_runner_nothing_to_do(
    cli: SupabaseCli, empty_database_address: str, database_address: str
) -> None:
    said = cli.run("db", "push", address=empty_database_address)
    assert [line for line in said.splitlines() if "warn" in line.lower()] == []
    assert unapplied(empty_database_address) == []
    assert migrate(empty_database_address) == ()
    assert definitions(empty_database_address) == definitions(database_address)
    assert grants(empty_database_address) == grants(database_address)
    store = DirectStore(empty_database_address)
    walk_through(store)
    store.close()


def test_a_push_to_a_database_that_our_runner_made_finds_nothing_to_do(cli: SupabaseCli, database_address: str) -> None:
    assert UP_TO_DATE in cli.run("db", "push", address=database_address)


@pytest.mark.parametrize("had", [1, len(KNOWN) // 2, len(KNOWN) - 1])
@pytest.mark.parametrize("made_by", ["our runner", "the CLI"])
def test_a_push_brings_an_older_database_up_to_date(
    empty_database_address: str, database_address: str, tmp_path: Path, made_by: str, had: int
) -> None:
    if made_by == "our runner":
        migrate(empty_database_address, KNOWN[:had])
    else:
        older = SupabaseCli(tmp_path / "older")
        older.keep_migrations(had)
        older.run("db", "push", address=empty_database_address)
    assert unapplied(empty_database_address) == [migration.version for migration in KNOWN[had:]]
    cli = SupabaseCli(tmp_path / "now")
    cli.run("db", "push", address=empty_database_address)
    assert unapplied(empty_database_address) == []
    assert definitions(empty_database_address) == definitions(database_address)
    assert grants(empty_database_address) == grants(database_address)


def test_the_script_for_the_sql_editor_makes_the_same_and_the_cli_knows_it(
    cli: SupabaseCli, empty_database_address: str, database_address: str
) -> None:
    with owner_connection(empty_database_address) as owner:
        owner.rows(as_script())
    assert UP_TO_DATE in cli.run("db", "push", address=empty_database_address)
    assert definitions(empty_database_address) == definitions(database_address)
    assert grants(empty_database_address) == grants(database_address)


def test_our_runner_goes_on_where_the_cli_stopped(
    cli: SupabaseCli, empty_database_address: str, database_address: str
) -> None:
    cli.keep_migrations(2)
    cli.run("db", "push", address=empty_database_address)
    assert migrate(empty_database_address) == tuple(migration.version for migration in KNOWN[2:])
    assert grants(empty_database_address) == grants(database_address)


def test_the_list_of_migrations_is_the_same_here_and_there(cli: SupabaseCli, database_address: str) -> None:
    said = cli.attempt("migration", "list", "--output-format", "json", address=database_address)
    listed = json.loads(said.stdout)["migrations"]
    assert [(one["local"], one["remote"]) for one in listed] == [(one.version, one.version) for one in KNOWN]


def test_the_advisors_find_nothing_at_warn_or_above(cli: SupabaseCli, database_address: str) -> None:
    cli.run("db", "advisors", "--fail-on", "warn", address=database_address)
    said = cli.attempt("db", "advisors", "--level", "info", "--output-format", "json", address=database_address)
    found = {(one["name"], one["level"]) for one in json.loads(said.stdout)["results"]}
    # That no policy lets anybody through is the design: only the functions reach the rows.
    assert ("rls_enabled_no_policy", "INFO") in found
    assert found <= {("rls_enabled_no_policy", "INFO"), ("unused_index", "INFO")}


def test_the_advisors_would_say_so_if_a_table_were_open(cli: SupabaseCli, empty_database_address: str) -> None:
    migrate(empty_database_address)
    with owner_connection(empty_database_address) as owner:
        owner.rows("create table public.open_to_all (n int); grant select on public.open_to_all to anon")
    assert cli.attempt("db", "advisors", "--fail-on", "warn", address=empty_database_address).returncode == 1


@pytest.mark.parametrize("project", [OLDER_SUPABASE, NEWER_SUPABASE], ids=["older", "newer"])
def test_an_older_and_a_newer_project_end_with_the_same_grants(
    cli: SupabaseCli, empty_database_address: str, database_address: str, project: str
) -> None:
    with owner_connection(empty_database_address) as owner:
        owner.rows(project)
    cli.run("db", "push", address=empty_database_address)
    assert grants(empty_database_address) == grants(database_address)
    assert {role for _, role in grants(empty_database_address)} == {"service_role"}
    for role in ("anon", "authenticated"):
        with owner_connection(empty_database_address) as owner:
            [(executable,)] = owner.rows(
                "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
                "where n.nspname in ('public', 'private') and has_function_privilege(%s, p.oid, 'execute')",
                role,
            )
        assert executable == 0
    store = DirectStore(empty_database_address)
    walk_through(store)
    store.close()


@pytest.fixture
def hosted_address(server_address: str, empty_database_address: str) -> Iterator[str]:
    """A database as a hosted project has it: its owner is no superuser and found the three roles there."""
    name = empty_database_address.partition("?")[0].rpartition("/")[2]
    with owner_connection(server_address) as superuser:
        superuser.rows("create role project_owner login createrole createdb bypassrls password 'hosted'")
        superuser.rows("grant anon, authenticated, service_role to project_owner with admin option")
        superuser.rows(f"alter database {name} owner to project_owner")
    rest = empty_database_address.partition("@")[2]
    yield f"postgresql://project_owner:hosted@{rest}"
    with owner_connection(server_address) as superuser:
        superuser.rows(f"drop database {name} with (force)")
        superuser.rows("drop role project_owner")


def test_an_owner_who_is_no_superuser_pushes_and_the_functions_work(
    cli: SupabaseCli, hosted_address: str, database_address: str
) -> None:
    with owner_connection(hosted_address) as owner:
        owner.rows("alter default privileges in schema public grant all on tables to anon, authenticated, service_role")
        owner.rows("alter default privileges in schema public grant all on functions to anon, authenticated")
        assert owner.rows("select rolsuper from pg_roles where rolname = current_user") == [(False,)]
    cli.run("db", "push", address=hosted_address)
    assert unapplied(hosted_address) == []
    assert grants(hosted_address) == grants(database_address)
    store = DirectStore(hosted_address)
    walk_through(store)
    store.close()
