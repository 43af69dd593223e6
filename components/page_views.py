"""Which of its views a page shows: the one that somebody chose, or the one in which stands what they are sent to."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.palette import option_text

if TYPE_CHECKING:
    from components.frame import Page

TOGETHER, CLAUSES, VERSIONS = "Write together", "Clauses", "Versions"
ONE, MANY = "One scenario", "Many at once"
VIEWS: Final = {"draft": (TOGETHER, CLAUSES, VERSIONS), "test": (ONE, MANY)}
"""By page; the first is shown to whoever chose none."""
SINGLE: Final = {VERSIONS: TOGETHER, MANY: ONE}
"""For a view without the single clause, scenario or response: the one of the same page in which that stands."""
KEPT: Final = ("draft",)
"""The pages whose view a tab remembers after it has left them."""
_PARAM: Final = "view"
_PARAMS: Final = {CLAUSES: "clauses", VERSIONS: "versions"}


def choose_view(page: "Page") -> str:
    """The choice of a view, and the one that is chosen. The address names Draft's, so that a reload shows it again."""
    asked, views = st.query_params.get(_PARAM), VIEWS[page.name]
    kept = next((one for one, name in _PARAMS.items() if one in views and name == asked), view_of(page, page.name))
    times_put = page.here.get(_name(page.name, "put"))
    view = st.segmented_control(
        "What to show",
        views,
        format_func=option_text,
        default=kept,
        required=True,
        # Another choice each time that the app puts a view there: the browser would still show, and send, the former.
        key=f"{page.name}_view_{times_put}" if times_put else f"{page.name}_view",
        label_visibility="collapsed",
    )
    page.here.put(_name(page.name), view)
    page.here.put(_name(page.name, "visit"), str(page.visit))
    if view in _PARAMS:
        st.query_params[_PARAM] = _PARAMS[view]
    elif asked is not None:
        del st.query_params[_PARAM]
    return str(view)


def view_of(page: "Page", name: str) -> str | None:
    """The view that this tab has of a page, or would have if it went there; None for a page that has no views."""
    if name not in VIEWS:
        return None
    chosen = page.here.get(_name(name))
    is_over = name not in KEPT and page.here.get(_name(name, "visit")) not in (None, str(page.visit))
    return VIEWS[name][0] if chosen is None or is_over else chosen


def show_view(page: "Page", name: str, view: str | None) -> None:
    """Have the next drawing of a page show this view; nothing for a page that has no views."""
    if view is None or view == view_of(page, name):
        return
    page.here.put(_name(name), view)
    page.here.put(_name(name, "visit"), None)  # it counts for the next visit too
    page.here.put(_name(name, "put"), str(int(page.here.get(_name(name, "put")) or "0") + 1))
    if page.name == name and _PARAM in st.query_params:
        del st.query_params[_PARAM]


def show_single(page: "Page", name: str) -> None:
    """Have the next drawing of a page show a view in which its single thing stands that this tab is sent to."""
    show_view(page, name, SINGLE.get(view_of(page, name) or ""))


def _name(name: str, what: str = "") -> str:
    """Under which name the tab remembers a page's view, or what belongs to that."""
    return f"{name}_view_{what}" if what else f"{name}_view"
