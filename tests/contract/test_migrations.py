"""The runner of migrations: in order, each as a whole, once, whoever starts first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lib.domain.errors import StoreUnavailable
from lib.store.direct import owner_connection
from lib.store.migrations import Migration, known_migrations, migrate, pending

FIRST = Migration("20260101000000", "one", "create table public.one (n int); insert into public.one values (1);")
SECOND = Migration("20260102000000", "two", "alter table public.one add column m int;\nselect 1;")
BROKEN = Migration("20260103000000", "broken", "create table public.half (n int);\nselect nonsense;\n")


def tables(address: str) -> set[str]:
    with owner_connection(address) as owner:
        rows = owner.rows("select table_name from information_schema.tables where table_schema = 'public'")
    return {name for (name,) in rows}


def test_files_are_applied_in_order_and_once(empty_database_address: str) -> None:
    assert migrate(empty_database_address, (FIRST,)) == (FIRST.version,)
    assert migrate(empty_database_address, (FIRST, SECOND)) == (SECOND.version,)
    assert migrate(empty_database_address, (FIRST, SECOND)) == ()


def test_the_bookkeeping_is_the_supabase_clis_own(empty_database_address: str) -> None:
    migrate(empty_database_address, (FIRST,))
    with owner_connection(empty_database_address) as owner:
        rows = owner.rows("select version, name, statements from supabase_migrations.schema_migrations")
        columns = owner.rows(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'supabase_migrations' and table_name = 'schema_migrations' order by 1"
        )
    assert rows == [(FIRST.version, "one", [FIRST.sql])]
    assert columns == [("name", "text"), ("statements", "ARRAY"), ("version", "text")]


def test_what_the_supabase_cli_applied_is_not_applied_again(empty_database_address: str) -> None:
    with owner_connection(empty_database_address) as owner:
        owner.rows("create schema supabase_migrations")
        owner.rows(
            "create table supabase_migrations.schema_migrations "
            "(version text primary key, statements text[], name text)"
        )
        owner.rows("insert into supabase_migrations.schema_migrations (version) values (%s)", FIRST.version)
    assert migrate(empty_database_address, (FIRST,)) == ()


def test_a_refused_file_leaves_nothing_and_names_the_line(empty_database_address: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"20260103000000_broken, line 2: column \"nonsense\" does not exist"):
        migrate(empty_database_address, (FIRST, BROKEN))
    assert tables(empty_database_address) == {"one"}
    with owner_connection(empty_database_address) as owner:
        assert [m.version for m in pending(owner, (FIRST, BROKEN))] == [BROKEN.version]


def test_two_starts_at_once_apply_each_file_once(empty_database_address: str) -> None:
    slow = Migration("20260101000000", "slow", "select pg_sleep(0.3); create table public.one (n int)")
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(empty_database_address, (slow, SECOND)), range(4)))
    assert sorted(version for versions in applied for version in versions) == [slow.version, SECOND.version]


def test_a_database_newer_than_the_code_is_refused_unchanged(empty_database_address: str) -> None:
    migrate(empty_database_address, (FIRST, SECOND))
    with pytest.raises(StoreUnavailable, match=r"newer Folkmoot .*20260102000000.*Update Folkmoot"):
        migrate(empty_database_address, (FIRST,))


def test_a_database_made_by_another_state_of_a_file_is_refused_unchanged(empty_database_address: str) -> None:
    migrate(empty_database_address, (FIRST,))
    edited = Migration(FIRST.version, FIRST.name, FIRST.sql.replace("1)", "2)"))
    with pytest.raises(StoreUnavailable, match=r"unreleased state .*20260101000000_one .*cli backup.*cli restore"):
        migrate(empty_database_address, (edited, SECOND))
    with owner_connection(empty_database_address) as owner:
        assert owner.rows("select * from public.one") == [(1,)], "nothing of the second file was applied"


def test_an_account_that_owns_nothing_is_told_what_to_do(server_address: str, empty_database_address: str) -> None:
    with owner_connection(empty_database_address) as owner:
        owner.rows("drop role if exists visitor")
        owner.rows("create role visitor login password 'visitor'")
    visitor = empty_database_address.replace(server_address.split("@")[0], "postgresql://visitor:visitor")
    with pytest.raises(StoreUnavailable, match=r"lib\.cli migrate"):
        migrate(visitor, (FIRST,))


def test_a_wrong_password_is_a_sentence_without_the_password(empty_database_address: str) -> None:
    head, at, tail = empty_database_address.partition("@")
    with pytest.raises(StoreUnavailable, match="refuses the name or the password") as caught:
        migrate(f"{head.rpartition(':')[0]}:hunter2{at}{tail}", ())
    assert "hunter2" not in str(caught.value)


def test_the_projects_files_have_the_names_that_the_supabase_cli_expects() -> None:
    known = known_migrations()
    assert known
    assert all(len(migration.version) == 14 and migration.name for migration in known)
    assert len({migration.version for migration in known}) == len(known)


def test_a_folder_without_files_knows_none(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not a migration")
    assert known_migrations(tmp_path) == ()
