"""Where the group differs: items most contested first, with the reasons, and who took which position."""

from collections.abc import Sequence

import streamlit as st

from components.frame import Page
from components.review_chart_view import draw_chart, heading_chars, theme_of_page
from components.review_charts import disagreement_chart, votes_chart
from components.round_results import draw_reasons
from components.round_words import TYPE_LABELS, result_turnout_in_words
from components.texts import counted, escape
from lib.domain.people import Role
from lib.domain.rounds import Anonymity, RoundResult
from lib.services.reviewing import contested
from lib.statistics.disagreement import ItemResult

ALL_ROUNDS = 0
SHOWN_AT_FIRST = 12
"""Items drawn before somebody asks for all: the most contested ones are the ones to talk about."""


def draw_disagreement(page: Page, results: Sequence[RoundResult]) -> None:
    """The chosen round, or all revealed ones."""
    if not results:
        st.markdown(
            "No round has been revealed yet, so there is nothing to compare. Once the facilitator reveals a round, the "
            "items on which people differ most come first here."
        )
        if page.role is not Role.ORGANIZER:
            page.link_to("vote", "Go to Vote", icon=":material/how_to_vote:")
        return
    number = _choose_round(page, results)
    ordered = contested(results, number or None)
    for result in results:
        if number in (ALL_ROUNDS, result.number):
            st.markdown(f"{_name(result)} · {TYPE_LABELS[result.anonymity]} · {result_turnout_in_words(result)}")
    draw_chart(
        disagreement_chart(_first(page, ordered), theme_of_page(), heading_chars(page)), key="review_disagreement"
    )
    draw_reasons(page, _first(page, ordered))
    if len(ordered) > SHOWN_AT_FIRST:
        st.toggle(f"Show all {counted(len(ordered), 'item')}", key=_all_key(page))
    for result in results:
        if number == result.number:
            _draw_positions(result)


def _choose_round(page: Page, results: Sequence[RoundResult]) -> int:
    names = {ALL_ROUNDS: "All revealed rounds"} | {one.number: _name(one) for one in reversed(results)}
    return int(
        st.selectbox(
            "Round",
            list(names),
            index=1,
            format_func=lambda n: names[n],
            key=f"review_round_{page.workshop_id}_{len(results)}",
        )
    )


def _name(result: RoundResult) -> str:
    return f"Round {result.number}: {escape(result.question)}"


def _first(page: Page, items: Sequence[ItemResult]) -> tuple[ItemResult, ...]:
    return tuple(items if st.session_state.get(_all_key(page)) else items[:SHOWN_AT_FIRST])


def _draw_positions(result: RoundResult) -> None:
    if result.anonymity is Anonymity.ANONYMOUS:
        st.markdown(
            ":material/visibility_off: This round was anonymous: who took which position was destroyed at the reveal. "
            "In a named round a table of people and items stands here."
        )
    elif result.votes:
        draw_chart(votes_chart(result, theme_of_page()), key=f"review_positions_{result.number}")


def _all_key(page: Page) -> str:
    return f"review_all_items_{page.workshop_id}"
