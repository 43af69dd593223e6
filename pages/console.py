"""The facilitator's console: what is under way, what the group works on, the agenda, who is here, and the rest."""

import streamlit as st

from components import console_room
from components.console_agenda import draw_agenda
from components.console_bring import draw_called
from components.console_fresh import watch_choices
from components.console_matters import draw_matters
from components.console_now import draw_now
from components.console_step import draw_step
from components.console_tabs import draw_tabs
from components.focus_back import give_focus_back
from components.frame import open_page
from components.round_choices import offers_are_in
from lib.domain.people import Role

READS = (
    *("read_people", "read_agenda", "read_notes", "read_rounds", "read_policy", "read_scenarios"),
    *("read_runs", "read_drafts", "read_queue"),
)

page = open_page("console", allow=(Role.FACILITATOR,), reads=READS)
page.gather(*offers_are_in(page.read))

if page.is_narrow:
    left = room = st.container()
else:
    left, room = st.columns([5, 6], gap="large")

with left:
    # What is pressed most stands above all that comes and goes: it stays where it is under a pointer.
    draw_now(page)
    console_room.draw(page)
    draw_matters(page)
    draw_called(page)
    watch_choices(page)
    draw_agenda(page)

with room:
    draw_step(page)
    draw_tabs(page)
    give_focus_back(page)
