"""What the model answered to a scenario: what is being written now on top, then all that is finished."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components.bring import ARRIVED, RESPONSE
from components.called_place import bring_to
from components.clause_evidence import draw_ways_to_clauses
from components.frame import Page
from components.outcome import part
from components.pulse import LOOK_AGAIN_S, live_fragment
from components.response_card import draw_response
from components.response_marks import draw_marks
from components.response_watch import runs_to_draw, seen, watch_answers
from components.run_sharing import offer_to_share
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

SHOWN_AT_FIRST = 5


def answers(page: Page, scenario: Scenario) -> None:
    """Responses that are under way, then the finished ones, newest first."""
    runs = runs_to_draw(page, scenario, _read(page, scenario))
    marks = testing.read_marks(page.app.reader, page.credential)
    active = [one for one in runs if one.is_under_way]
    if active:
        mine = frozenset(one.run.run_id for one in active if one.run.asked_by == page.viewer.person_id)
        _under_way(page, scenario, frozenset(one.run.run_id for one in active), mine)
    finished = [one for one in runs if not one.is_under_way]
    if not runs:
        _teach(page)
    library = scenarios.read_scenarios(page.app.reader, page.credential)
    watch_answers(page, scenario, seen(runs, marks, library, page.viewer.person_id), partial(_draw_new, page))
    if page.here.get(RESPONSE):
        selector = f".st-key-response_{page.here.get(RESPONSE)}"
        bring_to(selector, nonce=page.here.get(ARRIVED) or "", key="called_response")
    if finished:
        _finished(page, scenario, tuple(one.run.run_id for one in finished))


def _draw_new(page: Page, runs: Sequence[AnsweredRun]) -> None:
    marks = testing.read_marks(page.app.reader, page.credential)
    for answered in runs:
        _draw_run(page, answered, marks, is_live=answered.is_under_way)


@live_fragment(Topic.TEST, own=True)
def _under_way(page: Page, scenario: Scenario, run_ids: frozenset[RunId], mine: frozenset[RunId]) -> float | None:
    """The responses as they are written; one's own word by word. Nothing that anybody types stands in here."""
    for run_id in mine:
        page.app.own_runs.follow(page.credential, run_id)
    try:
        runs = [one for one in _read(page, scenario) if one.run.run_id in run_ids]
    except FolkmootError:
        st.markdown(":material/cloud_off: The database is away; the model goes on, and its response is kept.")
        return LOOK_AGAIN_S
    if not any(one.is_under_way for one in runs):
        st.rerun(scope="app")
    for answered in runs:
        _draw_run(page, answered, {}, is_live=True)
    return None


@part
def _finished(page: Page, scenario: Scenario, run_ids: tuple[RunId, ...]) -> None:
    """Finished runs. A mark or an opened list of clauses reruns only this."""
    runs = [one for one in _read(page, scenario) if one.run.run_id in run_ids]
    marks = testing.read_marks(page.app.reader, page.credential)
    key = f"all_answers_{scenario.scenario_id}"
    shown = runs if st.session_state.get(key) else runs[:SHOWN_AT_FIRST]
    for answered in shown:
        _draw_run(page, answered, marks, is_live=False)
    own = {answer.response.response_id for answered in runs for answer in answered.answers}
    at_work = [mark.clause_id for response in own for mark in marks.get(response, ())]
    draw_ways_to_clauses(page, at_work, ":material/edit_note: Clauses marked on these responses:")
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
                with column, st.container(key=f"response_{answer.response.response_id}"):
                    if answer.response.response_id == page.here.get(RESPONSE):
                        st.markdown(":material/campaign: **You were called to this one**")
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
        if is_mine and not run.is_shared:
            offer_to_share(page, run)
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
