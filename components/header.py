"""The top of every page: the workshop's title, its policy's version, the pages, and who one is."""

from typing import TYPE_CHECKING

import streamlit as st

from components.me import draw_me
from components.pages import HOME_OF, ICONS, STAGE_PAGES, TITLES, link_to
from components.texts import escape, version_label
from lib.domain.people import Role

if TYPE_CHECKING:
    from components.frame import Page


def draw(page: "Page") -> None:
    """The frame's upper part, always in the same place."""
    place = page.place
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.markdown(f"**{escape(page.workshop.title)}**", width="content")
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small", width="content"
        ):
            label = version_label(place.latest_version_number, place.changed_since_version)
            st.badge(label, icon=":material/description:", color="gray")
            with st.container(width="content"):
                draw_me(page)
    _navigation(page)
    st.header(TITLES[page.name], anchor=False)


def _navigation(page: "Page") -> None:
    stage = page.workshop.stage.value
    names = list(STAGE_PAGES)
    roles = {page.role, *page.other_roles}
    for role in (Role.FACILITATOR, Role.ORGANIZER):
        if role in roles:
            names.append(HOME_OF[role])
    with st.container(horizontal=True, gap="xsmall", key="pages"):
        for name in names:
            label = TITLES[name]
            if name == page.name:
                label = f"**{label}**"
            if name == stage:
                label = f"{label} · group is here"
            link_to(name, page.workshop_id, label, icon=ICONS[name])
