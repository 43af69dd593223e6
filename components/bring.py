"""Where everybody is called to: the way there, and an offer for whoever is not taken along (`brought.py`).

Fields save themselves, so nothing is lost by going.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.page_views import show_single
from components.pages import link_to
from components.texts import STAGE_NAMES, escape, quoted
from lib.domain.ids import ClauseId, ScenarioId
from lib.domain.workshop import Call, CallKind, Place, Stage

if TYPE_CHECKING:
    from components.frame import Page

ARRIVED: Final = "call_arrived"
"""The last call for which this tab left."""
ANSWERED: Final = "calls_answered"
"""The calls for which this tab went there, or stood there, or whose person said that they stay."""
CAME: Final = "came_at"
"""When this tab opened the workshop."""
COMES_FOR: Final = timedelta(minutes=2)
"""A call is over for whoever comes later after it."""
MOST_CALLS: Final = 50
"""So many acts of those who lead can be taken back, and an older call comes back only so."""
DARK: Final = "spotlight_put_away"
CLAUSE: Final = "called_clause"
CLAUSE_ASKED: Final = "called_clause_asked"
"""Tells one call or link to a clause from another."""
RESPONSE: Final = "called_response"
SCENARIO: Final = "scenario"
"""The scenario that this tab has open."""
SENT_TO: Final = "sent_to_scenario"
"""The one to which it was sent last, which it shows though it may be withdrawn."""
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


def calls_in(page: "Page", what: str) -> list[str]:
    """The calls that this tab remembers under a name, oldest first."""
    return (page.here.get(what) or "").split()


def note_call(page: "Page", what: str, call_id: str) -> None:
    """Remember a call under a name too: one that was taken back by another comes back when that is undone."""
    others = [one for one in calls_in(page, what) if one != call_id]
    page.here.put(what, " ".join([*others, call_id][-MOST_CALLS:]))


def note_where_one_is(page: "Page", place: Place) -> None:
    """Remember since when this tab is here, and that it stands where everybody is called to."""
    if page.here.get(CAME) is None:
        page.here.put(CAME, page.app.clock().isoformat())
    call = place.workshop.call
    if call is not None and call.kind is CallKind.STAGE and call.target == page.name:
        note_call(page, ANSWERED, call.call_id)


def is_asked(page: "Page", call: Call) -> bool:
    """Whether this tab is still to go there: it was here for the call, and its person did not answer it yet."""
    if page.name in ("console", "overview") or call.call_id in calls_in(page, ANSWERED):
        return False
    came = page.here.get(CAME)
    return came is None or datetime.fromisoformat(came) - call.at <= COMES_FOR


def asks_since(page: "Page", place: Place) -> datetime | None:
    """Since when a call asks this person; None if none does. As long as it is fresh it comes before all other news."""
    call = place.workshop.call
    if call is None or not is_asked(page, call):
        return None
    return max(call.at, page.app.clock()) if page.app.clock() - call.at <= COMES_FOR else call.at


def go(page: "Page", call: Call) -> None:
    """Leave for what everybody is asked to."""
    here = page.here
    here.put(ARRIVED, call.call_id)
    note_call(page, ANSWERED, call.call_id)
    to_clause(page, ClauseId(call.target) if call.kind is CallKind.CLAUSE else None, call.call_id)
    here.put(RESPONSE, call.target if call.kind is CallKind.RESPONSE else None)
    if call.scenario_id is not None:
        to_scenario(page, call.scenario_id)
        st.session_state[f"all_answers_{call.scenario_id}"] = True  # the response may be an old one
    page.go_to(page_of(call))


def to_clause(page: "Page", clause: ClauseId | None, asked: str) -> None:
    """Have the Draft page bring a clause into view; `asked` tells one call or link from another."""
    page.here.put(CLAUSE, clause)
    page.here.put(CLAUSE_ASKED, asked)
    if clause is not None:
        show_single(page, "draft")


def to_scenario(page: "Page", scenario: ScenarioId) -> None:
    """Have the Test page show a scenario, a withdrawn one too."""
    page.here.put(SCENARIO, scenario)
    page.here.put(SENT_TO, scenario)
    show_single(page, "test")


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
        # As a callback: the drawing that follows the press shows it gone, and nothing else is drawn anew.
        stays = (page, ANSWERED, call.call_id)
        st.button("Not now", key=f"call_put_away_{call.call_id}", type="tertiary", on_click=note_call, args=stays)
    return True


def draw_spotlight_offer(page: "Page", place: Place) -> bool:
    """The way to what is in the spotlight; gives whether this person is offered it."""
    spotlight = place.workshop.spotlight
    if spotlight is None or page.name in ("review", "console") or page.here.get(DARK) == spotlight.call_id:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="spotlight_offer"):
        st.markdown(f":material/highlight: In the spotlight: **{target_words(spotlight)}**", width="content")
        link_to("review", page.workshop_id, "Look at it", icon=":material/arrow_forward:")
        key, put_away = f"{DARK}_{spotlight.call_id}", (DARK, spotlight.call_id)
        st.button("Close", key=key, type="tertiary", on_click=page.here.put, args=put_away)
    return True
