"""The shared countdown: it goes by itself in each browser, and says when it stands still."""

from datetime import UTC, datetime

import streamlit as st

from components.scripts import script
from lib.domain.workshop import Workshop

_COUNTDOWN = st.components.v2.component(
    "folkmoot_countdown",
    html="""<span class="left" role="timer"></span>
<span class="label"></span>""",
    css="""
    .left { font-family: var(--st-font); font-variant-numeric: tabular-nums; font-weight: 650;
      color: var(--st-text-color); }
    .label { font-family: var(--st-font); font-size: 0.875rem; color: var(--st-text-color); }
    """,
    js=script("when_gone", "clock", "countdown"),
)


def draw_countdown(workshop: Workshop, *, key: str, label: str) -> None:
    """What is left, and what for; nothing where there is no countdown."""
    if workshop.timer_ends_at is None and workshop.timer_left_s is None:
        return
    _COUNTDOWN(key=key, data=countdown_data(workshop, datetime.now(UTC)) | {"label": label}, width="content")


def countdown_data(workshop: Workshop, now: datetime) -> dict[str, float | str | None]:
    """What the element draws: either when it ends, or what is left of one that stands still."""
    ends_at, paused_s = workshop.timer_ends_at, workshop.timer_left_s
    return {
        "ends_ms": None if paused_s is not None or ends_at is None else ends_at.timestamp() * 1000,
        "paused_ms": None if paused_s is None else paused_s * 1000,
        "now_ms": now.timestamp() * 1000,
    }
