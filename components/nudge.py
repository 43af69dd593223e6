"""The quiet line of a nudge on one's own page, until one puts it away."""

from typing import TYPE_CHECKING

import streamlit as st

from components.pages import link_to
from lib.domain.people import Nudged
from lib.domain.workshop import Place
from lib.services import leading

if TYPE_CHECKING:
    from components.frame import Page

WORDS = {
    Nudged.IDLE: "Those who lead ask whether you are still with the group.",
    Nudged.VOTE: "A round is open, and you have not voted in it yet.",
}


def draw_nudge(page: "Page", place: Place) -> bool:
    """What those who lead ask of this person alone; gives whether they ask anything."""
    nudge = place.me.nudge
    if nudge is None:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="nudge"):
        st.markdown(f":material/notifications: {WORDS[nudge.reason]}", width="content")
        if nudge.reason is Nudged.VOTE and page.name != "vote":
            link_to("vote", page.workshop_id, "Vote now", icon=":material/arrow_forward:")
        if st.button("Put away", key=f"put_away_{nudge.at.timestamp()}", type="tertiary", icon=":material/close:"):
            with page.feedback():
                leading.put_away_nudge(page.store, page.credential)
    return True
