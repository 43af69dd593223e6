"""What is asked before somebody lets go of words of their own: the question shows them."""

from typing import Final

import streamlit as st

from components.ask_first import ask_first
from components.draft_field import AsksFirst, Submission
from lib.domain.errors import Conflict

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
    return _asks_before("theirs", what, yes)


def asks_to_discard(what: str, yes: str = "Yes, discard it", *, also: str = "") -> AsksFirst:
    """What a field asks where its button "discard" throws its text away.

    `also` is what its writer typed beside it that goes with it, such as “your reason: …”; "" if nothing. Whoever takes
    the press calls `refuse_unasked` first.
    """
    return _asks_before("discard", what, yes, also)


def refuse_unasked(handed: Submission, also: str) -> None:
    """Raise Conflict where more would be discarded than its writer was asked about: it was typed a moment before."""
    if handed.action == "discard" and handed.seen != also:
        raise Conflict(f"Nothing was discarded: with it would go {also}. Press again, and you are asked about both.")


def _asks_before(action: str, what: str, yes: str, also: str = "") -> AsksFirst:
    """Nothing is asked where the field says what is in use, and nothing else goes with it."""
    says = (f"With it goes {also}", IS_GONE) if also else (IS_GONE,)
    return AsksFirst(f"Let go of your {what}?", says, yes, "Not now", also, (action,), only_own=not also)
