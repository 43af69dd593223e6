"""Marks: which clauses a response followed, violated or did not concern, with the names of those who say so."""

from collections.abc import Sequence

import streamlit as st

from components.frame import Page
from components.palette import MARKS, option_text
from components.place import recall, remember, take
from components.refused import Refused, refusal
from components.texts import counted, escape
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.ids import ClauseId, ResponseId
from lib.domain.people import Role
from lib.domain.policy import Clause
from lib.domain.runs import Mark, MarkValue, Response
from lib.services import testing

NOT_SAVED = ":material/cloud_off: **What you marked is not saved yet.**"


def draw_marks(page: Page, response: Response, marks: Sequence[Mark]) -> None:
    """What was marked, in one line a clause; opened, a choice for every clause of that version."""
    if response.version_id is None:
        return
    is_participant = page.role is Role.PARTICIPANT
    if not is_participant and not marks:
        return
    if marks:
        names = sorted({mark.person_name for mark in marks})
        st.caption(f"{counted(len(marks), 'mark')} by {escape(', '.join(names))}")
    # A label with a count in it would make another expander of it, closed again, with every mark.
    label = "Mark clauses" if is_participant else "Marks by clause"
    opened = st.expander(label, icon=":material/checklist:", key=f"marks_{response.response_id}", on_change="rerun")
    unsaved = _unsaved(response.response_id)
    if not opened.open:
        if unsaved:
            st.markdown(f"{NOT_SAVED} Open **{label}** to save {'it' if len(unsaved) == 1 else 'them'} again.")
        return
    version = testing.read_version(page.app.reader, page.credential, response.version_id)
    with opened:
        if is_participant:
            st.caption("How does this response stand to each clause? Everyone who sees the response sees your name.")
        refused: Refused | None = recall(_refused(response.response_id))
        if refused is not None:
            refused.show(page)
        for clause in version.clauses:
            _draw_clause(page, response, clause, [mark for mark in marks if mark.clause_id == clause.clause_id])


def mark_words(marks: Sequence[Mark], me: str) -> str:
    """Who marked a clause how, others only; escaped."""
    parts = []
    for value in MarkValue:
        names = [escape(mark.person_name) for mark in marks if mark.value is value and mark.person_id != me]
        if names:
            parts.append(f"{MARKS[value].icon} {MARKS[value].label}: {', '.join(names)}")
    return " · ".join(parts)


def _draw_clause(page: Page, response: Response, clause: Clause, marks: Sequence[Mark]) -> None:
    others = mark_words(marks, page.viewer.person_id)
    name = f"C{clause.number} {escape(clause.wording)}"
    if page.role is not Role.PARTICIPANT:
        if others:
            st.markdown(f"{name}  \n{others}")
        return
    key = f"mark_{response.response_id}_{clause.clause_id}"
    unsaved = _unsaved(response.response_id)
    mine = next((mark.value for mark in marks if mark.person_id == page.viewer.person_id), None)
    shown = unsaved.get(clause.clause_id, mine)
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    act = (page, response.response_id, clause.clause_id, key)
    st.segmented_control(
        name,
        list(MarkValue),
        format_func=lambda value: option_text(f"{MARKS[value].icon} {MARKS[value].label}"),
        # Named at every drawing, or an early press elsewhere could take the mark away (kept_choice.py).
        default=shown,
        key=key,
        wrap=True,
        on_change=_store_mark,
        args=act,
    )
    if clause.clause_id in unsaved:
        st.markdown(NOT_SAVED)
        st.button("Save my mark again", key=f"again_{key}", on_click=_store_mark, args=act)
    if others:
        st.caption(others)


def _store_mark(page: Page, response_id: ResponseId, clause_id: ClauseId, key: str) -> None:
    """Runs before the page is drawn, so that no rerun comes between the click and the database."""
    chosen = st.session_state.get(key)
    value = MarkValue(chosen) if chosen else None
    unsaved = _unsaved(response_id)
    unsaved.pop(clause_id, None)
    take(_refused(response_id))
    try:
        testing.set_mark(page.store, page.credential, response_id, clause_id, value)
    except FolkmootError as error:
        remember(_refused(response_id), refusal(page, error))
        if isinstance(error, StoreUnavailable):
            unsaved[clause_id] = value
    remember(f"marks_unsaved_{response_id}", unsaved)
    page.app.reader.wrote(page.credential)


def _unsaved(response_id: ResponseId) -> dict[ClauseId, MarkValue | None]:
    """What was chosen and may not have arrived. It stays chosen, so that it can be saved again."""
    return dict(recall(f"marks_unsaved_{response_id}", {}))


def _refused(response_id: ResponseId) -> str:
    return f"mark_refused_{response_id}"
