"""Fragments that look again by themselves, less often the more people look."""

from collections.abc import Callable, Hashable, Mapping
from functools import wraps
from typing import Final, ParamSpec

import streamlit as st

from lib.bootstrap import application

LOOK_EVERY_S: Final = 3.0
PEOPLE_A_SECOND: Final = 15
"""How many people's fragments one process draws in a second before everyone's looks become rarer (`bench_rerun`)."""

P = ParamSpec("P")
Texts = Mapping[str, Hashable]
"""What stands on a page and never changes once it is there, by an id of its own, or a hash of it."""


def looks_again(draw: Callable[P, None]) -> Callable[P, None]:
    """A fragment that is drawn again every three seconds; beyond forty-five people in this process, less often."""

    @wraps(draw)
    def look(*args: P.args, **kwargs: P.kwargs) -> None:
        st.fragment(draw, run_every=look_every_s(application().reader.crowd()))(*args, **kwargs)

    return look


def look_every_s(crowd: int) -> float:
    """The seconds between two looks of one person while so many are connected."""
    return max(LOOK_EVERY_S, crowd / PEOPLE_A_SECOND)


def reads_otherwise(drawn: Texts, now: Texts) -> bool:
    """Whether something that stands on the page reads otherwise now: a text or a name was hidden, or shown again.

    What is new, or gone, is none of it: that is offered and not forced on anybody.
    """
    return any(key in now and now[key] != text for key, text in drawn.items())
