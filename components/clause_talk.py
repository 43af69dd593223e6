"""The discussion of a clause: what everybody said, oldest first, so that what comes in moves nothing above it."""

import streamlit as st

from components.clause_say import open_comment
from components.frame import Page
from components.hiding import offer_hiding
from components.stored_choice import turning_key
from components.texts import escape
from components.version_words import when
from lib.domain.discussion import Comment
from lib.domain.ids import ClauseId
from lib.domain.people import Role
from lib.services import discussing

SHOWN_AT_FIRST = 10


def draw_talk(page: Page, clause_id: ClauseId, comments: tuple[Comment, ...]) -> None:
    """The comments. Nothing that anybody types stands in here."""
    st.markdown("**Discussion**")
    if not comments:
        st.caption(
            "Nobody has said anything yet."
            if page.role is Role.ORGANIZER
            else "Nobody has said anything yet. Ask, object, give a reason: everyone reads it."
        )
    for one in comments[_first_shown(page, clause_id, comments) :]:
        with st.container(key=f"comment_{one.comment_id}", gap="xsmall"):
            _draw_comment(page, one)


def _first_shown(page: Page, clause_id: ClauseId, comments: tuple[Comment, ...]) -> int:
    """The place of the first comment that is drawn: it stays the same one while others write more."""
    name = f"talk_from:{clause_id}"
    places: dict[str | None, int] = {one.comment_id: place for place, one in enumerate(comments)}
    start = places.get(page.here.get(name), max(0, len(comments) - SHOWN_AT_FIRST))
    page.here.put(name, comments[start].comment_id if comments else None)
    if start and st.button(f"Show the {start} before", key=f"earlier_{clause_id}", type="tertiary"):
        page.here.put(name, comments[0].comment_id)
        return 0
    return start


def _draw_comment(page: Page, one: Comment) -> None:
    is_mine = one.person_id == page.viewer.person_id
    if one.is_withdrawn and not is_mine:
        st.caption(f"{escape(one.by)} took a comment back · {when(one.at)}")
        return
    edited = " · changed" if one.edited_at else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        back = " · taken back, only you see it" if one.is_withdrawn else ""
        st.markdown(f"**{escape(one.by)}** · {when(one.at)}{edited}{back}", width="content")
        if is_mine and not one.is_hidden:
            _draw_own_acts(page, one)
        elif page.role is Role.FACILITATOR:
            offer_hiding(page, discussing.hide_comment, one.comment_id, one.is_hidden)
    st.text(one.text)


def _draw_own_acts(page: Page, one: Comment) -> None:
    if not one.is_withdrawn and st.button("Change", key=f"change_{one.comment_id}", type="tertiary"):
        open_comment(page, one.comment_id)
        st.rerun()
    label = "Put back" if one.is_withdrawn else "Take back"
    if st.button(label, key=turning_key("back", one.comment_id, is_so=one.is_withdrawn), type="tertiary"):
        with page.feedback("It stands again." if one.is_withdrawn else "Taken back; only you see it now."):
            discussing.withdraw_comment(page.store, page.credential, one.comment_id, not one.is_withdrawn)
