"""Two versions beside each other: what the model answered to the same scenarios, and how people voted on it."""

from collections.abc import Sequence

import streamlit as st

from components.frame import Page
from components.review_chart_view import draw_chart, heading_chars, theme_of_page
from components.review_charts import comparison_chart
from components.review_tables import comparison_rows, counts_in_words, disagreement_in_words, scenario_label
from components.texts import escape
from lib.domain.policy import VersionHeader
from lib.services.reviewing import read_comparison
from lib.statistics.comparison import ScenarioComparison, VersionSide


def draw_versions(page: Page, versions: Sequence[VersionHeader]) -> None:
    """The chosen pair, scenario by scenario. `versions` newest first."""
    if len(versions) < 2:
        st.markdown(
            "Two published versions are needed to compare. Edit a clause, publish the next version, run it on the same "
            "scenarios, and vote again: then this shows what changed."
        )
        page.link_to("draft", "Edit a clause", icon=":material/edit_note:")
        return
    before, after = _choose_pair(page, versions)
    if before.number == after.number:
        st.markdown("Choose two different versions.")
        return
    comparisons = read_comparison(page.read, before, after)
    labels = (f"v{before.number}", f"v{after.number}")
    if not comparisons:
        st.markdown(f"Neither {labels[0]} nor {labels[1]} has been run on a shared scenario yet.")
        page.link_to("test", "Run both on the scenarios", icon=":material/science:")
        return
    if any(one.is_voted_on_both for one in comparisons):
        draw_chart(
            comparison_chart(comparisons, *labels, theme_of_page(), heading_chars(page)), key="review_comparison"
        )
    else:
        st.markdown("No scenario has been voted on under both versions yet, so no disagreement can be compared.")
        with st.expander("What is there, as a table", icon=":material/table_chart:"):
            st.dataframe(comparison_rows(comparisons, *labels), hide_index=True, key="review_comparison_table_only")
    for one in comparisons:
        _draw_scenario(one, labels)


def _choose_pair(page: Page, versions: Sequence[VersionHeader]) -> tuple[VersionHeader, VersionHeader]:
    by_number = {version.number or 0: version for version in versions}
    left, right = st.columns(2)
    before = left.selectbox(
        "Before", list(by_number), index=1, format_func=lambda n: f"v{n}", key=f"review_before_{page.workshop_id}"
    )
    after = right.selectbox(
        "After", list(by_number), index=0, format_func=lambda n: f"v{n}", key=f"review_after_{page.workshop_id}"
    )
    return by_number[before], by_number[after]


def _draw_scenario(one: ScenarioComparison, labels: tuple[str, str]) -> None:
    with st.expander(escape(scenario_label(one.scenario.number, one.scenario.title))):
        for turn in one.scenario.turns:
            st.text(turn.content if len(one.scenario.turns) == 1 else f"{turn.role}: {turn.content}")
        for note in (*one.missing, *one.caution):
            st.markdown(f":material/info: {escape(note)}")
        if one.change is not None:
            st.markdown(f"Change in disagreement: **{one.change:+.2f}** (below 0: people differ less).")
        left, right = st.columns(2)
        with left:
            _draw_side(one.before, labels[0])
        with right:
            _draw_side(one.after, labels[1])


def _draw_side(side: VersionSide, label: str) -> None:
    st.markdown(f":material/smart_toy: **Model’s response under {label}**")
    for response in side.responses:
        with st.container(border=True):
            st.text(response.text or "")
    if side.voted:
        rounds = ", ".join(str(number) for number in side.rounds)
        st.markdown(
            f"{counts_in_words(side.counts).capitalize()} (round {rounds}). Disagreement: "
            f"{escape(disagreement_in_words(side.disagreement))}"
        )
