"""Word of what others did since a part of a page was drawn. Nothing moves until its reader asks for it."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

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

JUST_DRAWN: Final = "part_just_drawn"
DRAFT_VERSIONS: Final = "Versions, beside the draft"
COUNTED: Final = {
    "Coverage": ("clauses", "versions", "scenarios", "responses", "marks"),
    "Versions": ("versions", "scenarios", "responses"),
    DRAFT_VERSIONS: ("the policy", "versions"),
}
"""What each part shows, in the words of its line of news. The other parts of the review say it themselves."""


def watch_part(page: Page, part: str) -> None:
    """Begin to watch what the page is about to draw; its own run compares nothing."""
    if part not in COUNTED:
        return
    remember(JUST_DRAWN, True)
    page.gather(*map(asking, _functions(part)))
    drawn = _counted(page.read, part, page.viewer.person_id)
    with st.container(height=NEWS_PX, border=False, key="part_news"):
        _watch(page, part, drawn)


@live_fragment(slowly=(Topic.POLICY, Topic.TEST))
def _watch(page: Page, part: str, drawn: Mapping[str, Hashable]) -> None:
    """One line, in a room of its own."""
    if take(JUST_DRAWN):
        return
    try:
        page.gather(*map(asking, _functions(part)))
        now = _counted(page.read_now, part, page.viewer.person_id)
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    news = [name for name in drawn if now[name] != drawn[name]]
    if not news:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/notifications: **{_words(news)}**", width="content")
        if st.button("Show it", key="show_part_news", icon=":material/refresh:"):
            st.rerun(scope="app")


def _words(news: list[str]) -> str:
    *others, last = news
    return f"Changed meanwhile: {', '.join(others)} and {last}." if others else f"Changed meanwhile: {last}."


def _functions(part: str) -> set[str]:
    return {_COUNTS[name][1] for name in COUNTED[part]}


def _counted(read: Read, part: str, me: str) -> Mapping[str, Hashable]:
    """By what it is called, what there is of it."""
    return {
        name: count(read(kind, function), me) for name in COUNTED[part] for kind, function, count in [_COUNTS[name]]
    }


def _responses(runs: tuple[Run, ...], _me: str) -> Hashable:
    shared = [one for one in runs if one.is_shared and one.status is not RunStatus.ACTIVE]
    return frozenset((one.run_id, one.done_count) for one in shared if one.done_count)


def _scenarios(scenarios: tuple[Scenario, ...], _me: str) -> Hashable:
    return frozenset((one.scenario_id, one.is_withdrawn) for one in scenarios if one.is_shared)


def _marks(marks: tuple[Mark, ...], me: str) -> Hashable:
    """Those of others. What is under vote is not among the marks that somebody may read of others."""
    others = [one for one in marks if one.person_id != me]
    return frozenset((one.response_id, one.clause_id, one.person_id, one.value) for one in others)


_COUNTS: Final[Mapping[str, tuple[Any, str, Callable[[Any, str], Hashable]]]] = {
    "the policy": (LivePolicy, "read_policy", lambda live, _: live.policy.revision),
    "clauses": (LivePolicy, "read_policy", lambda live, _: frozenset(one.clause_id for one in live.policy.clauses)),
    "versions": (LivePolicy, "read_policy", lambda live, _: len(live.versions)),
    "scenarios": (tuple[Scenario, ...], "read_scenarios", _scenarios),
    "responses": (tuple[Run, ...], "read_runs", _responses),
    "marks": (tuple[Mark, ...], "read_marks", _marks),
}
"""Of each its kind, who reads it, and what tells that it is another: of clauses not their words, which change with each
keystroke."""
