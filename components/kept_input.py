"""Small fields that save themselves: what stands in them and is not handed over yet outlives a reload."""

import time

import streamlit as st

from components.draft_field import read_draft
from components.frame import Page
from components.place import recall, remember
from lib.domain.errors import FolkmootError
from lib.services.drafts import save_draft


def kept_input(
    page: Page, label: str, *, field: str, value: str = "", max_chars: int, placeholder: str = "", help: str = ""
) -> str:
    """The text of one line, kept for its writer alone whenever they pause.

    Where nothing was typed it shows `value`, the one that is in use now; typed text is never replaced by a new `value`.
    """
    key = _key(page, field, "widget")
    shown = recall(_key(page, field, "value"))
    if key not in st.session_state or (shown != value and st.session_state[key] == shown):
        st.session_state[key] = (kept_text(page, field) or value)[:max_chars]
    remember(_key(page, field, "value"), value)
    text = st.text_input(
        label, key=key, max_chars=max_chars, placeholder=placeholder or None, help=help or None, live=True
    )
    keep_text(page, field, "" if text == value else text)
    return text


def forget_input(page: Page, field: str) -> None:
    """Say that the text was handed over, so that the field shows the value in use again."""
    keep_text(page, field, "")
    remember(_key(page, field, "value"), st.session_state.get(_key(page, field, "widget")))


def kept_text(page: Page, field: str) -> str:
    """What this person left in a field, in this tab or another one; "" if nothing."""
    known: str | None = recall(_key(page, field, "text"))
    return read_draft(page, field) if known is None else known


def keep_text(page: Page, field: str, text: str) -> None:
    """Keep what stands in a field for this person; while the database is away the tab alone keeps it."""
    if kept_text(page, field) == text:
        return
    remember(_key(page, field, "text"), text)
    try:
        save_draft(page.store, page.credential, field, text, time.time_ns() // 1_000_000)
    except FolkmootError:
        return


def _key(page: Page, field: str, name: str) -> str:
    return f"kept:{page.workshop_id}:{page.viewer.person_id}:{field}:{name}"
