"""Brings a part of the page into view when it opens, which on a phone is screens away."""

import streamlit as st

_SCROLL = st.components.v2.component(
    "folkmoot_clause_scroll",
    html="<span></span>\n<!-- a place to scroll to -->",
    js="""
    export default function (component) {
      const { data, parentElement } = component
      const span = parentElement.querySelector("span")
      if (span.dataset.nonce === data.nonce) return
      span.dataset.nonce = data.nonce
      const place = span.getRootNode().host ?? span
      const box = place.getBoundingClientRect()
      const isHidden = box.top < 0 || box.top > window.innerHeight * 0.6
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
      if (isHidden) place.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" })
    }
    """,
)


def bring_into_view(*, key: str, nonce: str) -> None:
    """Scroll here once for each new nonce, if this place is not in view."""
    with st.container(key=f"{key}_place", height=1, border=False):
        _SCROLL(key=key, data={"nonce": nonce})
