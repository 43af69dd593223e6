"""Choices of one thing that others may call otherwise meanwhile: what was chosen stays chosen, by its id.

Streamlit 1.67 knows what is chosen in the browser by its label alone, and a browser goes on sending the one that it
shows until it is told another.
"""

from collections.abc import Mapping

import streamlit as st

from components.place import recall, remember


def id_in(key: str) -> str | None:
    """The id of what is chosen in the element of this key, by whichever name the browser calls it; None for nothing."""
    stands: str | None = st.session_state.get(key)
    by_name: Mapping[str | None, str] = recall(_ids(key), {})
    return by_name.get(stands, stands)


def keep_by_id(key: str, names: Mapping[str, str]) -> None:
    """Have the element that is about to be drawn show what was chosen under its present name; `names` are by id."""
    drawn, chosen = recall(_drawn(key), {}), id_in(key)
    if drawn != names:
        remember(_ids(key), {name: one for known in (drawn, names) for one, name in known.items()})
        remember(_drawn(key), dict(names))
    if key in st.session_state and (drawn != names or st.session_state[key] != chosen):
        st.session_state[key] = chosen if chosen in names else None


def _drawn(key: str) -> str:
    return f"names_drawn:{key}"


def _ids(key: str) -> str:
    """Under which name the tab keeps the ids by the names of now and of just before."""
    return f"ids_by_name:{key}"
