"""Whether the window is narrow: guessed from the browser's name, then measured."""

import streamlit as st

from components.place import recall, remember

NARROW_PX = 700

_PROBE = st.components.v2.component(
    "folkmoot_screen",
    html="<span hidden></span>\n<!-- measures, shows nothing -->",
    js="""
    export default function (component) {
      const { data, setStateValue } = component
      const tell = () => {
        const isNarrow = window.innerWidth < data.narrow_px
        if (isNarrow !== data.is_narrow) setStateValue("is_narrow", isNarrow)
      }
      tell()
    }
    """,
)


def is_narrow_screen() -> bool:
    """Whether the window was narrower than 700 pixels when the page was opened."""
    guess = recall("is_narrow")
    if guess is None:
        guess = "Mobi" in (st.context.headers.get("User-Agent") or "")
    with st.container(key="screen_probe", height=1, border=False):
        measured = _PROBE(
            key="screen",
            data={"narrow_px": NARROW_PX, "is_narrow": guess},
            on_is_narrow_change=lambda: None,
        ).get("is_narrow")
    result = bool(guess if measured is None else measured)
    remember("is_narrow", result)
    return result
