"""What a step of the agenda says. What is typed is kept until it is saved, and overwrites nothing of others unseen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan, nan
from typing import Final
from uuid import uuid4
from zlib import crc32

import streamlit as st

from components.frame import Page
from components.kept_choice import forget_choice, kept_segment
from components.kept_input import begun_with, forget_input, kept_input
from components.letting_go import takes_theirs_of
from components.outcome import part
from components.palette import option_text
from components.place import remember
from components.texts import STAGE_ICONS, STAGE_NAMES, escape
from lib.domain.agenda import CHANGEABLE, MAX_NOTE_CHARS, MAX_TITLE_CHARS, Step, clashes
from lib.domain.errors import ValidationFailed
from lib.domain.ids import StepId
from lib.domain.workshop import Stage
from lib.services import agenda as agendas

STAGE: Final = "stage"
TYPED: Final = ("title", "minutes", "note")
MINUTES: Final = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")
SAVE = "Save the step"


def field_of(step: StepId, name: str) -> str:
    """Under which name what is typed for a step is kept."""
    return f"console:step:{step}:{name}"


def last_drawn(step: StepId) -> str:
    """Under which name this tab remembers the step as it last read it."""
    return f"step_drawn:{step}"


def forget_fields(page: Page, step: StepId, names: Sequence[str] = CHANGEABLE) -> None:
    """Let go of what was typed for a step."""
    for name in names:
        forget_input(page, field_of(step, name))
    if STAGE in names:
        forget_choice(page, field_of(step, STAGE), _stage_key(step))


@part
def draw_fields(page: Page, step: Step) -> None:
    """The fields of a step, and both wordings of what somebody else changed too."""
    remember(last_drawn(step.step_id), step)
    texts = _draw_inputs(page, step)
    in_use = _texts_of(step)
    begun = {name: begun_with(page, field_of(step.step_id, name), in_use[name], texts[name]) for name in CHANGEABLE}
    mine, seen = _with_texts(step, texts), _with_texts(step, begun)
    both = clashes(step, seen, mine)
    if both:
        _draw_clash(page, step, mine, seen, both, texts)
    elif st.button(SAVE, key="save_step", type="primary", icon=":material/check:"):
        _save(page, mine, seen, texts["minutes"])


def _draw_inputs(page: Page, step: Step) -> dict[str, str]:
    in_use = _texts_of(step)
    title = kept_input(
        page,
        "Title",
        field=field_of(step.step_id, "title"),
        value=in_use["title"],
        max_chars=MAX_TITLE_CHARS,
        who_sees="Everyone reads it at the top of their page while the step is under way.",
    )
    minutes = kept_input(
        page,
        "Minutes",
        field=field_of(step.step_id, "minutes"),
        value=in_use["minutes"],
        max_chars=6,
        input_mode="decimal",
    )
    stages = [one.value for one in Stage]
    stage = st.segmented_control(
        "Stage",
        stages,
        format_func=lambda one: option_text(_stage_words(Stage(one))),
        required=True,
        **kept_segment(page, field_of(step.step_id, STAGE), stages, step.stage.value, key=_stage_key(step.step_id)),
    )
    note = kept_input(
        page,
        "Note",
        field=field_of(step.step_id, "note"),
        value=in_use["note"],
        max_chars=MAX_NOTE_CHARS,
        who_sees="Only those who lead read it.",
    )
    return {"title": title, "minutes": minutes, STAGE: str(stage), "note": note}


def _draw_clash(page: Page, step: Step, mine: Step, seen: Step, both: Sequence[str], typed: Mapping[str, str]) -> None:
    """What others made of the fields that this person changed too, and both ways on."""
    st.warning(
        "Somebody else changed this step while you were at it. What you typed is still in the fields.",
        icon=":material/call_split:",
    )
    theirs = {name: _texts_of(step)[name] for name in both}
    for name, text in theirs.items():
        shown = _stage_words(Stage(text)) if name == STAGE else escape(text)
        st.markdown(f"**{name.capitalize()}**, as it is now: {shown or '(empty)'}")
    # The keys name what stands there: a press never answers something that its presser has not seen.
    shown_now = crc32(repr(theirs).encode())
    with st.container(horizontal=True, gap="small"):
        keeps = st.button("Save mine instead", key=f"save_mine_{shown_now:x}", icon=":material/check:")
        words = words_of_fields({name: typed[name] for name in both})
        takes = takes_theirs_of(words, key=f"take_theirs_{shown_now:x}")
    if keeps:
        has_seen = replace(seen, **{name: getattr(step, name) for name in both})
        _save(page, mine, has_seen, _texts_of(mine)["minutes"])
    elif takes:
        forget_fields(page, step.step_id, both)
        st.rerun()


def words_of_fields(typed: Mapping[str, str]) -> str:
    """What was typed into the fields of a step, each with the field's name; a chosen stage is no words."""
    return "\n\n".join(f"{name.capitalize()}: {typed[name]}" for name in TYPED if typed.get(name))


def _save(page: Page, mine: Step, seen: Step, minutes: str) -> None:
    with page.feedback("The step is saved."):
        if isnan(mine.minutes):
            read_minutes(minutes)
        agendas.change_step(page.store, page.credential, seen=seen, mine=mine, request_id=str(uuid4()))
        forget_fields(page, mine.step_id)


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


def _texts_of(step: Step) -> dict[str, str]:
    return {"title": step.title, "minutes": f"{step.minutes:g}", STAGE: step.stage.value, "note": step.note}


def _with_texts(step: Step, texts: Mapping[str, str]) -> Step:
    """The step as these texts say it; its minutes are no number where they say none."""
    minutes = step.minutes
    if texts["minutes"] != _texts_of(step)["minutes"]:
        try:
            minutes = read_minutes(texts["minutes"])
        except ValidationFailed:
            minutes = nan
    return replace(
        step, title=texts["title"].strip(), minutes=minutes, stage=Stage(texts[STAGE]), note=texts["note"].strip()
    )


def _stage_words(stage: Stage) -> str:
    return f"{STAGE_ICONS[stage]} {STAGE_NAMES[stage]}"


def _stage_key(step: StepId) -> str:
    return f"step_stage_{step}"
