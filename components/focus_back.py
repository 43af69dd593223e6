"""Gives the focus to where a person goes on as they close a part of the page, such as to what had opened it."""

from typing import TYPE_CHECKING, Final
from uuid import uuid4

import streamlit as st

if TYPE_CHECKING:
    from components.frame import Page

CLOSED: Final = "focus_back"

_BACK: Final = st.components.v2.component(
    "folkmoot_focus_back",
    html="<span hidden></span>\n<!-- gives the focus back, shows nothing -->",
    js="""
    // What has the focus, inside of an element too.
    function inUse() {
      let one = document.activeElement
      while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
      return one
    }

    export default function ({ data }) {
      const given = (globalThis[Symbol.for("folkmoot.given_back")] ??= new Set())
      if (!data.nonce || given.has(data.nonce)) return
      given.add(data.nonce)
      const closed = inUse() // Perhaps it still stands there, and the focus goes with it.
      // What the page still draws anew may take the focus with it once more.
      let left = 8
      const look = () => {
        // Of a button with words of its own there is one for a mouse and one for a finger, and one of them shows.
        const all = [...document.querySelectorAll(`.st-key-${data.opener} button`)]
        const opener = all.find((one) => one.offsetParent) ?? null
        const at = inUse()
        // Who has gone on to a field, or elsewhere, stays there.
        if (at?.matches("textarea, input, iframe") || ![null, document.body, closed, opener].includes(at)) return
        if (at !== opener) opener?.focus()
        left -= 1
        if (left > 0) setTimeout(look, 250)
      }
      look()
    }
    """,
)


def note_closing(page: "Page", opener: str) -> None:
    """A press has closed what the button of the key `opener` had opened, or what made way for that button."""
    page.here.put(CLOSED, f"{uuid4().hex} {page.visit} {opener}")


def give_focus_back(page: "Page") -> None:
    """Once for each closing in this visit. To be drawn behind all that it may give the focus to: its place is empty."""
    nonce, visit, opener = (page.here.get(CLOSED) or "  ").split(" ", 2)
    is_now = visit == str(page.visit)
    _BACK(key="focus_back", data={"nonce": nonce if is_now else "", "opener": opener})
