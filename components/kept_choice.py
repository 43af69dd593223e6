"""Choices in plain widgets that outlive a reload: kept for whoever makes them alone, with one write a change.

What nobody chose is a proposal, and follows what is proposed now. A browser sends its widgets as it shows them: for a
moment after the server put something else there, that is what stood there before, by labels that may not be offered any
more. Neither a proposal nor what comes so late is taken for somebody's choice.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.kept_input import keep_text, kept_text
from components.place import recall, remember, take

NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
SHOWN_LATE_S: Final = 5.0
"""For how long a browser may send once what the server has replaced."""
CHOSEN, DRAWN, REPLACED, LABELS = "chosen", "drawn", "replaced", "labels"


def kept_radio(
    page: Page,
    field: str,
    options: Sequence[Any],
    initial: Any,
    *,
    key: str,
    format_func: Callable[[Any], str] = str,
) -> dict[str, Any]:
    """What `st.radio` or `st.selectbox` needs in order to begin with the last choice, else with `initial`.

    `field` names the choice among the person's unsent texts; the options must be what JSON can hold. `format_func`
    shows them; others may have an option called otherwise meanwhile.
    """
    _note_labels(key, options, format_func)
    chosen = _one(page, field, options, initial, key)
    return {"index": list(options).index(chosen), "format_func": format_func, **_arguments(page, field, key)}


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
    format_func: Callable[[Any], str],
    instead: Mapping[Any, Any] = NOTHING,
) -> dict[str, Any]:
    """The same for `st.multiselect`, with what it needs to show its options.

    What is not offered any more is not chosen, or what stands for it now is: `instead` names that.
    """
    _note_labels(key, options, format_func)
    given = chosen_in(page, field, key)
    named = [one if one in options else instead.get(one) for one in (given if isinstance(given, list) else initial)]
    chosen = [one for one in dict.fromkeys(named) if one in options]
    return {"default": _stands(key, chosen), "format_func": format_func, **_arguments(page, field, key)}


def put_choice(page: Page, field: str, key: str, chosen: Any) -> None:
    """Choose in the widget's place, such as by a button "all". Only before the widget is drawn."""
    if key in st.session_state:
        _replace(key, _named(key), chosen)
    st.session_state[key] = chosen
    _keep(page, field, key, chosen)


def chosen_in(page: Page, field: str, key: str) -> Any:
    """What this person chose in such a widget: on this visit, else before; None where nothing was."""
    if key not in st.session_state:
        take(_name(key, CHOSEN))  # that was another visit
    chosen = recall(_name(key, CHOSEN))
    return last_choice(page, field) if chosen is None else chosen


def last_choice(page: Page, field: str) -> Any:
    """What they chose last and did not hand over, in this tab or another one; None where nothing was."""
    try:
        return json.loads(kept_text(page, field) or "null")
    except ValueError:
        return None


def forget_choice(page: Page, field: str, key: str | None = None) -> None:
    """Let the next visit begin with what is proposed; with `key` this one too."""
    keep_text(page, field, "")
    if key:
        if key in st.session_state:
            _note_replaced(key, _named(key))
        st.session_state.pop(key, None)
        take(_name(key, CHOSEN))


def _one(page: Page, field: str, options: Sequence[Any], initial: Any, key: str) -> Any:
    given = chosen_in(page, field, key)
    return _stands(key, next((one for one in options if one == given), initial))


def _stands(key: str, chosen: Any) -> Any:
    """Let the widget follow where it must; the choice itself is for every drawing to name.

    A value put into the session is sent to the browser once. Whoever presses something else before the widget stands
    there would see it empty, or see "named" above a round that the server prepares as anonymous, and send that back.
    """
    if key in st.session_state and recall(_name(key, CHOSEN)) is None:
        _replace(key, recall(_name(key, DRAWN)), chosen)
    remember(_name(key, DRAWN), chosen)
    # Setting what stands there already would make Streamlit send it to the browser once more.
    if key not in st.session_state or st.session_state[key] != chosen:
        st.session_state[key] = chosen
    return chosen


def _arguments(page: Page, field: str, key: str) -> dict[str, Any]:
    return {"key": key, "on_change": _note, "args": (page, field, key)}


def _note(page: Page, field: str, key: str) -> None:
    """The browser sends another choice than the server knew: somebody made it, or it has not heard of the server's."""
    if key not in st.session_state:
        return  # it was just forgotten, and the browser has not heard of it
    sent = _named(key)
    replaced, at = take(_name(key, REPLACED)) or (None, 0.0)
    is_late = sent == replaced and time.monotonic() - at <= SHOWN_LATE_S
    is_proposed = recall(_name(key, CHOSEN)) is None and sent == recall(_name(key, DRAWN))
    if not is_late and not is_proposed:
        _keep(page, field, key, sent)


def _replace(key: str, before: Any, chosen: Any) -> None:
    if before is not None and before != chosen:
        _note_replaced(key, before)


def _note_replaced(key: str, before: Any) -> None:
    remember(_name(key, REPLACED), (before, time.monotonic()))


def _keep(page: Page, field: str, key: str, chosen: Any) -> None:
    remember(_name(key, CHOSEN), chosen)
    keep_text(page, field, json.dumps(chosen))


def _named(key: str) -> Any:
    """What stands in the widget. Of an option that is not offered any more, Streamlit 1.67 knows the label alone."""
    stands, by_label = st.session_state[key], recall(_name(key, LABELS), {})
    shown = stands if isinstance(stands, list) else [stands]
    named = [one if one in by_label.values() else by_label.get(one, one) for one in shown]
    return named if isinstance(stands, list) else named[0]


def _note_labels(key: str, options: Sequence[Any], format_func: Callable[[Any], str]) -> None:
    labels = {format_func(one): one for one in options}
    remember(_name(key, LABELS), {**recall(_name(key, LABELS), {}), **labels})


def _name(key: str, what: str) -> str:
    return f"choice:{key}:{what}"
