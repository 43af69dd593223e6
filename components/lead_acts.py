"""What those who lead can do with the thing before them: bring everyone there, show it to all, note or decide."""

from typing import Literal
from uuid import uuid4

import streamlit as st

from components.bring import ANSWERED, note_call
from components.frame import Page
from components.texts import escape
from lib.domain.ids import ResponseId, RoundId
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.workshop import Call, CallKind
from lib.services import calling


def draw_lead_acts(page: Page, kind: ThingKind, thing_id: str, label: str, *, is_revealed: bool = False) -> None:
    """Nothing for anybody else."""
    if page.role is not Role.FACILITATOR:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"lead_{kind.value}_{thing_id}"):
        if kind is not ThingKind.ROUND and st.button(
            "Bring everyone here", key=f"bring_{thing_id}", type="tertiary", icon=":material/campaign:"
        ):
            call_id = str(uuid4())
            with page.feedback(f"Everyone is brought to {escape(label)}."):
                calling.call_everyone(page.store, page.credential, call_id, CallKind(kind.value), thing_id)
                note_call(page, ANSWERED, call_id)  # who calls is there already
        if kind is ThingKind.RESPONSE or (kind is ThingKind.ROUND and is_revealed):
            draw_spotlight_act(page, kind, thing_id, label, page.workshop.spotlight)
        if page.name != "console":
            page.link_to("console", "Note or decide", icon=":material/edit_note:", about=f"{kind.value}:{thing_id}")


def draw_spotlight_act(
    page: Page,
    kind: ThingKind,
    thing_id: str,
    label: str,
    now: Call | None,
    *,
    where: str = "",
    type: Literal["secondary", "tertiary"] = "tertiary",
) -> None:
    """Show one thing to everybody, or take it away where it is `now`. `where` tells places on a page apart."""
    if now is not None and now.target == thing_id:
        if st.button("Take the spotlight away", key=f"{where}dark_{thing_id}", type=type, icon=":material/highlight:"):
            with page.feedback("Nothing is in the spotlight any more."):
                calling.end_spotlight(page.store, page.credential, now.call_id)
        return
    words = "Put it in the spotlight" if kind is ThingKind.RESPONSE else "Put the chart in the spotlight"
    if st.button(words, key=f"{where}light_{thing_id}", type=type, icon=":material/highlight:"):
        put_in_spotlight(page, kind, thing_id, label)


def put_in_spotlight(page: Page, kind: ThingKind, thing_id: str, label: str) -> None:
    """Show a finished response, or the chart of a revealed round, to everybody. What is said of it fits a toast."""
    named = escape(label[:1].upper() + label[1:])
    with page.feedback(f"{named} is before everyone, in the review."):
        if kind is ThingKind.RESPONSE:
            calling.spotlight_response(page.store, page.credential, str(uuid4()), ResponseId(thing_id))
        else:
            calling.spotlight_round(page.store, page.credential, str(uuid4()), RoundId(thing_id))
