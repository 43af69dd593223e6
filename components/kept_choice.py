"""Choices in plain widgets that outlive a reload: kept for whoever makes them alone, with one write a change."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.kept_input import keep_text, kept_text

NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


def kept_radio(page: Page, field: str, options: Sequence[Any], initial: Any, *, key: str) -> dict[str, Any]:
    """What `st.radio` needs in order to begin with the last choice, else with `initial`.

    `field` names the choice among the person's unsent texts; the options must be what JSON can hold.
    """
    chosen = _one(page, field, options, initial, key)
    return {"index": list(options).index(chosen), **_arguments(page, field, key)}


def kept_segment(page: Page, field: str, options: Sequence[Any], initial: Any, *, key: str) -> dict[str, Any]:
    """The same for `st.segmented_control` in which one is chosen."""
    return {"default": _one(page, field, options, initial, key), **_arguments(page, field, key)}


def kept_choices(
    page: Page,
    field: str,
    options: Sequence[Any],
    initial: Sequence[Any],
    *,
    key: str,
    instead: Mapping[Any, Any] = NOTHING,
) -> dict[str, Any]:
    """The same for `st.multiselect`.

    What is not offered any more is not chosen, or what stands for it now is: `instead` names that.
    """
    given = _given(page, field, key)
    named = [one if one in options else instead.get(one) for one in (given if isinstance(given, list) else initial)]
    chosen = [one for one in dict.fromkeys(named) if one in options]
    return {"default": _stands(key, chosen), **_arguments(page, field, key)}


def put_choice(page: Page, field: str, key: str, chosen: Any) -> None:
    """Choose in the widget's place, such as by a button "all". Only before the widget is drawn."""
    st.session_state[key] = chosen
    _keep(page, field, key)


def forget_choice(page: Page, field: str, key: str | None = None) -> None:
    """Let the next visit begin with what is proposed; with `key` this one too."""
    keep_text(page, field, "")
    if key:
        st.session_state.pop(key, None)


def _one(page: Page, field: str, options: Sequence[Any], initial: Any, key: str) -> Any:
    given = _given(page, field, key)
    return _stands(key, next((one for one in options if one == given), initial))


def _given(page: Page, field: str, key: str) -> Any:
    return st.session_state[key] if key in st.session_state else _kept(page, field)


def _stands(key: str, chosen: Any) -> Any:
    """Let the widget follow where it must; the choice itself is for every drawing to name.

    A value put into the session is sent to the browser once. Whoever presses something else before the widget stands
    there would see it empty, or see "named" above a round that the server prepares as anonymous, and send that back.
    """
    # Setting what stands there already would make Streamlit send it to the browser once more.
    if key not in st.session_state or st.session_state[key] != chosen:
        st.session_state[key] = chosen
    return chosen


def _arguments(page: Page, field: str, key: str) -> dict[str, Any]:
    return {"key": key, "on_change": _keep, "args": (page, field, key)}


def _keep(page: Page, field: str, key: str) -> None:
    keep_text(page, field, json.dumps(st.session_state[key]))


def _kept(page: Page, field: str) -> Any:
    try:
        return json.loads(kept_text(page, field) or "null")
    except ValueError:
        return None
