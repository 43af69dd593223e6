"""The top of every page: the workshop's title, who one is, and the pages."""

from typing import TYPE_CHECKING

import streamlit as st

from components.me import draw_me
from components.pages import HOME_OF, ICONS, STAGE_PAGES, TITLES
from components.texts import escape
from lib.domain.people import Role

if TYPE_CHECKING:
    from components.frame import Page


def draw(page: "Page") -> None:
    """The workshop's title, who one is, and the pages of one's roles."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{escape(page.workshop.title)}**", width="content")
        with st.container(width="content"):
            draw_me(page)
    roles = {page.role, *page.other_roles}
    names = [*STAGE_PAGES, *(HOME_OF[role] for role in (Role.FACILITATOR, Role.ORGANIZER) if role in roles)]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="pages"):
        for name in names:
            page.link_to(name, f"**{TITLES[name]}**" if name == page.name else TITLES[name], icon=ICONS[name])


def draw_name(page: "Page") -> None:
    """What the page is called."""
    st.header(TITLES[page.name], anchor=False, width="content")
