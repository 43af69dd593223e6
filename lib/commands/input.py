"""What the command `run` reads: policies, scenarios, numbers. Every problem is one sentence with the way out."""

import argparse
import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lib.domain.errors import ValidationFailed
from lib.domain.ids import ResponseId, RunId, WorkshopId
from lib.domain.policy import MAX_POLICY_CHARS
from lib.domain.runs import Cell
from lib.domain.workshop import ModelChoice

Turns = tuple[dict[str, str], ...]

MOST_SCENARIO_CHARS: Final = 100_000
CSV_DELIMITERS: Final = (",", ";")


@dataclass(frozen=True)
class CommandScenario:
    """A scenario of a file."""

    scenario_id: str
    turns: Turns


@dataclass(frozen=True)
class Job:
    """One cell, and what its line in the results is named by."""

    policy: str | None
    scenario_id: str
    sample: int
    cell: Cell

    @staticmethod
    def make(
        policy: str | None, text: str | None, scenario: CommandScenario, sample: int, choice: ModelChoice, tokens: int
    ) -> "Job":
        """The job for one policy (None = baseline), scenario and sample. The seed depends on the latter two only."""
        seed = int.from_bytes(hashlib.sha256(f"{scenario.scenario_id}/{sample}".encode()).digest()[:3])
        cell = Cell(
            response_id=ResponseId(json.dumps([policy, scenario.scenario_id, sample])),
            run_id=RunId("run"),
            workshop_id=WorkshopId(""),
            policy_text=text,
            turns=scenario.turns,
            model=choice.model,
            api_base=choice.api_base,
            params={"max_tokens": tokens},
            seed=seed,
            is_question=False,
        )
        return Job(policy, scenario.scenario_id, sample, cell)


def whole_number(text: str) -> int:
    """A number from 1 to 100,000."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"“{text[:40]}” is not a whole number from 1 to 100,000")
    return int(text)


def check_out(out: str, overwrite: bool, inputs: Sequence[str]) -> Path:
    """The file to write, if it may be written.

    Raises:
        ValidationFailed: it exists, is an input, or has no folder.
    """
    path = Path(out)
    if path.is_dir():
        raise ValidationFailed(f"{out} is a folder. Give the name of a file as --out.")
    if path.exists() and any(Path(name).resolve() == path.resolve() for name in inputs):
        raise ValidationFailed(f"{out} is also read. Choose another --out.")
    if path.exists() and not overwrite:
        raise ValidationFailed(f"{out} exists. Choose another --out, or add --overwrite to replace it.")
    if not path.parent.is_dir():
        raise ValidationFailed(f"The folder {path.parent} of --out does not exist. Make it first.")
    return path


def read_policies(paths: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Each policy's path as given, with its text.

    Raises:
        ValidationFailed: a file cannot be read, is empty, too long, or named twice.
    """
    policies: list[tuple[str | None, str | None]] = []
    seen: set[Path] = set()
    for name in paths:
        text = _read(Path(name))
        if len(text) > MAX_POLICY_CHARS:
            raise ValidationFailed(
                f"{name} has {len(text):,} characters; a policy may have {MAX_POLICY_CHARS:,}. Shorten it."
            )
        if Path(name).resolve() in seen:
            raise ValidationFailed(f"{name} is given twice. Name each policy once.")
        seen.add(Path(name).resolve())
        policies.append((name, text))
    return policies


def read_scenarios(path: Path) -> list[CommandScenario]:
    """The scenarios of a .csv or .jsonl file, in its order.

    Raises:
        ValidationFailed: what is wrong, with the row or line.
    """
    readers = {".csv": _from_csv, ".jsonl": _from_jsonl, ".ndjson": _from_jsonl}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ValidationFailed(f"{path} is neither .csv nor .jsonl. Save the scenarios in one of these formats.")
    text = _read(path)
    scenarios: list[CommandScenario] = []
    seen: set[str] = set()
    for scenario in reader(path, text):
        if scenario.scenario_id in seen:
            raise ValidationFailed(f"{path} has the id “{scenario.scenario_id}” twice. Give every scenario its own id.")
        seen.add(scenario.scenario_id)
        scenarios.append(scenario)
    if not scenarios:
        raise ValidationFailed(f"{path} has no scenarios. Add at least one.")
    return scenarios


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValidationFailed(f"{path} does not exist. Check the path.") from None
    except UnicodeDecodeError:
        raise ValidationFailed(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as problem:
        raise ValidationFailed(f"{path} cannot be read ({problem.strerror}). Check the path and its rights.") from None
    if not text.strip():
        raise ValidationFailed(f"{path} is empty. Write something into it first.")
    return text


def _from_csv(path: Path, text: str) -> Iterator[CommandScenario]:
    csv.field_size_limit(10_000_000)
    for delimiter in CSV_DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            if "scenario" not in header:
                continue
            repeated = [name for name in ("scenario", "id") if header.count(name) > 1]
            if repeated:
                raise ValidationFailed(f"{path} has two columns `{repeated[0]}`. Keep one.")
            filled = [row for row in rows if any(cell.strip() for cell in row)]
        except csv.Error as problem:
            raise ValidationFailed(f"{path} cannot be read as CSV near line {rows.line_num}: {problem}.") from None
        for number, row in enumerate(filled, start=1):
            if len(row) > len(header):
                raise ValidationFailed(
                    f"{path}, row {number}, has more cells than the header. Put quotes around text with a {delimiter}"
                )
            cells = dict(zip(header, row, strict=False))
            content = cells.get("scenario", "")
            yield CommandScenario(
                cells.get("id", "").strip() or str(number), _user_turn(content, f"{path}, row {number}")
            )
        return
    raise ValidationFailed(
        f"{path} has no column `scenario`. Its first line must name the columns, such as id,scenario."
    )


def _from_jsonl(path: Path, text: str) -> Iterator[CommandScenario]:
    number = 0
    # Only line feeds end a line: JSON strings may hold the other separators that splitlines() knows.
    for line_number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        number += 1
        where = f"{path}, line {line_number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise ValidationFailed(f"{where}, is not JSON. Write one object a line.") from None
        if not isinstance(row, dict):
            raise ValidationFailed(f'{where}, is not an object such as {{"id": "a", "scenario": "…"}}.')
        if ("scenario" in row) == ("turns" in row):
            raise ValidationFailed(f"{where}, must have either `scenario` or `turns`.")
        yield CommandScenario(
            _id(row.get("id"), number, where),
            _turns(row["turns"], where) if "turns" in row else _user_turn(row["scenario"], where),
        )


def _id(value: Any, number: int, where: str) -> str:
    if value is None or value == "":
        return str(number)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValidationFailed(f"{where}: the id must be text or a whole number.")
    return str(value).strip()


def _user_turn(content: Any, where: str) -> Turns:
    return ({"role": "user", "content": _content(content, where)},)


def _turns(value: Any, where: str) -> Turns:
    if not isinstance(value, list) or not value:
        raise ValidationFailed(f"{where}: `turns` must be a list with at least one turn.")
    turns: list[dict[str, str]] = []
    for turn in value:
        if not isinstance(turn, dict) or turn.get("role") not in ("user", "assistant"):
            raise ValidationFailed(f"{where}: each turn needs a `role`, user or assistant, and a `content`.")
        turns.append({"role": turn["role"], "content": _content(turn.get("content"), where)})
    if turns[-1]["role"] != "user":
        raise ValidationFailed(f"{where}: the last turn must be the user's, which the model answers.")
    return tuple(turns)


def _content(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValidationFailed(f"{where}: the scenario is empty.")
    if len(value) > MOST_SCENARIO_CHARS:
        raise ValidationFailed(f"{where}: the scenario has more than {MOST_SCENARIO_CHARS:,} characters. Shorten it.")
    return value
