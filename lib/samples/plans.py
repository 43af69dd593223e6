"""Ready-made agendas: draft, test, vote and review, once in an hour and twice in ninety minutes."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from lib.domain.agenda import Step, fresh
from lib.domain.ids import StepId
from lib.domain.workshop import Stage


@dataclass(frozen=True)
class Plan:
    """A ready-made agenda under the name by which it is chosen. Its steps have no ids yet."""

    name: str
    summary: str
    steps: tuple[Step, ...]


def _step(stage: Stage, minutes: int, title: str, note: str) -> Step:
    return Step(StepId(""), stage, title, minutes, note)


WELCOME: Final = _step(
    Stage.DRAFT, 5, "Welcome", "Say what the policy is for, who will read it, and that rough wording is fine."
)
WRITE: Final = _step(
    Stage.DRAFT,
    12,
    "Write rough clauses",
    "One rule a clause. Nobody polishes. Publish a version before you go on, so that it can be tested and voted on.",
)
TRY: Final = _step(
    Stage.TEST,
    10,
    "Try them on scenarios",
    "Run the version on all scenarios for everyone. Each reads two responses and marks the clauses they touch.",
)
VOTE: Final = _step(
    Stage.VOTE,
    8,
    "Vote on what the model did",
    "Open a round on a few responses or clauses. Close it, then reveal it: two acts.",
)
TALK: Final = _step(
    Stage.REVIEW,
    10,
    "Talk about where you differ",
    "Begin with the most contested item. Ask one person of each side. Write decisions down as they are taken.",
)
MEND: Final = _step(
    Stage.DRAFT, 10, "Mend the clauses", "Reword what was misread, and add what was missing. Publish again."
)
CLOSE: Final = _step(
    Stage.REVIEW,
    5,
    "Decide and close",
    "Read the decisions out. Whoever dissents says so themselves. Take the files away.",
)

HOUR: Final = Plan(
    "60 minutes", "Draft, test, vote, review, and mend once.", (WELCOME, WRITE, TRY, VOTE, TALK, MEND, CLOSE)
)
NINETY: Final = Plan(
    "90 minutes",
    "The whole loop twice: draft, test, vote, review.",
    (
        WELCOME,
        _step(Stage.DRAFT, 15, WRITE.title, WRITE.note),
        TRY,
        VOTE,
        TALK,
        _step(Stage.DRAFT, 12, MEND.title, MEND.note),
        _step(Stage.TEST, 9, "Try the new version", "The same scenarios again: what does the model do otherwise now?"),
        _step(Stage.VOTE, 7, "Vote again", "The same items as before, where you can: then the two rounds compare."),
        _step(Stage.REVIEW, 8, "What has changed", "Compare the two rounds, then what nothing has touched yet."),
        _step(Stage.REVIEW, 6, CLOSE.title, CLOSE.note),
    ),
)
PLANS: Final = (HOUR, NINETY)


def fresh_plan(plan: Plan) -> tuple[Step, ...]:
    """The steps of a ready-made plan, as steps of a workshop's own."""
    return fresh(plan.steps, lambda: StepId(str(uuid4())))
