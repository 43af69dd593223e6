"""Where the commands take their settings from: the environment first, then Streamlit's secrets files."""

import json
import os
from pathlib import Path

import pytest

from lib.cli import main
from lib.commands import configured
from lib.commands import doctor as doctor_command
from lib.store.port import Store
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import Built, new_id

KEY = "sk-of-the-secrets-file"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the project's own files for Streamlit; the account's is beside it."""
    for name in ("home", "project"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(configured, "FOLDERS", (tmp_path / "home", tmp_path / "project"))
    for name in ("DATABASE_URL", "OPENAI_API_KEY", "FOLKMOOT_MODEL", "FOLKMOOT_API_BASE", "FOLKMOOT_PUBLIC_URL"):
        monkeypatch.setenv(name, "")  # so that what a command adds to the environment is taken out again
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    return tmp_path / "project"


def write(folder: Path, **secrets: object) -> None:
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in secrets.items())
    (folder / "secrets.toml").write_text(text, encoding="utf-8")


def test_export_and_link_work_on_the_database_that_the_secrets_file_names(
    project: Path, database_address: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, DATABASE_URL=database_address, FOLKMOOT_PUBLIC_URL="https://moot.example")
    built = Built(store)
    assert main(["export", built.workshop, "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "workshop.json").exists()
    assert main(["link", built.workshop, "--role", "organizer"]) == 0
    assert "https://moot.example/enter/" in capsys.readouterr().out


def test_migrate_works_on_the_database_that_the_secrets_file_names(
    project: Path, empty_database_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, DATABASE_URL=empty_database_address)
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out.startswith("Applied 2026")


def test_stop_looks_into_the_folder_that_the_secrets_file_names(
    project: Path, open_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, FOLKMOOT_DATA_DIR=str(open_folder / "of-the-secrets-file"))
    assert main(["stop"]) == 0
    assert "of-the-secrets-file" in capsys.readouterr().out


def test_run_asks_the_model_that_the_secrets_file_names_with_its_key(project: Path, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text("- Be brief.\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("scenario\nMay I?\n", encoding="utf-8")
    with OpenAIStub() as stub:
        write(project, FOLKMOOT_MODEL="openai/from-file", FOLKMOOT_API_BASE=stub.address, OPENAI_API_KEY=KEY)
        out = tmp_path / "r.jsonl"
        assert main(["run", str(tmp_path / "p.md"), "--scenarios", str(tmp_path / "s.csv"), "--out", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["model"] == "openai/from-file"
    assert stub.calls[0].authorization == f"Bearer {KEY}"


def test_the_environment_goes_first_and_the_projects_file_before_the_accounts(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(configured.FOLDERS[0], FOLKMOOT_MODEL="openai/account", FOLKMOOT_PUBLIC_URL="https://account.example")
    write(project, FOLKMOOT_MODEL="openai/project", FOLKMOOT_CREATE_CODE="project", FOLKMOOT_ALLOW_PRIVATE_MODELS=True)
    monkeypatch.setenv("FOLKMOOT_CREATE_CODE", "environment")
    settings = configured.settings()
    assert (settings.model, settings.public_url) == ("openai/project", "https://account.example")
    assert (settings.create_code, settings.allow_private_models) == ("environment", True)
    assert os.environ["FOLKMOOT_CREATE_CODE"] == "environment"
    assert configured.values()["FOLKMOOT_CREATE_CODE"] == "environment"


@pytest.mark.parametrize("content", [b'FOLKMOOT_CREATE_CODE = "hush', b"FOLKMOOT_CREATE_CODE = \xff", None])
def test_a_secrets_file_that_cannot_be_read_is_named_and_nothing_is_done(
    project: Path, content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "secrets.toml"
    if content is None:
        file.mkdir()  # what no account can read, root included
    else:
        file.write_bytes(content)
    (tmp_path / "p.md").write_text("- Be brief.\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("scenario\nMay I?\n", encoding="utf-8")
    out = str(tmp_path / "out")
    for command in (
        ["export", new_id(), "--out", out],
        ["link", new_id(), "--role", "organizer"],
        ["migrate"],
        ["stop"],
        ["run", str(tmp_path / "p.md"), "--scenarios", str(tmp_path / "s.csv"), "--out", out],
    ):
        assert main(command) == 2
        [said] = capsys.readouterr().err.splitlines()
        assert f"{file} cannot be read" in said
        assert "hush" not in said
    assert main(["doctor"]) == 1
    assert f"FAULT  Settings: {file} cannot be read" in capsys.readouterr().out
    assert not Path(out).exists()


# What the doctor says of a server that would not start


def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    monkeypatch.setattr(doctor_command, "_model", lambda settings: "stub")
    code = main(["doctor"])
    said = capsys.readouterr().out
    return code, next(line for line in said.splitlines() if "FOLKMOOT_CREATE_CODE:" in line)


@pytest.fixture
def _works_otherwise(project: Path, database_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_address)


@pytest.mark.usefixtures("_works_otherwise")
def test_a_missing_create_code_beside_a_key_is_a_fault_with_the_way_out_where_the_app_listens_to_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, OPENAI_API_KEY=KEY)
    for address in (None, "0.0.0.0"):
        if address:
            (project / "config.toml").write_text(f'[server]\naddress = "{address}"\n', encoding="utf-8")
        code, said = doctor(monkeypatch, capsys)
        assert code == 1
        assert said.startswith("FAULT")
        assert "will not start" in said
        assert "Set FOLKMOOT_CREATE_CODE" in said
        assert "127.0.0.1" in said
        assert KEY not in said


@pytest.mark.usefixtures("_works_otherwise")
@pytest.mark.parametrize("how", ["code", "environment", "project", "account", "no key"])
def test_no_fault_is_found_where_the_app_would_start(
    how: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if how != "no key":
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    if how == "code":
        write(project, FOLKMOOT_CREATE_CODE="hush")
    if how == "environment":
        (project / "config.toml").write_text('[server]\naddress = "0.0.0.0"\n', encoding="utf-8")
        monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "127.0.0.1")
    if how in {"project", "account"}:
        folder = project if how == "project" else configured.FOLDERS[0]
        (folder / "config.toml").write_text('[server]\naddress = "localhost"\n', encoding="utf-8")
    code, said = doctor(monkeypatch, capsys)
    assert (code, said[:5].strip()) == (0, "ok")
    assert "hush" not in said


@pytest.mark.usefixtures("_works_otherwise")
def test_the_doctors_call_to_the_model_takes_up_no_waiting_cell_of_the_server(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Built(store)
    built.run(built.facilitator, [None], model="openai/gpt-5")
    with OpenAIStub() as stub:
        monkeypatch.setenv("FOLKMOOT_MODEL", "openai/fine")
        monkeypatch.setenv("FOLKMOOT_API_BASE", stub.address)
        assert main(["doctor"]) == 0
    assert built.facilitator.call("read_runs")[0]["status"] == "active"
    assert len(built.answer()) == 1
