"""The rounds as they stand: close or reveal what is in progress, open the next one, show the newest chart to all."""

import streamlit as st

from components.console_line import WHERE, line
from components.console_to_tab import to_tab
from components.frame import Page
from components.lead_acts import draw_spotlight_act
from components.round_opening import FORM
from components.round_running import draw_next_act
from components.round_state import in_progress, may_be_revealed
from components.round_words import round_turnout_in_words, turnout_in_words
from lib.domain.notes import ThingKind
from lib.domain.rounds import Round, RoundStatus
from lib.domain.workshop import Place

TAB = "Rounds"


def draw_rounds(page: Page, place: Place, rounds: tuple[Round, ...]) -> None:
    """A line for each round in progress; with none, the newest result and the way to the next round."""
    running = in_progress(rounds)
    with st.container(key="matter_running", gap="small"):
        for one in sorted(rounds, key=lambda one: one.number):
            # A place for each, empty once it is revealed: none takes another's, in which a question may be open.
            with line(f"matter_{one.round_id}"):
                if one in running:
                    st.markdown(f":material/how_to_vote: {running_words(place, one)}", width="content")
                    draw_next_act(page, one, where=WHERE)
    if any(one.status is RoundStatus.OPEN or may_be_revealed(one) for one in running):
        return
    newest = next((one for one in rounds if one.status is RoundStatus.REVEALED), None)
    with line("matter_rounds"):
        words = (
            f"**Round {newest.number}** is revealed" if newest else "No round yet" if not rounds else "No round is open"
        )
        st.markdown(f":material/how_to_vote: {words}", width="content")
        with st.container(horizontal=True, gap="small", width="content"):
            now = place.workshop.spotlight
            # What is in the spotlight is taken away where it is named (console_bring.draw_called).
            if newest is not None and (now is None or now.target != newest.round_id):
                label = f"the chart of round {newest.number}"
                draw_spotlight_act(page, ThingKind.ROUND, newest.round_id, label, now, where=WHERE, type="secondary")
            if st.button("Open a round…", key="to_open_a_round", icon=":material/add:"):
                to_tab(TAB, unfold=FORM)


def running_words(place: Place, one: Round) -> str:
    """Whether a round is open, and how many have voted."""
    if one.status is RoundStatus.CLOSED:
        return f"**Round {one.number} is closed**, nothing is shown yet. {round_turnout_in_words(one.turnout)}"
    notice = next((notice for notice in place.open_rounds if notice.round_id == one.round_id), None)
    if notice is None:
        return f"**Round {one.number} is open**"
    return f"**Round {one.number} is open**: {turnout_in_words(notice.voted_count, notice.eligible_count)}"
