"""What a browser may complain about: nothing, but for the short list in known_findings.json."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KNOWN_FILE = Path(__file__).with_name("known_findings.json")
SERIOUS = {"serious", "critical"}


@dataclass(frozen=True)
class Known:
    """A finding that is not ours to mend. `kind` is "console" or the id of an axe rule; `matches` is searched in it."""

    kind: str
    matches: str
    reason: str
    upstream: str
    alternative: str


def known_findings() -> tuple[Known, ...]:
    """The short list. Every entry has all its fields."""
    return tuple(Known(**entry) for entry in json.loads(KNOWN_FILE.read_text(encoding="utf-8")))


def is_known(kind: str, text: str) -> bool:
    """Whether a finding is on the short list."""
    return any(known.kind == kind and re.search(known.matches, text) for known in known_findings())


def serious_findings(violations: list[dict[str, Any]]) -> list[str]:
    """What axe-core found that is serious or worse and not on the list, a line for each element."""
    found = []
    for violation in violations:
        if violation["impact"] not in SERIOUS:
            continue
        for node in violation["nodes"]:
            text = f"{node['target']} {node['html'][:300]}"
            if not is_known(violation["id"], text):
                found.append(f"axe {violation['id']} ({violation['impact']}): {violation['help']}: {text}")
    return found
