"""A backup: one file of JSON lines that holds workshops as the database does, secrets and all.

The first line says what follows and how much of it, so that a file that was cut off or changed is known at once.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from lib.domain.errors import ValidationFailed
from lib.store.moving.measure import Measure, Measures
from lib.store.moving.rows import Row

FORMAT: Final = "folkmoot-backup"
FORMAT_VERSION: Final = 1


@dataclass(frozen=True)
class Kept:
    """One workshop of a backup. Once it was read: the first byte of its rows, and the number of their first line."""

    workshop_id: str
    title: str
    measures: Measures
    begins_at: int = 0
    first_line: int = 0

    @property
    def rows(self) -> int:
        """How many lines it has."""
        return sum(measured.rows for measured in self.measures.values())


@dataclass(frozen=True)
class Backup:
    """What the first line of a file says."""

    schema_version: str
    made_at: str
    workshops: tuple[Kept, ...]


def read_backup(path: Path) -> Backup:
    """What a file holds, after every line of it was looked at.

    Raises:
        ValidationFailed: it is no backup, or not whole; with the number of the line.
    """
    with path.open("rb") as file:
        backup = _read_header(path, file.readline())
        line_number = 1
        found = []
        for kept in backup.workshops:
            begins_at, first_line = file.tell(), line_number + 1
            counts: dict[str, int] = {}
            for _ in range(kept.rows):
                line_number += 1
                row = _row(path, line_number, file.readline(), kept)
                counts[row.table] = counts.get(row.table, 0) + 1
            if counts != {name: measured.rows for name, measured in kept.measures.items()}:
                raise _spoilt(
                    path, line_number, f"ends the rows of {kept.workshop_id}, and its tables are not as announced"
                )
            found.append(Kept(kept.workshop_id, kept.title, kept.measures, begins_at, first_line))
        if file.readline():
            raise _spoilt(path, line_number + 1, "follows the last row that the first line announces")
    return Backup(backup.schema_version, backup.made_at, tuple(found))


def rows_of(path: Path, kept: Kept) -> Iterator[Row]:
    """The rows of one workshop, from a backup that `read_backup` looked at."""
    with path.open("rb") as file:
        file.seek(kept.begins_at)
        for line_number in range(kept.first_line, kept.first_line + kept.rows):
            yield _row(path, line_number, file.readline(), kept)


@contextmanager
def new_file(out: Path) -> Iterator[IO[str]]:
    """A file for this account alone, which bears its name only once it is whole."""
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        if out.exists():
            raise ValidationFailed(f"{out} was made by somebody else meanwhile. Give --out a new name.")
        partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)


def header_line(backup: Backup) -> str:
    """The first line of a backup."""
    said = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "schema_version": backup.schema_version,
        "made_at": backup.made_at,
        "workshops": [
            {
                "workshop_id": kept.workshop_id,
                "title": kept.title,
                "tables": {name: asdict(measured) for name, measured in kept.measures.items()},
            }
            for kept in backup.workshops
        ],
    }
    return json.dumps(said, ensure_ascii=False) + "\n"


def _read_header(path: Path, line: bytes) -> Backup:
    try:
        said = json.loads(line)
        if said["format"] != FORMAT:
            raise KeyError(FORMAT)
        if said["format_version"] != FORMAT_VERSION:
            raise ValidationFailed(f"{path} was made by a newer Folkmoot. Update Folkmoot, then restore.")
        workshops = tuple(_announced(entry) for entry in said["workshops"])
        return Backup(str(said["schema_version"]), str(said["made_at"]), workshops)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValidationFailed(
            f"{path} is no backup of Folkmoot: its first line does not say what follows. Files of `export` cannot be "
            "restored; use one that `backup` wrote."
        ) from None


def _announced(entry: dict[str, Any]) -> Kept:
    tables = {str(name): Measure(**measured) for name, measured in entry["tables"].items()}
    for measured in tables.values():
        numbers = (measured.rows, measured.first or 0, measured.last or 0)
        if not all(type(number) is int for number in numbers) or not isinstance(measured.sha256, str):
            raise TypeError
    return Kept(str(UUID(entry["workshop_id"])), str(entry["title"]), tables)


def _start(workshop_id: str, table: str) -> str:
    return f'{{"workshop": {json.dumps(workshop_id)}, "table": {json.dumps(table)}, "row": '


def row_line(workshop_id: str, row: Row) -> str:
    """The line of one row, with its own text in it."""
    return f"{_start(workshop_id, row.table)}{row.text}}}\n"


def _row(path: Path, line_number: int, line: bytes, kept: Kept) -> Row:
    """The row of a line. Its own text is kept: Python would round its numbers."""
    if not line:
        raise _spoilt(path, line_number, f"is missing: {kept.workshop_id} has {kept.rows} rows. The file was cut off")
    if not line.endswith(b"\n"):
        raise _spoilt(path, line_number, "is cut off in its middle")
    try:
        text = line.decode("utf-8").rstrip("\n")
        said = json.loads(text)
        start = _start(said["workshop"], said["table"])
    except (ValueError, KeyError, TypeError):
        raise _spoilt(path, line_number, "is no row of a backup") from None
    if not text.startswith(start) or said["workshop"] != kept.workshop_id or said["table"] not in kept.measures:
        raise _spoilt(path, line_number, f"is no row of workshop {kept.workshop_id}, which should stand here")
    return Row(said["table"], text[len(start) : -1])


def _spoilt(path: Path, line_number: int, why: str) -> ValidationFailed:
    return ValidationFailed(f"{path}: line {line_number} {why}. Nothing was restored; use another copy of the file.")
