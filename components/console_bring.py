"""Bringing everyone to one place, the stage or one thing, and showing one thing to all."""

from uuid import uuid4

import streamlit as st

from components.ballot_state import read_rounds
from components.bring import target_words
from components.choice_by_id import keep_by_id
from components.frame import Page
from components.lead_acts import put_in_spotlight
from components.note_subjects import NOTHING, in_short, subjects
from components.outcome import part
from components.pulse import live_fragment
from components.texts import STAGE_NAMES, escape
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.domain.notes import ThingKind
from lib.domain.rounds import RoundStatus
from lib.domain.workshop import CallKind, Place, Stage, Topic
from lib.services import calling

SHOWS = "Everyone sees it in the review, marked as such, until you take it away."
HOW = "Who is typing is asked first; everybody has a way back, and what they typed is kept."
ROUND, RESPONSE = ThingKind.ROUND.value, ThingKind.RESPONSE.value
CHOOSE = "Choose first what everyone is to look at."
NOT_A_PLACE = (
    "Nobody is brought to a chart: put it in the spotlight, and everyone is shown the way to it in the review."
)
NOT_TO_SHOW = "A response or the chart of a revealed round can be put in the spotlight. Bring everyone to this instead."


@part
def draw_bring(page: Page) -> None:
    """Choose a thing, and call everyone to it or show it to all.

    No live fragment: what others do meanwhile must not change the list under whoever looks for something in it.
    """
    offered, key = things_to_show(page), "bring_to"
    keep_by_id(key, offered)
    with st.container(key="bring", gap="small"):
        chosen = st.selectbox(
            "One thing for everyone to look at",
            list(offered),
            index=None,
            format_func=lambda one: offered.get(one, one),
            placeholder="A clause, scenario, response or chart",
            key=key,
        )
        # Never greyed out: the press takes the choice of that moment along, also one that was not drawn yet.
        with st.container(horizontal=True, gap="small"):
            brings = st.button("Bring everyone there", key="bring_everyone", icon=":material/campaign:", help=HOW)
            shows = st.button("Put it in the spotlight", key="light_it", icon=":material/highlight:", help=SHOWS)
        kind, _, thing_id = (chosen or "").partition(":")
        problem = _problem(kind, brings=brings) if brings or shows else ""
        if problem:
            with page.feedback():
                raise ValidationFailed(problem)
        elif brings:
            with page.feedback(f"Everyone is brought to {escape(in_short(str(chosen), offered[str(chosen)]))}."):
                calling.call_everyone(page.store, page.credential, str(uuid4()), CallKind(kind), thing_id)
        elif shows:
            is_chart, name = kind == ROUND, offered[str(chosen)]
            put_in_spotlight(page, ThingKind(kind), thing_id, name if is_chart else in_short(str(chosen), name))


def things_to_show(page: Page) -> dict[str, str]:
    """What everyone can look at by its key, such as "clause:<id>", with its name.

    Charts once they are revealed; no scenario that was withdrawn, nor a response to it.
    """
    named = subjects(page, to_show=True)
    offered = {key: name for key, name in named.items() if key != NOTHING and not key.startswith(f"{ROUND}:")}
    for one in read_rounds(page):
        if one.status is RoundStatus.REVEALED:
            offered[f"{ROUND}:{one.round_id}"] = f"Chart of round {one.number}"
    return offered


def _problem(kind: str, *, brings: bool) -> str:
    """Why this cannot be done with that kind of thing; "" if it can."""
    if not kind:
        return CHOOSE
    if brings:
        return NOT_A_PLACE if kind == ROUND else ""
    return "" if kind in (ROUND, RESPONSE) else NOT_TO_SHOW


def draw_bring_to_stage(page: Page, stage: Stage) -> None:
    """The one press that brings everyone to where the group is."""
    name = STAGE_NAMES[stage]
    if st.button(f"Bring everyone to {name}", key=f"bring_to_{stage.value}", icon=":material/campaign:", help=HOW):
        with page.feedback(f"Everyone is brought to {name}."):
            calling.call_everyone(page.store, page.credential, str(uuid4()), CallKind.STAGE, stage.value)


@live_fragment(Topic.CALL, Topic.PLACE)
def draw_called(page: Page) -> None:
    """Where everyone is called and what is in the spotlight, with the way to take it back."""
    try:
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return  # The live strip says what is the matter.
    if workshop.call is not None:
        words = f":material/campaign: Everyone is called to **{target_words(workshop.call)}**"
        if _is_taken_back(words, "Take the call back", workshop.call.call_id):
            with page.feedback("Nobody is asked there any more."):
                calling.take_back_call(page.store, page.credential, workshop.call.call_id)
    if workshop.spotlight is not None:
        words = f":material/highlight: In the spotlight: **{target_words(workshop.spotlight)}**"
        if _is_taken_back(words, "Take the spotlight away", workshop.spotlight.call_id):
            with page.feedback("Nothing is in the spotlight any more."):
                calling.end_spotlight(page.store, page.credential, workshop.spotlight.call_id)


def _is_taken_back(words: str, label: str, call_id: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(words, width="content")
        return st.button(label, key=f"end_{call_id}", type="tertiary", icon=":material/undo:")
