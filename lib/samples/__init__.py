"""Ready-made workshops: a title, a brief, a starter policy of rough clauses, and scenarios."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lib.domain.scenarios import Turn
from lib.services.workshops import Starter, StarterScenario

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """A ready-made workshop under the name by which it is chosen."""

    name: str
    summary: str
    starter: Starter


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, by name."""
    return tuple(_read(folder) for folder in sorted(_FOLDER.iterdir()) if (folder / "workshop.json").exists())


def _read(folder: Path) -> Sample:
    given = json.loads((folder / "workshop.json").read_text("utf-8"))
    scenarios = tuple(
        StarterScenario(scenario["title"], tuple(Turn(**turn) for turn in scenario["turns"]))
        for scenario in given["scenarios"]
    )
    policy = (folder / "policy.md").read_text("utf-8")
    return Sample(folder.name, given["summary"], Starter(given["title"], given["brief"], policy, scenarios))
