"""Dissenting from a decision: each in their own words, and from the wording that they saw."""

import re
from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.clause_scroll import bring_into_view, note_opening
from components.draft_field import AsksFirst, Submission, clear_draft, draft_field
from components.frame import Page
from components.known_drafts import latest_drafts
from components.letting_go import IS_GONE
from components.note_words import head_words
from components.refused import refuse_act
from components.texts import quoted
from components.version_words import draw_spans
from lib.domain.errors import FolkmootError, NotFound
from lib.domain.ids import NoteId
from lib.domain.notes import MAX_DISSENT_CHARS, Note
from lib.domain.people import Role
from lib.policy.compare import word_spans
from lib.services import notes as noting

OPEN: Final = "dissent_from"
OPENED: Final = "dissent_opened"
BEGUN, SHOWN = "dissent_begun", "dissent_shown"
"""What the decision said when this person opened it, and the revision of it that their page shows."""
FIELD: Final = re.compile("dissent:([^:]+)")
RECORD, CLOSE, PUT_AWAY = "dissent", "close", "put_away"
WITHDRAWN: Final = (
    "The decision was withdrawn before you recorded your dissent. Your words stay here for you alone, until you put "
    "them away."
)
ASKS: Final = AsksFirst("Put this away for good?", (IS_GONE,), "Yes, put it away", "Not now", actions=(PUT_AWAY,))


def open_dissenting(page: Page, note: Note) -> None:
    """Open the field for a decision that reads like this."""
    page.here.put(OPEN, note.note_id)
    page.here.put(BEGUN, note.text)
    page.here.put(SHOWN, str(note.revision))
    note_opening(page, OPENED)


def draw_dissenting(page: Page) -> None:
    """The field of the decision that is open, and what this person typed for others that were withdrawn since."""
    if page.role is not Role.PARTICIPANT:
        return
    try:
        notes = noting.read_notes(page.read)
    except FolkmootError:
        return  # The live strip says what is the matter.
    wanted = page.here.get(OPEN)
    note = next((one for one in notes if one.note_id == wanted), None)
    if wanted:  # whether or not the decision stands: the field stays the same one
        bring_into_view(key="dissent_in_view", panel=f"dissenting_{wanted}", nonce=page.here.get(OPENED) or "")
    if note:
        _draw_open(page, note)
    for gone in _gone(page, notes):
        _draw_gone(page, gone)


def _draw_open(page: Page, note: Note) -> None:
    mine = note.dissent_of(page.viewer.person_id)
    begun, shown = page.here.get(BEGUN) or "", int(page.here.get(SHOWN) or 0)
    with st.container(border=True, key=f"dissenting_{note.note_id}"):
        st.markdown(f"{head_words(note)}: {quoted(note.text, 300)}")
        handed = _draw_field(
            page,
            note.note_id,
            actions=((RECORD, "Record my dissent"), (CLOSE, "Not now")),
            who_sees="Everyone sees it beside the decision, with your name, once you record it. You can withdraw it.",
            initial=mine.words if mine else "",
            placeholder="You can leave this empty.",
        )
        if note.text != begun:
            st.markdown(":material/call_split: **Reworded since you opened it.** What changed:")
            draw_spans(word_spans(begun, note.text))
    if handed is None:
        page.here.put(SHOWN, str(note.revision))
    elif handed.action == CLOSE:
        _close(page)
        st.rerun()
    else:
        with page.feedback("Your dissent stands beside the decision."):
            # What was pressed answers what stood there, not what came in while the press was on its way.
            noting.dissent(page.store, page.credential, note.note_id, handed.text.strip(), base_revision=shown)
            clear_draft(page, _field_of(note.note_id))
            _close(page)


def _gone(page: Page, notes: Sequence[Note]) -> list[NoteId]:
    """Decisions that are not there any more: the one that is open, and those for which this person typed something."""
    there = {one.note_id for one in notes}
    named = ((FIELD.fullmatch(field), draft) for field, draft in latest_drafts(page).items())
    typed = (found[1] for found, draft in named if found and draft.text)
    return [NoteId(one) for one in dict.fromkeys((page.here.get(OPEN), *typed)) if one and one not in there]


def _draw_gone(page: Page, note_id: NoteId) -> None:
    """The same field with what was typed, to copy or to put away."""
    with st.container(border=True, key=f"dissenting_{note_id}"):
        st.markdown(":material/info: **This decision was withdrawn.**")
        handed = _draw_field(
            page,
            note_id,
            actions=((PUT_AWAY, "Put it away…"),),
            who_sees="You did not record this before the decision was withdrawn. Only you see it.",
            asks=ASKS,
        )
    if handed is None:
        return
    if handed.action == RECORD:
        refuse_act(page, NotFound(WITHDRAWN))
        st.rerun()
    is_put_away = handed.action == PUT_AWAY
    with page.feedback("Put away." if is_put_away else ""):
        if is_put_away:
            clear_draft(page, _field_of(note_id))
        if page.here.get(OPEN) == note_id:
            _close(page)


def _draw_field(
    page: Page,
    note_id: NoteId,
    *,
    actions: Sequence[tuple[str, str]],
    who_sees: str,
    initial: str = "",
    placeholder: str = "",
    asks: AsksFirst | None = None,
) -> Submission | None:
    return draft_field(
        page,
        label="Your dissent, in your words",
        field=_field_of(note_id),
        actions=actions,
        who_sees=who_sees,
        initial=initial,
        max_chars=MAX_DISSENT_CHARS,
        placeholder=placeholder,
        allow_empty=True,
        asks=asks,
    )


def _close(page: Page) -> None:
    for name in (OPEN, BEGUN, SHOWN):
        page.here.put(name, None)


def _field_of(note_id: NoteId) -> str:
    return f"dissent:{note_id}"
