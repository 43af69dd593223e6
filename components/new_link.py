"""Secret links on their way: made before they are asked for, so that a lost answer loses nobody their link."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.enter import enter_browser
from components.links import link_with_code, personal_link
from components.place import recall, remember, take
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.ids import WorkshopId
from lib.services.leading import NewLink, new_link


@contextmanager
def link_for(whose: str) -> Iterator[NewLink]:
    """The link to ask for: a new one, or the one that was asked for last if nobody knows whether it holds."""
    name = f"link_on_its_way:{whose}"
    link: NewLink = recall(name) or new_link()
    remember(name, link)
    try:
        yield link
    except FolkmootError as error:
        if not isinstance(error, StoreUnavailable):
            take(name)
        raise
    take(name)


def own_link(workshop_id: WorkshopId) -> str:
    """The name for `link_for` of the facilitator's own link."""
    return f"facilitator:{workshop_id}"


def own_link_on_its_way(workshop_id: WorkshopId) -> NewLink | None:
    """The facilitator's own link that was asked for, while nobody knows whether it holds."""
    link: NewLink | None = recall(f"link_on_its_way:{own_link(workshop_id)}")
    return link


def draw_own_link_on_its_way(workshop_id: WorkshopId, public_url: str | None) -> None:
    """What to do while nobody knows which of the two links holds; nothing if none is on its way."""
    link = own_link_on_its_way(workshop_id)
    if link is None:
        return
    st.warning(
        "It is not known whether your link was replaced. Copy the new one below now. Once the database is back, "
        "either it opens the workshop or your old link still does; then you can press the button again and get "
        "this same link.",
        icon=":material/key:",
    )
    link_with_code(personal_link(public_url, link.token), key="own_on_its_way", with_qr=False)
    enter_browser(
        link.token, goes_on=False, label="Go on", done="This browser has the new link.", key="enter_on_its_way"
    )
