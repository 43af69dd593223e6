"""Every wording that a note or decision had, newest first, and a way back to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.frame import Page
from components.texts import escape
from components.version_words import when
from lib.domain.notes import Note, NoteEvent
from lib.services import notes as noting

BACK: Final = "Back to wording"
ACTS: Final = {"withdrawn": "Withdrawn", "restored": "Put back"}
"""Those that change no wording."""
UNFOLDED: Final = 3
"""So many wordings that one can go back to stand there at once."""


@dataclass(frozen=True)
class Entry:
    """One line of the history; `number` counts the wordings and is None where only a withdrawal was done or undone."""

    event: NoteEvent
    number: int | None
    is_offered: bool
    """Whether one can go back to it: it reads otherwise than the note does now."""


def entries_of(history: Sequence[NoteEvent], now: str) -> list[Entry]:
    """The history, which comes oldest first, with the newest first."""
    entries: list[Entry] = []
    wordings = 0
    for event in history:
        is_worded = event.kind not in ACTS
        wordings += is_worded
        entries.append(Entry(event, wordings if is_worded else None, is_worded and event.text != now))
    return entries[::-1]


def folded(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """The newest ones, and those behind them to be folded away; a single wording more is not folded."""
    offered = [place for place, one in enumerate(entries) if one.is_offered]
    cut = offered[UNFOLDED - 1] + 1 if len(offered) > UNFOLDED + 1 else len(entries)
    return entries[:cut], entries[cut:]


def draw_history(page: Page, note: Note) -> str | None:
    """All of it; gives the wording that is wanted back."""
    entries = entries_of(noting.read_history(page.store, page.credential, note.note_id), note.text)
    newest, older = folded(entries)
    wanted = None
    with st.container(gap="small", key="note_history"):
        st.markdown("**History**, newest first")
        for one in newest:
            wanted = _draw(note, one) or wanted
        if older:
            with st.expander("Older wordings", key=f"older_wordings_{note.note_id}"):
                for one in older:
                    wanted = _draw(note, one) or wanted
    return wanted


def _draw(note: Note, one: Entry) -> str | None:
    event = one.event
    did = f"{ACTS.get(event.kind, f'Wording {one.number}')} by {escape(event.by)}, {when(event.at)}"
    if not one.is_offered:
        st.caption(f"{did}: as it reads now" if one.number else did)
        return None
    with st.container(border=True, gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(did, width="content")
            # The key names what is put back where: a press that comes late changes no other note.
            key = f"note_back_{note.note_id}_{one.number}"
            is_wanted = st.button(f"{BACK} {one.number}", key=key, type="tertiary", icon=":material/undo:")
        st.text(event.text)
    return event.text if is_wanted else None
