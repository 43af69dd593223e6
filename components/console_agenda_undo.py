"""Taking back the last change of the agenda: whose it is, and what goes with it, is said before."""

from functools import partial
from typing import Final
from uuid import uuid4

import streamlit as st

from components.agenda_words import change_words, words_that_go
from components.ask_first import ask_first
from components.frame import Page
from components.place import remember, take
from components.texts import escape
from lib.domain.agenda import Agenda, AgendaChange
from lib.services import agenda as agendas

SEEN: Final = "agenda_undo_pressed"
"""Of which agenda somebody has just taken back the last change."""


def draw_undo(page: Page, agenda: Agenda) -> None:
    """The way back, one change after the other. Of a change that its presser did not see nothing is taken back."""
    seen = take(SEEN)
    if seen is not None:
        with page.feedback("The agenda is as it was before."):
            agendas.undo_agenda(page.store, page.credential, base_revision=seen, request_id=str(uuid4()))
    change = agenda.last_change
    if change is not None:
        _draw_press(agenda, change, is_own=change.by_person == page.viewer.person_id)


def _draw_press(agenda: Agenda, change: AgendaChange, *, is_own: bool) -> None:
    """Where somebody else's change or words that somebody wrote would go, it asks, and shows them."""
    label = f"Undo the last change: {escape(change.by)} {change_words(change.before, agenda.steps)}"
    key, icon = f"undo_agenda_{agenda.revision}", ":material/undo:"
    pressed = partial(remember, SEEN, agenda.revision)
    words = words_that_go(change.before, agenda.steps)
    if is_own and not words:
        st.button(label, key=key, icon=icon, type="tertiary", on_click=pressed)
        return
    question = "" if is_own else f"**{escape(change.by)}** made this change, and not you. "
    question += "The agenda of before comes back"
    question += ", and this is gone. Copy it first if you want to keep it:" if words else "."
    yes = "Yes, put the former agenda back"
    ask_first(label, question, yes=yes, key=key, icon=icon, type="tertiary", goes=words, on_yes=pressed)
