"""Joining with a code: first what it means, then a name."""

from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from components.enter import enter_browser
from components.identity import client_address, passes
from components.kept_field import clear_line, kept_line, kept_names
from components.outcome import Outcome, shown
from components.pages import link_to
from components.place import recall, remember, take
from components.texts import escape, quoted
from lib.bootstrap import Application
from lib.domain.errors import Conflict, NotFound, ValidationFailed
from lib.domain.ids import PersonId
from lib.domain.people import Role
from lib.domain.workshop import ModelChoice
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
    """The workshop behind a code. Only misses count against whoever tries: a right code always opens."""
    client, now_s = client_address(), app.clock().timestamp()
    outcome = Outcome()
    with shown(outcome):
        try:
            joining = Joining(read_join_code(typed), workshops.find_workshop(app.store, typed))
        except NotFound:
            wait_s = app.throttle.wait_s(client, now_s)
            app.throttle.note_miss(client, now_s)
            if wait_s > 0:
                minutes = max(1, round(wait_s / 60))
                raise ValidationFailed(
                    f"Too many wrong codes came from here. Ask the facilitator for the code or the join link, and try "
                    f"again in about {minutes} min."
                ) from None
            raise
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
        label="Your name",
        field=f"{KEPT}:name:{found.workshop_id}",
        actions=(("join", "Join"),),
        who_sees="Everyone in the workshop sees it beside what you write, once you join.",
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
        remember(STATE, replace(joining, taken_name=None, asked_back=False))
        st.rerun()


def _draw_what_it_means(app: Application, found: FoundWorkshop) -> None:
    """Said before anybody gives a name."""
    choice = ModelChoice(found.model, found.api_base) if found.model else None
    offer = app.engine.catalogue.describe(found.workshop_id, choice)
    with st.container(border=True, key="what_it_means"):
        st.markdown(
            "**Before you join**\n"
            "- **What is stored:** your name, and what you write, test, mark and vote, in the database of this server, "
            "until the facilitator deletes the workshop. This browser keeps a cookie that is you.\n"
            f"- **Which model reads it:** {escape(offer.label)}. {escape(offer.reader)}\n"
            "- **What others see:** your name beside your clauses, shared scenarios, shared responses and marks. "
            "Unsent text and private tests only you. Each ballot says whether its votes are shown with names; nobody "
            "sees a vote before the facilitator reveals the round.\n"
            "- **How to leave:** under your name at the top of every page, with or without deleting your data."
        )


def _draw_back_link(joining: Joining) -> None:
    mine = [one for one in passes() if one.workshop_id == joining.found.workshop_id and one.role is Role.PARTICIPANT]
    if mine:
        st.info("This browser has joined this workshop already.", icon=":material/person_check:")
        link_to("draft", joining.found.workshop_id, "Go on as yourself", icon=":material/arrow_forward:")


def _draw_other_code() -> None:
    if st.button("Use another code", key="other_code", type="tertiary"):
        take(STATE)
        st.query_params.pop("code", None)
        st.rerun()
