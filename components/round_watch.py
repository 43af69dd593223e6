"""How many have voted, live; and word of a round that was opened, closed or revealed, without touching the ballot."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from components.ballot_state import answered_count, has_answered_elsewhere, read_rounds, read_rounds_to_show
from components.frame import Page
from components.looking import KEPT_FOR_S, Texts, reads_otherwise
from components.place import remember, take
from components.pulse import live_fragment, look_again_soon
from components.round_news import HELD, changed_round, draw_offer, news_words, note_drawn
from components.round_state import in_progress
from components.round_words import round_turnout_in_words, turnout_in_words
from components.texts import escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import RoundId
from lib.domain.people import Role
from lib.domain.rounds import Item, Round, RoundStatus
from lib.domain.workshop import Place, Topic

JUST_DRAWN = "rounds_just_drawn"
WAS_HELD = "rounds_were_held"


def rounds_to_draw(page: Page) -> tuple[Round, ...]:
    """All rounds, newest first; after a text was hidden, those that the page had, as open or closed as they were.

    The news of them is offered still: a ballot does not go while somebody writes in it because a text is hidden.
    """
    rounds = read_rounds_to_show(page)
    held: dict[RoundId, RoundStatus] | None = take(HELD)
    if held is None:
        return rounds
    remember(WAS_HELD, True)
    return tuple(replace(one, status=held[one.round_id]) for one in rounds if one.round_id in held)


def watch_from_here(page: Page, drawn: tuple[Round, ...], *, has_ballot: bool) -> None:
    """Begin to watch what the page is about to draw.

    The page's own run compares nothing: two reads of it can be a second apart, and it would run again and again.
    """
    remember(JUST_DRAWN, True)
    note_drawn(drawn, has_ballot=has_ballot)
    watch_rounds(page, drawn, has_ballot)


@live_fragment(Topic.ROUNDS, Topic.PEOPLE, slowly=(Topic.VOTES,), own=True)
def watch_rounds(page: Page, drawn: tuple[Round, ...], has_ballot: bool) -> None:
    """The turnout of rounds in progress. What changed since the page was drawn is offered, never forced on a voter."""
    has_just_been_drawn, was_held = take(JUST_DRAWN), take(WAS_HELD)
    try:
        if not has_just_been_drawn and reads_otherwise(item_texts(drawn), _item_texts_now(*_reader(page), page)):
            if has_ballot:
                remember(HELD, {one.round_id: one.status for one in drawn})
            st.rerun(scope="app")
        may_be_old = was_held or not has_just_been_drawn
        changed = changed_round(page, _place(page), drawn) if may_be_old else None
        if changed is not None:
            if not has_ballot:
                st.rerun(scope="app")
            _offer(news_words(changed))
        elif page.role is Role.FACILITATOR:
            draw_who_has_voted(read_rounds(page))
        else:
            answers_elsewhere = not has_just_been_drawn and has_answered_elsewhere(page)
            _draw_turnout(page, _place(page), drawn)
            if answers_elsewhere:
                _offer("You have answered through another device.")
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.


def item_texts(rounds: tuple[Round, ...]) -> Texts:
    """What is voted on, as it may be read."""
    return item_texts_of(item for one in rounds for item in one.items)


def item_texts_of(items: Iterable[Item]) -> Texts:
    """The items' texts, by item."""
    return {one.item_id: hash((one.text, one.scenario_title, one.scenario_text)) for one in items}


def _reader(page: Page) -> tuple[str, bool, int]:
    """Those who read the same: everybody in a workshop but its facilitators, until it changes."""
    return page.workshop_id, page.role is Role.FACILITATOR, page.known_rev


@st.cache_data(ttl=KEPT_FOR_S, max_entries=200, show_spinner=False)
def _item_texts_now(workshop_id: str, is_facilitator: bool, rev: int, _page: Page) -> Texts:
    """The same for all who ask: during a vote every ballot's own look would read all rounds after every vote."""
    return item_texts(_page.read_now(tuple[Round, ...], "read_rounds"))


def _place(page: Page) -> Place:
    return page.read(Place, "read_place")


def _offer(words: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_offer(words, key="show_rounds_news")


def _draw_turnout(page: Page, place: Place, drawn: tuple[Round, ...]) -> None:
    by_number = {one.number: one for one in drawn}
    for notice in place.open_rounds:
        one = by_number.get(notice.number)
        if one is None:
            continue  # Opened since the page was drawn: the next look offers it.
        words = turnout_in_words(notice.voted_count, notice.eligible_count)
        if page.role is Role.PARTICIPANT:
            words += f" · you have answered {answered_count(one)} of {len(one.items)}"
        st.markdown(f":material/how_to_vote: Round {notice.number}: {words}")
    for one in in_progress(drawn):
        if one.status is RoundStatus.CLOSED:
            st.markdown(f":material/lock_clock: Round {one.number} is closed: {round_turnout_in_words(one.turnout)}")


def draw_who_has_voted(rounds: tuple[Round, ...]) -> None:
    """For the facilitator: who has voted, and nothing of what."""
    for one in in_progress(rounds):
        st.markdown(f":material/how_to_vote: Round {one.number}: {round_turnout_in_words(one.turnout)}")
        _draw_names("Have not voted yet", one.turnout.missing)
        _draw_names("Have voted", one.turnout.voted)


def _draw_names(label: str, names: tuple[str, ...]) -> None:
    if names:
        st.markdown(f"{label}: {', '.join(escape(name) for name in names)}")
