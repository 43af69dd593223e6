"""Who is asking: the passes of this browser, from its cookies and from nowhere else."""

import streamlit as st

from components.place import Here
from lib.bootstrap import application
from lib.domain.people import Role
from lib.security import Pass, passes_in


def passes() -> tuple[Pass, ...]:
    """Every pass that this browser holds. In tests the identity port of bootstrap stands in for the browser."""
    port = application().identity
    return passes_in(st.context.cookies if port is None else port.cookies())


def client_address() -> str:
    """The address of the browser, as far as the server knows it: what wrong codes are counted by."""
    address: object = st.context.ip_address
    return address if isinstance(address, str) else "this computer"


def workshop_asked_for(held: tuple[Pass, ...]) -> str | None:
    """The workshop in the URL, else the only one that this browser has a pass for."""
    asked = st.query_params.get("w")
    if asked:
        return asked
    ids = {one.workshop_id for one in held}
    return ids.pop() if len(ids) == 1 else None


def passes_for(workshop_id: str, allow: tuple[Role, ...], held: tuple[Pass, ...]) -> tuple[Pass, ...]:
    """The passes that fit a page, the preferred one first: the role chosen by hand, else the page's own order."""
    chosen = Here(workshop_id).chosen_role
    fitting = [one for one in held if one.workshop_id == workshop_id and one.role in allow]
    # Whoever takes part and leads begins as a participant, so that they vote and mark for themselves.
    return tuple(sorted(fitting, key=lambda one: (one.role != chosen, one.is_granted, allow.index(one.role))))
