"""The agenda in words: times, steps, and what was done last."""

from components.texts import STAGE_NAMES, counted, quoted
from lib.domain.agenda import ActKind, Agenda, RoomAct, Step
from lib.domain.workshop import Stage

_ACTS = {
    ActKind.STAGE: "moved the group to {detail}",
    ActKind.TIMER: "started a countdown",
    ActKind.TIMER_STOPPED: "took the countdown away",
    ActKind.PAUSED: "paused the countdown",
    ActKind.RESUMED: "let the countdown go on",
    ActKind.EXTENDED: "changed the countdown by {detail}",
    ActKind.STEP: "went on to {detail}",
    ActKind.ENDED: "ended the agenda",
    ActKind.LOCKED: "locked the policy",
    ActKind.UNLOCKED: "opened the policy",
    ActKind.CALL: "called everyone to {detail}",
    ActKind.CALL_ENDED: "took back the call",
    ActKind.SPOTLIGHT: "put {detail} in the spotlight",
    ActKind.SPOTLIGHT_ENDED: "took the spotlight away",
    ActKind.TITLE: "changed the workshop's title",
    ActKind.BRIEF: "changed the brief",
    ActKind.MODEL: "chose another model",
    ActKind.LIMITS: "changed the limits of model calls",
    ActKind.CODE_OPENED: "opened the join code",
    ActKind.CODE_CLOSED: "closed the join code",
}


def minutes_words(minutes: float) -> str:
    """A length of time as people say it.

    >>> minutes_words(12), minutes_words(0.5), minutes_words(90)
    ('12 min', '0.5 min', '90 min')
    """
    return f"{minutes:g} min"


def total_words(minutes: float) -> str:
    """How long an agenda takes.

    >>> total_words(60), total_words(95), total_words(20)
    ('1 h', '1 h 35 min', '20 min')
    """
    hours, rest = divmod(round(minutes), 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )


def act_words(act: RoomAct) -> str:
    """What somebody did last, as the end of "Undo: Fay …"."""
    return _ACTS[act.what].format(detail=_detail(act))


def change_words(before: tuple[Step, ...], steps: tuple[Step, ...]) -> str:
    """What somebody made of the steps of before, as the end of "Undo the last change: Fay …"."""
    was, now = ({one.step_id: one for one in given} for given in (before, steps))
    added = [one for one in steps if one.step_id not in was]
    removed = [one for one in before if one.step_id not in now]
    changed = [one for one in steps if one.step_id in was and one != was[one.step_id]]
    match added, removed, changed:
        case [step], [], []:
            return f"added {quoted(step.title)}"
        case [], [step], []:
            return f"removed {quoted(step.title)}"
        case [], [], [step]:
            return f"changed {quoted(step.title)}"
        case [], [], []:
            return "put the steps in another order"
    if not before or not steps:
        return "cleared the agenda" if before else "filled the agenda"
    return "changed the agenda"


def words_that_go(before: tuple[Step, ...], steps: tuple[Step, ...]) -> str:
    """Which titles and notes are gone once the steps are as before, each with the number of its step."""
    was = {one.step_id: one for one in before}
    gone = []
    for number, step in enumerate(steps, 1):
        former = was.get(step.step_id)
        is_titled = former is None or step.title != former.title
        is_noted = bool(step.note) and (former is None or step.note != former.note)
        if is_titled or is_noted:
            gone.append(f"{number}. {step.title}" + (f"\nNote: {step.note}" if is_noted else ""))
    return "\n\n".join(gone)


def place_words(agenda: Agenda) -> str:
    """Where the group is in the agenda, such as "Step 2 of 7"."""
    current = agenda.current
    if current is None:
        return f"{counted(len(agenda.steps), 'step')}, none under way"
    return f"Step {agenda.steps.index(current) + 1} of {len(agenda.steps)}"


def _detail(act: RoomAct) -> str:
    if act.what in (ActKind.STAGE, ActKind.CALL) and act.detail in [*Stage]:
        return STAGE_NAMES[Stage(act.detail)]
    if act.what is ActKind.EXTENDED:
        return f"{float(act.detail) / 60:+g} min"
    return quoted(act.detail)
