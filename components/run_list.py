"""Runs in the background: how far they are, where they wait, and what they answered, at a glance."""

import streamlit as st

from components.frame import Page
from components.pulse import LOOK_AGAIN_S, live_fragment
from components.run_sharing import offer_to_share
from components.scenario_words import response_label, seconds
from components.texts import STORE_AWAY, counted, escape
from components.version_words import when
from lib.domain.errors import FolkmootError
from lib.domain.people import Role
from lib.domain.runs import Response, Run, RunStatus
from lib.domain.workshop import Topic
from lib.llm.live import RunQueue
from lib.services import scenarios, testing
from lib.services.testing import RunProgress

MOST_SHOWN = 8
START_OF_TEXT = 120


@live_fragment(Topic.TEST, own=True)
def run_list(page: Page) -> float | None:
    """The newest runs with their progress. Nothing that anybody types stands in here."""
    try:
        runs = [one for one in testing.read_progress(page.app.reader, page.app.engine, page.credential) if _is_run(one)]
    except FolkmootError:
        st.markdown(f":material/cloud_off: {STORE_AWAY}")
        return LOOK_AGAIN_S
    if not runs:
        st.info(
            "No run yet. A run asks the model every chosen scenario under every chosen version of the policy, so that "
            "you see side effects that one question does not show.",
            icon=":material/lightbulb:",
        )
        return None
    for progress in runs[:MOST_SHOWN]:
        with st.container(border=True, key=f"progress_{progress.run.run_id}"):
            _draw(page, progress)
    if len(runs) > MOST_SHOWN:
        st.caption(
            f"{counted(len(runs) - MOST_SHOWN, 'older run')} not shown; the responses stand with their scenarios."
        )
    for one in runs[:MOST_SHOWN]:
        follow_own(page, one.run)
    return None


def follow_own(page: Page, run: Run) -> None:
    """Have a live fragment with `own` hear how one's own run moves: others' calls ahead of it are no change here."""
    if run.status is RunStatus.ACTIVE and run.asked_by == page.viewer.person_id:
        page.app.own_runs.follow(page.credential, run.run_id)


def status_words(progress: RunProgress) -> str:
    """Where a run stands, in one line."""
    run = progress.run
    failed = f", {run.failed_count} failed" if run.failed_count else ""
    done = f"{run.done_count} of {run.cell_count} answered{failed}"
    if run.status is RunStatus.FINISHED:
        return f"Finished: {done}."
    if run.status is RunStatus.STOPPED:
        return f"Stopped: {done}.{f' {run.stop_reason}' if run.stop_reason else ''}"
    if run.status is RunStatus.PAUSED:
        if testing.is_waiting_for_key(run):
            return f"Paused, needs the key again: the facilitator enters it in the console. {done}."
        return f"Paused: {run.pause_reason} {done}."
    return f"{done}. {run_queue_words(progress.queue)}".strip()


def run_queue_words(queue: RunQueue | None) -> str:
    """A run's place in the queue and the wait, as far as they are known."""
    if queue is None:
        return ""
    words = []
    if queue.cells_ahead:
        begins = f", begins in about {seconds(queue.begins_in_s)}" if queue.begins_in_s is not None else ""
        words.append(f"In the queue: {counted(queue.cells_ahead, 'call')} of others first{begins}.")
    if queue.done_in_s is not None:
        words.append(f"Done in about {seconds(queue.done_in_s)}.")
    return " ".join(words)


def _is_run(progress: RunProgress) -> bool:
    return not progress.run.is_question


def _draw(page: Page, progress: RunProgress) -> None:
    run = progress.run
    is_mine = run.asked_by == page.viewer.person_id
    who = "You" if is_mine else escape(run.asked_by_name)
    sees = "everyone sees it" if run.is_shared else "only you see it"
    st.markdown(f":material/person: **{who}**, {when(run.created_at)} · {escape(run.model)} · {sees}")
    st.progress(progress.finished_count / max(run.cell_count, 1), text=escape(status_words(progress)))
    if page.role is not Role.ORGANIZER:
        with st.container(horizontal=True, key=f"acts_{run.run_id}"):
            run_acts(page, progress)
    opened = st.expander("Responses at a glance", key=f"glance_{run.run_id}", on_change="rerun")
    if opened.open:
        with opened:
            _glance(page, progress)


def run_acts(page: Page, progress: RunProgress, *, where: str = "") -> None:
    """What this person may do with a run. `where` tells one place on a page from another."""
    run, engine = progress.run, page.app.engine
    is_mine = run.asked_by == page.viewer.person_id
    may_stop = is_mine or (page.role is Role.FACILITATOR and run.is_shared)
    if (
        may_stop
        and run.status is RunStatus.ACTIVE
        and st.button("Stop", icon=":material/stop_circle:", key=f"{where}stop_{run.run_id}")
    ):
        with page.feedback("Stopped. What is answered stays."):
            testing.stop_run(page.store, engine, page.credential, run.run_id)
    if (
        may_stop
        and run.status in (RunStatus.PAUSED, RunStatus.STOPPED)
        and st.button("Resume", icon=":material/play_arrow:", key=f"{where}resume_{run.run_id}")
    ):
        with page.feedback():
            testing.resume_run(page.store, engine, page.credential, run.run_id)
    if run.failed_count and (is_mine or run.is_shared):
        label = f"Retry {counted(run.failed_count, 'failed call')}"
        if st.button(label, icon=":material/refresh:", key=f"{where}retry_{run.run_id}"):
            with page.feedback():
                failed = testing.read_failed(page.app.reader, page.credential, run.run_id)
                testing.retry(page.store, engine, page.credential, [one.response_id for one in failed])
    if is_mine and not run.is_shared:
        offer_to_share(page, run, where=where)


def _glance(page: Page, progress: RunProgress) -> None:
    responses = testing.read_run(page.app.reader, page.credential, progress.run.run_id)
    titles = {
        str(one.scenario_id): f"S{one.number} {one.title}" if one.number is not None else one.title
        for one in scenarios.read_scenarios(page.app.reader, page.credential)
    }
    st.dataframe(glance_rows(responses, titles), hide_index=True, key=f"rows_{progress.run.run_id}")
    st.caption("Open a scenario under “One scenario” to read responses in full and to mark clauses.")


def glance_rows(responses: tuple[Response, ...], titles: dict[str, str]) -> list[dict[str, str]]:
    """One row a scenario and sample, one column a version, with the beginning of each response."""
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for one in responses:
        row = rows.setdefault(
            (one.scenario_id, one.sample),
            {"Scenario": titles.get(one.scenario_id, "(not shared)"), "Sample": str(one.sample)},
        )
        row[response_label(one)] = _beginning(one)
    return list(rows.values())


def _beginning(response: Response) -> str:
    if response.error:
        return f"No response: {response.error}"
    text = " ".join((response.text or "").split())
    if not text:
        return f"({response.status.value})"
    return text if len(text) <= START_OF_TEXT else f"{text[: START_OF_TEXT - 1]}…"
