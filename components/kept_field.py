"""Fields for somebody who is nobody yet: the text stays in their browser alone, and a reload brings it back there."""

from collections.abc import Sequence
from typing import Any

from components.draft_field import Submission, clear_pressed, pressed, reported

NOBODY = "lobby"


def kept_field(
    *,
    label: str,
    field: str,
    who_sees: str,
    initial: str = "",
    max_chars: int = 2_000,
    height: int = 120,
    single_line: bool = False,
) -> str:
    """The text of a field, as it stood when its writer paused or left it."""
    data = _data(label, field, who_sees, max_chars, single_line) | {"initial": initial, "height": height}
    report = reported(f"kept_field:{field}", data)
    return initial if report is None else report.text


def kept_line(
    *,
    label: str,
    field: str,
    actions: Sequence[tuple[str, str]],
    who_sees: str = "",
    max_chars: int = 200,
    placeholder: str = "",
) -> Submission | None:
    """One line with buttons of its own; gives what was handed over in this run, or None. It can be empty."""
    data = _data(label, field, who_sees, max_chars, single_line=True)
    data |= {"actions": [list(action) for action in actions], "placeholder": placeholder}
    return pressed(NOBODY, field, f"kept_line:{field}", data)


def clear_line(field: str) -> None:
    """Empty the line after its text was taken."""
    clear_pressed(NOBODY, field)


def kept_names(group: str) -> str:
    """The beginning of the names under which the browser keeps the fields `group:…`, for `enter_browser` to forget."""
    return f"folkmoot:draft:lobby::{group}:"


def _data(label: str, field: str, who_sees: str, max_chars: int, single_line: bool) -> dict[str, Any]:
    return {
        "workshop": "lobby",
        "role": "",
        "person": "",
        "field": field,
        "label": label,
        "who_sees": who_sees,
        "initial": "",
        "max_chars": max_chars,
        "height": 0,
        "placeholder": "",
        "single_line": single_line,
        "allow_empty": True,
        "local_only": True,
    }
