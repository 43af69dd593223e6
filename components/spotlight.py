"""What those who lead show to everybody: one response, or the chart of one revealed round, marked as such."""

import streamlit as st

from components.bring import target_words
from components.frame import Page
from components.pulse import live_fragment
from components.review_chart_view import draw_chart, heading_chars, theme_of_page
from components.review_charts import disagreement_chart
from components.round_words import TYPE_LABELS, result_turnout_in_words
from components.texts import escape
from lib.domain.errors import FolkmootError
from lib.domain.runs import Response
from lib.domain.workshop import Call, CallKind, Place, Topic
from lib.services.reviewing import read_results
from lib.statistics.disagreement import item_results, most_contested_first


@live_fragment(Topic.CALL)
def draw_spotlight(page: Page) -> None:
    """The same for everybody, until it is taken away. Nothing that anybody types stands in here."""
    try:
        call = page.read(Place, "read_place").workshop.spotlight
        if call is None:
            return
        with st.container(border=True, key="spotlight"):
            st.markdown(f":material/highlight: **In the spotlight: {target_words(call)}**")
            if call.kind is CallKind.ROUND:
                _draw_round(page, call)
            else:
                _draw_response(page, call)
    except FolkmootError:
        return  # The live strip says what is the matter.


def _draw_response(page: Page, call: Call) -> None:
    every = page.read(tuple[Response, ...], "read_responses", scenario=call.scenario_id, run=None)
    for one in every:
        if one.response_id == call.target:
            st.markdown(f":material/smart_toy: **The model {escape(one.model)} answered**")
            st.text(one.text or "")


def _draw_round(page: Page, call: Call) -> None:
    for result in read_results(page.read):
        if result.round_id == call.target:
            st.markdown(f"{TYPE_LABELS[result.anonymity]} round. {result_turnout_in_words(result)}")
            ordered = most_contested_first(item_results(result))
            chart = disagreement_chart(ordered, theme_of_page(), heading_chars(page))
            draw_chart(chart, key=f"spotlight_{result.round_id}")
