"""What others do, shown quietly: one small fragment, drawn again when something has changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from components import header
from components.outcome import show_confirmations
from components.pages import link_to
from components.pulse import live_fragment
from components.texts import GROUP_DOES, STAGE_NAMES, STORE_AWAY, counted, you_can
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.people import Role
from lib.domain.workshop import Place, RoundNotice

if TYPE_CHECKING:
    from components.frame import Page

_COUNTDOWN = st.components.v2.component(
    "folkmoot_countdown",
    html="""<span class="left" role="timer"></span>
<span class="label"></span>""",
    css="""
    .left { font-family: var(--st-font); font-variant-numeric: tabular-nums; font-weight: 650;
      color: var(--st-text-color); }
    .label { font-family: var(--st-font); font-size: 0.875rem; color: var(--st-text-color); }
    """,
    js="""
    export default function (component) {
      const { data, parentElement } = component
      const left = parentElement.querySelector(".left")
      parentElement.querySelector(".label").textContent = data.label
      const skewMs = data.now_ms - Date.now()
      const draw = () => {
        const seconds = Math.max(0, Math.round((data.ends_ms - Date.now() - skewMs) / 1000))
        const minutes = Math.floor(seconds / 60)
        const text = seconds === 0 ? "Time is up" : `${minutes}:${String(seconds % 60).padStart(2, "0")} left`
        if (left.textContent !== text) left.textContent = text
      }
      draw()
      clearInterval(left.ticking)
      left.ticking = setInterval(draw, 1000)
      return () => clearInterval(left.ticking)
    }
    """,
)


@live_fragment
def live_top(page: "Page") -> None:
    """The pages, and one line that always stands there: where the group is, what one can do, the countdown, rounds."""
    show_confirmations()
    menu = st.container(key="stages")
    place, trouble = _place_now(page)
    if place is None:
        st.warning(trouble.words, icon=trouble.icon)
    else:
        _strip(place, page.name)
    with menu:  # after the line below it: the news is what everybody waits for
        header.draw_pages(place or page.place, page.name, frozenset({page.role, *page.other_roles}))


def _strip(place: Place, page_name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="live_strip"):
        _where_the_group_is(place, page_name)
        if place.workshop.timer_ends_at is not None:
            _countdown(place.workshop.timer_ends_at, place.workshop.timer_label)
        for notice in place.open_rounds if page_name != "vote" else ():  # The Vote page itself says more of them.
            _open_round(notice, place, page_name)
        if place.workshop.editing_is_locked:
            st.markdown(":material/lock: The policy is locked", width="content")


@dataclass(frozen=True)
class _Trouble:
    words: str
    icon: str


def _place_now(page: "Page") -> tuple[Place | None, _Trouble]:
    """The place, or why it cannot be read."""
    try:
        return page.app.reader.read(Place, "read_place", page.credential), _Trouble("", "")
    except StoreUnavailable:
        return None, _Trouble(STORE_AWAY, ":material/cloud_off:")
    except FolkmootError as error:
        return None, _Trouble(str(error), ":material/logout:")


def _where_the_group_is(place: Place, page_name: str) -> None:
    stage = place.workshop.stage
    next_act = you_can(place.me.role, page_name)
    st.markdown(f"**{GROUP_DOES[stage]}** Here you can {next_act}" if next_act else GROUP_DOES[stage], width="content")
    if page_name != stage.value and page_name not in ("console", "overview"):
        link_to(stage.value, place.workshop.workshop_id, f"Go to {STAGE_NAMES[stage]}", icon=":material/arrow_forward:")


def _countdown(ends_at: datetime, label: str) -> None:
    now_ms = datetime.now(UTC).timestamp() * 1000
    _COUNTDOWN(
        key="countdown",
        data={"ends_ms": ends_at.timestamp() * 1000, "now_ms": now_ms, "label": label},
        width="content",
    )


def _open_round(notice: RoundNotice, place: Place, page_name: str) -> None:
    counts = f"{notice.voted_count} of {notice.eligible_count} have voted"
    own = ""
    if place.me.role is Role.PARTICIPANT and notice.i_am_eligible:
        own = ", you too" if notice.i_have_voted else ", you have not"
    st.markdown(f":material/how_to_vote: Round {notice.number} is open: {counts}{own}", width="content")
    is_missing = place.me.role is Role.PARTICIPANT and notice.i_am_eligible and not notice.i_have_voted
    if is_missing and page_name != "vote" and place.workshop.stage.value != "vote":
        link_to("vote", place.workshop.workshop_id, "Vote now", icon=":material/arrow_forward:")


def people_line(place: Place) -> str:
    """How many take part, in words."""
    return counted(place.participant_count, "participant")
