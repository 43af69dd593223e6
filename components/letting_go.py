"""What is asked before somebody lets go of words of their own: the question shows them."""

from typing import Final

import streamlit as st

from components.ask_first import ask_first
from components.draft_field import AsksFirst

COPY_FIRST: Final = "They cannot be brought back. Copy them first if you want to keep them."
IS_GONE: Final = f"These words of yours are gone then. {COPY_FIRST}"


def takes_theirs_of(words: str, *, key: str) -> bool:
    """Whether this person has just taken what others chose; where words of their own would go, it asks first."""
    label, icon = "Take theirs", ":material/undo:"
    if not words:
        return st.button(label, key=key, icon=icon)
    return ask_first(label, IS_GONE, yes="Yes, take theirs", key=key, icon=icon, goes=words)


def asks_to_take_theirs(what: str, yes: str = "Yes, take theirs") -> AsksFirst:
    """What a field asks where its button "theirs" takes what others wrote instead of its text.

    `what` says what the text is, such as "title".
    """
    heading = f"Let go of your {what}?"
    return AsksFirst(heading, (IS_GONE,), yes, "Not now", actions=("theirs",))
