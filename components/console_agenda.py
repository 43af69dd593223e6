"""The agenda: see when each step begins, and open a step to change it."""

from datetime import datetime

import streamlit as st

from components.agenda_words import minutes_words, total_words
from components.console_agenda_undo import draw_undo
from components.console_agenda_write import new_step, write_steps
from components.console_step import close_step, open_step, opened_step, row_key
from components.frame import Page
from components.pulse import live_fragment
from components.texts import STAGE_ICONS, counted, escape
from components.version_words import clock_time
from lib.domain.agenda import Agenda, Step, beginnings, total_minutes, with_step
from lib.domain.errors import FolkmootError
from lib.domain.workshop import Place, Topic

A_MINUTE_S = 60.0
HELP = "Change its title, time, note and place, or go to it now."


@live_fragment(Topic.PLACE)
def draw_agenda(page: Page) -> float | None:
    """The steps as they stand; others who lead may change them too. Nothing that anybody types stands in here."""
    st.subheader("Agenda", anchor=False)
    try:
        agenda = page.read(Agenda, "read_agenda")
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return None  # The live strip says what is the matter.
    left_s = workshop.left_s(page.app.clock())
    if not agenda.steps:
        st.caption("No step yet. Take a plan at the top, or add your own steps.")
    else:
        begins = beginnings(agenda, page.app.clock(), left_s)
        current = agenda.steps.index(agenda.current) if agenda.current else -1
        with st.container(gap="xxsmall", key="steps"):
            for number, step in enumerate(agenda.steps):
                words = row_words(step, number, current, begins.get(step.step_id))
                icon = STAGE_ICONS[step.stage]
                if st.button(words, key=row_key(step.step_id), type="tertiary", icon=icon, help=HELP):
                    open_step(page, step.step_id)
                    st.rerun()
    _draw_acts(page, agenda)
    return beginnings_hold_s(agenda, left_s, is_paused=workshop.timer_left_s is not None)


def beginnings_hold_s(agenda: Agenda, left_s: float | None, *, is_paused: bool) -> float | None:
    """After how many seconds the steps ahead begin later than was said; None if none lies ahead.

    They stay as they are while a countdown runs for the step under way, and then move on with the clock.
    """
    if agenda.following is None:
        return None
    is_running = agenda.current is not None and not is_paused
    return A_MINUTE_S + (left_s or 0.0 if is_running else 0.0)


def row_words(step: Step, number: int, current: int, begins_at: datetime | None) -> str:
    """A step as its row says it: what is over is grey, what is under way bold, what lies ahead says when it begins."""
    words = f"{number + 1}. {escape(step.title)}"
    time = f"{minutes_words(step.minutes)}{f' · {clock_time(begins_at)}' if begins_at else ''}"
    if number == current:
        return f"**{words} (now)** · {time}"
    return f":gray[{words} · {time}]" if number < current else f"{words} · {time}"


def _draw_acts(page: Page, agenda: Agenda) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="agenda_acts"):
        if st.button("Add a step", key=f"add_step_{agenda.revision}", icon=":material/add:"):
            last = agenda.steps[-1] if agenda.steps else None
            new = new_step(last.stage) if last else new_step()
            with page.feedback("A step is added at the end. Say what it is."):
                write_steps(page, agenda, with_step(agenda.steps, new, last.step_id if last else None))
                open_step(page, new.step_id)
        draw_undo(page, agenda)
        if (
            agenda.steps
            and agenda.step_id is None
            and st.button(
                "Clear it", key=f"clear_agenda_{agenda.revision}", icon=":material/clear_all:", type="tertiary"
            )
        ):
            with page.feedback("The agenda is empty. Undo brings it back."):
                write_steps(page, agenda, ())
                if opened_step(page):
                    close_step(page)
        if agenda.steps:
            total = total_words(total_minutes(agenda.steps))
            st.markdown(f"{counted(len(agenda.steps), 'step')}, {total}", width="content")
