"""Small fields without buttons of their own: what stands in them and is not handed over yet outlives a reload."""

import json
import time
from contextlib import suppress

from components.draft_field import empty_draft, kept_draft, kept_for, note_draft, read_draft, reported
from components.frame import Page
from components.place import recall, remember
from lib.domain.errors import FolkmootError
from lib.services.drafts import save_draft


def kept_input(
    page: Page,
    label: str,
    *,
    field: str,
    value: str = "",
    max_chars: int,
    who_sees: str = "",
    placeholder: str = "",
    input_mode: str = "",
) -> str:
    """The text of one line, kept for its writer alone within a second of each keystroke.

    Where nothing was typed it shows `value`, the one that is in use now; typed text is never replaced by a new `value`.
    `input_mode` is the keyboard that a phone shows, such as "numeric".
    """
    forgotten = recall(_key(page, field, "forgotten"), 0)
    report = reported(
        f"kept_input:{page.workshop_id}:{field}",
        {
            **kept_for(page, field),
            "label": label,
            "who_sees": who_sees,
            "initial": value,
            "max_chars": max_chars,
            "height": 0,
            "placeholder": placeholder,
            "single_line": True,
            "allow_empty": True,
            "input_mode": input_mode,
            "forgotten": forgotten,
        },
    )
    if report is None or report.seq <= forgotten:
        return read_draft(page, field) or value
    note_draft(page, field, report.text if report.is_own else "", report.seq)
    return report.text if report.is_own else value


def begun_with(page: Page, field: str, value: str, text: str | None = None) -> str:
    """What this person saw in use when they began to type in a field; `value`, the present one, where nothing is typed.

    Asked each time after the field was drawn with `value`. What others put there meanwhile is told apart from it, after
    a reload too: nobody overwrites what they have not seen. `text` is what the field says, where that is known: whoever
    has emptied it has typed as well.
    """
    base, drawn = f"{field}:base", _key(page, field, "drawn")
    is_typed = bool(kept_text(page, field)) if text is None else text != value
    if not is_typed:
        remember(drawn, value)
        keep_text(page, base, "")
        return value
    if not kept_text(page, base):
        keep_text(page, base, json.dumps(recall(drawn, value)))
    return str(json.loads(kept_text(page, base)))


def forget_input(page: Page, field: str) -> None:
    """Say that the text was handed over, so that the field shows the value in use again."""
    keep_text(page, f"{field}:base", "")
    seq = kept_draft(page, field).seq
    if seq:
        remember(_key(page, field, "forgotten"), seq)
        empty_draft(page, field, seq + 1)


def kept_text(page: Page, field: str) -> str:
    """What this person chose beside a text and did not hand over, in this tab or another one; "" if nothing."""
    return read_draft(page, field)


def keep_text(page: Page, field: str, text: str) -> None:
    """Keep what is chosen for this person; while the database is away the tab alone keeps it."""
    if kept_text(page, field) == text:
        return
    # Another server, whose clock runs ahead, may have kept the text that stands now.
    seq = max(time.time_ns() // 1_000_000, kept_draft(page, field).seq + 1)
    note_draft(page, field, text, seq)
    with suppress(FolkmootError):
        save_draft(page.store, page.credential, field, text, seq)


def _key(page: Page, field: str, name: str) -> str:
    return f"kept:{page.workshop_id}:{page.viewer.person_id}:{field}:{name}"
