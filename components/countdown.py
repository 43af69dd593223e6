"""The shared countdown: it goes by itself in each browser, and says when it stands still."""

from datetime import UTC, datetime

import streamlit as st

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
    js="""
    export default function (component) {
      const { data, parentElement } = component
      const left = parentElement.querySelector(".left")
      parentElement.querySelector(".label").textContent = data.label
      const skewMs = data.now_ms - Date.now()
      const draw = () => {
        const leftMs = data.paused_ms ?? data.ends_ms - Date.now() - skewMs
        const seconds = Math.max(0, Math.round(leftMs / 1000))
        const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
        const text =
          data.paused_ms !== null ? `${clock} left, paused` : seconds === 0 ? "Time is up" : `${clock} left`
        if (left.textContent !== text) left.textContent = text
      }
      draw()
      clearInterval(left.ticking)
      if (data.paused_ms === null) left.ticking = setInterval(draw, 1000)
      return () => clearInterval(left.ticking)
    }
    """,
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
