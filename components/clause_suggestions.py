"""Suggested wordings of a clause: each with what it would change, and what one can do with it."""

from uuid import uuid4
from zlib import crc32

import streamlit as st

from components.clause_place import may_edit, open_clause
from components.frame import Page
from components.hiding import offer_hiding
from components.page_views import CLAUSES, show_view
from components.policy_view import clause_label
from components.texts import counted, escape
from components.version_words import draw_spans, when
from lib.domain.discussion import Suggestion, SuggestionState
from lib.domain.errors import ClauseConflict, Conflict
from lib.domain.people import Role
from lib.domain.policy import Clause
from lib.domain.workshop import Place
from lib.policy.compare import word_spans
from lib.services import discussing

LEVEL_WITHIN_S = 10.0
REWORDED = (
    "Somebody reworded the clause just now, so nothing was accepted yet. The change is marked against what it says "
    "now: accept it if it still fits."
)
SETTLED = {
    SuggestionState.ACCEPTED: "accepted",
    SuggestionState.DECLINED: "declined",
    SuggestionState.WITHDRAWN: "withdrawn",
}


def draw_suggestions(page: Page, clause: Clause, suggestions: tuple[Suggestion, ...]) -> None:
    """The open ones, oldest first, then the settled ones folded away. Nothing that anybody types stands in here."""
    waiting = [one for one in suggestions if one.is_open]
    settled = [one for one in suggestions if not one.is_open]
    if waiting:
        st.markdown(f"**{counted(len(waiting), 'suggested wording')}**")
    for one in waiting:
        with st.container(border=True, key=f"suggestion_{one.suggestion_id}", gap="small"):
            _draw_open(page, clause, one)
    if settled:
        with st.expander("Settled suggestions", key=f"settled_{clause.clause_id}"):
            for one in settled:
                _draw_settled(page, one)


def settled_words(one: Suggestion) -> str:
    """Whose it was and what became of it; escaped."""
    own = one.state is SuggestionState.WITHDRAWN
    by = "" if own or not one.settled_by else f" by **{escape(one.settled_by)}**"
    at = f" · {when(one.settled_at)}" if one.settled_at else ""
    return f"**{escape(one.by)}**’s suggestion, {SETTLED[one.state]}{by}{at}"


def _draw_open(page: Page, clause: Clause, one: Suggestion) -> None:
    st.markdown(f":material/rate_review: **{escape(one.by)}** suggests · {when(one.at)}")
    if one.base_wording != clause.wording:
        label = clause_label(clause)
        st.caption(f"{label} was reworded since. What is marked here is the change to what it says **now**.")
    draw_spans(word_spans(clause.wording, one.wording))
    if one.reason:
        st.caption(f"Why: {escape(one.reason)}")
    if page.role is not Role.ORGANIZER:
        with st.container(horizontal=True, gap="small"):
            _draw_acts(page, clause, one)


def _draw_acts(page: Page, clause: Clause, one: Suggestion) -> None:
    if one.person_id == page.viewer.person_id:
        _settle(page, one, SuggestionState.WITHDRAWN, "Withdraw my suggestion", ":material/undo:", "Withdrawn.")
        return
    may_accept = may_edit(page, page.read(Place, "read_place")) and not clause.is_withdrawn and not one.is_hidden
    # The key names the wording beside which it stands: a press never accepts over one that its presser has not seen.
    seen = crc32(clause.wording.encode())
    if may_accept and st.button(
        "Accept", key=f"accept_{one.suggestion_id}_{seen:x}", type="primary", icon=":material/check:"
    ):
        _accept(page, clause, one)
    if may_accept and st.button("Edit the clause", key=f"instead_{one.suggestion_id}", icon=":material/edit:"):
        open_clause(page, "edit", clause.clause_id)
        show_view(page, "draft", CLAUSES)  # its form stands there, not beside the live text
        st.rerun()
    _settle(page, one, SuggestionState.DECLINED, "Decline", ":material/close:", "Declined; it can be put back.")
    if page.role is Role.FACILITATOR:
        offer_hiding(page, discussing.hide_suggestion, one.suggestion_id, one.is_hidden)


def _accept(page: Page, clause: Clause, one: Suggestion) -> None:
    with page.feedback(f"Accepted: {clause_label(clause)} reads so now."):
        page.app.rooms.level(page.credential, LEVEL_WITHIN_S)  # what somebody types in the clause just now counts too
        try:
            discussing.accept_suggestion(page.store, page.credential, one, clause.wording, str(uuid4()))
        except ClauseConflict:
            raise Conflict(REWORDED) from None


def _draw_settled(page: Page, one: Suggestion) -> None:
    st.markdown(settled_words(one))
    if one.wording:
        draw_spans(word_spans(one.base_wording, one.wording))
    is_mine = one.person_id == page.viewer.person_id
    may_reopen = one.state is SuggestionState.DECLINED or (one.state is SuggestionState.WITHDRAWN and is_mine)
    if may_reopen and page.role is not Role.ORGANIZER:
        _settle(page, one, SuggestionState.OPEN, "Put back", ":material/undo:", "It is open again.")
    if page.role is Role.FACILITATOR and not is_mine and one.state is not SuggestionState.ACCEPTED:
        offer_hiding(page, discussing.hide_suggestion, one.suggestion_id, one.is_hidden)


def _settle(page: Page, one: Suggestion, state: SuggestionState, label: str, icon: str, done: str) -> None:
    if st.button(label, key=f"{state.value}_{one.suggestion_id}", type="tertiary", icon=icon):
        with page.feedback(done):
            discussing.settle_suggestion(page.store, page.credential, one.suggestion_id, state)
