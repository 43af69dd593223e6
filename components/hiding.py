"""Hiding what somebody wrote from all but those who lead, and showing it again: abuse goes with one press."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from components.frame import Page
from components.stored_choice import turning_key
from components.texts import HIDING
from lib.domain.people import Credential
from lib.store.port import Store

Id = TypeVar("Id", bound=str)


def offer_hiding(page: Page, hide: Callable[[Store, Credential, Id, bool], object], thing: Id, is_hidden: bool) -> None:
    """The button for it; who is offered it is for the caller to know. `hide` is the use case for this kind of thing."""
    label = "Show to others again" if is_hidden else "Hide from others"
    icon = ":material/visibility:" if is_hidden else ":material/visibility_off:"
    key = turning_key("hide", thing, is_so=is_hidden)
    if st.button(label, key=key, type="tertiary", icon=icon, help=HIDING):
        with page.feedback("Others can read it again." if is_hidden else "Others read a placeholder now."):
            hide(page.store, page.credential, thing, not is_hidden)
