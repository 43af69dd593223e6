"""A self-saving text field with the Ace editor, for wide screens. The only importer of streamlit_ace."""

import re
from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit_ace import st_ace

from components.draft_field import AsksFirst, Submission, draft_field
from components.frame import Page
from components.scripts import script
from components.texts import WHO_SEES_DRAFT

LEAST_LINES: Final = 4
MOST_LINES: Final = 16

_LINK = st.components.v2.component(
    "folkmoot_ace_link",
    html="<span hidden></span>\n<!-- joins, shows nothing -->",
    js=script("when_gone", "ace_link"),
)


def clause_field(
    page: Page,
    *,
    label: str,
    field: str,
    actions: Sequence[tuple[str, str]],
    who_sees: str = WHO_SEES_DRAFT,
    initial: str = "",
    placeholder: str = "",
    max_chars: int = 2_000,
    tells_leaving: bool = False,
    asks: AsksFirst | None = None,
) -> Submission | None:
    """A field for the wording of a clause: Ace on wide screens, a text area on narrow ones. Both share the text."""
    if page.is_narrow:
        return draft_field(
            page,
            label=label,
            field=field,
            actions=actions,
            who_sees=who_sees,
            initial=initial,
            placeholder=placeholder,
            max_chars=max_chars,
            tells_leaving=tells_leaving,
            asks=asks,
        )
    box = "ace_" + re.sub(r"[^a-zA-Z0-9]", "_", f"{page.workshop_id}_{field}")
    with st.container(key=box, gap="xsmall"):
        st.markdown(f"**{label}**")
        st.markdown(who_sees)
        # The text stands in the field below, which fills the editor: Ace itself would lose it under a new key.
        st_ace(
            value="",
            placeholder=placeholder,
            language="markdown",
            theme="tomorrow_night" if st.context.theme.type == "dark" else "chrome",
            min_lines=LEAST_LINES,
            font_size=15,
            tab_size=2,
            wrap=True,
            show_gutter=False,
            auto_update=False,
            key=f"{box}_editor",
        )
        with st.container(key=f"{box}_link", height=1, border=False):
            _LINK(key=f"{box}_joint", data={"box": box, "label": label, "max_lines": MOST_LINES})
        return draft_field(
            page,
            label=label,
            label_is_hidden=True,
            field=field,
            actions=actions,
            who_sees="",
            initial=initial,
            placeholder=placeholder,
            max_chars=max_chars,
            tells_leaving=tells_leaving,
            asks=asks,
        )
