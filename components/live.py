"""What stands live at the top of every page."""

from typing import TYPE_CHECKING

import streamlit as st

from components.outcome import show_confirmations
from components.pulse import live_fragment, look_again_soon
from components.strip import draw_strip
from components.texts import escape
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.workshop import Place, Topic

if TYPE_CHECKING:
    from components.frame import Page


@live_fragment(Topic.ROUNDS, slowly=(Topic.VOTES, Topic.PEOPLE))
def live_top(page: "Page") -> None:
    """The line that says where the group is; it is drawn anew for what only this person's own data can say."""
    show_confirmations()
    try:
        place = page.app.reader.read(Place, "read_place", page.credential)
    except StoreUnavailable:
        place = page.place  # the line says that the database is away
        look_again_soon()
    except FolkmootError as error:
        st.warning(escape(str(error)), icon=":material/logout:")
        return
    draw_strip(page, place)
