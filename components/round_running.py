"""The facilitator's part of a round in progress: close it, and in a second act reveal it."""

import streamlit as st

from components.ask_first import ask_first
from components.frame import Page
from components.lead_acts import draw_lead_acts
from components.note_view import draw_notes_about
from components.round_item import draw_item
from components.round_state import may_be_revealed
from components.round_words import (
    FEW_VOTERS,
    TYPE_LABELS,
    WHAT_REVEALING_DOES,
    closing_in_words,
)
from components.texts import counted, escape
from lib.domain.ids import RoundId
from lib.domain.notes import ThingKind
from lib.domain.rounds import Round, RoundStatus
from lib.services.voting import close_round, reveal_round


def draw_running_round(page: Page, one: Round) -> None:
    """What is voted on, and the next act with what it does. Votes are shown to nobody here."""
    with st.container(border=True, key=f"running_{one.round_id}"):
        st.subheader(f"Round {one.number}: {escape(one.question)}", anchor=False)
        st.markdown(f"{TYPE_LABELS[one.anonymity]} · {counted(len(one.items), 'item')} · {_status(one)}")
        with st.expander("What is voted on"):
            for item in one.items:
                draw_item(item)
        if page.name != "console":  # which has what they lead to
            draw_lead_acts(page, ThingKind.ROUND, one.round_id, f"round {one.number}")
        draw_notes_about(page, ThingKind.ROUND.value, one.round_id)
        draw_next_act(page, one)


def draw_next_act(page: Page, one: Round, *, where: str = "") -> None:
    """Close an open round, or reveal a closed one; both ask first. `where` tells one place on a page from another."""
    if one.status is RoundStatus.OPEN:
        _close(page, one, where)
    else:
        _reveal(page, one, where)


def _status(one: Round) -> str:
    return "open: people are voting" if one.status is RoundStatus.OPEN else "closed: nothing is shown until you reveal"


def closing_key(round_id: RoundId, where: str = "") -> str:
    """The key of the button that closes an open round."""
    return f"{where}close_{round_id}"


def _close(page: Page, one: Round, where: str) -> None:
    if ask_first(
        f"Close round {one.number}",
        closing_in_words(one),
        yes=f"Yes, close round {one.number}",
        no="Leave it open",
        key=closing_key(one.round_id, where),
        icon=":material/lock_clock:",
        type="secondary" if where else "primary",
    ):
        with page.feedback(f"Round {one.number} is closed. Nothing is shown yet."):
            close_round(page.store, page.credential, one.round_id)


def _reveal(page: Page, one: Round, where: str) -> None:
    if not may_be_revealed(one):
        voters = counted(one.turnout.voted_count, "person", "people")
        st.info(
            f"Only {voters} voted. An anonymous round is revealed only if at least {FEW_VOTERS} voted: fewer counts "
            "would tell who answered what. Open a new round when more can vote: this one leaves the page then, and "
            "stays in the record with how many voted.",
            icon=":material/visibility_off:",
        )
        return
    if ask_first(
        f"Reveal the results of round {one.number} to everyone",
        WHAT_REVEALING_DOES[one.anonymity],
        yes=f"Yes, reveal round {one.number}",
        no="Not yet",
        key=f"{where}reveal_{one.round_id}",
        icon=":material/visibility:",
        type="secondary" if where else "primary",
    ):
        with page.feedback(f"Round {one.number} is revealed."):
            reveal_round(page.store, page.credential, one.round_id)
