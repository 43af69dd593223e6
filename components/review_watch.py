"""Whether a text or a name that stands in the review was hidden, or is shown again. Then the page changes by itself."""

from typing import Final

import streamlit as st

from components.frame import Page
from components.looking import KEPT_FOR_S, Texts, reads_otherwise
from components.place import remember, take
from components.pulse import live_fragment, look_again_soon
from components.round_watch import item_texts_of
from lib.domain.errors import FolkmootError
from lib.domain.people import Person, Role
from lib.domain.runs import Response
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Topic
from lib.services.drafting import LivePolicy
from lib.services.reviewing import Read, read_results

JUST_DRAWN = "review_just_drawn"
NEWS_PX: Final = 40
"""The line of news has its room, whatever the news."""


def watch_review(page: Page, section: str, drawn: Texts, revealed: int) -> None:
    """Begin to watch what the page is about to draw; its own run compares nothing.

    `revealed` counts the rounds whose results the page knows.
    """
    remember(JUST_DRAWN, True)
    with st.container(height=NEWS_PX, border=False, key="review_news"):
        _watch(page, section, drawn, revealed)


@live_fragment(Topic.ROUNDS)
def _watch(page: Page, section: str, drawn: Texts, revealed: int) -> None:
    """What is hidden goes at once, since nobody types here; results that are new are offered to whoever is reading."""
    if take(JUST_DRAWN):
        return
    try:
        now = _texts_now(page.workshop_id, page.role is Role.FACILITATOR, page.known_rev, section, page)
        results = read_results(page.read_now)
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    if reads_otherwise(drawn, now):
        st.rerun(scope="app")
    if len(results) > revealed:
        with st.container(horizontal=True, vertical_alignment="center"):
            words = f"The results of round {results[-1].number} are there."
            st.markdown(f":material/notifications: **{words}**", width="content")
            if st.button("Show it", key="show_review_news", icon=":material/refresh:"):
                st.rerun(scope="app")


@st.cache_data(ttl=KEPT_FOR_S, max_entries=200, show_spinner=False)
def _texts_now(workshop_id: str, is_facilitator: bool, rev: int, section: str, _page: Page) -> Texts:
    """The same for all who read the same: everybody in a workshop but its facilitators."""
    return review_texts(_page.read_now, section)


def review_texts(read: Read, section: str) -> Texts:
    """What a part of the review shows of texts and names that stay as they are unless they are hidden."""
    if section == "Disagreement":
        return _voted_on(read)
    if section == "Coverage":
        return {**_scenarios(read), **_clauses(read), **_people(read)}
    if section == "Versions":
        return {**_scenarios(read), **_responses(read)}
    return {}


def _voted_on(read: Read) -> Texts:
    results = read_results(read)
    names = {f"{vote.person_id}": vote.person_name for one in results for vote in one.votes if vote.person_id}
    return {**item_texts_of(item for one in results for item in one.items), **names}


def _scenarios(read: Read) -> Texts:
    scenarios = read(tuple[Scenario, ...], "read_scenarios")
    return {one.scenario_id: hash((one.title, one.turns)) for one in scenarios if one.is_shared}


def _clauses(read: Read) -> Texts:
    """Only withdrawn clauses can be hidden; of others' rewording the page makes no haste."""
    withdrawn = read(LivePolicy, "read_policy").policy.withdrawn
    return {"hidden clauses": frozenset(one.clause_id for one in withdrawn if one.is_hidden)}


def _people(read: Read) -> Texts:
    return {one.person_id: one.name for one in read(tuple[Person, ...], "read_people")}


def _responses(read: Read) -> Texts:
    responses = read(tuple[Response, ...], "read_responses", scenario=None, run=None)
    return {one.response_id: hash(one.text) for one in responses if one.is_shared and one.text is not None}
