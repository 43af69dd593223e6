"""Fragments that look again by themselves, less often the more people look."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec

import streamlit as st

from lib.bootstrap import application

LOOK_EVERY_S: Final = 3.0
PEOPLE_A_SECOND: Final = 30
"""How many people's fragments one process draws in a second before everyone's looks become rarer (`bench_rerun`)."""

P = ParamSpec("P")


def looks_again(draw: Callable[P, None]) -> Callable[P, None]:
    """A fragment that is drawn again every three seconds; beyond ninety people in this process, less often."""

    @wraps(draw)
    def look(*args: P.args, **kwargs: P.kwargs) -> None:
        st.fragment(draw, run_every=look_every_s(application().reader.crowd()))(*args, **kwargs)

    return look


def look_every_s(crowd: int) -> float:
    """The seconds between two looks of one person while so many are connected."""
    return max(LOOK_EVERY_S, crowd / PEOPLE_A_SECOND)
