"""One step of the agenda: what it is, how long, and where it stands; and words for a step that is gone."""

import streamlit as st

from components.clause_scroll import bring_into_view, note_opening
from components.console_agenda_write import write_steps
from components.console_step_fields import draw_fields
from components.console_step_gone import draw_words_of_gone_steps, words_of_gone_steps
from components.focus_back import note_closing
from components.frame import Page
from components.known_drafts import latest_drafts, read_anew
from components.place import recall, remember
from components.pulse import LOOK_AGAIN_S, live_fragment
from components.texts import shortened
from lib.domain.agenda import Agenda, moved, without_step
from lib.domain.errors import FolkmootError
from lib.domain.ids import StepId
from lib.domain.workshop import Topic
from lib.services import agenda as agendas

OPEN = "agenda_step"
OPENED = "agenda_step_opened"
LOOK_FOR_WORDS_S, LOOKS_FOR_WORDS = 1.0, 8
"""So often is looked for what was typed for a step that is gone: a browser keeps words for two seconds at most."""


def row_key(step: StepId) -> str:
    """The key of the row that opens a step."""
    return f"step_{step}"


def opened_step(page: Page) -> str | None:
    """The step that this tab has open."""
    return page.here.get(OPEN)


def open_step(page: Page, step: StepId) -> None:
    """Open a step; what was typed for another one is kept."""
    page.here.put(OPEN, step)
    note_opening(page, OPENED)


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
            gone = StepId(wanted)
            _await_words(page, gone, gone in words_of_gone_steps(agenda, latest_drafts(page)))
        else:
            draw_fields(page, step)
            _draw_place(page, step.step_id)
        if st.button("Close", key="close_step"):
            close_step(page)
            note_closing(page, row_key(StepId(wanted)))
            st.rerun()


@live_fragment(Topic.PLACE)
def _draw_place(page: Page, opened: StepId) -> None:
    """Where the step stands, as the agenda is now. No key is for what its presser did not see; nobody types here."""
    try:
        agenda = page.read(Agenda, "read_agenda")
    except FolkmootError:
        return  # The live strip says what is the matter.
    step = next((one for one in agenda.steps if one.step_id == opened), None)
    if step is None:
        return
    place, is_now, revision = agenda.steps.index(step), step.step_id == agenda.step_id, agenda.revision
    with st.container(horizontal=True, gap="small", key="step_place"):
        label = "Start it anew" if is_now else "Go to it now"
        if st.button(label, key=f"go_to_step_{agenda.step_id}", icon=":material/arrow_forward:"):
            with page.feedback(f"The group is now at {shortened(step.title)}."):
                agendas.go_to_step(page.store, page.credential, seen=agenda.step_id, step=step.step_id)
        for label, icon, places in (("Earlier", "arrow_upward", -1), ("Later", "arrow_downward", 1)):
            is_at_end = place == (0 if places < 0 else len(agenda.steps) - 1)
            key = f"step_{label}_{revision}"
            if st.button(label, key=key, icon=f":material/{icon}:", disabled=is_at_end):
                with page.feedback():
                    write_steps(page, agenda, moved(agenda.steps, step.step_id, places))
        if st.button(
            "Remove",
            key=f"remove_step_{revision}",
            icon=":material/delete:",
            disabled=is_now,
            help="The step under way cannot be removed: go on first." if is_now else "It can be undone.",
        ):
            with page.feedback("The step is removed. Undo brings it back."):
                write_steps(page, agenda, without_step(agenda.steps, step.step_id))
                close_step(page)


@live_fragment()
def _await_words(page: Page, gone: StepId, is_shown: bool) -> float | None:
    """What was typed for a step until it was removed may be on its way here yet, and no field is left to tell of it."""
    looks = f"looked_for_words:{gone}"
    if is_shown or recall(looks, 0) >= LOOKS_FOR_WORDS:
        return None
    remember(looks, recall(looks, 0) + 1)
    read_anew(page)
    try:
        agenda = page.read(Agenda, "read_agenda")
    except FolkmootError:
        return LOOK_AGAIN_S
    if gone in words_of_gone_steps(agenda, latest_drafts(page)):
        st.rerun(scope="app")
    return LOOK_FOR_WORDS_S
