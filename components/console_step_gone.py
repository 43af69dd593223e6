"""What somebody typed for a step that others removed from the agenda meanwhile: it is shown, used, or let go of."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final
from uuid import uuid4

import streamlit as st

from components.ask_first import ask_first
from components.console_agenda_write import new_step, write_steps
from components.console_step_fields import TYPED, forget_fields, last_drawn, read_minutes, words_of_fields
from components.frame import Page
from components.known_drafts import latest_drafts
from components.letting_go import IS_GONE
from components.place import recall
from lib.domain.agenda import Agenda, Step, with_step
from lib.domain.errors import ValidationFailed
from lib.domain.ids import StepId
from lib.domain.workshop import Stage
from lib.services.drafts import Draft

FIELD: Final = re.compile(r"console:step:([^:]+):(title|minutes|stage|note)")


def draw_words_of_gone_steps(page: Page, agenda: Agenda, opens: Callable[[Page, StepId], None]) -> None:
    """Each step that is gone with what this person typed for it; a new step that is made of it `opens`."""
    for step, texts in words_of_gone_steps(agenda, latest_drafts(page)).items():
        with st.container(border=True, key=f"gone_step_{step}"):
            st.markdown("**A step for which you had typed something was removed.** Only you see these words:")
            for name in TYPED:
                if name in texts:
                    st.caption(name.capitalize())
                    st.text(texts[name])
            with st.container(horizontal=True, gap="small"):
                keeps = st.button("Put them into a new step", key=f"keep_words_{step}", icon=":material/add:")
                drops = ask_first(
                    "Let go of them",
                    IS_GONE,
                    yes="Yes, let go of them",
                    key=f"drop_words_{step}",
                    icon=":material/delete:",
                    goes=words_of_fields(texts),
                )
        if keeps:
            with page.feedback("They stand in a new step at the end."):
                new = _step_of(step, texts)
                write_steps(page, agenda, with_step(agenda.steps, new, None))
                forget_fields(page, step)
                opens(page, new.step_id)
        elif drops:
            forget_fields(page, step)
            st.rerun()


def words_of_gone_steps(agenda: Agenda, drafts: Mapping[str, Draft]) -> dict[StepId, dict[str, str]]:
    """By step that is not in the agenda: what was typed for it, and the stage chosen beside that."""
    there = {one.step_id for one in agenda.steps}
    found: dict[StepId, dict[str, str]] = defaultdict(dict)
    for field, draft in drafts.items():
        named = FIELD.fullmatch(field)
        if named and draft.text and named[1] not in there:
            found[StepId(named[1])][named[2]] = draft.text
    return {step: texts for step, texts in found.items() if any(name in texts for name in TYPED)}


def _step_of(gone: StepId, texts: Mapping[str, str]) -> Step:
    """A new step with these words, and the rest as this tab last saw the step that is gone."""
    was: Step = recall(last_drawn(gone)) or new_step()
    try:
        minutes = read_minutes(texts["minutes"]) if "minutes" in texts else was.minutes
    except ValidationFailed:
        minutes = was.minutes
    stage = json.loads(texts["stage"]) if "stage" in texts else was.stage
    title = texts.get("title", "").strip() or was.title
    return Step(StepId(str(uuid4())), Stage(stage), title, minutes, texts.get("note", was.note).strip())
