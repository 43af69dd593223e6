"""A decision that was taken a moment ago, before everybody at once, until each puts it away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.note_words import SECTION
from components.pages import link_to
from components.texts import quoted
from lib.domain.notes import Note
from lib.domain.people import Role

if TYPE_CHECKING:
    from components.frame import Page

PUT_AWAY: Final = "decision_put_away"
NEWS_FOR: Final = timedelta(minutes=10)


def decided_at(page: "Page", notes: Sequence[Note]) -> datetime | None:
    """When the decision was taken that is news to this person; None if none is."""
    newest = _news(page, notes)
    return newest.at if newest else None


def draw_decided(page: "Page", notes: Sequence[Note]) -> bool:
    """The newest decision, to whoever does not lead and has not put it away; gives whether there is one."""
    newest = _news(page, notes)
    if newest is None:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="decided"):
        st.markdown(f":material/gavel: Decided: **{quoted(newest.text, 120)}**", width="content")
        link_to("review", page.workshop_id, "Read it", icon=":material/arrow_forward:", section=SECTION)
        key, put_away = f"read_{newest.note_id}", (PUT_AWAY, newest.note_id)
        st.button("Close", key=key, type="tertiary", on_click=page.here.put, args=put_away)
    return True


def _news(page: "Page", notes: Sequence[Note]) -> Note | None:
    decisions = [one for one in notes if one.is_decision and not one.is_withdrawn]
    if not decisions or page.role is Role.FACILITATOR or page.name == "review":  # where all of them stand
        return None
    newest = decisions[-1]
    is_told = page.app.clock() - newest.at > NEWS_FOR or page.here.get(PUT_AWAY) == newest.note_id
    return None if is_told else newest
