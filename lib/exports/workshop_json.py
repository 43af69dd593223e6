"""The workshop as its asker may see it, as one JSON text with a stable order of keys."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

SECRET_KEYS = frozenset(
    {
        "api_key",
        "facilitator_hash",
        "join_code",
        "link",
        "organizer_hash",
        "password",
        "secret",
        "token",
        "token_hash",
        "tokens",
    }
)
"""Names under which a secret would stand. What people wrote is text under other names and is not judged."""

REQUIRED_KEYS = ("format", "format_version", "workshop", "policy", "versions", "rounds", "withheld")


class UnsafeExport(Exception):
    """The export holds something that must not leave, or lacks what makes it readable. A fault of the program."""


def workshop_json(export: Mapping[str, Any], *, secrets: tuple[str, ...] = ()) -> str:
    """The export as indented JSON, keys sorted, in UTF-8 without escapes.

    `secrets` are values, such as the asker's own token hash, that may stand nowhere as a whole value.

    Raises:
        UnsafeExport: a key or value is a secret, an unrevealed round holds votes, or a part is missing. The message
            names the place, never the value.
    """
    missing = [key for key in REQUIRED_KEYS if key not in export]
    if missing:
        raise UnsafeExport(f"The export lacks {', '.join(missing)}.")
    _check_rounds(export["rounds"])
    _check_withheld(export["withheld"])
    for place, key, value in _leaves(export):
        if key in SECRET_KEYS or (isinstance(value, str) and value in secrets):
            raise UnsafeExport(f"The export holds a secret at {place}.")
    return json.dumps(export, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _check_rounds(rounds: list[Mapping[str, Any]]) -> None:
    for entry in rounds:
        if entry.get("status") != "revealed" and (entry.get("votes") or entry.get("my_votes")):
            raise UnsafeExport(f"The export holds votes of round {entry.get('number')}, which is not revealed.")


def _check_withheld(withheld: list[Mapping[str, Any]]) -> None:
    if not withheld or not all(entry.get("what") and entry.get("why") for entry in withheld):
        raise UnsafeExport("The export does not say what is withheld and why.")


def _leaves(value: Any, place: str = "$", key: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every value that holds no others, with its place and the key it stands under (also for empty containers)."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}.{name}", str(name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{place}[{index}]", key)
    else:
        yield place, key, value
