"""A text field that saves itself: the text lives in the browser and is kept for its writer alone."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.known_drafts import latest_drafts, noted_drafts, owner_of, stored_drafts
from components.place import recall, remember
from components.scripts import script
from components.texts import WHO_SEES_DRAFT
from lib.domain.errors import StoreUnavailable
from lib.services.drafts import NO_DRAFT, Draft, save_draft

PRESS_COUNTS_FOR_S: Final = 15.0

_HERE = Path(__file__).parent
_FIELD = st.components.v2.component(
    "folkmoot_draft_field",
    html="<div class='field'></div>\n<!-- filled by draft_field.js -->",
    css=(_HERE / "draft_field.css").read_text("utf-8"),
    js=script("when_gone", "kept_here", "draft_asks", "draft_field"),
)


@dataclass(frozen=True)
class Report:
    """What stands in a field without buttons. `is_own` is False where it only shows what is in use anyway."""

    text: str
    is_own: bool
    seq: int


@dataclass(frozen=True)
class AsksFirst:
    """What a field asks before it hands its text over; the text itself is quoted below the heading.

    `seen` names all that is asked about, but for the text: it comes back with the answer. `actions` are the buttons
    that ask; where none is named, all of them do. With `only_own` they ask only where the text is another than the one
    to begin with: nothing goes then that somebody wrote here.
    """

    heading: str
    says: tuple[str, ...]
    yes: str
    no: str
    seen: str = ""
    actions: tuple[str, ...] = ()
    only_own: bool = False


@dataclass(frozen=True)
class Submission:
    """What a person handed over with one press of a button. The same press is given once.

    `request_id` names what is asked for: a press whose outcome nobody knows and the next one of the same button over
    the same text have the same, so that what did arrive is not done twice. `seen` is that of the question which its
    writer answered with yes, "" where none was asked.
    """

    text: str
    action: str
    request_id: str
    seen: str = ""


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
    tells_leaving: bool = False,
    tells_beginning: bool = False,
    asks: AsksFirst | None = None,
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
        tells_leaving: whether `latest_drafts` has to know the text as soon as the field is left.
        tells_beginning: whether it has to know as soon as somebody begins to write.
        asks: what the buttons ask first; the text is handed over only with its "yes". A blank one comes unasked.
    """
    widget_key = key or f"draft_field:{page.workshop_id}:{field}"
    return pressed(
        owner_of(page),
        field,
        widget_key,
        {
            **kept_for(page, field),
            "label": label,
            "label_is_hidden": label_is_hidden,
            "who_sees": who_sees,
            "actions": [list(action) for action in actions],
            "initial": initial,
            "max_chars": max_chars,
            "height": height,
            "placeholder": placeholder,
            "single_line": single_line,
            "allow_empty": allow_empty,
            "tells_leaving": tells_leaving,
            "tells_beginning": tells_beginning,
            "asks": asks and asdict(asks),
        },
        on_left=lambda: _note_left(page, field, widget_key),
        # Whoever takes it clears it; what is refused stays unsent.
        on_pressed=lambda press: note_draft(page, field, str(press["text"]), int(press["seq"])),
    )


def pressed(
    owner: str,
    field: str,
    widget_key: str,
    data: dict[str, Any],
    on_left: Callable[[], None] = lambda: None,
    on_pressed: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Submission | None:
    """Draw the element with buttons of its own; gives what was handed over in this run, or None.

    `owner` is whose text it is; `data` is what `draft_field.js` reads. `on_pressed` is told of a press as soon as it is
    heard, whether or not the element is drawn again.
    """
    result = _FIELD(
        key=widget_key,
        data={**data, **{name: recall(_key(owner, field, name)) for name in ("cleared", "handled")}},
        on_submitted_change=lambda: _note_submission(owner, field, widget_key, on_pressed),
        on_text_change=on_left,
    )
    return _submission(owner, field, result.get("submitted"))


def reported(widget_key: str, data: dict[str, Any]) -> Report | None:
    """Draw the element without buttons; gives what its writer left in it, None before they typed on this page."""
    result = _FIELD(key=widget_key, data={**data, "actions": [], "reports": True}, on_text_change=lambda: None)
    return _report(result.get("text"))


def clear_draft(page: Page, field: str) -> None:
    """Empty the field after its text was taken; what was typed since the press stays."""
    taken = clear_pressed(owner_of(page), field)
    if taken is not None:
        empty_draft(page, field, taken + 1)


def clear_pressed(owner: str, field: str) -> int | None:
    """Tell the browser that the text of the last press was taken; gives that text's number, None without a press."""
    last = recall(_key(owner, field, "last"))
    if last is None:
        return None
    remember(_key(owner, field, "cleared"), last["submission_id"])
    return int(last["seq"])


def empty_draft(page: Page, field: str, seq: int) -> None:
    """Keep nothing of a field up to this number; what is typed later has a higher one."""
    note_draft(page, field, "", seq)
    # If the database is away, the browser clears its own copy and sends that as soon as it is back.
    with suppress(StoreUnavailable):
        save_draft(page.store, page.credential, field, "", seq)


def read_draft(page: Page, field: str) -> str:
    """The unsent text of a field as the database had it when this page was opened."""
    return kept_draft(page, field).text


def kept_draft(page: Page, field: str) -> Draft:
    """The same with its number."""
    return latest_drafts(page).get(field, NO_DRAFT)


def kept_for(page: Page, field: str) -> dict[str, Any]:
    """What the element needs in order to keep a text for this person alone.

    What this tab was told by the browser may not have reached the database: only what that gave counts as stored.
    """
    draft, stored = kept_draft(page, field), stored_drafts(page).get(field, NO_DRAFT)
    return {
        "workshop": page.workshop_id,
        "role": page.role.value,
        "person": page.viewer.person_id,
        "field": field,
        "server": {"text": draft.text, "seq": draft.seq, "stored_seq": min(stored.seq, draft.seq)},
    }


def note_draft(page: Page, field: str, text: str, seq: int) -> None:
    """Know a newer text of a field, which the browser itself takes to the database."""
    if seq >= kept_draft(page, field).seq:
        noted_drafts(owner_of(page))[field] = Draft(text, seq)


def _note_left(page: Page, field: str, widget_key: str) -> None:
    state: Any = st.session_state.get(widget_key)
    left = _report(state.get("text") if state else None)
    if left:
        note_draft(page, field, left.text if left.is_own else "", left.seq)


def _report(told: Any) -> Report | None:
    return Report(str(told["text"]), bool(told["is_own"]), int(told["seq"])) if told else None


def _note_submission(owner: str, field: str, widget_key: str, on_pressed: Callable[[dict[str, Any]], None]) -> None:
    state: Any = st.session_state.get(widget_key)
    submitted = state.get("submitted") if state else None
    if submitted:
        remember(_key(owner, field, "handled"), submitted["submission_id"])
        remember(_key(owner, field, "pressed"), (time.monotonic(), submitted))
        on_pressed(submitted)


def _submission(owner: str, field: str, submitted: Any) -> Submission | None:
    """What was pressed and not given yet.

    A run of the script can be cut short by the next one, and the press is gone from that one's state: so it is taken
    from where the callback left it, as long as its writer can still expect it to count.
    """
    pressed_at, last_pressed = recall(_key(owner, field, "pressed"), (0.0, None))
    if not submitted and time.monotonic() - pressed_at <= PRESS_COUNTS_FOR_S:
        submitted = last_pressed
    if not submitted:
        return None
    last = recall(_key(owner, field, "last"))
    if last is not None and last["submission_id"] == submitted["submission_id"]:
        return None
    # From here to the service that takes it nothing may draw or look into the session, where a run can be cut short:
    # the press would be given and lost.
    remember(_key(owner, field, "last"), submitted)
    request_id = submitted.get("request_id") or submitted["submission_id"]
    seen = str(submitted.get("seen") or "")
    return Submission(str(submitted["text"]), str(submitted["action"]), str(request_id), seen)


def _key(owner: str, field: str, name: str) -> str:
    return f"draft:{owner}:{field}:{name}"
