"""backup, restore, move and forget, run as an operator runs them."""

import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lib.cli import build_parser, main
from lib.commands import data as data_commands
from lib.domain.errors import SignedOut
from lib.store import embedded
from lib.store.direct import owner_connection
from tests.support.databases import Database, nothing
from tests.support.full_workshop import FullWorkshop
from tests.support.workshop_builder import Built, new_id

Said = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
COMMAND = "python -m lib.cli "


@pytest.fixture
def here(server_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The configured database."""
    with ExitStack() as exits:
        database = Database(server_address, exits)
        monkeypatch.setenv("DATABASE_URL", database.address)
        yield database


@pytest.fixture
def there(server_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Another database, whose address stands in a variable."""
    with ExitStack() as exits:
        database = Database(server_address, exits)
        monkeypatch.setenv("ANOTHER_DATABASE", database.address)
        yield database


def test_a_workshop_moves_and_the_command_says_what_moved(here: Database, there: Database, capsys: Said) -> None:
    full, stays = FullWorkshop(here.store), Built(here.store)
    before = here.rows(full.workshop)
    assert main(["move", full.workshop.upper(), "--to", "env:ANOTHER_DATABASE"]) == 0
    said = capsys.readouterr().out
    rows = sum(len(texts) for texts in before.values())
    assert f"“Legal questions” ({full.workshop}): 9 people, 2 clauses, " in said
    assert f"{rows:,} rows, the same there as here.\nMoved 1 workshop.\n" in said
    assert there.rows() == before
    assert here.rows() == here.rows(stays.workshop)


def test_all_workshops_move_there_and_back_by_other_names(here: Database, there: Database, capsys: Said) -> None:
    FullWorkshop(here.store), Built(here.store)
    before = here.rows()
    assert main(["move", "--all", "--from", here.address, "--to", "env:ANOTHER_DATABASE"]) == 0
    assert nothing(here.rows())
    assert main(["move", "--all", "--from", there.address, "--to", "configured"]) == 0
    assert capsys.readouterr().out.count("Moved 2 workshops.") == 2
    assert here.rows() == before


def test_a_copy_stays_in_both_and_a_second_one_is_a_conflict(here: Database, there: Database, capsys: Said) -> None:
    full, other = FullWorkshop(here.store), Built(here.store)
    assert main(["move", full.workshop, "--to", "env:ANOTHER_DATABASE", "--keep"]) == 0
    assert "It is in both places now" in capsys.readouterr().out
    assert main(["move", "--all", "--to", "env:ANOTHER_DATABASE", "--keep"]) == 2
    ended = capsys.readouterr()
    assert f"Workshop {full.workshop} “Legal questions” is in the target already, with the same rows." in ended.err
    assert ended.out == "Copied 0 workshops, then stopped.\n"
    assert nothing(there.rows(other.workshop))


def test_the_target_is_brought_to_the_schema_first(
    here: Database, empty_database_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = FullWorkshop(here.store)
    monkeypatch.setenv("EMPTY_DATABASE", empty_database_address)
    assert main(["move", full.workshop, "--to", "env:EMPTY_DATABASE"]) == 0
    with owner_connection(empty_database_address) as owner:
        assert owner.rows("select id::text from public.workshops") == [(full.workshop,)]


def test_a_source_without_this_schema_is_refused(here: Database, empty_database_address: str, capsys: Said) -> None:
    assert main(["move", "--all", "--from", empty_database_address, "--to", "configured"]) == 1
    assert "The source has schema none" in capsys.readouterr().err


def test_from_the_embedded_database_and_back(
    there: Database, open_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    folder = open_folder / f"moving-{uuid.uuid4().hex[:6]}"
    monkeypatch.setenv("FOLKMOOT_DATA_DIR", str(folder))
    full = FullWorkshop(there.store)
    before = there.rows()
    assert main(["move", "--all", "--from", "env:ANOTHER_DATABASE", "--to", "embedded"]) == 0
    assert nothing(there.rows())
    # Nothing else is configured, so that the embedded database is also what a move begins from.
    assert main(["move", full.workshop, "--to", "env:ANOTHER_DATABASE"]) == 0
    assert there.rows() == before
    assert main(["move", "--all", "--from", "embedded", "--to", "env:ANOTHER_DATABASE"]) == 0
    assert capsys.readouterr().out.endswith("Moved 0 workshops.\n")
    embedded.release(folder)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--to", "env:NOT_SET"], "NOT_SET is not set"),
        (["--to", "mysql://me:hunter2@host/x"], "This is no database"),
        (["--to", "env:WRONG"], "What WRONG holds is no database"),
        (["--to", "configured", "--all"], "not both"),
        (["--to", "configured"], "same database"),
    ],
)
def test_a_place_that_is_none_is_named(
    here: Database, monkeypatch: pytest.MonkeyPatch, capsys: Said, arguments: list[str], expected: str
) -> None:
    monkeypatch.setenv("WRONG", "https://me:hunter2@abcd.supabase.co")
    built = Built(here.store)
    assert main(["move", built.workshop, *arguments]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert "hunter2" not in said
    assert built.facilitator.call("read_place")["me"]["role"] == "facilitator"


def test_move_wants_to_be_told_which_and_knows_what_an_id_is(here: Database, there: Database, capsys: Said) -> None:
    assert main(["move", "--to", "env:ANOTHER_DATABASE"]) == 2
    assert "or give --all" in capsys.readouterr().err
    assert main(["move", "legal", "--to", "env:ANOTHER_DATABASE"]) == 2
    assert "not every one is the id of a workshop" in capsys.readouterr().err
    assert main(["move", new_id(), "--to", "env:ANOTHER_DATABASE"]) == 2
    assert "in the source" in capsys.readouterr().err


def test_a_target_that_is_away_changes_nothing_and_gives_no_password_away(here: Database, capsys: Said) -> None:
    full = FullWorkshop(here.store)
    before = here.rows()
    assert main(["move", full.workshop, "--to", "postgresql://me:hunter2@127.0.0.1:1/none"]) == 1
    said = capsys.readouterr()
    assert "nothing answers at its address" in said.err
    assert "hunter2" not in said.err + said.out
    assert here.rows() == before


@pytest.mark.parametrize("command", [["move", "--all", "--to", "embedded"], ["backup", "--out", "x"], ["restore"]])
def test_a_supabase_project_is_reached_through_its_connection_string(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Said, tmp_path: Path, here: Database
) -> None:
    Built(here.store)
    file = tmp_path / "file"
    assert main(["backup", "--out", str(file)]) == 0
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SUPABASE_URL", "https://abcdefgh.supabase.co")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_hunter2")
    assert main([*command, *([str(file)] if command == ["restore"] else [])]) == 2
    said = capsys.readouterr().err
    assert "Set SUPABASE_DB_URL" in said
    assert "hunter2" not in said


def test_backup_and_restore_bring_a_lost_workshop_back(here: Database, tmp_path: Path, capsys: Said) -> None:
    full, stays = FullWorkshop(here.store), Built(here.store)
    before = here.rows()
    file = tmp_path / "backup.jsonl"
    assert main(["backup", "--out", str(file)]) == 0
    said = capsys.readouterr().out
    assert f"Wrote 2 workshops to {file}." in said
    assert "the votes of rounds that are anonymous or not revealed" in said
    full.built.facilitator.call("delete_workshop", title="Legal questions")
    assert main(["restore", str(file)]) == 2
    assert f"Workshop {stays.workshop} “Legal questions” is there already." in capsys.readouterr().err
    assert main(["restore", str(file), full.workshop]) == 0
    assert "Restored 1 workshop, as of 20" in capsys.readouterr().out
    assert here.rows() == before


def test_files_that_cannot_be_read_or_written_are_named(here: Database, tmp_path: Path, capsys: Said) -> None:
    Built(here.store)
    for command in (["restore", str(tmp_path / "none")], ["backup", "--out", str(tmp_path / "no" / "folder")]):
        assert main(command) == 2
        assert f"{tmp_path}/no" in capsys.readouterr().err
    (tmp_path / "poem").write_text("Roses are red\n")
    assert main(["restore", str(tmp_path / "poem")]) == 2
    assert "is no backup of Folkmoot" in capsys.readouterr().err


def test_a_person_is_forgotten_after_a_yes(here: Database, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    built = Built(here.store)
    ana = built.join("Ana")
    assert main(["forget", built.workshop, "Ana"]) == 2
    assert "Give --yes" in capsys.readouterr().err
    monkeypatch.setattr(data_commands.sys.stdin, "isatty", lambda: True)
    for answer in ("", "n", "no"):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        assert main(["forget", built.workshop, "Ana"]) == 2
        assert "Nothing was deleted." in capsys.readouterr().err
    assert ana.call("read_place")["me"]["name"] == "Ana"
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["forget", built.workshop, "Ana"]) == 0
    assert "Deleted the data of “Ana”" in capsys.readouterr().out
    with pytest.raises(SignedOut):
        ana.call("read_place")
    assert main(["forget", built.workshop, "Ana", "--yes"]) == 2
    assert "may be deleted already" in capsys.readouterr().err


def test_one_of_several_people_of_a_name_is_forgotten_by_id(here: Database, capsys: Said) -> None:
    built = Built(here.store)
    first = built.join("Ana")
    first.call("leave_workshop", delete_data=False)
    second = built.join("Ana")
    assert main(["forget", built.workshop, "Ana", "--yes"]) == 2
    said = capsys.readouterr().err
    assert first.person in said
    assert "Give it as --person." in said
    assert main(["forget", built.workshop, "Ana", "--yes", "--person", first.person]) == 0
    assert second.call("read_place")["me"]["name"] == "Ana"


def test_every_command_explains_itself_in_a_process_of_its_own() -> None:
    for command in ("backup", "restore", "move", "forget"):
        shown = subprocess.run(
            [sys.executable, "-m", "lib.cli", command, "--help"], capture_output=True, text=True, check=True
        )
        assert f"python -m lib.cli {command}" in shown.stdout
    migrated = subprocess.run([sys.executable, "-m", "lib.cli", "move"], capture_output=True, text=True, check=False)
    assert migrated.returncode == 2
    assert "--to" in migrated.stderr


@pytest.mark.parametrize("file", ["docs/data.md", "README.md"])
def test_every_command_line_of_the_documentation_is_understood(file: str) -> None:
    lines = [line.strip() for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    commands = [line.removeprefix(COMMAND) for line in lines if line.startswith(COMMAND)]
    assert len(commands) > 5
    for command in commands:
        arguments = shlex.split(command, comments=True)
        assert callable(build_parser(arguments[0]).parse_args(arguments).run)
