"""What everybody is called to, shown by the browser itself: at once, before the page around it can be drawn."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.bring import ANSWERED, calls_in
from components.brought import ASKED, MOVES_FOR, goes_along
from components.scripts import script
from lib.domain.workshop import Place

if TYPE_CHECKING:
    from components.frame import Page

_HERE: Final = Path(__file__).parent
_CARD = st.components.v2.component(
    "folkmoot_called",
    html="""<span class="spoken" role="status"></span><div class="called" hidden><p class="who"></p>
<p class="text"></p><p class="next">The page follows by itself in a moment, unless you type.
<button type="button">Close</button></p></div>""",
    css=(_HERE / "called.css").read_text("utf-8"),
    js=script("when_gone", "clock", "called"),
)


def draw_called_card(page: "Page", place: Place) -> None:
    """Make ready for the next call; those that this tab knows of are shown or offered by the page itself."""
    call = place.workshop.call
    data = {
        "workshop": page.workshop_id,
        "page": page.name,
        "goes_along": goes_along(page, place) and page.name not in ("console", "overview"),
        "known": [*calls_in(page, ASKED), *calls_in(page, ANSWERED), *([call.call_id] if call else [])],
        "now_ms": page.app.clock().timestamp() * 1000,
        "moves_for_ms": MOVES_FOR.total_seconds() * 1000,
    }
    with st.container(key="called_card"):
        _CARD(key="called", data=data)
