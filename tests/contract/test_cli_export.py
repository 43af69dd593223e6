"""The commands about one workshop, run as an operator runs them."""

import csv
import json
from pathlib import Path

import pytest

from lib.cli import main
from lib.domain.errors import SignedOut
from lib.policy.prompt import system_prompt
from lib.security import hash_token
from lib.store.port import Store
from tests.support.workshop_builder import Built, new_id


@pytest.fixture(autouse=True)
def _database(database_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_address)


def a_workshop_with_a_revealed_and_an_open_round(store: Store) -> Built:
    built = Built(store)
    ana = built.join("Ana")
    revealed = built.open_round()
    ana.vote(revealed["items"][0]["item_id"], "agree", "=1+1 is a reason")
    built.facilitator.call("close_round", round=revealed["round_id"])
    built.facilitator.call("reveal_round", round=revealed["round_id"])
    built.commit(ana, [built.clauses[0] | {"wording": "Reworded."}, built.clauses[1]], 1)
    ana.vote(built.open_round()["items"][0]["item_id"], "disagree", "still secret")
    return built


def test_export_writes_its_files_and_says_what_is_withheld(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = a_workshop_with_a_revealed_and_an_open_round(store)
    assert main(["export", built.workshop, "--out", str(tmp_path / "new" / "folder")]) == 0
    said = capsys.readouterr().out
    files = {path.name: path.read_bytes() for path in (tmp_path / "new" / "folder").iterdir()}
    assert sorted(files) == ["decisions.md", "policy.md", "system_prompt.txt", "votes.csv", "workshop.json"]
    policy = files["policy.md"].decode()
    assert "Reworded." in policy
    assert files["system_prompt.txt"].decode() == system_prompt(policy)
    [row] = csv.DictReader(files["votes.csv"].decode("utf-8-sig").splitlines())
    assert (row["participant"], row["answer"], row["reason"]) == ("Ana", "agree", "'=1+1 is a reason")
    workshop = json.loads(files["workshop.json"])
    assert [one["status"] for one in workshop["rounds"]] == ["revealed", "open"]
    assert b"still secret" not in b"".join(files.values())
    assert "votes and reasons of round 2: the round is open and not revealed" in said


def test_export_refuses_a_folder_with_something_in_it_and_leaves_it_alone(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["export", Built(store).workshop, "--out", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("workshop", ["not-an-id", new_id()], ids=["no id", "of nothing"])
def test_an_unknown_workshop_is_bad_input_and_writes_nothing(
    workshop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", workshop, "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_database_that_is_down_is_no_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/none")
    assert main(["export", new_id(), "--out", str(tmp_path / "out")]) == 1
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("role", ["facilitator", "organizer"])
def test_link_prints_a_link_that_works_and_ends_the_old_one(
    role: str, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOLKMOOT_PUBLIC_URL", "https://moot.example/")
    built = Built(store)
    assert main(["link", built.workshop, "--role", role]) == 0
    said = capsys.readouterr().out
    link = said.splitlines()[0]
    assert link.startswith("https://moot.example/enter/")
    assert "old link does not work any more" in said
    found = store.call("identify", token_hash=hash_token(link.rpartition("/")[2]))
    assert (found["workshop_id"], found["role"]) == (built.workshop, role)
    with pytest.raises(SignedOut):
        getattr(built, role).call("read_place")


def test_link_for_an_unknown_workshop_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = new_id()
    assert main(["link", unknown, "--role", "organizer"]) == 2
    said = capsys.readouterr().err
    assert said == f"No workshop has the id {unknown}. `doctor` tells which database is in use.\n"
    assert main(["export", unknown, "--out", "nowhere"]) == 2
    assert capsys.readouterr().err == said
