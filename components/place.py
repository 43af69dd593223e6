"""Where a person is within their browser tab: ids and choices only, nothing that anybody else must see."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from lib.domain.people import Role

_PREFIX = "folkmoot:"
DRAWINGS, VISIT_BEGAN = "drawings", "visit_began"
"""How many live fragments were drawn for this tab, and how many of them before it came to the page that it shows."""


@dataclass(frozen=True)
class Here:
    """Typed access to this tab's memory of one workshop. Nothing in it proves who somebody is."""

    workshop_id: str

    def get(self, name: str) -> str | None:
        """An id remembered under a name, such as the scenario that is open."""
        value = st.session_state.get(self._key(name))
        return value if isinstance(value, str) else None

    def put(self, name: str, value: str | None) -> None:
        """Remember an id, or forget it with None."""
        if value is None:
            st.session_state.pop(self._key(name), None)
        else:
            st.session_state[self._key(name)] = value

    @property
    def chosen_role(self) -> Role | None:
        """The role in which somebody with several roles chose to act."""
        value = self.get("role")
        return Role(value) if value else None

    def choose_role(self, role: Role) -> None:
        """Act in this role from now on, where the page allows it."""
        self.put("role", role.value)

    def _key(self, name: str) -> str:
        return f"{_PREFIX}{self.workshop_id}:{name}"


def remember(name: str, value: Any) -> None:
    """Keep a value for this tab, whatever the workshop."""
    st.session_state[_PREFIX + name] = value


def recall(name: str, default: Any = None) -> Any:
    """What this tab keeps under a name."""
    return st.session_state.get(_PREFIX + name, default)


def kept_as(name: str) -> str:
    """Under which key the session keeps it, for whoever has no more than the session."""
    return _PREFIX + name


def take(name: str) -> Any:
    """What this tab keeps under a name, once."""
    return st.session_state.pop(_PREFIX + name, None)
