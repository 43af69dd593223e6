"""What others do, shown quietly: one small fragment every three seconds on numbers kept once per process."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from components import header
from components.looking import looks_again
from components.outcome import show_confirmations
from components.pages import link_to
from components.texts import GROUP_DOES, STAGE_NAMES, STORE_AWAY, counted, you_can
from lib.bootstrap import application
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.people import Credential, Role
from lib.domain.workshop import Place, RoundNotice

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


@looks_again
def live_top(credential: Credential, page_name: str, roles: frozenset[Role], drawn: Place) -> None:
    """The pages, and one line that always stands there: where the group is, what one can do, the countdown, rounds.

    `drawn` is the place that the page was drawn with, for while the database is away.
    """
    show_confirmations()
    place, trouble = _place_now(credential)
    header.draw_pages(place or drawn, page_name, roles)
    if place is None:
        st.warning(trouble.words, icon=trouble.icon)
        return
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


def _place_now(credential: Credential) -> tuple[Place | None, _Trouble]:
    """The place, or why it cannot be read."""
    try:
        return application().reader.read(Place, "read_place", credential), _Trouble("", "")
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
