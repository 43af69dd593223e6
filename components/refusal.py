"""The page of somebody who cannot be let in: why, and what to do."""

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from components.enter import forget_browser
from components.kept_words import draw_kept_words
from components.own_words import draw_words_kept_of
from components.pages import file_of, link_to
from components.texts import escape
from lib.domain.people import Role
from lib.security import Pass


class PageIsOver(Exception):
    """The page ends here, as a whole page does.

    After `st.stop()` Streamlit 1.67 would go on drawing parts of the page before, which a browser then cannot place.
    """


def refuse(
    title: str,
    reason: str,
    *,
    workshop_id: str | None = None,
    role: Role | None = None,
    back_to_stage: bool = False,
    is_nobody: bool = False,
    held: Sequence[Pass] = (),
    is_removed: bool = False,
) -> NoReturn:
    """Say why this page does not open, and the way on.

    `is_nobody`: nobody is signed in to the workshop in this browser, so that what was typed in it is offered here.
    `held` are the passes of whoever may find here what they typed into fields, because they lead no more or, with
    `is_removed`, because they were removed.
    """
    st.header(title, anchor=False)
    st.markdown(escape(reason))
    if workshop_id and is_nobody:
        draw_kept_words(workshop_id)
    if workshop_id:
        draw_words_kept_of(workshop_id, held, is_removed=is_removed)
    if workshop_id and back_to_stage:
        link_to("draft", workshop_id, "Go to the policy", icon=":material/edit_note:")
    st.page_link(file_of("lobby"), label="Join or create a workshop", icon=":material/home:", query_params={})
    if workshop_id and role:
        forget_browser(workshop_id, role, label="Forget this workshop in this browser", key="refused_forget")
    raise PageIsOver
