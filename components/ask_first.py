"""Asks before what cannot be undone: a button opens the question, and only the answer in it acts.

The question is there already when the button is pressed, so that it opens at once, and stays open while others' acts
draw the page around it anew. Its `key` must stay the same for the same act; its label may change.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import streamlit as st

from components.scripts import script

_HERE: Final = Path(__file__).parent
_QUESTION = st.components.v2.component(
    "folkmoot_ask_first",
    html="<button type='button'></button>\n<!-- leaves the question -->",
    css=(_HERE / "ask_first.css").read_text("utf-8"),
    js=script("ask_first"),
)


def asking_key(key: str) -> str:
    """The key of the button that opens the question of an act.

    >>> asking_key("close_r1")
    'ask_close_r1'
    """
    return f"ask_{key}"


def ask_first(
    label: str,
    question: str,
    *,
    yes: str,
    key: str,
    no: str = "Not now",
    icon: str | None = None,
    type: Literal["primary", "secondary", "tertiary"] = "secondary",
    disabled: bool = False,
    goes: str = "",
    on_yes: Callable[[], None] | None = None,
) -> bool:
    """Whether somebody has just answered `yes` to what the button of this label asks.

    `question` says what will happen and what cannot be undone, as Markdown; `goes` is the text that it takes away, as
    it was written. Escape and `no` leave all as it is. `on_yes` is called as it was when the question was drawn, before
    anything is drawn anew.
    """
    with st.popover(label, icon=icon, type=type, key=asking_key(key), disabled=disabled, wrap=True):
        st.markdown(question)
        if goes:
            st.text(goes)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            is_meant = st.button(yes, key=f"yes_{key}", type="primary", on_click=on_yes)
            _QUESTION(key=f"no_{key}", data={"label": no}, width="content")
    return is_meant
