"""What is under way: the step, the time, and the one press that goes on. All of it can be taken back."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from components.agenda_words import act_words, minutes_words, place_words
from components.ask_first import ask_first
from components.console_agenda_write import write_steps
from components.console_timer import draw_timer_acts
from components.countdown import draw_countdown
from components.frame import Page
from components.pulse import live_fragment
from components.steady_words import steady_words
from components.texts import STAGE_ICONS, STAGE_NAMES, escape
from lib.domain.agenda import ActKind, Agenda, RoomAct, Step
from lib.domain.errors import FolkmootError
from lib.domain.workshop import Place, Stage, Topic, Workshop
from lib.samples.plans import PLANS, fresh_plan
from lib.services import agenda as agendas
from lib.services import testing

NO_AGENDA: Final = (
    "No agenda yet. Take a ready-made plan and change it as you like: nobody sees it before you start it. Or lead "
    "without one."
)
NONE_UNDER_WAY: Final = "Start it when the group is ready: nobody sees it before. Or lead without it."
WRITTEN: dict[ActKind, Callable[[Workshop], str]] = {
    ActKind.TITLE: lambda workshop: workshop.title,
    ActKind.BRIEF: lambda workshop: workshop.brief,
}
"""The words that are there after such an act."""


@live_fragment(Topic.PLACE, Topic.CALL)
def draw_now(page: Page) -> None:
    """Where the group is in its agenda, with the acts of the moment. Nothing that anybody types stands in here.

    From the plan's start to its end no press moves another button of it, nor what stands below, as long as titles and
    the words of what can be undone take one line.
    """
    try:
        workshop = page.read(Place, "read_place").workshop
        agenda = page.read(Agenda, "read_agenda")
    except FolkmootError:
        return  # The live strip says what is the matter.
    with st.container(border=True, key="now"):
        _draw_step(agenda, workshop, in_a_row=not page.is_narrow)
        _draw_next(page, agenda)
        draw_timer_acts(page, workshop)
        _draw_undo(page, agenda, workshop)


def _draw_step(agenda: Agenda, workshop: Workshop, *, in_a_row: bool) -> None:
    current = agenda.current
    # Where the time would not fit beside some of the titles it stands below all of them.
    with st.container(horizontal=in_a_row, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        if current is None:
            st.markdown(place_words(agenda) if agenda.steps else NO_AGENDA, width="content")
        else:
            title = f"**{place_words(agenda)}: {escape(current.title)}**"
            st.markdown(f"{STAGE_ICONS[current.stage]} {title}", width="content")
        is_steps_own = current is not None and current.title == workshop.timer_label
        draw_countdown(workshop, key="countdown_now", label="" if is_steps_own else workshop.timer_label)
        if not in_a_row and workshop.timer_ends_at is None and workshop.timer_left_s is None:
            st.markdown("No countdown runs.")
    if agenda.steps:
        may_come = [_words_of(step, stage) for step in agenda.steps for stage in (step.stage, *Stage)]
        now = _words_of(current, workshop.stage) if current is not None else NONE_UNDER_WAY
        steady_words(now, NONE_UNDER_WAY, *may_come, key="step")


def _words_of(step: Step, stage: Stage) -> str:
    """What the step's note says, and where the group is meanwhile, if it is not at the step's stage."""
    moved = f":material/info: The group was moved to {STAGE_NAMES[stage]} meanwhile."
    return escape(step.note) if stage is step.stage else f"{moved} {escape(step.note)}".strip()


def _draw_next(page: Page, agenda: Agenda) -> None:
    if not agenda.steps:
        _draw_plans(page, agenda)
        return
    following, seen = agenda.following, agenda.step_id
    if following is not None:
        verb = "Go on to" if seen else "Start the agenda:"
        label = f"{verb} {escape(following.title)} · {minutes_words(following.minutes)}"
        done = f"The group is now at {STAGE_NAMES[following.stage]}, for {minutes_words(following.minutes)}."
    else:
        label, done = "End the agenda", "The agenda is ended."
    step = following.step_id if following else None
    # The key names both steps: a press that comes late goes on only once, and nowhere else than it said.
    key = f"next_{seen}_{step or 'end'}"
    if st.button(label, key=key, type="primary", icon=":material/arrow_forward:", width="stretch"):
        with page.feedback(done):
            agendas.go_to_step(page.store, page.credential, seen=seen, step=step)


def _draw_plans(page: Page, agenda: Agenda) -> None:
    with st.container(horizontal=True, gap="small", key="plans"):
        for plan in PLANS:
            label, icon = f"Plan of {plan.name}", ":material/event_note:"
            if st.button(label, key=f"plan_{plan.name}", icon=icon, help=plan.summary):
                with page.feedback(f"The plan of {plan.name} is there. Start it when the group is ready."):
                    write_steps(page, agenda, fresh_plan(plan))


def _draw_undo(page: Page, agenda: Agenda, workshop: Workshop) -> None:
    act = agenda.last_act
    if act is None:
        st.button("Nothing to undo yet", key="undo_nothing", icon=":material/undo:", type="tertiary", disabled=True)
    elif _is_taken_back(act, workshop):
        with page.feedback("All is as it was before."):
            agendas.undo_act(page.store, page.credential, act.act_id)
            if act.what is ActKind.LIMITS:
                testing.resume_runs_that_waited(page.store, page.app.engine, page.credential)


def _is_taken_back(act: RoomAct, workshop: Workshop) -> bool:
    """Whether somebody has just taken it back. Where words that somebody wrote would go, it asks, and shows them."""
    label, key, icon = f"Undo: {escape(act.by)} {act_words(act)}", f"undo_{act.act_id}", ":material/undo:"
    words = WRITTEN[act.what](workshop) if act.what in WRITTEN else ""
    if not words:
        return st.button(label, key=key, icon=icon, type="tertiary")
    question = "What stood there before comes back, and this is gone. Copy it first if you want to keep it:"
    yes = "Yes, put the former words back"
    return ask_first(label, question, yes=yes, key=key, icon=icon, type="tertiary", goes=words)
