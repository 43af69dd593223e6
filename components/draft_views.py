"""What the Draft page shows: the text that all write together, its clauses one by one, or its versions."""

from typing import Final

import streamlit as st

from components.frame import Page
from components.palette import option_text

TOGETHER, CLAUSES, VERSIONS = "Write together", "Clauses", "Versions"
VIEWS: Final = (TOGETHER, CLAUSES, VERSIONS)
_KEPT = "draft_view"
_KEY = "draft_view"
_PARAM: Final = "view"
_PARAMS: Final = {CLAUSES: "clauses", VERSIONS: "versions"}


def draft_view(page: Page) -> str:
    """The view that is chosen, which this tab remembers and the address names, so that a reload shows it again."""
    asked = st.query_params.get(_PARAM)
    kept = next((view for view, name in _PARAMS.items() if name == asked), page.here.get(_KEPT))
    view = st.segmented_control(
        "What to show",
        VIEWS,
        format_func=option_text,
        default=kept if kept in VIEWS else TOGETHER,
        required=True,
        key=_KEY,
        label_visibility="collapsed",
    )
    page.here.put(_KEPT, view)
    if view in _PARAMS:
        st.query_params[_PARAM] = _PARAMS[view]
    elif asked is not None:
        del st.query_params[_PARAM]
    return str(view)


def show_clauses(page: Page) -> None:
    """Have the next drawing of the page show the clauses one by one."""
    page.here.put(_KEPT, CLAUSES)
    st.query_params[_PARAM] = _PARAMS[CLAUSES]
    st.session_state.pop(_KEY, None)
