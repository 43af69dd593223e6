"""The pages by name, and how one gets from one to another within a workshop."""

from pathlib import Path

import streamlit as st

from lib.domain.people import Role

ROOT = Path(__file__).resolve().parent.parent

TITLES = {
    "lobby": "Folkmoot",
    "draft": "Draft",
    "test": "Test scenarios",
    "vote": "Vote",
    "review": "Review",
    "console": "Console",
    "overview": "Overview",
}
ICONS = {
    "lobby": ":material/home:",
    "draft": ":material/edit_note:",
    "test": ":material/science:",
    "vote": ":material/how_to_vote:",
    "review": ":material/insights:",
    "console": ":material/tune:",
    "overview": ":material/summarize:",
}
STAGE_PAGES = ("draft", "test", "vote", "review")
HOME_OF = {Role.FACILITATOR: "console", Role.ORGANIZER: "overview"}


def file_of(name: str) -> str:
    """The path of a page's script."""
    return str(ROOT / "pages" / f"{name}.py")


def link_to(name: str, workshop_id: str, label: str, *, icon: str = "", **params: str) -> None:
    """A link to another page of the same workshop."""
    st.page_link(
        file_of(name), label=label, icon=icon or None, query_params={"w": workshop_id, **params}, width="content"
    )


def go_to(name: str, workshop_id: str | None = None, **params: str) -> None:
    """Leave this page for another one."""
    st.switch_page(file_of(name), query_params={"w": workshop_id, **params} if workshop_id else params)
