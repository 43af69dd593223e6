"""The line at the top of every page: where the group is, what one can do, the countdown, open rounds.

The browser draws it, as the page was drawn and anew from every pulse, so that a crowd sees another stage at once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from components.bring import target_name
from components.pages import STAGE_PAGES, go_to
from components.scripts import script
from components.texts import GROUP_DOES, STAGE_NAMES, STORE_AWAY, UNSAVED_TEXT, VERSION_WORDS, you_can
from lib.domain.people import Role
from lib.domain.workshop import Call, CallKind, Notice, Place, Stage, notice_of

if TYPE_CHECKING:
    from components.frame import Page

_HERE: Final = Path(__file__).parent
_STRIP = st.components.v2.component(
    "folkmoot_strip",
    html="""<div class="strip"><div class="where"></div><div class="facts"></div>
<span class="spoken" role="status"></span></div>""",
    css=(_HERE / "strip.css").read_text("utf-8"),
    js=script("when_gone", "clock", "strip"),
)


def draw_strip(page: "Page", place: Place) -> None:
    """The line, and the way to where it leads."""
    drawn = _STRIP(key="strip", data=strip_data(page, place), on_go_change=_nothing)
    if drawn.go in STAGE_PAGES:
        go_to(str(drawn.go), page.workshop_id)


def strip_data(page: "Page", place: Place) -> dict[str, Any]:
    """All that the line shows, in the words of this person and page."""
    is_voter = place.me.role is Role.PARTICIPANT
    return {
        "workshop": page.workshop_id,
        "page": page.name,
        "rev": place.workshop.rev,
        "is_away": page.app.reader.contact.is_away(),
        "now_ms": datetime.now(UTC).timestamp() * 1000,
        "notice": as_told(notice_of(place)),
        "stages": {stage.value: _stage_words(page, stage) for stage in Stage},
        "here": you_can(place.me.role, page.name),
        "away": STORE_AWAY,
        "version": VERSION_WORDS,
        "vote": _address("vote", page),
        "draft": _address("draft", page),
        "person": page.viewer.person_id,
        "unsaved": UNSAVED_TEXT,
        "is_voter": is_voter,
        "mine": {
            one.round_id: "voted" if one.i_have_voted else "missing" if one.i_am_eligible else "not eligible"
            for one in place.open_rounds
            if is_voter
        },
    }


@lru_cache(maxsize=64)
def as_told(notice: Notice) -> Mapping[str, Any]:
    """A notice as JSON can hold it; times in milliseconds since 1970."""
    ends_at = notice.timer_ends_at
    return {
        "stage": notice.stage.value,
        "editing_is_locked": notice.editing_is_locked,
        "timer_ends_ms": ends_at and ends_at.timestamp() * 1000,
        "timer_paused_ms": None if notice.timer_left_s is None else notice.timer_left_s * 1000,
        "timer_label": notice.timer_label,
        "step": f"Step {notice.agenda.number} of {notice.agenda.count}" if notice.agenda else "",
        "latest_version_number": notice.latest_version_number,
        "changed_since_version": notice.changed_since_version,
        "open_rounds": [
            {
                "round_id": one.round_id,
                "number": one.number,
                "voted_count": one.voted_count,
                "eligible_count": one.eligible_count,
            }
            for one in notice.open_rounds
        ],
        "call": notice.call and _call_as_told(notice.call),
    }


def _call_as_told(call: Call) -> Mapping[str, Any]:
    stage, at_ms = call.target if call.kind is CallKind.STAGE else None, call.at.timestamp() * 1000
    return {
        "call_id": call.call_id,
        "by": call.by,
        "name": target_name(call),
        "text": call.text,
        "stage": stage,
        "at_ms": at_ms,
    }


def _stage_words(page: "Page", stage: Stage) -> dict[str, str | None]:
    is_elsewhere = page.name not in (stage.value, "console", "overview")
    return {
        "does": GROUP_DOES[stage],
        "link": f"Go to {STAGE_NAMES[stage]}" if is_elsewhere else None,
        "href": _address(stage.value, page),
        "page": stage.value,
    }


def _address(name: str, page: "Page") -> str:
    return f"{name}?w={page.workshop_id}"


def _nothing() -> None:
    """That somebody follows a link is read where the line is drawn."""
