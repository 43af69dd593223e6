"""The workshop itself: its title and brief, and its end."""

from typing import Literal

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.kept_input import begun_with, keep_text
from components.letting_go import asks_to_take_theirs
from components.outcome import confirm
from components.pages import go_to
from components.place import recall, remember
from components.texts import escape, quoted
from lib.services import leading, workshops

CHOICES = [("mine", "Save mine instead"), ("theirs", "Take theirs")]
UNDO = "“Undo” beside the step puts the one before back."


def draw(page: Page) -> None:
    """What everyone reads about the workshop, and how to delete it."""
    _draw_words(
        page,
        "title",
        who_sees="Everyone in the workshop, once you save it.",
        max_chars=workshops.MAX_TITLE_CHARS,
        single_line=True,
    )
    _draw_words(
        page, "brief", who_sees="Everyone with the join code, once you save it.", max_chars=5_000, allow_empty=True
    )
    if not page.held.is_granted:
        _draw_deletion(page)


def _draw_words(
    page: Page,
    what: Literal["title", "brief"],
    *,
    who_sees: str,
    max_chars: int,
    single_line: bool = False,
    allow_empty: bool = False,
) -> None:
    """The field of the title or brief; what another leader saved since this person began is shown before it goes."""
    field, present, shown = (
        f"console:{what}",
        str(getattr(page.workshop, what)),
        f"theirs_shown:{page.workshop_id}:{what}",
    )
    is_shown = recall(shown) == present
    handed = draft_field(
        page,
        label=what.capitalize(),
        field=field,
        actions=CHOICES if is_shown else [("save", f"Save the {what}")],
        who_sees=who_sees,
        initial=present,
        max_chars=max_chars,
        single_line=single_line,
        allow_empty=allow_empty,
        tells_beginning=True,
        asks=asks_to_take_theirs(what) if is_shown else None,
    )
    # What was handed over counts until it is settled, also where it is empty.
    text = handed.text if handed else recall(_given(page, field))
    has_theirs = begun_with(page, field, present, text) != present
    remember(_given(page, field), text if has_theirs else None)
    remember(shown, present if has_theirs else None)
    if has_theirs and not is_shown:
        st.rerun()  # whatever was pressed was pressed before this could be seen
    if has_theirs:
        st.warning(
            f"Somebody else changed the {what} while you were at it. What you typed is in the field. It reads now:",
            icon=":material/call_split:",
        )
        st.text(present or "(empty)")
    if handed is None:
        return
    if handed.action == "theirs":
        _forget(page, field)
        st.rerun()
    with page.feedback(f"The {what} is saved. {UNDO}"):
        changed = {what: handed.text.strip()}
        leading.change_settings(page.store, page.credential, **changed)
        _forget(page, field)


def _forget(page: Page, field: str) -> None:
    clear_draft(page, field)
    keep_text(page, f"{field}:base", "")
    remember(_given(page, field), None)


def _given(page: Page, field: str) -> str:
    """Under which name the tab remembers what was handed over and not taken yet."""
    return f"given:{page.workshop_id}:{field}"


def _draw_deletion(page: Page) -> None:
    with st.expander("Delete the workshop", key="deletion"):
        st.markdown(
            "This deletes the policy with its versions, all scenarios, responses, marks, rounds and votes, and signs "
            "everybody out. It cannot be undone. Take away what you need first: it is under **Review**."
        )
        # Kept nowhere on purpose: it asks whether this is meant now.
        with st.form("delete", border=False):
            typed = st.text_input(f"Type the title to delete it: {escape(page.workshop.title)}", key="delete_title")
            pressed = st.form_submit_button("Delete the workshop and everything in it")
    if pressed:
        title = page.workshop.title
        with page.feedback(then_rerun=False):
            workshops.delete_workshop(page.store, page.credential, typed)
        confirm(f"{quoted(title, 40)} is deleted, with everything in it.")
        go_to("lobby")
