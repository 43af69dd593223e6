"""The agenda of a workshop: steps with a stage and a time, and what those who lead did last."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from lib.domain.ids import PersonId, StepId
from lib.domain.workshop import Stage

MAX_STEPS: Final = 60
MAX_TITLE_CHARS: Final = 100
MAX_NOTE_CHARS: Final = 1_000
MAX_MINUTES: Final = 600


@dataclass(frozen=True)
class Step:
    step_id: StepId
    stage: Stage
    title: str
    minutes: float
    note: str = ""
    """For those who lead; empty for everyone else."""


class ActKind(StrEnum):
    """What was done to the room or to the workshop's settings. Each can be taken back."""

    STAGE = "stage"
    TIMER = "timer"
    TIMER_STOPPED = "timer_stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    STEP = "step"
    ENDED = "ended"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    CALL = "call"
    CALL_ENDED = "call_ended"
    SPOTLIGHT = "spotlight"
    SPOTLIGHT_ENDED = "spotlight_ended"
    TITLE = "title"
    BRIEF = "brief"
    MODEL = "model"
    LIMITS = "limits"
    CODE_OPENED = "code_opened"
    CODE_CLOSED = "code_closed"


@dataclass(frozen=True)
class RoomAct:
    """The last act of those who lead. `detail` is a title, a stage or a number of seconds, by its kind."""

    act_id: str
    what: ActKind
    detail: str
    by: str
    at: datetime


@dataclass(frozen=True)
class AgendaChange:
    """The change that an undo takes back: whose it is, None if they left, and the steps before it."""

    by: str
    by_person: PersonId | None
    before: tuple[Step, ...]


@dataclass(frozen=True)
class Agenda:
    """The steps in order, and which of them is under way. `last_act` and `last_change` are for those who lead."""

    revision: int
    steps: tuple[Step, ...]
    step_id: StepId | None
    step_at: datetime | None
    last_change: AgendaChange | None
    last_act: RoomAct | None

    @property
    def current(self) -> Step | None:
        """The step that is under way."""
        return next((one for one in self.steps if one.step_id == self.step_id), None)

    @property
    def following(self) -> Step | None:
        """The step after the one that is under way, the first one before the start; None at the end."""
        place = self._place()
        return self.steps[place + 1] if place + 1 < len(self.steps) else None

    def _place(self) -> int:
        return next((n for n, one in enumerate(self.steps) if one.step_id == self.step_id), -1)


def total_minutes(steps: tuple[Step, ...]) -> float:
    """How long the steps take together."""
    return sum(one.minutes for one in steps)


def beginnings(agenda: Agenda, now: datetime, left_s: float | None) -> dict[StepId, datetime]:
    """When each step that lies ahead would begin, if the present one takes what is left on the timer.

    Without a step under way the first one would begin now. Steps that are over, and the present one, are not in it.
    """
    current = agenda.current
    place = agenda.steps.index(current) if current else -1
    moment = now + timedelta(seconds=max(0.0, left_s or 0.0) if current else 0.0)
    found = {}
    for step in agenda.steps[place + 1 :]:
        found[step.step_id] = moment
        moment += timedelta(minutes=step.minutes)
    return found


def with_step(steps: tuple[Step, ...], step: Step, after: StepId | None) -> tuple[Step, ...]:
    """The steps with one more behind another; at the end if that one is not there."""
    place = next((n + 1 for n, one in enumerate(steps) if one.step_id == after), len(steps))
    return (*steps[:place], step, *steps[place:])


def without_step(steps: tuple[Step, ...], step: StepId) -> tuple[Step, ...]:
    """The steps without this one."""
    return tuple(one for one in steps if one.step_id != step)


def with_changed(steps: tuple[Step, ...], changed: Step) -> tuple[Step, ...]:
    """The steps with this one as it reads now."""
    return tuple(changed if one.step_id == changed.step_id else one for one in steps)


CHANGEABLE: Final = ("title", "minutes", "stage", "note")
"""What of a step two people can change apart from each other."""


def with_own_changes(now: Step, seen: Step, mine: Step) -> Step:
    """What a step becomes for whoever saw `seen` and made `mine` of it: what they left alone is as it is `now`.

    >>> seen = Step(StepId("1"), Stage.DRAFT, "Write", 10)
    >>> with_own_changes(replace(seen, title="Talk"), seen, replace(seen, minutes=5)).title
    'Talk'
    """
    own: dict[str, Any] = {name: getattr(mine, name) for name in _changed(seen, mine)}
    return replace(now, **own)


def clashes(now: Step, seen: Step, mine: Step) -> tuple[str, ...]:
    """What of a step both this person and others changed since `seen`, and not to the same."""
    both = [name for name in _changed(seen, mine) if name in _changed(seen, now)]
    return tuple(name for name in both if name in _changed(now, mine))


def _changed(before: Step, after: Step) -> list[str]:
    return [name for name in CHANGEABLE if getattr(before, name) != getattr(after, name)]


def moved(steps: tuple[Step, ...], step: StepId, places: int) -> tuple[Step, ...]:
    """The steps with one of them so many places later, or earlier with a negative number, as far as there are any."""
    at = next((n for n, one in enumerate(steps) if one.step_id == step), None)
    if at is None:
        return steps
    rest = [*steps[:at], *steps[at + 1 :]]
    rest.insert(min(max(at + places, 0), len(rest)), steps[at])
    return tuple(rest)


def fresh(steps: tuple[Step, ...], new_id: Callable[[], StepId]) -> tuple[Step, ...]:
    """The same steps under new ids, such as those of a ready-made plan."""
    return tuple(replace(one, step_id=new_id()) for one in steps)
