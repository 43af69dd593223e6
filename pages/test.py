"""Test scenarios: see what the model does with the policy, and without it, on one scenario or on many."""

import streamlit as st

from components.frame import EVERYONE, open_page
from components.page_views import MANY, choose_view
from components.response_answers import answers
from components.response_ask import ask_box
from components.run_list import run_list
from components.run_start import may_run, run_form
from components.scenario_library import library
from components.scenario_view import draw_scenario

page = open_page(
    "test",
    allow=EVERYONE,
    reads=("read_scenarios", "read_policy", "read_runs", "read_marks", "read_drafts", "read_notes"),
)
page.app.engine.warm_up()

view = choose_view(page)
if page.is_narrow:
    left = right = st.container()
else:
    left, right = st.columns([4, 8], gap="large")

if view == MANY:
    if may_run(page):
        with left:
            run_form(page)
    with right:
        run_list(page)
else:
    with left:
        scenario = library(page)
    with right:
        if scenario is not None:
            draw_scenario(page, scenario)
            ask_box(page, scenario)
            answers(page, scenario)
