"""The commands that look after a server, run as an operator runs them."""

import argparse
from pathlib import Path
from uuid import uuid4

import pytest

from lib.commands import admin, doctor
from lib.store import embedded
from lib.store.migrations import known_migrations


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    admin.add_commands(commands)
    doctor.add_commands(commands)
    parsed = parser.parse_args(arguments)
    return int(parsed.run(parsed))


@pytest.fixture
def folder(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = open_folder / f"admin-{uuid4().hex[:6]}"
    monkeypatch.setenv("FOLKMOOT_DATA_DIR", str(folder))
    return folder


def test_migrate_brings_the_embedded_database_up_to_date(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate") == 0
    assert capsys.readouterr().out.startswith("Applied 2026")
    assert run("migrate") == 0
    assert capsys.readouterr().out == "The schema is up to date.\n"
    embedded.release(folder)


def test_migrate_takes_an_address(empty_database_address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--database-url", empty_database_address) == 0
    assert "Applied" in capsys.readouterr().out


def test_migrate_refuses_what_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--database-url", "mysql://x") == 2
    assert "postgresql://" in capsys.readouterr().err


def test_migrate_says_why_a_database_cannot_be_reached(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--database-url", "postgresql://me:hunter2@127.0.0.1:1/none") == 1
    said = capsys.readouterr().err
    assert "nothing answers at its address" in said
    assert "hunter2" not in said


def test_migrate_takes_the_connection_string_of_the_supabase_project(
    empty_database_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "https://abcdefgh.supabase.co")
    monkeypatch.setenv("SUPABASE_SECRET_KEY", "sb_secret_hunter2")
    assert run("migrate") == 2
    assert "SUPABASE_DB_URL" in capsys.readouterr().err
    monkeypatch.setenv("SUPABASE_DB_URL", empty_database_address)
    assert run("migrate") == 0
    assert "Applied" in capsys.readouterr().out


def test_the_script_needs_no_settings_and_no_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://nowhere")
    versions = [migration.version for migration in known_migrations()]
    assert run("migrate", "--print") == 0
    script = capsys.readouterr().out
    assert [version for version in versions if f"-- {version}_" in script] == versions
    assert run("migrate", "--print", "--after", versions[-2]) == 0
    script = capsys.readouterr().out
    assert [version for version in versions if f"-- {version}_" in script] == versions[-1:]
    assert run("migrate", "--print", "--after", versions[-1]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--print", "--after", "20200101000000"],
        ["--after", "20261122000100"],
        ["--print", "--database-url", "postgresql://x"],
    ],
)
def test_a_script_that_cannot_be_meant_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", *arguments) == 2
    said = capsys.readouterr()
    assert (said.out, "--after" in said.err) == ("", True)


def test_stop_stops_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stop") == 0
    assert "No embedded database is running" in capsys.readouterr().out
    embedded.start(folder)
    assert run("stop") == 0
    assert "Stopped the embedded database" in capsys.readouterr().out
    assert not embedded.is_running(folder)


def test_bad_settings_are_all_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@x")
    monkeypatch.setenv("FOLKMOOT_CONCURRENCY", "many")
    for command in ("stop", "migrate"):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert "DATABASE_URL" in said
        assert "FOLKMOOT_CONCURRENCY" in said
        assert "hunter2" not in said
    assert run("doctor") == 1
    assert capsys.readouterr().out.count("FAULT  Settings") == 2


def test_the_doctor_finds_a_database_that_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/none")
    monkeypatch.setattr(doctor, "_model", lambda settings: "stub")
    assert run("doctor") == 1
    said = capsys.readouterr().out
    assert "FAULT  Database: The database cannot be reached: nothing answers at its address" in said
    assert "hunter2" not in said
    assert said.endswith("see FAULT above.\n")


def test_the_doctor_is_content_when_all_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOLKMOOT_CREATE_CODE", "hunter2")
    monkeypatch.setenv("OPENAI_API_KEY", "hunter3")
    monkeypatch.setattr(doctor, "_model", lambda settings: "stub")
    assert run("doctor") == 0
    said = capsys.readouterr().out
    assert "embedded PostgreSQL 18" in said
    assert "OPENAI_API_KEY" in said
    assert "hunter" not in said
    embedded.release(folder)


def test_a_broken_model_is_a_fault_and_not_a_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(settings: object) -> str:
        raise RuntimeError("secret")

    monkeypatch.setattr(doctor, "_model", broken)
    assert run("doctor") == 1
    said = capsys.readouterr().out
    assert "FAULT  Model: an unexpected fault (RuntimeError)" in said
    assert "secret" not in said
    embedded.release(folder)
