"""Notes and decisions where they belong: beside the clause, scenario, response or round that they are about."""

import streamlit as st

from components.frame import Page
from components.note_words import SECTION, short_words
from components.pulse import live_fragment
from lib.domain.errors import FolkmootError
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.workshop import Topic
from lib.services.notes import notes_about, read_notes


@live_fragment(Topic.NOTES)
def draw_notes_about(page: Page, kind: str, thing_id: str) -> None:
    """What was decided and noted about one thing. Nothing that anybody types stands in here."""
    try:
        found = notes_about(read_notes(page.read), ThingKind(kind), thing_id)
    except FolkmootError:
        return  # The live strip says what is the matter.
    for note in found:
        st.markdown(short_words(note))
    if found:
        label = "Read it, or dissent" if page.role is Role.PARTICIPANT else "Read it"
        page.link_to("review", label, icon=":material/gavel:", section=SECTION)
