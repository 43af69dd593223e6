"""What others do to a scenario and its responses meanwhile: what is new comes, what is hidden or withdrawn shows so."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components.frame import Page
from components.looking import Texts, reads_otherwise
from components.place import remember, take
from components.pulse import live_fragment, look_again_soon
from lib.domain.errors import FolkmootError
from lib.domain.ids import ResponseId, RunId, ScenarioId
from lib.domain.runs import Mark, RunStatus
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Topic
from lib.services import scenarios, testing
from lib.services.reading import asking
from lib.services.testing import AnsweredRun

DrawNew = Callable[[Sequence[AnsweredRun]], None]
JUST_DRAWN = "answers_just_drawn"
WAS_HELD = "answers_were_held"


@dataclass(frozen=True)
class Seen:
    """What a page shows of a scenario's responses. Those that are under way draw themselves."""

    run_ids: frozenset[RunId]
    answered: int
    marked: int
    """Marks of others."""
    paused: frozenset[RunId]
    texts: Texts
    scenarios: int
    """Shared ones, those withdrawn included."""


def seen(
    runs: Sequence[AnsweredRun],
    marks: Mapping[ResponseId, Sequence[Mark]],
    library: Sequence[Scenario],
    me: str,
) -> Seen:
    """What others did, in numbers, and what can be hidden or withdrawn, by id."""
    shown = [answer.response for one in runs if not one.is_under_way for answer in one.answers]
    others = [mark for one in shown for mark in marks.get(one.response_id, ()) if mark.person_id != me]
    texts: dict[str, Hashable] = {one.response_id: (one.text, one.is_hidden) for one in shown if one.text is not None}
    texts |= {
        one.scenario_id: (one.title, one.turns, one.made_by_name, one.is_hidden, one.is_withdrawn) for one in library
    }
    texts |= {one.run.asked_by: one.run.asked_by_name for one in runs}
    texts |= {mark.person_id: mark.person_name for mark in others}
    return Seen(
        run_ids=frozenset(one.run.run_id for one in runs),
        answered=sum(one.text is not None for one in shown),
        marked=len(others),
        paused=frozenset(one.run.run_id for one in runs if one.run.status is RunStatus.PAUSED),
        texts=texts,
        scenarios=sum(one.is_shared for one in library),
    )


def runs_to_draw(page: Page, scenario: Scenario, runs: tuple[AnsweredRun, ...]) -> tuple[AnsweredRun, ...]:
    """All runs; after a text was hidden, those that the page had and one's own: the others' are offered still."""
    held: frozenset[RunId] | None = take(_held(scenario.scenario_id))
    if held is None:
        return runs
    remember(WAS_HELD, True)
    return tuple(one for one in runs if one.run.run_id in held or one.run.asked_by == page.viewer.person_id)


def watch_answers(page: Page, scenario: Scenario, drawn: Seen, draw_new: DrawNew) -> None:
    """Begin to watch what the page is about to draw, with what draws others' new runs; its own run compares nothing."""
    remember(JUST_DRAWN, True)
    _watch(page, scenario, drawn, draw_new)


@live_fragment(Topic.TEST)
def _watch(page: Page, scenario: Scenario, drawn: Seen, draw_new: DrawNew) -> None:
    """What others shared meanwhile, and word of what they marked.

    Only what was hidden, withdrawn or goes on changes the rest.
    """
    has_just_been_drawn, was_held = take(JUST_DRAWN), take(WAS_HELD)
    if has_just_been_drawn and not was_held:
        return
    try:
        new, now = _what_there_is(page, scenario, drawn)
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    if was_held:
        pass  # two reads of it can be a second apart, and it would run again and again
    elif reads_otherwise(drawn.texts, now.texts) or drawn.paused - now.paused:
        remember(_held(scenario.scenario_id), drawn.run_ids)
        st.rerun(scope="app")
    if new:
        st.caption(":material/notifications: New since you opened this scenario")
        draw_new(new)
    if _counts(now) == _counts(drawn):
        return
    is_elsewhere = _counts(now)[:-1] == _counts(drawn)[:-1]
    words = "There is a new scenario." if is_elsewhere else "There is something new on this scenario."
    with st.container(horizontal=True, vertical_alignment="center", key="answers_news"):
        st.markdown(f":material/notifications: **{words}**", width="content")
        if st.button("Show it", key="show_answers_news", icon=":material/refresh:"):
            st.rerun(scope="app")


def _counts(seen: Seen) -> tuple[int, ...]:
    return seen.answered, seen.marked, seen.scenarios


def _what_there_is(page: Page, scenario: Scenario, drawn: Seen) -> tuple[tuple[AnsweredRun, ...], Seen]:
    """The runs that came since, and what there is of the rest."""
    page.gather(
        asking("read_responses", scenario=scenario.scenario_id, run=None),
        *(asking(function) for function in ("read_runs", "read_marks", "read_scenarios")),
    )
    reader = page.app.reader
    runs = testing.read_answers(reader, page.app.engine, page.credential, scenario.scenario_id)
    new = tuple(one for one in runs if one.run.run_id not in drawn.run_ids)
    rest = [one for one in runs if one.run.run_id in drawn.run_ids]
    marks, library = testing.read_marks(reader, page.credential), scenarios.read_scenarios(reader, page.credential)
    return new, seen(rest, marks, library, page.viewer.person_id)


def _held(scenario_id: ScenarioId) -> str:
    return f"answers_held:{scenario_id}"
