"""Keeps the console's lists of choices new: they are drawn anew while nobody is at them, and offered otherwise.

A list that is open, or a field in which somebody writes, is left alone whatever the others do.
"""

from collections.abc import Hashable

import streamlit as st

from components.ballot_state import read_rounds
from components.frame import Page
from components.note_proposed import proposed, proposed_for_s
from components.note_subjects import under_discussion
from components.place import remember, take
from components.pulse import is_at_rest, live_fragment
from lib.domain.errors import FolkmootError
from lib.domain.runs import Run, RunStatus
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Place, Topic
from lib.services.drafting import LivePolicy

LOOK_AGAIN_S = 5.0
JUST_DRAWN = "choices_just_drawn"


def watch_choices(page: Page) -> None:
    """Begin to watch what the page has just drawn."""
    remember(JUST_DRAWN, True)
    _watch(page, (_what_there_is(page), proposed(page)))


@live_fragment(Topic.PLACE, Topic.POLICY, Topic.TEST, Topic.ROUNDS, Topic.CALL)
def _watch(page: Page, drawn: tuple[Hashable, str]) -> float | None:
    """Nothing that anybody types stands in here."""
    if take(JUST_DRAWN):
        return proposed_for_s(page)
    there_was, was_proposed = drawn
    try:
        is_new, is_over = _what_there_is(page) != there_was, proposed(page) != was_proposed
    except FolkmootError:
        return LOOK_AGAIN_S  # The live strip says what is the matter.
    if is_new:
        renew_at_rest("There is something new to choose from.", key="lists")
    elif not is_over:
        return proposed_for_s(page)
    elif is_at_rest():
        st.rerun(scope="app")  # The lists are the same, but the next note is about something else.
    return LOOK_AGAIN_S


def renew_at_rest(news: str, *, key: str) -> None:
    """Draw the page anew if nobody is at it, as a live fragment heard; else say what is new, with the way to it."""
    if is_at_rest():
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"news_{key}"):
        st.caption(news, width="content")
        if st.button("Renew the list", key=f"renew_{key}", type="tertiary", icon=":material/refresh:"):
            st.rerun(scope="app")


def _what_there_is(page: Page) -> Hashable:
    """What can be chosen, by id: not what is said in it, which changes with every word that is written."""
    live = page.read(LivePolicy, "read_policy")
    runs = page.read(tuple[Run, ...], "read_runs")
    return (
        frozenset(one.clause_id for one in live.policy.clauses),
        len(live.versions),
        frozenset((one.scenario_id, one.is_withdrawn) for one in page.read(tuple[Scenario, ...], "read_scenarios")),
        frozenset((one.run_id, one.done_count) for one in runs if one.is_shared and one.status is not RunStatus.ACTIVE),
        frozenset((one.round_id, one.status) for one in read_rounds(page)),
        tuple(under_discussion(page.read(Place, "read_place").workshop)),
    )
