"""Brings what somebody was called to into view, once for each call. Nothing loses the cursor."""

import streamlit as st

_SCROLL = st.components.v2.component(
    "folkmoot_called_place",
    html="<span hidden></span>\n<!-- scrolls once, shows nothing -->",
    js="""
    export default function (component) {
      const { data, parentElement } = component
      const span = parentElement.querySelector("span")
      if (span.dataset.nonce === data.nonce) return
      span.dataset.nonce = data.nonce
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
      // It may be drawn after this, and inside of another element.
      let left = 20
      const look = () => {
        const roots = [document, ...[...document.querySelectorAll("div")].map((one) => one.shadowRoot).filter(Boolean)]
        const found = roots.map((root) => root.querySelector(data.selector)).find(Boolean)
        left -= 1
        // What is taller than half of the window is read from its beginning.
        const isTall = found?.getBoundingClientRect().height > innerHeight / 2
        if (isTall) found.style.scrollMarginTop = "1rem"
        if (found) found.scrollIntoView({ block: isTall ? "start" : "center", behavior: calm ? "auto" : "smooth" })
        else if (left > 0) setTimeout(look, 250)
      }
      look()
    }
    """,
)


def bring_to(selector: str, *, nonce: str, key: str) -> None:
    """Scroll to the first element that the CSS selector finds, once for each new nonce."""
    with st.container(key=f"{key}_place", height=1, border=False):
        _SCROLL(key=key, data={"nonce": nonce, "selector": selector})
