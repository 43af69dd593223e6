"""The timer that everyone sees, as whoever leads starts it, lets it stand still, and gives more time."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.agenda_words import minutes_words
from components.frame import Page
from components.kept_input import forget_input, kept_input
from components.outcome import part
from lib.domain.workshop import Workshop
from lib.services import timer

MINUTES = (5, 10, 15)
MORE_MINUTES = (1, 5)
LABEL = "console:timer_label"


def draw_timer_acts(page: Page, workshop: Workshop) -> None:
    """What can be done with the time at this moment, each with one press."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="time_acts"):
        if workshop.timer_ends_at is None and workshop.timer_left_s is None:
            st.markdown(":material/timer: Count down", width="content")
            about = "For everyone, at once. To say what it is for, open Countdown."
            _draw_minutes(page, partial(timer.start_timer, page.store, page.credential), about=about)
            return
        is_paused = workshop.timer_left_s is not None
        label, icon = ("Resume", ":material/play_arrow:") if is_paused else ("Pause", ":material/pause:")
        if st.button(label, key=f"pause_{is_paused}", icon=icon, help="The time stands still for everyone."):
            with page.feedback("The countdown runs again." if is_paused else "The countdown stands still."):
                timer.pause_timer(page.store, page.credential, not is_paused)
        for minutes in MORE_MINUTES:
            if st.button(f"{minutes} min more", key=f"more_{minutes}", icon=":material/more_time:"):
                with page.feedback(f"{minutes_words(minutes)} more."):
                    timer.extend_timer(page.store, page.credential, minutes * 60)
        if st.button("Stop", key="timer_stop", icon=":material/timer_off:", help="Takes the countdown away."):
            with page.feedback("The countdown is gone."):
                timer.stop_timer(page.store, page.credential)


@part
def draw_named_timer(page: Page) -> None:
    """A countdown with words that say what it is for."""
    with st.container(key="own_countdown"):
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
            _draw_minutes(page, lambda seconds: _start(page, seconds, label), verb="Start")


def _draw_minutes(page: Page, start: Callable[[int], None], *, verb: str = "", about: str | None = None) -> None:
    """The presses that start a countdown; `verb` tells those of one place from those of another."""
    for minutes in MINUTES:
        label = f"{verb} {minutes} min".strip()
        if st.button(label, key=f"timer_{label}", help=about):
            with page.feedback(f"The countdown runs for {minutes} minutes."):
                start(minutes * 60)


def _start(page: Page, seconds: int, label: str) -> None:
    timer.start_timer(page.store, page.credential, seconds, label)
    forget_input(page, LABEL)
