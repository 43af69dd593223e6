"""What this browser still has of a workshop's live text, for whoever is not signed in to it any more."""

from pathlib import Path

import folkmoot_shared_editor as package
import streamlit as st

from lib.domain.ids import PersonId, WorkshopId

_HERE = Path(__file__).parent
_KEPT_WORDS = st.components.v2.component(
    "folkmoot_kept_words",
    html="<div class='words'></div>\n<!-- drawn by kept_words.js -->",
    css=(_HERE / "kept_words.css").read_text("utf-8"),
    # It is one line, which Streamlit 1.67 would take for the path of a file.
    js="// made of kept_words.js\n" + package.KEPT_WORDS.read_text("utf-8"),
)


def draw_kept_words(workshop_id: str) -> None:
    """The words that did not reach the policy, each to copy or to throw away; nothing if there are none.

    For a browser in which nobody is signed in to the workshop: it is not known who asks, so it shows everybody's, under
    the names they were typed with. They were typed for the whole workshop to read, and are nowhere else.
    """
    _KEPT_WORDS(key="kept_words", data={"workshop": workshop_id})


def names_of_kept(workshop_id: WorkshopId, person_id: PersonId) -> list[str]:
    """The beginnings of the names under which the browser keeps what a person has not sent yet, in fields too."""
    kinds = ("draft", "document", "document-drafts")
    return [f"folkmoot:{kind}:{workshop_id}:{person_id}" for kind in kinds]
