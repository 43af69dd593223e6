"""The Vote page as each role needs it: ballots and waiting for participants, rounds to run for the facilitator."""

from typing import Final

import streamlit as st

from components.ballot import draw_ballot
from components.ballot_item import show_refusals
from components.ballot_reasons import draw_unsent_reasons
from components.focus_back import give_focus_back
from components.frame import Page
from components.round_opening import draw_opening, opening_form
from components.round_results import draw_result
from components.round_running import draw_running_round
from components.round_state import in_progress, may_be_revealed
from components.round_watch import rounds_to_draw, watch_from_here
from components.round_words import FEW_VOTERS
from components.texts import counted, escape
from lib.domain.people import Role
from lib.domain.rounds import Round, RoundStatus
from lib.services.reviewing import read_results

LINE_PX: Final = 42
NARROW_LINE_PX: Final = 68
"""The line of a round, with the gap below it."""
OFFER_PX: Final = 48
NARROW_OFFER_PX: Final = 112
"""What is offered below the lines, with its button: on a narrow screen below the words."""


def draw_rounds(page: Page) -> None:
    """Rounds in progress first, then the results of the newest revealed one."""
    rounds = rounds_to_draw(page)
    running = in_progress(rounds)
    is_open = any(one.status is RoundStatus.OPEN for one in running)
    has_ballot = is_open and page.role is Role.PARTICIPANT
    if page.role is Role.FACILITATOR:
        # Who has voted grows as people come: beside what the facilitator writes, or below it, and never above.
        left, right = (st.container(), st.container()) if page.is_narrow else st.columns([2, 1], gap="large")
        with left:
            _draw_facilitator(page, rounds, running)
        with right:
            watch_from_here(page, rounds, has_ballot=has_ballot)
    else:
        # Above all that comes and goes with a round, which may happen while somebody writes in one of these.
        draw_unsent_reasons(page, rounds)
        with st.container(height=news_height(running, page.is_narrow), border=False, key="rounds_news"):
            watch_from_here(page, rounds, has_ballot=has_ballot)
        _draw_voter(page, rounds, running)
    _draw_results(page)


def news_height(running: tuple[Round, ...], is_narrow: bool) -> int:
    """How many pixels the news has, whatever the news: nothing below it may move under somebody who writes."""
    line_px, offer_px = (NARROW_LINE_PX, NARROW_OFFER_PX) if is_narrow else (LINE_PX, OFFER_PX)
    return max(1, len(running)) * line_px + offer_px


def _draw_facilitator(page: Page, rounds: tuple[Round, ...], running: tuple[Round, ...]) -> None:
    if Role.PARTICIPANT in page.other_roles and st.button("Vote as a participant", key="vote_as_participant"):
        page.here.choose_role(Role.PARTICIPANT)
        st.rerun()
    # Above the rounds, which another facilitator opens and closes under whoever is writing.
    with opening_form(page, running):
        draw_opening(page)
    for one in running:
        draw_running_round(page, one)
    give_focus_back(page)


def _draw_voter(page: Page, rounds: tuple[Round, ...], running: tuple[Round, ...]) -> None:
    for one in running:
        if one.status is RoundStatus.OPEN and page.role is Role.PARTICIPANT:
            draw_ballot(page, one)
        else:
            _draw_waiting(page, one)
    for one in rounds:
        if one not in running and page.role is Role.PARTICIPANT:
            show_refusals(page, one)
    if not rounds:
        st.markdown(
            "There is no round yet. When the facilitator opens one, the ballot appears here by itself. You will answer "
            "each item with agree, pass, disagree or cannot judge, and may add a reason; nobody sees your votes before "
            "the reveal."
        )
        page.link_to("test", "Meanwhile, try scenarios", icon=":material/science:")


def _draw_waiting(page: Page, one: Round) -> None:
    st.subheader(f"Round {one.number}: {escape(one.question)}", anchor=False)
    if one.status is RoundStatus.OPEN:
        st.markdown("Participants are voting. Nothing of it is shown before the facilitator reveals the results.")
    elif not may_be_revealed(one):
        st.markdown(
            f"This round is closed. Fewer than {FEW_VOTERS} voted, so nothing of it is ever shown: in an anonymous "
            "round the counts would tell who answered what."
        )
    else:
        st.markdown(
            "This round is closed and not revealed. Nothing is shown until the facilitator reveals the results to "
            "everyone at once."
        )
    if page.role is Role.PARTICIPANT:
        show_refusals(page, one)
        st.markdown(f"You answered {len(one.my_votes)} of {counted(len(one.items), 'item')}; these votes are counted.")


def _draw_results(page: Page) -> None:
    """The newest results; earlier ones by choice."""
    results = read_results(page.read)
    if not results:
        return
    newest_first = list(reversed(results))
    chosen = newest_first[0]
    if len(results) > 1:
        by_number = {result.number: result for result in newest_first}
        number = st.selectbox(
            "Revealed round",
            list(by_number),
            format_func=lambda n: f"Round {n}: {by_number[n].question}",
            key=f"shown_round_{page.workshop_id}_{len(results)}",
        )
        chosen = by_number[number]
    draw_result(page, chosen)
    page.link_to("review", "All results, coverage and versions in Review", icon=":material/insights:")
