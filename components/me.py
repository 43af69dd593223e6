"""Who one is in this workshop, and how one takes it to a phone, changes role, or leaves."""

from typing import TYPE_CHECKING

import streamlit as st

from components.enter import forget_browser
from components.links import link_with_code, personal_link
from components.texts import ROLE_WORDS, escape
from lib.domain.people import Role
from lib.services import workshops

if TYPE_CHECKING:
    from components.frame import Page


def draw_me(page: "Page") -> None:
    """A small menu with the name and role of whoever is here."""
    name = escape(page.viewer.name)
    label = name if page.role is Role.FACILITATOR or page.role is Role.ORGANIZER else f"{name} · participant"
    with st.popover(label, icon=":material/person:"):
        st.markdown(f"You are here as **{name}**, {ROLE_WORDS[page.role]}.")
        for role in page.other_roles:
            if st.button(f"Act as {ROLE_WORDS[role]}", key=f"act_as_{role.value}"):
                page.here.choose_role(role)
                st.rerun()
        if st.button("On my phone", key="on_my_phone", icon=":material/smartphone:"):
            _phone_dialog(page)
        if page.role is Role.PARTICIPANT and st.button("Leave the workshop", key="leave", icon=":material/logout:"):
            _leave_dialog(page)
        forget_browser(page.workshop_id, page.role, label=f"Not {page.viewer.name}? Not me")
        st.caption("“Not me” makes this browser forget you. Your personal link brings you back.")


@st.dialog("On my phone")
def _phone_dialog(page: "Page") -> None:
    st.markdown("This link is you: whoever opens it acts in your name. Scan it, or send it to yourself only.")
    link_with_code(personal_link(page.app.settings.public_url, page.held.token), key="my_link")


@st.dialog("Leave the workshop")
def _leave_dialog(page: "Page") -> None:
    st.markdown(
        "What you added to the policy, and responses you shared, stay with the group. "
        "Your unsent texts are deleted. You cannot come back under this identity."
    )
    delete = st.checkbox(
        "Delete my data too: my votes and reasons, my marks, my private scenarios and responses, and my name",
        key="leave_delete",
        help="Votes in an anonymous round that was revealed carry no name any more, so they cannot be found and stay.",
    )
    if st.button("Leave for good", type="primary", key="leave_now"):
        with page.feedback(then_rerun=False) as result:
            workshops.leave_workshop(page.store, page.credential, delete_data=delete)
        if result.is_done:
            st.markdown("You have left.")
            forget_browser(page.workshop_id, page.role, label="Go to the lobby", at_once=True, key="left")
