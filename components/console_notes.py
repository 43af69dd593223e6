"""Notes and decisions on the spot: written here, at once before everyone; reworded, withdrawn and put back."""

from uuid import NAMESPACE_URL, uuid5

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.kept_choice import forget_choice, kept_radio, last_choice
from components.kept_input import begun_with
from components.note_proposed import proposed
from components.note_rewording import draw_rewording, open_rewording
from components.note_subjects import NOTHING, about_of, asked_for, drop_asked_for, in_short, subjects_of_notes
from components.note_words import ICONS, by_words, dissent_words, head_words
from components.outcome import part
from components.pulse import live_fragment
from components.stored_choice import turning_key
from components.texts import escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import NoteId
from lib.domain.notes import MAX_NOTE_CHARS, Note, NoteKind
from lib.domain.workshop import Topic
from lib.services import notes as noting

FIELD = "console:note"


def draw(page: Page) -> None:
    """The field, the one that is being reworded, and all of them, newest first."""
    _draw_field(page)
    draw_rewording(page)
    _draw_all(page)


@part
def _draw_field(page: Page) -> None:
    about, key = _choice(asked_for())
    # Whoever has begun to write goes on about the same, whatever others call everyone to; a link is their own wish.
    initial = asked_for() or begun_with(page, FIELD, proposed(page))
    offered = subjects_of_notes(page, (initial, str(last_choice(page, about) or NOTHING)))
    options, initial = list(offered), initial if initial in offered else NOTHING
    subject = st.selectbox(
        "About",
        options,
        **kept_radio(page, about, options, initial, key=key, format_func=lambda one: offered.get(one, one)),
    )
    subject = subject if subject in offered else initial
    thing = in_short(subject, offered[subject])
    handed = draft_field(
        page,
        label="Decision or note",
        field=FIELD,
        actions=(
            ("decision", f"Record the decision about {thing}" if thing else "Record the decision"),
            ("note", f"Only note it, about {thing}" if thing else "Only note it"),
        ),
        who_sees="Everyone sees it at once when you press a button, with your name. Dissents are each person's own.",
        max_chars=MAX_NOTE_CHARS,
        placeholder="We keep C7 as it is until somebody has asked the clerks.",
        tells_leaving=True,
        tells_beginning=True,
    )
    if handed is None:
        return
    # One press, one note, however often it arrives.
    note = NoteId(str(uuid5(NAMESPACE_URL, f"{page.viewer.person_id}/{handed.request_id}")))
    done = "The decision is before everyone." if handed.action == "decision" else "The note is before everyone."
    with page.feedback(done):
        noting.add_note(page.store, page.credential, note, NoteKind(handed.action), about_of(subject), handed.text)
        clear_draft(page, FIELD)
        for asked in {asked_for(), NOTHING}:
            forget_choice(page, *_choice(asked))
        drop_asked_for()  # the next one is about what the group looks at then


def _choice(asked: str) -> tuple[str, str]:
    """Under which field and key the choice of a thing is kept, with the link that named this one."""
    return f"{FIELD}:about:{asked}", f"note_about_{asked}"


@live_fragment(Topic.NOTES, Topic.PEOPLE)
def _draw_all(page: Page) -> None:
    """Others who lead write too. Nothing that anybody types stands in here."""
    try:
        notes = noting.read_notes(page.read)
    except FolkmootError:
        return  # The live strip says what is the matter.
    if not notes:
        st.caption("Nothing yet. What you record here is shown at its item, in the review and in the files.")
    for note in reversed(notes):
        with st.container(border=True, key=f"own_note_{note.note_id}"):
            _draw_note(page, note)


def _draw_note(page: Page, note: Note) -> None:
    st.markdown(f"{ICONS[note.is_decision]} **{head_words(note)}**{' (withdrawn)' if note.is_withdrawn else ''}")
    st.text(note.text)
    st.caption(by_words(note))
    for dissent in note.dissents:
        words = f": {escape(dissent.words)}" if dissent.words else ""
        st.markdown(f":material/call_split: {dissent_words(dissent)}{words}")
    with st.container(horizontal=True, gap="small"):
        if not note.is_withdrawn and st.button(
            "Reword", key=f"reword_{note.note_id}", type="tertiary", icon=":material/edit:"
        ):
            open_rewording(page, note.note_id)
            st.rerun()
        label = "Put back" if note.is_withdrawn else "Withdraw"
        key = turning_key("withdraw", note.note_id, is_so=note.is_withdrawn)
        if st.button(label, key=key, type="tertiary", icon=":material/undo:"):
            with page.feedback("It stands again." if note.is_withdrawn else "Withdrawn; it can be put back."):
                noting.withdraw_note(page.store, page.credential, note.note_id, not note.is_withdrawn)
