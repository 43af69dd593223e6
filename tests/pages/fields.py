"""The fields that belong to the browser, stood in for: what each was given, and what a person does in it next."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import streamlit as st
from streamlit.testing.v1.element_tree import Selectbox

FIRST_SEQ = 1_000


def still_shows(choice: Selectbox[Any], label: str) -> None:
    """The browser has not heard of another label of what is chosen: it sends the former with the next request."""
    choice.options.append(label)
    choice.set_value(label)


class Fields:
    """In the place of the element of `draft_field.py`."""

    def __init__(self) -> None:
        self.fields: dict[str, dict[str, Any]] = {}
        self.next_text: dict[str, dict[str, Any]] = {}
        self.is_cut_short = False
        """Whether the run that was given a press ended early: its callback has run, the next run knows no press."""
        self._left: dict[str, dict[str, Any]] = {}
        self.seq = FIRST_SEQ

    def field(
        self,
        *,
        key: str,
        data: dict[str, Any],
        on_submitted_change: Callable[[], None] | None = None,
        on_text_change: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        name = data["field"]
        self.fields[name] = data
        if on_submitted_change is None:
            return {"text": self._left.get(name)}
        press = self.next_text.pop(name, None)
        if press:
            st.session_state[key] = {"submitted": press}
            on_submitted_change()
        if name in self._left and on_text_change:
            st.session_state[key] = {"text": self._left.pop(name)}
            on_text_change()
        return {"submitted": None if self.is_cut_short else press}

    def will_press(self, field: str, action: str, text: str) -> None:
        """A press of the field's own button, and "yes" to what it asks first, come with the next run."""
        seen = (self.fields.get(field, {}).get("asks") or {}).get("seen", "")
        press = {"text": text, "action": action, "seen": seen, "submission_id": uuid4().hex, "seq": 1}
        self.next_text[field] = press

    def leaves(self, field: str, text: str) -> None:
        """Somebody typed into a field and left it, for something else than its own buttons."""
        self.seq += 1
        self._left[field] = {"text": text, "is_own": text != self.fields[field]["initial"], "seq": self.seq}

    def opens_anew(self) -> None:
        """The page is opened in a new tab: what was typed is what the database has of it."""
        self.fields.clear()
        self.next_text.clear()
        self._left.clear()

    def shows(self, field: str) -> str:
        """What the field shows where nobody typed on this page: the kept text, else what is in use."""
        data = self.fields[field]
        return str(data["server"]["text"] or data["initial"])
