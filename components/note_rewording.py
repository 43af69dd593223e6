"""Reword a note or decision that others who lead may reword too: the second is shown both and loses neither."""

import json
from dataclasses import asdict, dataclass

import streamlit as st

from components import outcome
from components.clause_scroll import bring_into_view, note_opening
from components.draft_field import Submission, clear_draft, draft_field
from components.focus_back import note_closing
from components.frame import Page
from components.kept_input import keep_text, kept_text
from components.letting_go import asks_to_take_theirs
from components.note_history import draw_history
from components.version_words import draw_spans
from lib.domain.ids import NoteId
from lib.domain.notes import MAX_NOTE_CHARS, Note
from lib.policy.compare import word_spans
from lib.services import notes as noting

OPEN = "note_open"
OPENED = "note_opened"
BEGUN = "note_begun"
"""Under this name the tab remembers for which note it knows what its person saw when they began."""
SAVE = (("save", "Save the wording"), ("close", "Close"))
CHOICES = (("mine", "Save mine instead"), ("theirs", "Take theirs"), ("close", "Close"))
BESIDE_PX = 240
"""How wide each of two wordings is: they stand beside each other where there is room."""


@dataclass(frozen=True)
class Seen:
    """The wording that somebody saw when they began to reword it."""

    revision: int
    text: str


def open_rewording(page: Page, note: NoteId) -> None:
    """Open a note or decision; what was typed for another one is kept."""
    page.here.put(OPEN, note)
    note_opening(page, OPENED)


def draw_rewording(page: Page) -> None:
    """The one that is open, if any: its new wording, that of others beside it, and its history."""
    wanted = page.here.get(OPEN)
    note = next((one for one in noting.read_notes(page.read) if one.note_id == wanted), None) if wanted else None
    if note is None:
        return
    base = _base(page, note)
    has_theirs = base.text != note.text
    # What was pressed answers what stood there, not what came in while the press was on its way.
    shown = int(page.here.get(_shown(note)) or base.revision)
    page.here.put(_shown(note), str(note.revision))
    bring_into_view(key="note_in_view", panel="note_panel", nonce=page.here.get(OPENED) or "")
    with st.container(border=True, key="note_panel"):
        handed, wanted_back = _draw_wordings(page, note, base, has_theirs), None
        with outcome.shown():
            wanted_back = draw_history(page, note)
    if wanted_back is not None:
        with page.feedback("It reads again as it did."):
            noting.edit_note(page.store, page.credential, note.note_id, wanted_back, base_revision=shown)
            # It was this person's own act: what they typed is from now on meant instead of this wording.
            _keep_base(page, note, Seen(shown + 1, wanted_back))
            note_opening(page, OPENED)  # the pressed button may be gone: the cursor goes into the field
    if handed and handed.action in ("save", "mine"):
        _save(page, note, handed, shown if handed.action == "mine" else base.revision)
    elif handed:
        if handed.action == "theirs" or handed.text.strip() == base.text:
            clear_draft(page, _field(note))
            keep_text(page, _base_field(note), "")
        _close(page, note)
        st.rerun()


def _draw_wordings(page: Page, note: Note, base: Seen, has_theirs: bool) -> Submission | None:
    if has_theirs:
        st.warning(
            "Somebody else reworded this while you were at it. Both wordings are here; nothing is lost.",
            icon=":material/call_split:",
        )
    elif note.is_withdrawn:
        st.caption("It is withdrawn. A new wording does not put it back.")
    # The field stays the first in the same row whatever others do: moved elsewhere it would be made anew.
    with st.container(horizontal=not page.is_narrow, key="note_wordings"):
        is_beside = has_theirs and not page.is_narrow
        with st.container(key="my_note", width=BESIDE_PX if is_beside else "stretch"):
            handed = draft_field(
                page,
                label=f"New wording of the {note.kind.value}",
                field=_field(note),
                actions=CHOICES if has_theirs else SAVE,
                who_sees="Everyone sees it once you save it. The older wording stays in the history.",
                initial=base.text,
                max_chars=MAX_NOTE_CHARS,
                tells_leaving=True,
                asks=asks_to_take_theirs("wording") if has_theirs else None,
            )
        if has_theirs:
            with st.container(border=True, key="their_note", width=BESIDE_PX if is_beside else "stretch"):
                st.markdown("**As it reads now**, with what changed since you began:")
                draw_spans(word_spans(base.text, note.text))
    return handed


def _save(page: Page, note: Note, handed: Submission, seen: int) -> None:
    with page.feedback("Reworded."):
        noting.edit_note(page.store, page.credential, note.note_id, handed.text, base_revision=seen)
        clear_draft(page, _field(note))
        keep_text(page, _base_field(note), "")
        _close(page, note)


def _close(page: Page, note: Note) -> None:
    for name in (OPEN, BEGUN, _shown(note)):
        page.here.put(name, None)
    note_closing(page, f"reword_{note.note_id}")


def _base(page: Page, note: Note) -> Seen:
    """What this person saw when they began: the present wording, unless they have unsent text from before."""
    present = Seen(note.revision, note.text)
    known = kept_text(page, _base_field(note))
    base = Seen(**json.loads(known)) if known else present
    is_begun = page.here.get(BEGUN) == note.note_id
    if base.text == note.text or (not is_begun and kept_text(page, _field(note)) in ("", base.text)):
        base = present
    page.here.put(BEGUN, note.note_id)
    _keep_base(page, note, base)
    return base


def _keep_base(page: Page, note: Note, base: Seen) -> None:
    keep_text(page, _base_field(note), json.dumps(asdict(base)))


def _field(note: Note) -> str:
    return f"note:{note.note_id}"


def _base_field(note: Note) -> str:
    return f"{_field(note)}:base"


def _shown(note: Note) -> str:
    return f"{_field(note)}:shown"
