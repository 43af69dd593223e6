"""What the model answered to a scenario: what is being written now on top, then all that is finished."""

import streamlit as st

from components.frame import Page
from components.pulse import LOOK_AGAIN_S, live_fragment
from components.response_card import draw_response
from components.response_marks import draw_marks
from components.response_watch import runs_to_draw, seen, watch_answers
from components.texts import escape
from components.version_words import when
from lib.domain.errors import FolkmootError
from lib.domain.ids import ResponseId, RunId
from lib.domain.people import Role
from lib.domain.runs import Mark, RunStatus
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Topic
from lib.services import scenarios, testing
from lib.services.testing import AnsweredRun

WATCH_EVERY_S = 1.0
SHOWN_AT_FIRST = 5


def answers(page: Page, scenario: Scenario) -> None:
    """Responses that are under way, then the finished ones, newest first."""
    runs = runs_to_draw(page, scenario, _read(page, scenario))
    marks = testing.read_marks(page.app.reader, page.credential)
    active = [one for one in runs if one.is_under_way]
    if active:
        _under_way(page, scenario, frozenset(one.run.run_id for one in active))
    finished = [one for one in runs if not one.is_under_way]
    if not runs:
        _teach(page)
    library = scenarios.read_scenarios(page.app.reader, page.credential)
    watch_answers(page, scenario, seen(runs, marks, library, page.viewer.person_id))
    if finished:
        _finished(page, scenario, tuple(one.run.run_id for one in finished))


@live_fragment(Topic.TEST)
def _under_way(page: Page, scenario: Scenario, run_ids: frozenset[RunId]) -> float | None:
    """The responses as they are written. Nothing that anybody types stands in here."""
    try:
        runs = [one for one in _read(page, scenario) if one.run.run_id in run_ids]
    except FolkmootError:
        st.markdown(":material/cloud_off: The database is away; the model goes on, and its response is kept.")
        return LOOK_AGAIN_S
    if not any(one.is_under_way for one in runs):
        st.rerun(scope="app")
    for answered in runs:
        _draw_run(page, answered, {}, is_live=True)
    # One's own response is watched word by word; others' need not cost as much.
    return WATCH_EVERY_S if any(one.run.asked_by == page.viewer.person_id for one in runs) else None


@st.fragment
def _finished(page: Page, scenario: Scenario, run_ids: tuple[RunId, ...]) -> None:
    """Finished runs. A mark or an opened list of clauses reruns only this."""
    runs = [one for one in _read(page, scenario) if one.run.run_id in run_ids]
    marks = testing.read_marks(page.app.reader, page.credential)
    key = f"all_answers_{scenario.scenario_id}"
    shown = runs if st.session_state.get(key) else runs[:SHOWN_AT_FIRST]
    for answered in shown:
        _draw_run(page, answered, marks, is_live=False)
    if len(runs) > SHOWN_AT_FIRST:
        st.toggle(f"Show all {len(runs)} runs of this scenario", key=key)


def _draw_run(page: Page, answered: AnsweredRun, marks: dict[ResponseId, tuple[Mark, ...]], *, is_live: bool) -> None:
    run = answered.run
    with st.container(border=True, key=f"run_{run.run_id}"):
        _run_line(page, answered)
        at_once = 1 if page.is_narrow else 2
        for start in range(0, len(answered.answers), at_once):
            row = answered.answers[start : start + at_once]
            for column, answer in zip(st.columns(at_once), row, strict=False):
                with column:
                    draw_response(page, answered, answer)
                    if not is_live and answer.response.text is not None:
                        draw_marks(page, answer.response, marks.get(answer.response.response_id, ()))


def _run_line(page: Page, answered: AnsweredRun) -> None:
    run = answered.run
    is_mine = run.asked_by == page.viewer.person_id
    who = "You asked" if is_mine else f"{escape(run.asked_by_name)} asked"
    sees = "Everyone sees this." if run.is_shared else "Only you see this."
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/person: {who}, {when(run.created_at)}. {sees}", width="content")
        if page.role is Role.ORGANIZER:
            return
        if (
            is_mine
            and not run.is_shared
            and st.button("Share with everyone", icon=":material/group:", key=f"share_{run.run_id}")
        ):
            with page.feedback("Everyone sees these responses now, with your name."):
                testing.share_run(page.store, page.credential, run.run_id)
        may_stop = is_mine or (page.role is Role.FACILITATOR and run.is_shared)
        if (
            may_stop
            and answered.is_under_way
            and run.is_question
            and st.button("Stop", icon=":material/stop_circle:", type="tertiary", key=f"stop_{run.run_id}")
        ):
            with page.feedback():
                testing.stop_run(page.store, page.app.engine, page.credential, run.run_id)
        if (
            may_stop
            and run.status is RunStatus.PAUSED
            and st.button("Resume", icon=":material/play_arrow:", key=f"resume_{run.run_id}")
        ):
            with page.feedback():
                testing.resume_run(page.store, page.app.engine, page.credential, run.run_id)


def _read(page: Page, scenario: Scenario) -> tuple[AnsweredRun, ...]:
    return testing.read_answers(page.app.reader, page.app.engine, page.credential, scenario.scenario_id)


def _teach(page: Page) -> None:
    if page.role is Role.ORGANIZER:
        st.info("Nobody has shared a response to this scenario yet.", icon=":material/lightbulb:")
        return
    st.info(
        "No response yet. Ask the model: it answers once with the policy and, beside it, once without any policy, so "
        "that you see what the policy does.",
        icon=":material/lightbulb:",
    )
