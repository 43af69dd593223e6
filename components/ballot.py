"""The ballot of one open round: what will be shown to whom, then the items one under the other."""

import streamlit as st

from components.ballot_item import ballot_item
from components.frame import Page
from components.round_words import WHAT_IS_SHOWN
from components.texts import counted, escape
from lib.domain.rounds import Round


def draw_ballot(page: Page, one: Round) -> None:
    """Everything a participant needs to vote. Redrawn only by the person's own acts."""
    st.subheader(f"Round {one.number}: {escape(one.question)}", anchor=False)
    st.markdown(WHAT_IS_SHOWN[one.anonymity])
    if not one.i_am_eligible:
        st.markdown("You came after this round was opened. With your first answer you are counted as eligible.")
    if not one.my_votes and any(n.round_id == one.round_id and n.i_have_voted for n in page.place.open_rounds):
        st.markdown(
            "You voted in this round before your personal link was re-issued. Those answers are counted and not shown "
            "again, so that nobody else can read them with the new link. What you answer now replaces them."
        )
    st.markdown(
        f"{counted(len(one.items), 'item')}. Each answer is saved when you choose it. "
        "Pass and cannot judge are answers too; they are counted, and are no position."
    )
    for place, item in enumerate(one.items, 1):
        ballot_item(page, one.round_id, item.item_id, f"{place} of {len(one.items)} · {escape(item.label)}")
