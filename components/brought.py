"""Taking people along to what everybody is called to: at once who is at rest, and with the way back."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.bring import (
    SCENARIO,
    SENT_TO,
    calls_in,
    go,
    is_asked,
    note_call,
    note_where_one_is,
    page_of,
    target_words,
)
from components.page_views import show_view, view_of
from components.pulse import is_at_rest
from components.texts import escape
from lib.domain.people import Role
from lib.domain.workshop import Call, Place

if TYPE_CHECKING:
    from components.frame import Page

ASKED: Final = "calls_asked"
"""The calls that this tab was asked about: it is never moved for them any more."""
BROUGHT: Final = "brought"
SECTION: Final = "section"
"""Under which name a page with parts keeps the one that is open."""
MOVES_FOR: Final = timedelta(minutes=2)
"""After so long a call is an offer only, such as for a laptop that was asleep."""


@dataclass(frozen=True)
class _Brought:
    """What somebody reads who was taken along, and where they were before."""

    words: str
    to_page: str
    from_page: str
    scenario: str | None
    section: str | None
    views: dict[str, str | None]
    """The views of both pages."""


def bring_along(page: "Page", place: Place) -> None:
    """Leave for what everybody was called to a moment ago, once for each call, if this person is at rest.

    Whoever types keeps the page and is asked. So is whoever leads or only reads, and whoever came after the call.
    """
    note_where_one_is(page, place)
    call = place.workshop.call
    if call is None or not is_asked(page, call) or call.call_id in calls_in(page, ASKED):
        return
    if is_at_rest() and goes_along(page, place) and page.app.clock() - call.at <= MOVES_FOR:
        page.here.put(BROUGHT, json.dumps(asdict(_brought(page, call))))
        go(page, call)
    note_call(page, ASKED, call.call_id)


def goes_along(page: "Page", place: Place) -> bool:
    """Whether this person is taken along at all: whoever leads or only reads is asked."""
    return page.role is Role.PARTICIPANT and not place.me.is_co_facilitator


def draw_brought(page: "Page") -> None:
    """Why somebody is on this page who did not go there, and the way back, until they put it away or go on."""
    kept = page.here.get(BROUGHT)
    if kept is None:
        return
    brought = _Brought(**json.loads(kept))
    if page.name != brought.to_page:
        page.here.put(BROUGHT, None)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="brought"):
        st.markdown(f":material/campaign: {brought.words}", width="content")
        if _was_elsewhere(page, brought) and st.button(
            "Back to where I was", key="back_to_before", icon=":material/undo:"
        ):
            _go_back(page, brought)
        st.button("Stay here", key="stay_here", type="tertiary", on_click=page.here.put, args=(BROUGHT, None))


def _brought(page: "Page", call: Call) -> _Brought:
    words = f"**{escape(call.by)}** brought everyone here: **{target_words(call)}**"
    scenario, section = page.here.get(SCENARIO), page.here.get(SECTION)
    views = {name: view_of(page, name) for name in (page_of(call), page.name)}
    return _Brought(words, page_of(call), page.name, scenario, section, views)


def _was_elsewhere(page: "Page", brought: _Brought) -> bool:
    is_elsewhere = brought.from_page != page.name or brought.scenario != page.here.get(SCENARIO)
    return is_elsewhere or brought.views[page.name] != view_of(page, page.name)


def _go_back(page: "Page", brought: _Brought) -> None:
    page.here.put(BROUGHT, None)
    for name in (SCENARIO, SENT_TO):  # withdrawn or not
        page.here.put(name, brought.scenario)
    for name, view in brought.views.items():
        show_view(page, name, view)
    is_review = brought.from_page == "review" and brought.section
    page.go_to(brought.from_page, **({"section": str(brought.section)} if is_review else {}))
