"""A revealed round: counts first, then the reasons, with names only where the round was named."""

import streamlit as st

from components.clause_evidence import draw_ways_to_clauses
from components.frame import Page
from components.hiding import offer_hiding
from components.lead_acts import draw_lead_acts
from components.note_view import draw_notes_about
from components.outcome import part
from components.palette import POSITIONS
from components.pulse import live_fragment, look_again_soon
from components.review_chart_view import draw_chart, heading_chars, theme_of_page
from components.review_charts import disagreement_chart
from components.review_tables import counts_in_words, disagreement_in_words, item_name
from components.round_item import draw_item
from components.round_words import TYPE_LABELS, result_turnout_in_words
from components.texts import counted, escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import ItemId
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.rounds import RoundResult, Vote
from lib.services.reviewing import read_results
from lib.services.voting import hide_reason
from lib.statistics.disagreement import ItemResult, item_results, most_contested_first


def draw_result(page: Page, result: RoundResult) -> None:
    """One round's counts as a chart, most contested first, and every item with its reasons."""
    st.subheader(f"Results of round {result.number}: {escape(result.question)}", anchor=False)
    st.markdown(f"{TYPE_LABELS[result.anonymity]} round. {result_turnout_in_words(result)}")
    draw_lead_acts(page, ThingKind.ROUND, result.round_id, f"the chart of round {result.number}", is_revealed=True)
    draw_notes_about(page, ThingKind.ROUND.value, result.round_id)
    ordered = most_contested_first(item_results(result))
    draw_chart(disagreement_chart(ordered, theme_of_page(), heading_chars(page)), key=f"result_{result.round_id}")
    draw_reasons(page, ordered)


@part
def draw_reasons(page: Page, results: tuple[ItemResult, ...]) -> None:
    """Every item with its counts; what was voted on and the reasons once somebody opens it.

    A hundred people give hundreds of reasons: they are drawn for the item that is being read, and for no other.
    """
    for result in results:
        reasons = [vote for vote in result.votes if vote.reason]
        counts = f"{counts_in_words(result.counts)} · {counted(len(reasons), 'reason')}"
        head = f"Round {result.round_number} · {item_name(result)} · {counts}"
        box = st.expander(escape(head), key=f"item_{result.item.item_id}", on_change="rerun")
        if box.open:
            with box:
                _draw_opened(page, result.round_number, result.item.item_id)


@live_fragment()
def _draw_opened(page: Page, round_number: int, item_id: ItemId) -> None:
    """One item as it may be read now: what is hidden meanwhile goes by itself, what else is being read stays."""
    try:
        results = read_results(page.read)
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    for one in (item for result in results if result.number == round_number for item in item_results(result)):
        if one.item.item_id == item_id:
            draw_item(one.item)
            if one.item.clause_id is not None:
                draw_ways_to_clauses(page, [one.item.clause_id], ":material/edit_note: In the policy now:")
            st.markdown(
                f"{counts_in_words(one.counts).capitalize()}. Disagreement: {disagreement_in_words(one.disagreement)}."
            )
            for vote in one.votes:
                if vote.reason:
                    _draw_reason(page, vote)


def _draw_reason(page: Page, vote: Vote) -> None:
    who = f"{escape(vote.person_name)}, " if vote.person_name else ""
    meaning = POSITIONS[vote.position]
    with st.container(horizontal=True, vertical_alignment="top"):
        st.markdown(f"{meaning.icon} **{who}{meaning.label.lower() if who else meaning.label}:**", width="content")
        st.text(vote.reason)
        if page.role is Role.FACILITATOR:
            offer_hiding(page, hide_reason, vote.vote_id, vote.reason_is_hidden)
