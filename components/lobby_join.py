"""Joining with a code: first what it means, then a name."""

from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from components.enter import enter_browser
from components.identity import client_address, passes
from components.joining import BEFORE, NAME, NAME_SEEN_BY, find, what_it_means
from components.kept_field import clear_line, kept_line, kept_names
from components.outcome import Outcome, shown
from components.pages import link_to
from components.place import recall, remember, take
from components.texts import escape, quoted
from lib.bootstrap import Application
from lib.domain.errors import Conflict
from lib.domain.ids import PersonId
from lib.domain.people import Role
from lib.security import new_token, read_join_code
from lib.services import workshops
from lib.services.workshops import FoundWorkshop

STATE = "lobby_join"
KEPT = "join"
CODE = f"{KEPT}:code"


@dataclass(frozen=True)
class Joining:
    """Somebody on their way in. The ids are made once, so that a second press cannot make a second person."""

    code: str
    found: FoundWorkshop
    person_id: PersonId = field(default_factory=lambda: PersonId(str(uuid4())))
    token: str = field(default_factory=new_token, repr=False)
    taken_name: str | None = None
    asked_back: bool = False


def is_under_way() -> bool:
    """Whether a code has been entered, or was in the address."""
    return recall(STATE) is not None or bool(st.query_params.get("code"))


def draw(app: Application) -> None:
    """The step that is next."""
    joining: Joining | None = recall(STATE)
    linked = st.query_params.get("code")
    if joining is None and linked:
        joining = _find(app, linked)
        name = " ".join(st.query_params.get("is", "").split())[: workshops.MAX_NAME_CHARS]
        if joining is not None and name:  # the page of the join link found that this name is taken
            joining = replace(joining, taken_name=name)
            remember(STATE, joining)
    if joining is None:
        _draw_code(app)
    elif joining.taken_name is not None:
        _draw_are_you(app, joining, joining.taken_name)
    else:
        _draw_name(app, joining)


def draw_joined() -> bool:
    """After joining: take the pass into the browser and go on. Whether that is what is happening."""
    token: str | None = recall("joined_token")
    if token is None:
        return False
    enter_browser(token, forgets=kept_names(KEPT), key="enter_joined")
    return True


def _draw_code(app: Application) -> None:
    st.header("Join", anchor=False)
    handed = kept_line(label="Join code", field=CODE, actions=(("find", "Find the workshop"),), placeholder="ABCD-EFGH")
    if handed is None:
        return
    joining = _find(app, handed.text)
    if joining is not None:
        clear_line(CODE)
        # As after a join link: a reload comes back to the name.
        st.query_params["code"] = joining.code
        st.rerun()


def _find(app: Application, typed: str) -> Joining | None:
    """The workshop behind a code, which is remembered; None after a refusal was shown."""
    with shown():
        joining = Joining(read_join_code(typed), find(app, typed, client_address()))
        remember(STATE, joining)
        return joining
    st.query_params.pop("code", None)
    return None


def _draw_name(app: Application, joining: Joining) -> None:
    found = joining.found
    st.header(f"Join {quoted(found.title, 200)}", anchor=False)
    if found.brief:
        st.text(found.brief)
    _draw_back_link(joining)
    _draw_what_it_means(app, found)
    if not found.code_is_open:
        st.warning(
            "This workshop takes no new people at the moment. Ask the facilitator to open the code.",
            icon=":material/lock:",
        )
    handed = kept_line(
        label=NAME,
        field=f"{KEPT}:name:{found.workshop_id}",
        actions=(("join", "Join"),),
        who_sees=NAME_SEEN_BY,
        max_chars=workshops.MAX_NAME_CHARS,
    )
    if handed:
        _join(app, joining, handed.text)
    _draw_other_code()


def _join(app: Application, joining: Joining, name: str) -> None:
    outcome = Outcome()
    with shown(outcome):
        try:
            workshops.join_workshop(app.store, joining.code, name, person_id=joining.person_id, token=joining.token)
        except Conflict:
            remember(STATE, replace(joining, taken_name=" ".join(name.split())))
            st.rerun()
        take(STATE)
        remember("joined_token", joining.token)
        st.rerun()


def _draw_are_you(app: Application, joining: Joining, name: str) -> None:
    st.header(f"Are you {escape(name)}?", anchor=False)
    st.markdown(f"Somebody named **{escape(name)}** is already in {quoted(joining.found.title, 200)}.")
    if joining.asked_back:
        st.success(
            "The facilitator sees that you ask to be let back in, and can give you a new personal link. "
            "It opens the workshop as yourself.",
            icon=":material/mark_email_read:",
        )
    else:
        st.markdown(
            "If that is you, open your personal link: it is under your name at the top of every page, in the browser "
            "where you joined. If you do not have it any more:"
        )
        if st.button("Yes, ask the facilitator to let me back in", type="primary", key="ask_back"):
            outcome = Outcome()
            with shown(outcome):
                workshops.ask_back(app.store, joining.code, name)
                remember(STATE, replace(joining, asked_back=True))
                st.rerun()
    if st.button("No, I join under another name", key="other_name"):
        st.query_params.pop("is", None)
        remember(STATE, replace(joining, taken_name=None, asked_back=False))
        st.rerun()


def _draw_what_it_means(app: Application, found: FoundWorkshop) -> None:
    """Said before anybody gives a name."""
    with st.container(border=True, key="what_it_means"):
        points = "".join(f"\n- **{about}** {escape(words)}" for about, words in what_it_means(app, found))
        st.markdown(f"**{BEFORE}**{points}")


def _draw_back_link(joining: Joining) -> None:
    mine = [one for one in passes() if one.workshop_id == joining.found.workshop_id and one.role is Role.PARTICIPANT]
    if mine:
        st.info("This browser has joined this workshop already.", icon=":material/person_check:")
        link_to("draft", joining.found.workshop_id, "Go on as yourself", icon=":material/arrow_forward:")


def _draw_other_code() -> None:
    if st.button("Use another code", key="other_code", type="tertiary"):
        take(STATE)
        for name in ("code", "is"):
            st.query_params.pop(name, None)
        st.rerun()
