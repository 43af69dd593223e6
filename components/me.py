"""Who one is in this workshop, and how one takes it to a phone, changes role, or leaves."""

from typing import TYPE_CHECKING

import streamlit as st

from components.enter import forget_browser
from components.kept_words import names_of_kept
from components.links import link_with_code, personal_link
from components.outcome import part
from components.place import remember, take
from components.texts import ROLE_WORDS, escape
from lib.domain.people import Role
from lib.services import leading, workshops

MENU = "me_menu"
DIALOG = "me_dialog"

if TYPE_CHECKING:
    from components.frame import Page


@part
def draw_me(page: "Page") -> None:
    """A small menu with the name and role of whoever is here."""
    name = escape(page.viewer.name)
    label = f"{name} · participant" if page.role is Role.PARTICIPANT else name
    if page.held.is_granted:
        label = f"{name} · co-facilitator"
    menu = st.popover(label, icon=":material/person:", key=MENU, on_change="rerun")
    if menu.open:
        with menu:
            _draw_menu(page, name)
    dialog = take(DIALOG)
    if dialog == "phone":
        _phone_dialog(page)
    elif dialog == "leave":
        _leave_dialog(page)


def _draw_menu(page: "Page", name: str) -> None:
    st.markdown(f"You are here as **{name}**, {ROLE_WORDS[page.role]}.")
    for role in page.other_roles:
        if st.button(f"Act as {ROLE_WORDS[role]}", key=f"act_as_{role.value}"):
            page.here.choose_role(role)
            st.rerun()
    st.button("On my phone", key="on_my_phone", icon=":material/smartphone:", on_click=_open_dialog, args=("phone",))
    if page.role is Role.PARTICIPANT:
        st.button("Leave the workshop", key="leave", icon=":material/logout:", on_click=_open_dialog, args=("leave",))
    who = page.viewer.name if page.held.cookie_role is Role.PARTICIPANT else f"the {page.role.value}"
    forget_browser(page.workshop_id, page.held.cookie_role, label=f"Not {who}? Not me")
    if page.held.is_granted:
        _draw_laying_down(page)
    st.caption("“Not me” makes this browser forget you. Your personal link brings you back.")


def _draw_laying_down(page: "Page") -> None:
    if st.button("Lead no more", key="lay_down", icon=":material/undo:", help="The facilitator can give it again."):
        page.here.choose_role(Role.PARTICIPANT)
        with page.feedback("You take part, and do not lead any more."):
            leading.let_lead(page.store, page.credential, page.viewer.person_id, False)


def _open_dialog(name: str) -> None:
    """Close the menu, so that it does not stand over the dialog."""
    st.session_state[MENU] = False
    remember(DIALOG, name)


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
        with page.feedback(then_rerun=False):
            workshops.leave_workshop(page.store, page.credential, delete_data=delete)
        st.markdown("You have left.")
        kept = names_of_kept(page.workshop_id, page.viewer.person_id)
        forget_browser(page.workshop_id, page.role, label="Go to the lobby", at_once=True, forgets=kept, key="left")
