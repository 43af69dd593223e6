"""The live document: one text that everybody writes at once. The element is the browser's; Python draws it once."""

from pathlib import Path

import streamlit as st

from components.clause_unsent import draw_unsent_changes
from components.document_panel import document_panel
from components.frame import Page
from components.routes.shared_editor import NAME
from components.scripts import script
from components.try_now import try_now
from lib.domain.people import Role

LABEL = "The policy, written together"
WHO_SEES = "Everyone sees this as you write it, with your name."
HELP = "A line that begins with # is a section, one that begins with - is a clause. F6 leads to what stands beside it."
READS = "What the group writes, as it is written."

_HERE = Path(__file__).parent
_DOCUMENT = st.components.v2.component(
    "folkmoot_shared_document",
    html="<div></div>\n<!-- drawn by shared_document.js -->",
    css=(_HERE / "shared_document.css").read_text("utf-8"),
    js=script("when_gone", "shared_document"),
    # Not isolated: Ace keeps its styles and its focus in the page's own document.
    isolate_styles=False,
)


def write_together(page: Page) -> None:
    """The document, and beside it what belongs to the clause in which the cursor rests."""
    with st.container(key="write_together"):
        text, beside = st.columns([7, 5])
        with text, st.container(key="document_place"):
            shared_document(page)
        with beside:
            if page.role is not Role.ORGANIZER:
                draw_unsent_changes(page)
            try_now(page)
            document_panel(page)


def shared_document(page: Page) -> None:
    """The document of the page's workshop. Nothing that Python draws later writes into it."""
    reads_only = page.role is Role.ORGANIZER
    _DOCUMENT(
        key=f"document_{page.workshop_id}",
        data={
            "bundle": NAME,
            "workshop": page.workshop_id,
            "role": page.role.value,
            "person": page.viewer.person_id,
            "label": LABEL,
            "help": HELP,
            "who_sees": READS if reads_only else WHO_SEES,
        },
    )
