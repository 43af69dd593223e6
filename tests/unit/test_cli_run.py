"""`python -m lib.cli run`: what it reads, what it writes, and how it ends. Some tests run the command itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lib.cli import build_parser, main
from lib.commands.input import read_policies, read_scenarios
from lib.domain.errors import ValidationFailed
from tests.support.openai_stub import OpenAIStub

ROOT = Path(__file__).resolve().parents[2]
FIELDS = [
    "policy",
    "scenario_id",
    "model",
    "sample",
    "response",
    "error",
    "latency_s",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
]


@pytest.fixture(scope="module")
def stub() -> Iterator[OpenAIStub]:
    with OpenAIStub() as provider:
        yield provider


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.md").write_text("- Be brief.\n", encoding="utf-8")
    (tmp_path / "q.md").write_text("- Be kind.\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("id,scenario\na,May I?\nb,Can I?\n", encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> int:
    try:
        return main(["run", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)


def lines(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def scenarios_of(folder: Path, name: str, content: str | bytes) -> list[tuple[str, tuple[dict[str, str], ...]]]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(one.scenario_id, one.turns) for one in read_scenarios(path)]


def user(text: str) -> tuple[dict[str, str], ...]:
    return ({"role": "user", "content": text},)


# What it reads


def test_a_missing_id_is_the_row_number_from_1(folder: Path) -> None:
    assert scenarios_of(folder, "x.csv", "scenario\nMay I?\nCan I?\n") == [("1", user("May I?")), ("2", user("Can I?"))]
    assert scenarios_of(folder, "x.csv", "id,scenario\nk,May I?\n,Can I?\n")[1] == ("2", user("Can I?"))


def test_a_byte_order_mark_and_semicolons_are_understood(folder: Path) -> None:
    given = '\ufeffid;title;scenario\r\na;The flat;"May I; really,\r\nstay?"\r\n'
    assert scenarios_of(folder, "x.csv", given) == [("a", user("May I; really,\nstay?"))]


def test_a_semicolon_inside_a_comma_file_stays_text(folder: Path) -> None:
    assert scenarios_of(folder, "x.csv", "id,scenario\na,May I; or not?\n") == [("a", user("May I; or not?"))]


def test_jsonl_takes_a_scenario_or_turns(folder: Path) -> None:
    turns = [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": "3"}]
    given = json.dumps({"id": "a", "scenario": "May I?"}) + "\n\n" + json.dumps({"id": 7, "turns": turns})
    assert scenarios_of(folder, "x.jsonl", given) == [("a", user("May I?")), ("7", tuple(turns))]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("x.csv", "", "empty"),
        ("x.csv", "id,text\na,May I?\n", "no column `scenario`"),
        ("x.csv", "scenario\n", "no scenarios"),
        ("x.csv", "id,scenario\na,May I?\na,Can I?\n", "“a” twice"),
        ("x.csv", "id,scenario\n2,May I?\n,Can I?\n", "“2” twice"),
        ("x.csv", "id,scenario\na,\n", "row 1: the scenario is empty"),
        ("x.csv", "scenario\nMay I, really?\n", "more cells than the header"),
        ("x.csv", 'scenario\n"May I?\n', "cannot be read as CSV"),
        ("x.csv", b"scenario\n\xff\xfe\n", "not UTF-8"),
        ("x.jsonl", "{", "line 1, is not JSON"),
        ("x.jsonl", '{"id": "a", "scenario": "x"}\n[1]', "line 2, is not an object"),
        ("x.jsonl", '{"id": "a"}', "either `scenario` or `turns`"),
        ("x.jsonl", '{"id": "a", "scenario": "x", "turns": []}', "either `scenario` or `turns`"),
        ("x.jsonl", '{"id": "a", "turns": [{"role": "assistant", "content": "x"}]}', "last turn must be the user's"),
        ("x.jsonl", '{"id": "a", "turns": [{"role": "system", "content": "x"}]}', "user or assistant"),
        ("x.jsonl", '{"id": "a", "scenario": " "}', "empty"),
        ("x.jsonl", '{"id": "a", "scenario": 3}', "empty"),
        ("x.jsonl", '{"id": "a", "scenario": "x"}\n{"id": "a", "scenario": "y"}', "twice"),
        ("x.txt", "May I?", "neither .csv nor .jsonl"),
    ],
)
def test_scenarios_that_cannot_be_taken_are_refused_by_name(
    folder: Path, name: str, content: str | bytes, named: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        scenarios_of(folder, name, content)
    assert named in str(refused.value)
    assert name in str(refused.value)


def test_policies_are_read_once_each_and_must_say_something(folder: Path) -> None:
    assert read_policies(["p.md", "./q.md"]) == [("p.md", "- Be brief.\n"), ("./q.md", "- Be kind.\n")]
    (folder / "empty.md").write_text(" \n", encoding="utf-8")
    for given in (["p.md", "./p.md"], ["missing.md"], ["empty.md"]):
        with pytest.raises(ValidationFailed):
            read_policies(given)


# How bad input ends


@pytest.mark.parametrize(
    "arguments",
    [
        ("missing.md", "--scenarios", "s.csv", "--out", "r.jsonl"),
        ("p.md", "--scenarios", "missing.csv", "--out", "r.jsonl"),
        ("p.md", "--scenarios", "s.csv"),
        ("p.md", "--scenarios", "s.csv", "--out", "nowhere/r.jsonl"),
        ("p.md", "--scenarios", "s.csv", "--out", "."),
        ("p.md", "--scenarios", "s.csv", "--out", "s.csv", "--overwrite"),
        ("p.md", "--scenarios", "s.csv", "--out", "r.jsonl", "--samples", "0"),
        ("p.md", "--scenarios", "s.csv", "--out", "r.jsonl", "--concurrency", "many"),
        ("p.md", "--scenarios", "s.csv", "--out", "r.jsonl", "--api-base", "http://127.0.0.1:1"),
        ("p.md", "--scenarios", "s.csv", "--out", "r.jsonl", "--model", "openai/x", "--api-base", "127.0.0.1:1"),
        ("--scenarios", "s.csv", "--out", "r.jsonl"),
    ],
)
def test_bad_input_ends_with_2_and_one_line_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert not (folder / "r.jsonl").exists()
    assert (folder / "s.csv").read_text(encoding="utf-8").startswith("id,scenario")


def test_a_bad_number_in_the_environment_is_refused_by_its_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOLKMOOT_CONCURRENCY", "many")
    assert run("p.md", "--scenarios", "s.csv", "--out", "r.jsonl") == 2
    assert capsys.readouterr().err == "FOLKMOOT_CONCURRENCY: “many” is not a whole number from 1 to 100,000\n"


def test_an_existing_result_is_kept_unless_told_otherwise(
    folder: Path, stub: OpenAIStub, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "r.jsonl").write_text("old\n", encoding="utf-8")
    given = ("p.md", "--scenarios", "s.csv", "--model", "openai/fine", "--api-base", stub.address, "--out", "r.jsonl")
    assert run(*given) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (folder / "r.jsonl").read_text(encoding="utf-8") == "old\n"
    assert run(*given, "--overwrite") == 0
    assert len(lines("r.jsonl")) == 2


# What it writes


def test_every_cell_is_one_line_with_all_its_fields(folder: Path, stub: OpenAIStub) -> None:
    stub.calls.clear()
    code = run(
        *("p.md", "q.md", "--scenarios", "s.csv", "--baseline", "--samples", "2", "--max-tokens", "9"),
        *("--model", "openai/fine", "--api-base", stub.address, "--out", "r.jsonl"),
    )
    assert code == 0
    written = lines("r.jsonl")
    assert all(list(line) == FIELDS for line in written)
    cells = {(line["policy"], line["scenario_id"], line["sample"]) for line in written}
    assert cells == {(p, s, n) for p in ("p.md", "q.md", None) for s in ("a", "b") for n in (1, 2)}
    assert len(written) == 12
    first = written[0]
    assert (first["model"], first["response"], first["error"]) == ("openai/fine", stub.text, None)
    assert (first["prompt_tokens"], first["completion_tokens"], first["cost_usd"]) == (12, 8, None)
    assert first["latency_s"] > 0
    roles = sorted(tuple(message["role"] for message in call.body["messages"]) for call in stub.calls)
    assert roles == [("system", "user")] * 8 + [("user",)] * 4
    assert {call.body["max_tokens"] for call in stub.calls} == {9}


def test_earlier_turns_are_sent_as_given(folder: Path, stub: OpenAIStub) -> None:
    turns = [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": "3"}]
    (folder / "t.jsonl").write_text(json.dumps({"id": "a", "turns": turns}), encoding="utf-8")
    stub.calls.clear()
    given = ("--model", "openai/fine", "--api-base", stub.address, "--out", "r.jsonl")
    assert run("p.md", "--scenarios", "t.jsonl", *given) == 0
    assert stub.calls[0].body["messages"][1:] == turns


@pytest.mark.parametrize("model", ["fault-401", "fault-404", "fault-hang"])
def test_what_fails_at_the_provider_is_written_with_its_reason_and_ends_with_1(
    folder: Path, stub: OpenAIStub, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    stub.faults.clear()
    given = ("--model", f"openai/{model}", "--api-base", stub.address, "--timeout", "1", "--out", "r.jsonl")
    assert run("p.md", "--scenarios", "s.csv", *given) == 1
    written = lines("r.jsonl")
    assert len(written) == 2
    assert all(line["response"] is None and f"openai/{model}" in line["error"] for line in written)
    assert "2 of 2 failed" in capsys.readouterr().err


def test_where_some_fail_the_rest_is_written(folder: Path, stub: OpenAIStub) -> None:
    stub.faults.extend(["404"])
    given = ("--model", "openai/fine", "--api-base", stub.address, "--concurrency", "1", "--out", "r.jsonl")
    assert run("p.md", "--scenarios", "s.csv", *given) == 1
    assert [line["error"] is None for line in lines("r.jsonl")] == [False, True]


def test_the_environment_names_the_model_too(folder: Path, stub: OpenAIStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLKMOOT_MODEL", "openai/from-environment")
    monkeypatch.setenv("FOLKMOOT_API_BASE", stub.address)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-operator")
    assert run("p.md", "--scenarios", "s.csv", "--out", "r.jsonl") == 0
    assert lines("r.jsonl")[0]["model"] == "openai/from-environment"
    assert stub.calls[-1].authorization == "Bearer sk-operator"


# The command itself


def start(folder: Path, *arguments: str, path: str = str(ROOT)) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "lib.cli", "run", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests themselves run in a shell's background, Ctrl-C is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_ctrl_c_keeps_what_is_finished_and_ends_with_130(folder: Path) -> None:
    with OpenAIStub(latency_s=0.2) as slow:
        given = ("--model", "openai/fine", "--api-base", slow.address, "--concurrency", "1", "--samples", "200")
        command = start(folder, "p.md", "--scenarios", "s.csv", *given, "--out", "r.jsonl")
        deadline = time.monotonic() + 60
        while not (folder / "r.jsonl").exists() or len(lines("r.jsonl")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=20)
    assert command.returncode == 130
    assert 2 <= len(lines("r.jsonl")) < 400
    assert said.splitlines() == [f"Stopped: {len(lines('r.jsonl'))} of 400 lines are in r.jsonl."]


def interrupt(command: "subprocess.Popen[str]", when: Path, line_count: int = 0) -> tuple[float, str]:
    """Ctrl-C once a file is there with so many lines: how long the command took to leave, and what it said."""
    deadline = time.monotonic() + 60
    while not when.exists() or len(when.read_text(encoding="utf-8").splitlines()) < line_count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)
    assert command.returncode == 130
    return time.monotonic() - began, said


def test_ctrl_c_waits_for_no_provider_that_hangs(folder: Path) -> None:
    with OpenAIStub(fault="hang") as stub:
        stub.faults.extend([None, None])
        given = ("--model", "openai/fine", "--api-base", stub.address, "--concurrency", "1", "--samples", "9")
        command = start(folder, "p.md", "--scenarios", "s.csv", *given, "--out", "r.jsonl")
        took_s, said = interrupt(command, folder / "r.jsonl", 2)
    assert took_s < 2
    assert said == "Stopped: 2 of 18 lines are in r.jsonl.\n"
    assert len(lines("r.jsonl")) == 2


def test_ctrl_c_waits_for_no_library_that_is_being_loaded(folder: Path) -> None:
    slow = folder / "slow"
    slow.mkdir()
    (slow / "litellm.py").write_text("open('begun', 'w').close(); import time; time.sleep(20)\n", encoding="utf-8")
    given = ("--model", "openai/fine", "--api-base", "http://127.0.0.1:1/v1", "--out", "r.jsonl")
    command = start(folder, "p.md", "--scenarios", "s.csv", *given, path=f"{slow}{os.pathsep}{ROOT}")
    took_s, said = interrupt(command, folder / "begun")
    assert took_s < 3
    assert said == "Stopped: 0 of 2 lines are in r.jsonl.\n"


def test_the_embedded_model_answers_without_a_database_and_costs_nothing(folder: Path) -> None:
    command = start(folder, "p.md", "--scenarios", "s.csv", "--max-tokens", "8", "--out", "r.jsonl")
    said, complained = command.communicate(timeout=300)
    assert command.returncode == 0, complained
    assert complained == ""
    assert "2 of 2 responses" in said
    assert [line["cost_usd"] for line in lines("r.jsonl")] == [0.0, 0.0]
    assert lines("r.jsonl")[0]["model"] == "embedded/SmolLM2-135M-Instruct"


def test_running_loads_nothing_of_the_database_and_nothing_of_streamlit() -> None:
    code = (
        "import sys; from lib.cli import build_parser; build_parser('run'); "
        "print([name for name in sys.modules if name in ('psycopg', 'streamlit', 'litellm', 'xllamacpp')])"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_every_command_has_help_worth_reading(capsys: pytest.CaptureFixture[str]) -> None:
    help_text = build_parser().format_help()
    for command in ("run", "migrate", "stop", "doctor", "export", "link"):
        assert f"    {command} " in help_text
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert len(capsys.readouterr().out) > 200


def test_no_command_and_an_unknown_one_say_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    for given in ([], ["vote"]):
        with pytest.raises(SystemExit) as ended:
            main(given)
        assert ended.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
