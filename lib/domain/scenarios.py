"""Scenarios: turns of a conversation that a policy is tested on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lib.domain.ids import PersonId, ScenarioId

MAX_SCENARIO_CHARS = 8_000


@dataclass(frozen=True)
class Turn:
    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True)
class Scenario:
    """`number` is its label (shown as S3), given when it is shared; None while private to its maker.

    `turns` ends with a user turn, which the model answers. Immutable once made.
    """

    scenario_id: ScenarioId
    number: int | None
    title: str
    turns: tuple[Turn, ...]
    made_by: PersonId
    made_by_name: str
    is_shared: bool
    is_withdrawn: bool
    created_at: datetime
    is_hidden: bool = False
    """Whether only facilitators read it; others read a placeholder."""
