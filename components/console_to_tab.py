"""Opens one of the console's tabs from elsewhere on the page: the browser does it, and nothing is drawn anew."""

from uuid import uuid4

import streamlit as st

TABS = "console_tabs"

_TO_TAB = st.components.v2.component(
    "folkmoot_to_tab",
    html="<span hidden></span>\n<!-- opens a tab, shows nothing -->",
    js="""
    export default function (component) {
      const { data, parentElement } = component
      const span = parentElement.querySelector("span")
      if (span.dataset.nonce === data.nonce) return
      span.dataset.nonce = data.nonce
      const tabs = [...document.querySelectorAll(`.st-key-${data.tabs} [role='tab']`)]
      const tab = tabs.find((one) => one.textContent.trim() === data.tab)
      tab?.click()
      document.querySelector(`.st-key-${data.unfold} details:not([open]) > summary`)?.click()
      tab?.focus()
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches
      tab?.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" })
    }
    """,
)


def to_tab(name: str, *, unfold: str) -> None:
    """Open the tab of this name with the expander of this key in it, and put the cursor onto the tab.

    To be drawn once, in the answer to a press. In a quiet workshop the one of the press before is still there.
    """
    data = {"nonce": str(uuid4()), "tabs": TABS, "tab": name, "unfold": unfold}
    _TO_TAB(key="to_tab", data=data, width="content")
