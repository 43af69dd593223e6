"""Word of a round that was opened, closed or revealed since a ballot was drawn, also near whoever is deep in it."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.place import recall, remember
from components.pulse import is_whole_page
from components.round_state import in_progress
from lib.domain.people import Role
from lib.domain.rounds import Round, RoundStatus
from lib.domain.workshop import Place

if TYPE_CHECKING:
    from components.frame import Page

HELD: Final = "rounds_held"
"""Under this name a page that is about to be drawn anew with the rounds that it has finds how they were."""
PUT_AWAY: Final = "round_news_put_away"
_DRAWN: Final = "rounds_drawn_with_a_ballot"


def note_drawn(drawn: tuple[Round, ...], *, has_ballot: bool) -> None:
    """What the page is about to draw. Only beside a ballot, which stays as it is, is there news to tell."""
    remember(_DRAWN, drawn if has_ballot else ())


def changed_round(page: "Page", place: Place, drawn: tuple[Round, ...]) -> Round | None:
    """The newest round that is not as it was drawn. Of open rounds the frame's own read knows, at no cost."""
    was_open = {one.round_id for one in drawn if one.status is RoundStatus.OPEN}
    must_read = page.role is Role.FACILITATOR or any(one.status is RoundStatus.CLOSED for one in in_progress(drawn))
    if not must_read and {one.round_id for one in place.open_rounds} == was_open:
        return None
    was = {one.round_id: one.status for one in drawn}
    rounds = page.read(tuple[Round, ...], "read_rounds")
    return next((one for one in rounds if was.get(one.round_id) is not one.status), None)


def news_words(one: Round) -> str:
    """What became of a round, and nothing of what was voted."""
    return {
        RoundStatus.OPEN: f"Round {one.number} is open.",
        RoundStatus.CLOSED: f"Round {one.number} was closed. Your saved votes are counted.",
        RoundStatus.REVEALED: f"The results of round {one.number} are there.",
    }[one.status]


def happened_at(one: Round) -> datetime:
    """When it became what it is."""
    return one.revealed_at or one.closed_at or one.opened_at


def draw_offer(words: str, *, key: str) -> None:
    """What the page does not show yet, and the press that shows it."""
    st.markdown(f":material/notifications: **{words}** Whatever you are writing is kept.", width="content")
    if st.button("Show it", key=key, icon=":material/refresh:"):
        st.rerun(scope="app")


def changed_since_ballot(page: "Page", place: Place) -> Round | None:
    """The same of the ballot that stands on the page, if one does. While the page is drawn, it comes as new."""
    drawn: tuple[Round, ...] = recall(_DRAWN, ())
    if page.name != "vote" or not drawn or (is_whole_page() and recall(HELD) is None):
        return None
    return changed_round(page, place, drawn)


def draw_round_news(page: "Page", changed: Round | None) -> bool:
    """What became of it, for whoever does not see the top of their ballot; gives whether there is anything to say."""
    if changed is None:
        return False
    news = f"{changed.round_id} {changed.status}"
    if page.here.get(PUT_AWAY) == news:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="round_news"):
        draw_offer(news_words(changed), key="show_round_news_here")
        st.button("Close", key=f"close_{news}", type="tertiary", on_click=page.here.put, args=(PUT_AWAY, news))
    return True
