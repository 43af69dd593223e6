"""The head of the clause panel: it follows the cursor in the live document, and hands the editor what it shows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from components.scripts import script

_HERE = Path(__file__).parent
_FOLLOWER = st.components.v2.component(
    "folkmoot_clause_follower",
    html="""
    <div class='fm-follows' role='status' tabindex='-1'><span></span><button type='button' hidden></button></div>
    """,
    css=(_HERE / "clause_follower.css").read_text("utf-8"),
    js=script("when_gone", "clause_follower"),
    # Not isolated: it must see whether somebody writes in the panel.
    isolate_styles=False,
)


def follow_cursor(
    workshop_id: str,
    *,
    shown: str | None,
    says: str,
    called: tuple[str, str] | None,
    marks: Mapping[str, str],
    titles: Mapping[str, str],
    on_clause: Callable[[str], None],
) -> None:
    """Draw the line at the panel's head.

    Args:
        workshop_id: the workshop whose document it is.
        shown: the clause that the panel shows.
        says: what the line says as long as the cursor is there, too.
        called: the clause that the editor is to bring into view, with what tells one call from another.
        marks: a small mark for the margin, such as a count, by clause.
        titles: the same in words.
        on_clause: called before the panel's fragment is drawn for another clause.
    """
    key = "clause_follower"

    def moved() -> None:
        state: Any = st.session_state.get(key)
        clause = state.get("clause") if state else None
        if isinstance(clause, str):
            on_clause(clause)

    facts = {clause: {"mark": mark, "title": titles.get(clause, mark)} for clause, mark in marks.items()}
    place = {"clause": called[0], "nonce": called[1]} if called else None
    data = {"workshop": workshop_id, "shown": shown, "says": says, "called": place, "facts": facts}
    _FOLLOWER(key=key, data=data, on_clause_change=moved)
