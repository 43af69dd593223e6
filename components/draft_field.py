"""A text field that saves itself: the text lives in the browser and is kept for its writer alone."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import streamlit as st

from components.frame import Page
from components.place import recall, remember
from components.texts import WHO_SEES_DRAFT
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.services.drafts import NO_DRAFT, Draft, read_drafts, save_draft

PRESS_COUNTS_FOR_S: Final = 15.0

_HERE = Path(__file__).parent
_FIELD = st.components.v2.component(
    "folkmoot_draft_field",
    html="<div class='field'></div>\n<!-- filled by draft_field.js -->",
    css=(_HERE / "draft_field.css").read_text("utf-8"),
    js=(_HERE / "draft_field.js").read_text("utf-8"),
)


LOBBY_PREFIX = "folkmoot:draft:lobby:"


@dataclass(frozen=True)
class Submission:
    """What a person handed over with one press of a button. The same press is given once."""

    text: str
    action: str
    submission_id: str


def draft_field(
    page: Page,
    *,
    label: str,
    field: str,
    actions: Sequence[tuple[str, str]],
    who_sees: str = WHO_SEES_DRAFT,
    key: str | None = None,
    initial: str = "",
    max_chars: int = 2_000,
    height: int = 120,
    placeholder: str = "",
    single_line: bool = False,
    allow_empty: bool = False,
    label_is_hidden: bool = False,
) -> Submission | None:
    """A field with its own buttons; gives what was handed over in this run, or None.

    Args:
        page: the open page, whose person the unsent text belongs to.
        label: the visible name of the field.
        field: names the unsent text among a person's others, such as "clause:new"; at most 200 characters.
        actions: pairs of action and button text, the first one being the main one and that of Ctrl+Enter.
        who_sees: one line on who will see the text.
        key: the widget's key, by default from `field`.
        initial: the text to begin with where nothing unsent is kept, such as the present wording.
        max_chars: buttons rest while the text is longer; the unsent text itself is kept all the same.
        height: the least height in pixels; the field grows with its text.
        placeholder: an example inside the empty field.
        single_line: one line, where Enter is the main action.
        allow_empty: whether an empty text can be handed over.
        label_is_hidden: whether only screen readers get the label.
    """
    widget_key = key or f"draft_field:{page.workshop_id}:{field}"
    draft = _kept_drafts(page).get(field, NO_DRAFT)
    marks = _marks(page, field)
    result = _FIELD(
        key=widget_key,
        data={
            "workshop": page.workshop_id,
            "role": page.role.value,
            "person": page.viewer.person_id,
            "field": field,
            "label": label,
            "label_is_hidden": label_is_hidden,
            "who_sees": who_sees,
            "actions": [list(action) for action in actions],
            "initial": initial,
            "server": {"text": draft.text, "seq": draft.seq},
            "max_chars": max_chars,
            "height": height,
            "placeholder": placeholder,
            "single_line": single_line,
            "allow_empty": allow_empty,
            **marks,
        },
        on_submitted_change=lambda: _note_submission(page, field, widget_key),
    )
    return _submission(page, field, result.get("submitted"))


def kept_field(
    *,
    label: str,
    field: str,
    who_sees: str,
    initial: str = "",
    max_chars: int = 2_000,
    height: int = 120,
    single_line: bool = False,
) -> str:
    """The text of a field for somebody who is nobody yet; a reload brings it back in this browser.

    `LOBBY_PREFIX` is where the browser keeps it, until `enter_browser` forgets it.
    """
    result = _FIELD(
        key=f"kept_field:{field}",
        data={
            "workshop": "lobby",
            "role": "",
            "person": "",
            "field": field,
            "label": label,
            "who_sees": who_sees,
            "actions": [],
            "initial": initial,
            "max_chars": max_chars,
            "height": height,
            "placeholder": "",
            "single_line": single_line,
            "allow_empty": True,
            "local_only": True,
        },
        on_text_change=lambda: None,
    )
    text = result.get("text")
    return initial if text is None else str(text)


def clear_draft(page: Page, field: str) -> None:
    """Empty the field after its text was taken; what was typed since the press stays."""
    last = recall(_key(page, field, "last"))
    if last is None:
        return
    _mark(page, field, "cleared", last["submission_id"])
    emptied = Draft("", int(last["seq"]) + 1)
    _kept_drafts(page)[field] = emptied
    # If the database is away, the browser clears its own copy and sends that as soon as it is back.
    with suppress(StoreUnavailable):
        save_draft(page.store, page.credential, field, "", emptied.seq)


def put_text(page: Page, field: str, text: str) -> None:
    """Replace what is in the person's own field, at their wish, such as taking the other wording of a conflict."""
    _mark(page, field, "put", {"id": uuid4().hex, "text": text})


def read_draft(page: Page, field: str) -> str:
    """The unsent text of a field as the database had it when this page was opened."""
    return _kept_drafts(page).get(field, NO_DRAFT).text


def _note_submission(page: Page, field: str, widget_key: str) -> None:
    state: Any = st.session_state.get(widget_key)
    submitted = state.get("submitted") if state else None
    if submitted:
        _mark(page, field, "handled", submitted["submission_id"])
        _mark(page, field, "pressed", (time.monotonic(), submitted))


def _submission(page: Page, field: str, submitted: Any) -> Submission | None:
    """What was pressed and not given yet.

    A run of the script can be cut short by the next one, and the press is gone from that one's state: so it is taken
    from where the callback left it, as long as its writer can still expect it to count.
    """
    pressed_at, pressed = recall(_key(page, field, "pressed"), (0.0, None))
    if not submitted and time.monotonic() - pressed_at <= PRESS_COUNTS_FOR_S:
        submitted = pressed
    if not submitted:
        return None
    last = recall(_key(page, field, "last"))
    if last is not None and last["submission_id"] == submitted["submission_id"]:
        return None
    remember(_key(page, field, "last"), submitted)
    return Submission(str(submitted["text"]), str(submitted["action"]), str(submitted["submission_id"]))


def _kept_drafts(page: Page) -> dict[str, Draft]:
    name = f"drafts:{page.workshop_id}:{page.viewer.person_id}:{page.visit}"
    kept: dict[str, Draft] | None = recall(name)
    if kept is None:
        try:
            kept = read_drafts(page.store, page.credential)
        except FolkmootError:
            return {}
        remember(name, kept)
    return kept


def _marks(page: Page, field: str) -> dict[str, Any]:
    return {name: recall(_key(page, field, name)) for name in ("cleared", "handled", "put")}


def _mark(page: Page, field: str, name: str, value: Any) -> None:
    remember(_key(page, field, name), value)


def _key(page: Page, field: str, name: str) -> str:
    return f"draft:{page.workshop_id}:{page.viewer.person_id}:{field}:{name}"
