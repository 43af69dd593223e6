"""The top of every page: the workshop's title and who one is, the pages, and the policy's version."""

from typing import TYPE_CHECKING

import streamlit as st

from components.me import draw_me
from components.pages import HOME_OF, ICONS, STAGE_PAGES, TITLES, link_to
from components.texts import escape, version_label
from lib.domain.people import Role
from lib.domain.workshop import Place

if TYPE_CHECKING:
    from components.frame import Page


def draw(page: "Page") -> None:
    """The workshop's title and who one is. What others change of the frame follows in `draw_pages`."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{escape(page.workshop.title)}**", width="content")
        with st.container(width="content"):
            draw_me(page)


def draw_pages(place: Place, page_name: str, roles: frozenset[Role]) -> None:
    """The pages of these roles, with the one where the group is, the policy's version, and the page's own name."""
    names = [*STAGE_PAGES, *(HOME_OF[role] for role in (Role.FACILITATOR, Role.ORGANIZER) if role in roles)]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="pages"):
        for name in names:
            label = f"**{TITLES[name]}**" if name == page_name else TITLES[name]
            if name == place.workshop.stage.value:
                label = f"{label} · group is here"
            link_to(name, place.workshop.workshop_id, label, icon=ICONS[name])
        version = version_label(place.latest_version_number, place.changed_since_version)
        st.badge(version, icon=":material/description:", color="gray")
    st.header(TITLES[page_name], anchor=False)
