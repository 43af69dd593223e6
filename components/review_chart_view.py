"""Draws a chart the same way everywhere: question, figure, what it counts, and the table one click away."""

import streamlit as st

from components.charts import MAX_HEADING_CHARS, WIDE_HEADING_CHARS
from components.frame import Page
from components.palette import Theme
from components.review_charts import Chart


def theme_of_page() -> Theme:
    """Light or dark, as this browser shows the app."""
    return "dark" if st.context.theme.type == "dark" else "light"


def heading_chars(page: Page) -> int:
    """How long the text above a bar may be on this person's screen."""
    return MAX_HEADING_CHARS if page.is_narrow else WIDE_HEADING_CHARS


def draw_chart(chart: Chart, *, key: str) -> None:
    """The chart with its question above it and its table below it."""
    st.subheader(chart.title, anchor=False)
    st.plotly_chart(chart.figure, key=key, config={"displayModeBar": False}, alt=chart.alt)
    st.markdown(chart.note)
    with st.expander("The same as a table", icon=":material/table_chart:"):
        st.dataframe(chart.rows, hide_index=True, key=f"{key}_table")
