"""CSV that opens in a spreadsheet as what it is: text, never a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Without it a spreadsheet program on Windows reads UTF-8 as something else."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell (OWASP, "CSV Injection")."""

Cell = str | int | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A CSV (RFC 4180) with a byte order mark for UTF-8. None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()


def _guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would run gets an apostrophe before it, which spreadsheets read as "this is text"."""
    if isinstance(cell, str) and cell.lstrip("\n ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
