"""Restore a version: says beforehand exactly what will happen. It adds versions and takes nothing away."""

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.outcome import confirm
from lib.domain.people import Role
from lib.domain.policy import Policy
from lib.services.drafting import LivePolicy
from lib.services.restoring import Restored, restore_version


def restore_box(page: Page, live: LivePolicy, number: int, shown: Policy) -> None:
    """The way back to the version that is being read, folded away; nothing where there is none."""
    if page.role is Role.ORGANIZER or shown.text == live.policy.text:
        return
    if page.workshop.editing_is_locked and page.role is not Role.FACILITATOR:
        st.caption(f"v{number} can be restored when the facilitator has opened the policy again.")
        return
    newest = live.versions[0].number or 0
    field = f"version:restore:{number}"
    with st.expander(f"Restore v{number}…", icon=":material/history:", key=f"restore_{number}"):
        st.markdown(restoring_words(number, newest, page.place.changed_since_version))
        handed = draft_field(
            page,
            label="Name of the version that this makes (optional)",
            field=field,
            actions=(("restore", f"Restore v{number}"),),
            who_sees="Everyone sees it with your name once you restore.",
            placeholder=f"v{number} restored",
            max_chars=500,
            single_line=True,
            allow_empty=True,
        )
    if handed:
        with page.feedback():
            done = restore_version(
                page.store,
                page.app.rooms,
                page.credential,
                number,
                base_revision=live.policy.revision,
                name=handed.text,
                request_id=handed.request_id,
            )
            clear_draft(page, field)
            confirm(done_words(number, done))


def restoring_words(number: int, newest: int, has_changed: bool) -> str:
    """What restoring does, before it is done.

    >>> print(restoring_words(1, 2, True))
    What is written now is published first, as v3. Then the policy says what v1 says, and that is published as v4. \
Clauses that were withdrawn since come back with their history; votes stay with the wordings they were cast on. \
Nothing is lost: to go back, restore v3.
    """
    before = newest + 1 if has_changed else newest
    first = f"What is written now is published first, as v{before}." if has_changed else f"v{before} stays as it is."
    return (
        f"{first} Then the policy says what v{number} says, and that is published as v{before + 1}. Clauses that were "
        "withdrawn since come back with their history; votes stay with the wordings they were cast on. Nothing is "
        f"lost: to go back, restore v{before}."
    )


def done_words(number: int, done: Restored) -> str:
    """What was done, in the numbers that it came to."""
    words = f"v{number} is restored, as v{done.restored.number}."
    if done.published_before is not None:
        since = ", with what others changed meanwhile" if done.has_moved_on else ""
        words += f" What was written before is v{done.published_before.number}{since}."
    return words
