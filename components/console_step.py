"""One step of the agenda: what it is, how long, and where it stands. What is typed is kept until it is saved."""

import re
from dataclasses import replace
from typing import Final
from uuid import uuid4

import streamlit as st

from components.clause_scroll import bring_into_view
from components.frame import Page
from components.kept_choice import forget_choice, kept_segment
from components.kept_input import forget_input, kept_input
from components.palette import option_text
from components.texts import STAGE_ICONS, STAGE_NAMES, escape
from lib.domain.agenda import (
    MAX_NOTE_CHARS,
    MAX_TITLE_CHARS,
    Agenda,
    Step,
    moved,
    with_changed,
    without_step,
)
from lib.domain.errors import ValidationFailed
from lib.domain.ids import StepId
from lib.domain.workshop import Stage
from lib.services import agenda as agendas

OPEN = "agenda_step"
OPENED = "agenda_step_opened"
MINUTES: Final = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


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
    """The step that is open, if it is still in the agenda."""
    wanted = opened_step(page)
    if wanted is None:
        return
    agenda = page.read(Agenda, "read_agenda")
    step = next((one for one in agenda.steps if one.step_id == wanted), None)
    bring_into_view(key="step_in_view", panel="step_panel", nonce=page.here.get(OPENED) or "")
    with st.container(border=True, key="step_panel"):
        if step is None:
            st.markdown("This step is not in the agenda any more.")
        else:
            _draw_fields(page, step)
            _draw_place(page, agenda, step)
        if st.button("Close", key="close_step"):
            close_step(page)
            st.rerun()


@st.fragment
def _draw_fields(page: Page, step: Step) -> None:
    names = {name: f"console:step:{step.step_id}:{name}" for name in ("title", "minutes", "note", "stage")}
    title = kept_input(
        page,
        "Title",
        field=names["title"],
        value=step.title,
        max_chars=MAX_TITLE_CHARS,
        who_sees="Everyone reads it at the top of their page while the step is under way.",
    )
    minutes = kept_input(
        page, "Minutes", field=names["minutes"], value=f"{step.minutes:g}", max_chars=6, input_mode="decimal"
    )
    key = f"step_stage_{step.step_id}"
    stage = st.segmented_control(
        "Stage",
        [one.value for one in Stage],
        format_func=lambda one: option_text(f"{STAGE_ICONS[Stage(one)]} {STAGE_NAMES[Stage(one)]}"),
        required=True,
        **kept_segment(page, names["stage"], [one.value for one in Stage], step.stage.value, key=key),
    )
    note = kept_input(
        page,
        "Note",
        field=names["note"],
        value=step.note,
        max_chars=MAX_NOTE_CHARS,
        who_sees="Only those who lead read it.",
    )
    if st.button("Save the step", key="save_step", type="primary", icon=":material/check:"):
        with page.feedback("The step is saved."):
            changed = replace(
                step, title=title.strip(), minutes=read_minutes(minutes), note=note.strip(), stage=Stage(stage)
            )
            agenda = agendas.read_agenda(page.store, page.credential)
            _write(page, agenda, with_changed(agenda.steps, changed))
            for name in ("title", "minutes", "note"):
                forget_input(page, names[name])
            forget_choice(page, names["stage"])


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


def read_minutes(written: str) -> float:
    """A number of minutes as somebody wrote it.

    >>> read_minutes(" 7,5 ")
    7.5

    Raises:
        ValidationFailed: it is no number between 1 and 600.
    """
    flat = written.strip().removesuffix("min").strip()
    value = float(flat.replace(",", ".")) if MINUTES.fullmatch(flat) else 0.0
    if not 0.05 <= value <= 600:
        raise ValidationFailed(f"“{written}” is no time. Write minutes, from 1 to 600, such as 10.")
    return value


def _write(page: Page, agenda: Agenda, steps: tuple[Step, ...]) -> None:
    agendas.set_agenda(page.store, page.credential, steps, base_revision=agenda.revision, request_id=str(uuid4()))
