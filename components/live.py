"""What stands live at the top of every page."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from components.bring import asks_since, draw_call, draw_spotlight_offer
from components.brought import bring_along, draw_brought
from components.called import draw_called_card
from components.dock import dock
from components.leading_news import draw_leading_news, note_leading
from components.note_news import decided_at, draw_decided
from components.nudge import draw_nudge
from components.outcome import show_confirmations
from components.pulse import live_fragment, look_again_soon
from components.refused import draw_refused
from components.restored_news import draw_restored, restored_by_others
from components.round_news import changed_since_ballot, draw_round_news, happened_at
from components.strip import draw_strip
from components.texts import escape
from lib.domain.errors import FolkmootError, SignedOut, StoreUnavailable
from lib.domain.workshop import Place, Topic
from lib.services.notes import read_notes

if TYPE_CHECKING:
    from components.frame import Page


@live_fragment(Topic.ROUNDS, slowly=(Topic.VOTES, Topic.PEOPLE))
def live_top(page: "Page") -> None:
    """The line that says where the group is; it is drawn anew for what only this person's own data can say."""
    show_confirmations()
    try:
        place = page.app.reader.read(Place, "read_place", page.credential)
    except StoreUnavailable:
        place = page.place  # the line says that the database is away
        look_again_soon()
    except SignedOut as error:
        if page.held.is_granted:
            st.rerun(scope="app")  # they lead no more: the page opens as a participant's, if it is one
        st.warning(escape(str(error)), icon=":material/logout:")
        return
    except FolkmootError as error:
        st.warning(escape(str(error)), icon=":material/logout:")
        return
    draw_strip(page, place)


@live_fragment(Topic.CALL, Topic.NOTES, Topic.ROUNDS, slowly=(Topic.VOTES,), urgent=(Topic.CALL,))
def live_offers(page: "Page") -> None:
    """Why their last act was refused, what others ask of them, what became of their ballot or text, what was decided.

    It lies over the page and moves nothing on it.
    """
    try:
        place = page.app.reader.read(Place, "read_place", page.credential)
        bring_along(page, place)
        notes = read_notes(page.read)
        changed = changed_since_ballot(page, place)
        restored = restored_by_others(page, place)
    except FolkmootError:
        with dock():
            draw_refused(page)
        return  # the line above says what is the matter
    nudge, spotlight = place.me.nudge, place.workshop.spotlight
    asked = _newest_first(  # what nobody puts away hides nothing that came later
        (asks_since(page, place), partial(draw_call, page, place)),
        (happened_at(changed) if changed else None, partial(draw_round_news, page, changed)),
        (note_leading(page, place), partial(draw_leading_news, page)),
        (nudge.at if nudge else None, partial(draw_nudge, page, place)),
        (decided_at(page, notes), partial(draw_decided, page, notes)),
        (restored.published_at if restored else None, partial(draw_restored, page, restored)),
        (spotlight.at if spotlight else None, partial(draw_spotlight_offer, page, place)),
    )
    draw_called_card(page, place)
    with dock():  # two lines at most, so that it never hides much of the page
        if not draw_refused(page):
            draw_brought(page)
        any(draw() for draw in asked)


def _newest_first(*news: tuple[datetime | None, Callable[[], bool]]) -> list[Callable[[], bool]]:
    """What draws that of which there is news, with when it came."""
    known = [(at, draw) for at, draw in news if at is not None]
    return [draw for _, draw in sorted(known, key=lambda one: one[0], reverse=True)]
