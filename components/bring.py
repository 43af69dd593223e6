"""Where everybody is called to: the way there, and an offer for whoever is not taken along (`brought.py`).

Fields save themselves, so nothing is lost by going.
"""

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.pages import link_to
from components.texts import STAGE_NAMES, escape, quoted
from lib.domain.ids import ClauseId
from lib.domain.workshop import Call, CallKind, Place, Stage

if TYPE_CHECKING:
    from components.frame import Page

ARRIVED: Final = "call_arrived"
PUT_AWAY: Final = "call_put_away"
DARK: Final = "spotlight_put_away"
CLAUSE: Final = "called_clause"
CLAUSE_ASKED: Final = "called_clause_asked"
"""Tells one call or link to a clause from another."""
RESPONSE: Final = "called_response"
PAGE_OF: Final = {
    CallKind.CLAUSE: "draft",
    CallKind.SCENARIO: "test",
    CallKind.RESPONSE: "test",
    CallKind.ROUND: "vote",
}


def target_words(call: Call) -> str:
    """What everybody is asked to, such as "S3 “A brother sent away”"."""
    if call.kind is CallKind.STAGE:
        return STAGE_NAMES[Stage(call.target)]
    return f"{escape(call.label)} {quoted(call.title)}" if call.title else escape(call.label)


def target_name(call: Call) -> str:
    """The same without Markdown."""
    if call.kind is CallKind.STAGE:
        return STAGE_NAMES[Stage(call.target)]
    return f"{call.label} “{call.title}”" if call.title else call.label


def page_of(call: Call) -> str:
    """The name of the page on which it is."""
    return call.target if call.kind is CallKind.STAGE else PAGE_OF[call.kind]


def has_arrived(page: "Page", call: Call) -> bool:
    """Whether this tab went there already, or stands there anyway."""
    return page.here.get(ARRIVED) == call.call_id or (call.kind is CallKind.STAGE and page.name == call.target)


def is_asked(page: "Page", call: Call) -> bool:
    """Whether this tab is still to go there: it did not yet, nor did its person say that they stay."""
    if page.name in ("console", "overview") or has_arrived(page, call):
        return False
    return page.here.get(PUT_AWAY) != call.call_id


def go(page: "Page", call: Call) -> None:
    """Leave for what everybody is asked to."""
    here = page.here
    here.put(ARRIVED, call.call_id)
    to_clause(page, ClauseId(call.target) if call.kind is CallKind.CLAUSE else None, call.call_id)
    here.put(RESPONSE, call.target if call.kind is CallKind.RESPONSE else None)
    if call.scenario_id is not None:
        here.put("scenario", call.scenario_id)
        st.session_state[f"all_answers_{call.scenario_id}"] = True  # the response may be an old one
    page.go_to(page_of(call))


def to_clause(page: "Page", clause: ClauseId | None, asked: str) -> None:
    """Have the Draft page bring a clause into view; `asked` tells one call or link from another."""
    page.here.put(CLAUSE, clause)
    page.here.put(CLAUSE_ASKED, asked)


def called_clause(page: "Page") -> tuple[ClauseId, str] | None:
    """The clause to which this tab went by a call or a link, with what tells one from another."""
    clause = page.here.get(CLAUSE)
    return (ClauseId(clause), page.here.get(CLAUSE_ASKED) or "") if clause else None


def draw_call(page: "Page", place: Place) -> bool:
    """Where everybody is asked to, with the way there; gives whether this person is asked."""
    call = place.workshop.call
    if call is None or not is_asked(page, call):
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="call_offer"):
        asks = "asks you to come to" if call.kind is CallKind.STAGE else "asks you to look at"
        words = f":material/campaign: {escape(call.by)} {asks} **{target_words(call)}**. What you type is kept."
        st.markdown(words, width="content")
        if st.button("Go there", key=f"go_{call.call_id}", type="primary", icon=":material/arrow_forward:"):
            go(page, call)
        _offer_to_put_away(page, PUT_AWAY, call.call_id, "Not now")
    return True


def draw_spotlight_offer(page: "Page", place: Place) -> bool:
    """The way to what is in the spotlight; gives whether this person is offered it."""
    spotlight = place.workshop.spotlight
    if spotlight is None or page.name in ("review", "console") or page.here.get(DARK) == spotlight.call_id:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="spotlight_offer"):
        st.markdown(f":material/highlight: In the spotlight: **{target_words(spotlight)}**", width="content")
        link_to("review", page.workshop_id, "Look at it", icon=":material/arrow_forward:")
        _offer_to_put_away(page, DARK, spotlight.call_id, "Close")
    return True


def _offer_to_put_away(page: "Page", what: str, call_id: str, label: str) -> None:
    # As a callback: the drawing that follows the press shows it gone, and nothing else is drawn anew.
    st.button(label, key=f"{what}_{call_id}", type="tertiary", on_click=page.here.put, args=(what, call_id))
