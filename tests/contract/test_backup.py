"""Workshops in a file: everything is in it, it is whole or refused, and it comes back as it was."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.domain.errors import Conflict, FolkmootError, NotFound, StoreUnavailable, ValidationFailed
from lib.store.moving import backup as backup_module
from lib.store.moving import rows as workshop_rows
from lib.store.moving.backup import restore_backup, write_backup
from lib.store.moving.backup_file import read_backup
from tests.support.databases import Database, nothing
from tests.support.full_workshop import ODD_TEXT, FullWorkshop
from tests.support.workshop_builder import Built, new_id

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def databases(server_address: str) -> Iterator[tuple[Database, Database]]:
    """Two databases with the schema and nothing else."""
    with ExitStack() as exits:
        yield Database(server_address, exits), Database(server_address, exits)


@pytest.fixture
def here(databases: tuple[Database, Database]) -> Database:
    return databases[0]


@pytest.fixture
def there(databases: tuple[Database, Database]) -> Database:
    return databases[1]


def restore(database: Database, file: Path, *workshops: str) -> list[str]:
    restored = restore_backup(database.owner, file, read_backup(file), workshops)
    return [kept.workshop_id for kept in restored]


def test_a_backup_brings_every_row_back_as_it_was(here: Database, there: Database, tmp_path: Path) -> None:
    full, small = FullWorkshop(here.store), Built(here.store)
    before = here.rows()
    file = tmp_path / "all.jsonl"
    write_backup(here.owner, [], file, NOW)
    assert here.rows() == before
    assert restore(there, file) == [full.workshop, small.workshop]
    assert there.rows() == before
    full.ana.store = there.store
    assert full.ana.vote(full.open_item, "pass") == {"ok": True}


def test_a_lost_workshop_comes_back_from_the_file_beside_the_others(here: Database, tmp_path: Path) -> None:
    lost, stays = FullWorkshop(here.store), FullWorkshop(here.store)
    before = here.rows()
    write_backup(here.owner, [], tmp_path / "all.jsonl", NOW)
    lost.built.facilitator.call("delete_workshop", title="Legal questions")
    assert nothing(here.rows(lost.workshop))
    assert restore(here, tmp_path / "all.jsonl", lost.workshop) == [lost.workshop]
    assert here.rows() == before
    assert stays.ana.call("read_place")["me"]["name"] == "Ana"


def test_the_first_line_says_what_follows(here: Database, tmp_path: Path) -> None:
    full, _other = FullWorkshop(here.store), Built(here.store)
    write_backup(here.owner, [full.workshop], tmp_path / "one.jsonl", NOW)
    lines = (tmp_path / "one.jsonl").read_text(encoding="utf-8").split("\n")
    header = json.loads(lines[0])
    assert (header["format"], header["format_version"]) == ("folkmoot-backup", 1)
    assert header["made_at"] == "2026-03-02T09:30:00+00:00"
    assert header["schema_version"] == here.store.call("read_health")["schema_version"]
    [announced] = header["workshops"]
    assert (announced["workshop_id"], announced["title"]) == (full.workshop, "Legal questions")
    rows = here.rows(full.workshop)
    assert {name: table["rows"] for name, table in announced["tables"].items()} == {
        name: len(texts) for name, texts in rows.items()
    }
    assert [line for line in lines[1:-1] if json.loads(line)["workshop"] != full.workshop] == []
    assert len(lines) == 2 + sum(len(texts) for texts in rows.values())


def test_the_file_is_for_this_account_alone_and_nothing_is_overwritten(here: Database, tmp_path: Path) -> None:
    Built(here.store)
    file = tmp_path / "mine.jsonl"
    earlier = os.umask(0)
    try:
        write_backup(here.owner, [], file, NOW)
    finally:
        os.umask(earlier)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = file.read_bytes()
    with pytest.raises(ValidationFailed, match="exists"):
        write_backup(here.owner, [], file, NOW)
    assert file.read_bytes() == written
    assert [path.name for path in tmp_path.iterdir()] == ["mine.jsonl"]


def test_a_backup_that_dies_leaves_no_file(here: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = FullWorkshop(here.store)

    def dies(*arguments: object) -> Iterator[workshop_rows.Row]:
        yield next(workshop_rows.dump(here.owner, full.workshop))
        raise StoreUnavailable("gone")

    monkeypatch.setattr(backup_module, "dump", dies)
    with pytest.raises(StoreUnavailable):
        write_backup(here.owner, [], tmp_path / "half.jsonl", NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_workshops_is_no_backup_and_an_unknown_one_is_named(here: Database, tmp_path: Path) -> None:
    with pytest.raises(ValidationFailed, match="holds no workshop"):
        write_backup(here.owner, [], tmp_path / "none.jsonl", NOW)
    known, unknown = Built(here.store), new_id()
    with pytest.raises(NotFound, match=unknown):
        write_backup(here.owner, [known.workshop, unknown], tmp_path / "none.jsonl", NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_already_is_named_and_nothing_is_restored(
    here: Database, there: Database, tmp_path: Path
) -> None:
    full, other = FullWorkshop(here.store), Built(here.store)
    file = tmp_path / "all.jsonl"
    write_backup(here.owner, [], file, NOW)
    restore(there, file, other.workshop)
    before = there.rows()
    with pytest.raises(Conflict, match=rf"Workshop {other.workshop} “Legal questions” is there already\."):
        restore(there, file)
    assert there.rows() == before
    assert restore(there, file, full.workshop) == [full.workshop]
    with pytest.raises(NotFound, match="holds no workshop"):
        restore(there, file, new_id())


def test_a_join_code_that_is_taken_is_named_and_nothing_is_restored(
    here: Database, there: Database, tmp_path: Path
) -> None:
    _first, second = Built(here.store), FullWorkshop(here.store)
    write_backup(here.owner, [], tmp_path / "all.jsonl", NOW)
    other = Built(there.store, code=second.built.code)
    with pytest.raises(Conflict, match=f"also that of workshop {other.workshop}"):
        restore(there, tmp_path / "all.jsonl")
    assert there.rows() == there.rows(other.workshop)


def test_a_file_that_was_cut_off_anywhere_is_refused_by_its_line(
    here: Database, there: Database, tmp_path: Path
) -> None:
    full = FullWorkshop(here.store)
    write_backup(here.owner, [full.workshop], tmp_path / "whole.jsonl", NOW)
    whole = (tmp_path / "whole.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    assert b"".join(lines[:7]).count(b"\n") == 7
    for kept_bytes, expected in (
        (len(b"".join(lines[:7])), "line 8 is missing"),
        (len(b"".join(lines[:7])) + 20, "line 8 is cut off"),
        (len(whole) - 1, f"line {len(lines)} is cut off"),
        (len(lines[0]) // 2, "first line"),
        (0, "first line"),
    ):
        cut = tmp_path / "cut.jsonl"
        cut.write_bytes(whole[:kept_bytes])
        with pytest.raises(ValidationFailed, match=expected):
            restore(there, cut)
    assert nothing(there.rows())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: lines.insert(3, b"{}\n"), "line 4 is no row"),
        (lambda lines: lines.append(lines[-1]), "follows the last row"),
        (lambda lines: lines.__setitem__(5, b"\xff\n"), "line 6 is no row"),
        (
            lambda lines: lines.__setitem__(5, lines[5].replace(b'"people"', b'"persons"')),
            "line 6 is no row of workshop",
        ),
        (lambda lines: lines.__setitem__(5, lines[4]), "tables are not as announced|did not arrive|under the same id"),
        (
            lambda lines: lines.__setitem__(-1, lines[-1].replace(b'excluded": false', b'excluded": true')),
            "did not arrive as they were sent",
        ),
        (lambda lines: lines.__setitem__(0, b'{"format": "folkmoot-workshop"}\n'), "Files of `export` cannot"),
        (lambda lines: lines.__setitem__(0, b"[]\n"), "no backup of Folkmoot"),
        (lambda lines: lines.__setitem__(0, lines[0].replace(b'"format_version": 1', b'"format_version": 2')), "newer"),
        (lambda lines: lines.__setitem__(0, lines[0].replace(b'_version": "2026', b'_version": "2025')), "schema 2025"),
        (lambda lines: lines.__setitem__(0, lines[0].replace(b'_version": "2026', b'_version": "2030')), "Update Folk"),
    ],
    ids=["added", "appended", "no text", "another table", "twice", "altered", "foreign", "list", "later", "old", "new"],
)
def test_a_file_that_was_changed_is_refused_and_nothing_is_written(
    here: Database, there: Database, tmp_path: Path, change: object, expected: str
) -> None:
    full = FullWorkshop(here.store)
    file = tmp_path / "file.jsonl"
    write_backup(here.owner, [full.workshop], file, NOW)
    lines = file.read_bytes().splitlines(keepends=True)
    assert callable(change)
    change(lines)
    changed = b"".join(lines)
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    with pytest.raises(FolkmootError, match=expected):
        restore(there, file)
    assert nothing(there.rows())


def test_the_file_holds_the_votes_and_says_nothing_of_their_order(here: Database, tmp_path: Path) -> None:
    """Why `backup` warns of its own file: unlike an export, it has what is not revealed."""
    full = FullWorkshop(here.store)
    write_backup(here.owner, [full.workshop], tmp_path / "file.jsonl", NOW)
    rows = [json.loads(line) for line in (tmp_path / "file.jsonl").read_text(encoding="utf-8").split("\n")[1:-1]]
    votes = [row["row"] for row in rows if row["table"] == "votes"]
    assert f"named {ODD_TEXT}" in {vote["reason"] for vote in votes}
    assert [vote["id"] for vote in votes] == sorted(vote["id"] for vote in votes)
    [revealed] = [row["row"]["id"] for row in rows if row["table"] == "rounds" and row["row"]["frozen_turnout"]]
    assert {vote["person_id"] for vote in votes if vote["round_id"] == revealed} == {None}
