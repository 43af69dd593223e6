"""What the console holds beside the agenda, each part one press away."""

import streamlit as st

from components import (
    console_calls,
    console_invite,
    console_model,
    console_notes,
    console_people,
    console_rounds,
    console_runs,
    console_timer,
    console_workshop,
)
from components.console_to_tab import TABS
from components.frame import Page

PARTS = {
    "People": console_people.draw,
    "Runs": console_runs.draw,
    "Rounds": console_rounds.draw,
    "Decisions": console_notes.draw,
    "Model calls": console_calls.draw,
    "Countdown": console_timer.draw_named_timer,
    "Invite": console_invite.draw,
    "Model and limits": console_model.draw,
    "Workshop": console_workshop.draw,
}


def draw_tabs(page: Page) -> None:
    """All parts; a link to this page that names a thing opens the one in which something is noted about it."""
    with st.container(key=TABS):
        tabs = st.tabs(list(PARTS), default="Decisions" if "about" in st.query_params else None)
    for tab, draw in zip(tabs, PARTS.values(), strict=True):
        with tab:
            draw(page)
