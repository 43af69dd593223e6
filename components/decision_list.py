"""All notes and decisions, with the dissents beside them, and each person's own way to dissent."""

import streamlit as st

from components.dissenting import draw_dissenting, open_dissenting
from components.frame import Page
from components.hiding import offer_hiding
from components.note_words import ICONS, by_words, dissent_words, head_words
from components.pulse import live_fragment
from lib.domain.errors import FolkmootError
from lib.domain.notes import Dissent, Note
from lib.domain.people import Role
from lib.domain.workshop import Topic
from lib.services import notes as noting


def draw_decisions(page: Page) -> None:
    """What was decided and noted; and, for a participant, the field in which they dissent."""
    st.subheader("What was decided?", anchor=False)
    draw_dissenting(page)
    _draw_all(page)


@live_fragment(Topic.NOTES, Topic.PEOPLE)
def _draw_all(page: Page) -> None:
    """Nothing that anybody types stands in here."""
    try:
        notes = [one for one in noting.read_notes(page.read) if not one.is_withdrawn]
    except FolkmootError:
        return  # The live strip says what is the matter.
    if not notes:
        st.markdown("Nothing yet. What those who lead decide and note with the group appears here at once.")
    for note in reversed(notes):
        with st.container(border=True, key=f"note_{note.note_id}"):
            _draw_note(page, note)


def _draw_note(page: Page, note: Note) -> None:
    st.markdown(f"{ICONS[note.is_decision]} **{head_words(note)}**")
    st.text(note.text)
    st.caption(by_words(note))
    for dissent in note.dissents:
        _draw_dissent(page, dissent)
    if note.is_decision and page.role is Role.PARTICIPANT:
        _offer_dissent(page, note)


def _draw_dissent(page: Page, dissent: Dissent) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/call_split: **{dissent_words(dissent)}**", width="content")
        if page.role is Role.FACILITATOR and dissent.words:
            offer_hiding(page, noting.hide_dissent, dissent.dissent_id, dissent.is_hidden)
    if dissent.words:
        st.text(dissent.words)


def _offer_dissent(page: Page, note: Note) -> None:
    mine = note.dissent_of(page.viewer.person_id)
    with st.container(horizontal=True, gap="small"):
        label = "Change my words" if mine else "I dissent…"
        if st.button(label, key=f"dissent_{note.note_id}", type="tertiary", icon=":material/call_split:"):
            open_dissenting(page, note)
            st.rerun()
        if mine and st.button(
            "Withdraw my dissent", key=f"agree_{note.note_id}", type="tertiary", icon=":material/undo:"
        ):
            with page.feedback("Your dissent is withdrawn."):
                noting.withdraw_dissent(page.store, page.credential, note.note_id)
