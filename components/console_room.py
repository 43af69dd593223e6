"""Leading the room: the stage, the countdown, and the lock on the policy."""

import math

import streamlit as st

from components.frame import Page
from components.kept_input import forget_input, kept_input
from components.palette import option_text
from components.texts import STAGE_ICONS, STAGE_NAMES
from lib.domain.workshop import Stage
from lib.services import leading

MINUTES = (5, 10, 15)
LABEL = "console:timer_label"


def draw(page: Page) -> None:
    """Everything that changes what all the others see at once."""
    _draw_stage(page)
    _draw_timer(page)
    _draw_lock(page)


def _draw_stage(page: Page) -> None:
    st.subheader("Where is the group?", anchor=False)
    now = page.workshop.stage
    chosen = st.segmented_control(
        "Stage",
        list(Stage),
        format_func=lambda stage: option_text(f"{STAGE_ICONS[stage]} {STAGE_NAMES[stage]}"),
        default=now,
        required=True,
        key=f"stage_{now.value}",
        label_visibility="collapsed",
    )
    st.caption("Everyone is offered the stage; nobody is taken away from what they write, and nothing is locked by it.")
    if chosen is not None and chosen is not now:
        with page.feedback(f"The group is now at {STAGE_NAMES[chosen]}."):
            leading.set_stage(page.store, page.credential, chosen)


@st.fragment
def _draw_timer(page: Page) -> None:
    st.subheader("Countdown", anchor=False)
    ends_at = page.workshop.timer_ends_at
    label = kept_input(
        page,
        "What for",
        field=LABEL,
        value=page.workshop.timer_label,
        max_chars=100,
        who_sees="Only you see it until you start the countdown, then everyone.",
        placeholder="Such as: rough clauses",
    )
    with st.container(horizontal=True, gap="small"):
        for minutes in MINUTES:
            if st.button(f"{minutes} min", key=f"timer_{minutes}"):
                with page.feedback(f"The countdown runs for {minutes} minutes."):
                    _start(page, minutes * 60, label)
        if ends_at is not None:
            left_s = max(0, math.ceil((ends_at - page.app.clock()).total_seconds()))
            if st.button("5 min more", key="timer_more"):
                with page.feedback("Five minutes more."):
                    _start(page, left_s + 300, label)
            if st.button("Stop", key="timer_stop"):
                with page.feedback("The countdown is gone."):
                    leading.stop_timer(page.store, page.credential)


def _start(page: Page, seconds: int, label: str) -> None:
    leading.start_timer(page.store, page.credential, seconds, label)
    forget_input(page, LABEL)


def _draw_lock(page: Page) -> None:
    st.subheader("Policy", anchor=False)
    is_locked = page.workshop.editing_is_locked
    wanted = st.toggle("Lock the policy: nobody can change clauses", value=is_locked, key=f"lock_{is_locked}")
    if wanted != is_locked:
        with page.feedback("The policy is locked." if wanted else "The policy is open for changes."):
            leading.lock_editing(page.store, page.credential, wanted)
