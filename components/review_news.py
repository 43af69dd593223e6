"""Word of what others did since a part of the review was drawn. Nothing moves until its reader asks for it."""

from collections.abc import Hashable, Mapping
from typing import Final

import streamlit as st

from components.frame import Page
from components.place import remember, take
from components.pulse import live_fragment, look_again_soon
from components.review_watch import NEWS_PX
from lib.domain.errors import FolkmootError
from lib.domain.runs import Mark, Run, RunStatus
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Topic
from lib.services.drafting import LivePolicy
from lib.services.reading import asking
from lib.services.reviewing import Read

JUST_DRAWN: Final = "review_part_just_drawn"
COUNTED: Final = {
    "Coverage": ("clauses", "versions", "scenarios", "responses", "marks"),
    "Versions": ("versions", "scenarios", "responses"),
}
"""What each part of the review counts, in the words of its line of news. The other parts say it themselves."""
READS: Final = ("read_policy", "read_scenarios", "read_runs", "read_marks")

Counted = Mapping[str, Hashable]
"""By what it is called, what there is of it."""


def watch_part(page: Page, section: str) -> None:
    """Begin to watch what the page is about to draw; its own run compares nothing."""
    if section not in COUNTED:
        return
    remember(JUST_DRAWN, True)
    page.gather(*map(asking, READS))
    drawn = _counted(page.read, section, page.viewer.person_id)
    with st.container(height=NEWS_PX, border=False, key="review_part_news"):
        _watch(page, section, drawn)


@live_fragment(slowly=(Topic.POLICY, Topic.TEST))
def _watch(page: Page, section: str, drawn: Counted) -> None:
    """One line, in a room of its own."""
    if take(JUST_DRAWN):
        return
    try:
        page.gather(*map(asking, READS))
        now = _counted(page.read_now, section, page.viewer.person_id)
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    news = [name for name in drawn if now[name] != drawn[name]]
    if not news:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/notifications: **{_words(news)}**", width="content")
        if st.button("Show it", key="show_review_part_news", icon=":material/refresh:"):
            st.rerun(scope="app")


def _words(news: list[str]) -> str:
    *others, last = news
    return f"Changed meanwhile: {', '.join(others)} and {last}." if others else f"Changed meanwhile: {last}."


def _counted(read: Read, section: str, me: str) -> Counted:
    """By id, and not what is said in it, which changes with every word; of marks those of others.

    What is under vote is not among the marks that somebody may read of others.
    """
    live = read(LivePolicy, "read_policy")
    runs = [one for one in read(tuple[Run, ...], "read_runs") if one.is_shared and one.status is not RunStatus.ACTIVE]
    marks = [one for one in read(tuple[Mark, ...], "read_marks") if one.person_id != me]
    scenarios = [one for one in read(tuple[Scenario, ...], "read_scenarios") if one.is_shared]
    every: dict[str, Hashable] = {
        "clauses": frozenset(one.clause_id for one in live.policy.clauses),
        "versions": len(live.versions),
        "scenarios": frozenset((one.scenario_id, one.is_withdrawn) for one in scenarios),
        "responses": frozenset((one.run_id, one.done_count) for one in runs if one.done_count),
        "marks": frozenset((one.response_id, one.clause_id, one.person_id, one.value) for one in marks),
    }
    return {name: every[name] for name in COUNTED[section]}
