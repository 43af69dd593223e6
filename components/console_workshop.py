"""The workshop itself: its title and brief, and its end."""

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.outcome import confirm
from components.pages import go_to
from components.texts import escape, quoted
from lib.services import leading, workshops

UNDO = "“Undo” beside the step puts the one before back."


def draw(page: Page) -> None:
    """What everyone reads about the workshop, and how to delete it."""
    _draw_title(page)
    _draw_brief(page)
    if not page.held.is_granted:
        _draw_deletion(page)


def _draw_title(page: Page) -> None:
    handed = draft_field(
        page,
        label="Title",
        field="console:title",
        actions=[("save", "Save the title")],
        who_sees="Everyone in the workshop, once you save it.",
        initial=page.workshop.title,
        max_chars=workshops.MAX_TITLE_CHARS,
        single_line=True,
    )
    if handed:
        with page.feedback(f"The title is saved. {UNDO}"):
            leading.change_settings(page.store, page.credential, title=handed.text.strip())
            clear_draft(page, "console:title")


def _draw_brief(page: Page) -> None:
    handed = draft_field(
        page,
        label="Brief",
        field="console:brief",
        actions=[("save", "Save the brief")],
        who_sees="Everyone with the join code, once you save it.",
        initial=page.workshop.brief,
        max_chars=5_000,
        allow_empty=True,
    )
    if handed:
        with page.feedback(f"The brief is saved. {UNDO}"):
            leading.change_settings(page.store, page.credential, brief=handed.text.strip())
            clear_draft(page, "console:brief")


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
        with page.feedback(then_rerun=False) as outcome:
            workshops.delete_workshop(page.store, page.credential, typed)
        if outcome.is_done:
            confirm(f"{quoted(title)} is deleted, with everything in it.")
            go_to("lobby")
