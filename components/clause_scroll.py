"""Brings a part of the page into view when it opens, which on a phone is screens away, and puts the cursor there."""

from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

if TYPE_CHECKING:
    from components.frame import Page

_SCROLL = st.components.v2.component(
    "folkmoot_clause_scroll",
    html="<span></span>\n<!-- a place to scroll to -->",
    js="""
    export default function (component) {
      const { data, parentElement } = component
      // Beside the element, which the page may make anew while somebody is elsewhere.
      const opened = (globalThis[Symbol.for("folkmoot.opened")] ??= new Map())
      if (opened.get(data.panel) === data.nonce) return
      opened.set(data.panel, data.nonce)
      const writes = () => {
        let one = document.activeElement
        while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
        return one?.matches("textarea, input, iframe")
      }
      if (writes()) return // Who has gone on to another field stays there.
      const span = parentElement.querySelector("span")
      const place = span.getRootNode().host ?? span
      const box = place.getBoundingClientRect()
      const isHidden = box.top < 0 || box.top > window.innerHeight * 0.6
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
      if (isHidden) place.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" })
      const pressed = document.activeElement // It may stand in the panel itself, and be gone a moment later.
      // The field comes a moment after this place, and Ace a moment after the field.
      let left = 12
      const look = () => {
        const panel = document.querySelector(`.st-key-${data.panel}`)
        const ace = panel?.querySelector("iframe")?.contentDocument?.querySelector(".ace_editor")?.env?.editor
        const roots = [...(panel?.querySelectorAll("div") ?? [])].map((one) => one.shadowRoot)
        const inside = roots.map((root) => root?.querySelector("textarea, input"))
        const field = inside.find((one) => one && one.offsetParent !== null)
        left -= 1
        const at = document.activeElement
        if (at !== pressed && panel?.contains(at)) return // Whoever has gone on to something in it stays there.
        if (writes()) return
        if (ace) ace.focus()
        else if (field && (left < 4 || !panel.querySelector("iframe"))) field.focus({ preventScroll: true })
        else if (left > 0) setTimeout(look, 250)
      }
      look()
    }
    """,
)


def note_opening(page: "Page", name: str) -> None:
    """A press has opened it, once more perhaps: what this tab keeps under the name is a new nonce."""
    page.here.put(name, uuid4().hex)


def bring_into_view(*, key: str, panel: str, nonce: str) -> None:
    """Scroll here once for each new nonce, and put the cursor into the field of the container with the key `panel`."""
    with st.container(key=f"{key}_place", height=1, border=False):
        _SCROLL(key=key, data={"nonce": nonce, "panel": panel})
