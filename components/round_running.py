"""The facilitator's part of a round in progress: close it, and in a second act reveal it."""

import streamlit as st

from components.frame import Page
from components.round_item import draw_item
from components.round_opening import settle_anew
from components.round_words import FEW_VOTERS, TYPE_LABELS, WHAT_CLOSING_DOES, WHAT_REVEALING_DOES
from components.texts import counted, escape
from lib.domain.rounds import Anonymity, Round, RoundStatus
from lib.services.voting import close_round, reveal_round


def draw_running_round(page: Page, one: Round) -> None:
    """What is voted on, and the next act with what it does. Votes are shown to nobody here."""
    with st.container(border=True, key=f"running_{one.round_id}"):
        st.subheader(f"Round {one.number}: {escape(one.question)}", anchor=False)
        st.markdown(f"{TYPE_LABELS[one.anonymity]} · {counted(len(one.items), 'item')} · {_status(one)}")
        with st.expander("What is voted on"):
            for item in one.items:
                draw_item(item)
        if one.status is RoundStatus.OPEN:
            _close(page, one)
        else:
            _reveal(page, one)


def _status(one: Round) -> str:
    return "open: people are voting" if one.status is RoundStatus.OPEN else "closed: nothing is shown until you reveal"


def _close(page: Page, one: Round) -> None:
    st.markdown(WHAT_CLOSING_DOES)
    if st.button(
        f"Close round {one.number}", key=f"close_{one.round_id}", type="primary", icon=":material/lock_clock:"
    ):
        with page.feedback(f"Round {one.number} is closed. Nothing is shown yet."):
            close_round(page.store, page.credential, one.round_id)


def _reveal(page: Page, one: Round) -> None:
    if one.anonymity is Anonymity.ANONYMOUS and one.turnout.voted_count < FEW_VOTERS:
        voters = counted(one.turnout.voted_count, "person", "people")
        st.info(
            f"Only {voters} voted. An anonymous round is revealed only if at least {FEW_VOTERS} voted: fewer counts "
            "would tell who answered what. Open a new round when more can vote.",
            icon=":material/visibility_off:",
        )
        return
    st.markdown(WHAT_REVEALING_DOES[one.anonymity])
    label = f"Reveal the results of round {one.number} to everyone"
    if st.button(label, key=f"reveal_{one.round_id}", type="primary", icon=":material/visibility:"):
        with page.feedback(f"Round {one.number} is revealed."):
            reveal_round(page.store, page.credential, one.round_id)
            settle_anew(page)
