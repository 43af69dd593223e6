"""One step of the agenda: what it is, how long, and where it stands; and words for a step that is gone."""

from uuid import uuid4

import streamlit as st

from components.clause_scroll import bring_into_view
from components.console_step_fields import draw_fields
from components.console_step_gone import draw_words_of_gone_steps
from components.frame import Page
from components.texts import escape
from lib.domain.agenda import Agenda, Step, moved, without_step
from lib.domain.errors import FolkmootError
from lib.domain.ids import StepId
from lib.services import agenda as agendas

OPEN = "agenda_step"
OPENED = "agenda_step_opened"


def opened_step(page: Page) -> str | None:
    """The step that this tab has open."""
    return page.here.get(OPEN)


def open_step(page: Page, step: StepId) -> None:
    """Open a step; what was typed for another one is kept."""
    page.here.put(OPEN, step)
    page.here.put(OPENED, str(int(page.here.get(OPENED) or "0") + 1))


def close_step(page: Page) -> None:
    """Open none."""
    page.here.put(OPEN, None)


def draw_step(page: Page) -> None:
    """The step that is open, if it is still in the agenda, and what was typed for one that is not."""
    try:
        agenda = page.read(Agenda, "read_agenda")
    except FolkmootError:
        return  # The live strip says what is the matter.
    draw_words_of_gone_steps(page, agenda, open_step)
    wanted = opened_step(page)
    if wanted is None:
        return
    step = next((one for one in agenda.steps if one.step_id == wanted), None)
    bring_into_view(key="step_in_view", panel="step_panel", nonce=page.here.get(OPENED) or "")
    with st.container(border=True, key="step_panel"):
        if step is None:
            st.markdown("This step is not in the agenda any more.")
        else:
            draw_fields(page, step)
            _draw_place(page, agenda, step)
        if st.button("Close", key="close_step"):
            close_step(page)
            st.rerun()


def _draw_place(page: Page, agenda: Agenda, step: Step) -> None:
    place, is_now = agenda.steps.index(step), step.step_id == agenda.step_id
    with st.container(horizontal=True, gap="small", key="step_place"):
        label = "Start it anew" if is_now else "Go to it now"
        if st.button(label, key="go_to_step", icon=":material/arrow_forward:"):
            with page.feedback(f"The group is now at {escape(step.title)}."):
                agendas.go_to_step(page.store, page.credential, seen=agenda.step_id, step=step.step_id)
        for label, icon, places in (("Earlier", "arrow_upward", -1), ("Later", "arrow_downward", 1)):
            is_at_end = place == (0 if places < 0 else len(agenda.steps) - 1)
            if st.button(label, key=f"step_{label}", icon=f":material/{icon}:", disabled=is_at_end):
                with page.feedback():
                    _write(page, agenda, moved(agenda.steps, step.step_id, places))
        if st.button(
            "Remove",
            key="remove_step",
            icon=":material/delete:",
            disabled=is_now,
            help="The step under way cannot be removed: go on first." if is_now else "It can be undone.",
        ):
            with page.feedback("The step is removed. Undo brings it back."):
                _write(page, agenda, without_step(agenda.steps, step.step_id))
                close_step(page)


def _write(page: Page, agenda: Agenda, steps: tuple[Step, ...]) -> None:
    agendas.set_agenda(page.store, page.credential, steps, base_revision=agenda.revision, request_id=str(uuid4()))
