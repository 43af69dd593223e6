"""Whether a text or a name that stands in the review was hidden, or is shown again. Then the page changes by itself."""

import streamlit as st

from components.frame import Page
from components.looking import KEPT_FOR_S, Texts, reads_otherwise
from components.place import remember, take
from components.pulse import live_fragment
from components.round_watch import item_texts_of
from lib.domain.errors import FolkmootError
from lib.domain.people import Person, Role
from lib.domain.runs import Response
from lib.domain.scenarios import Scenario
from lib.services.drafting import LivePolicy
from lib.services.reviewing import read_results

JUST_DRAWN = "review_just_drawn"


def watch_review(page: Page, section: str, drawn: Texts) -> None:
    """Begin to watch what the page is about to draw; its own run compares nothing."""
    remember(JUST_DRAWN, True)
    _watch(page, section, drawn)


@live_fragment()
def _watch(page: Page, section: str, drawn: Texts) -> None:
    """Nothing that anybody types stands in the review, so all of it is drawn again."""
    if take(JUST_DRAWN):
        return
    try:
        now = _texts_now(page.workshop_id, page.role is Role.FACILITATOR, page.known_rev, section, page)
    except FolkmootError:
        return  # The live strip says what is the matter.
    if reads_otherwise(drawn, now):
        st.rerun(scope="app")


@st.cache_data(ttl=KEPT_FOR_S, max_entries=200, show_spinner=False)
def _texts_now(workshop_id: str, is_facilitator: bool, rev: int, section: str, _page: Page) -> Texts:
    """The same for all who read the same: everybody in a workshop but its facilitators."""
    return review_texts(_page, section)


def review_texts(page: Page, section: str) -> Texts:
    """What a part of the review shows of texts and names that stay as they are unless they are hidden."""
    if section == "Disagreement":
        return _voted_on(page)
    if section == "Coverage":
        return {**_scenarios(page), **_clauses(page), **_people(page)}
    if section == "Versions":
        return {**_scenarios(page), **_responses(page)}
    return {}


def _voted_on(page: Page) -> Texts:
    results = read_results(page.read)
    names = {f"{vote.person_id}": vote.person_name for one in results for vote in one.votes if vote.person_id}
    return {**item_texts_of(item for one in results for item in one.items), **names}


def _scenarios(page: Page) -> Texts:
    scenarios = page.read(tuple[Scenario, ...], "read_scenarios")
    return {one.scenario_id: hash((one.title, one.turns)) for one in scenarios if one.is_shared}


def _clauses(page: Page) -> Texts:
    """Only withdrawn clauses can be hidden; of others' rewording the page makes no haste."""
    withdrawn = page.read(LivePolicy, "read_policy").policy.withdrawn
    return {"hidden clauses": frozenset(one.clause_id for one in withdrawn if one.is_hidden)}


def _people(page: Page) -> Texts:
    return {one.person_id: one.name for one in page.read(tuple[Person, ...], "read_people")}


def _responses(page: Page) -> Texts:
    responses = page.read(tuple[Response, ...], "read_responses", scenario=None, run=None)
    return {one.response_id: hash(one.text) for one in responses if one.is_shared and one.text is not None}
