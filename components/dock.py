"""A place at the edge of the window for what others ask of somebody: it moves nothing, nor hides what is typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from components.scripts import script

KEY = "dock"

_STYLE = st.components.v2.component(
    "folkmoot_dock",
    html="<span hidden></span>\n<!-- a style, shows nothing -->",
    # Not isolated, since it is a container of the page that must stand at its edge, and stock elements that are mended.
    css=Path(__file__).with_name("streamlit_mends.css").read_text("utf-8")
    + """
    .st-key-dock {
      position: fixed; z-index: 90; inset: auto 0 0.75rem; margin: 0 auto; box-sizing: border-box;
      width: fit-content; max-width: min(46rem, calc(100vw - 1.5rem)); max-height: 45vh; overflow-y: auto;
      padding: 0.5rem 1rem; gap: 0.25rem; border: 1px solid var(--dock-edge, GrayText); border-radius: 0.5rem;
      background: var(--dock-ground, Canvas); box-shadow: 0 4px 18px rgb(0 0 0 / 0.25);
    }
    .st-key-dock[data-edge="above"] { inset: var(--dock-top, 0.75rem) 0 auto; }
    .st-key-dock:not(:has(button)) { display: none; }
    .st-key-dock_style, .st-key-called_card, .st-key-screen_probe { position: absolute; }
    [data-testid=stLayoutWrapper]:has(> :is(.st-key-dock, .st-key-called_card, .st-key-screen_probe)) {
      position: absolute; width: 0 !important;
    }
    /* The end of the page can be scrolled out from under it; nothing above the end moves. */
    .stMainBlockContainer:has(.st-key-dock button) { padding-bottom: 50vh; }
    """,
    js=script("dock"),
    isolate_styles=False,
)


@contextmanager
def dock() -> Iterator[None]:
    """Draw into the dock. It shows as long as there is a button in it, by which one puts it away."""
    with st.container(key=KEY):
        _STYLE(key="dock_style")  # always: an empty container is none, and the page below would move by its gap
        yield
