"""The calls of models: what waits and is under way, what it has cost, and one press that stops all of it."""

from functools import partial
from uuid import uuid4

import streamlit as st

from components.console_line import WHERE, line
from components.frame import Page
from components.pulse import live_fragment
from components.texts import counted, escape
from components.version_words import when
from lib.domain.errors import FolkmootError
from lib.domain.runs import CallQueue, QueuedRun, StoppedAll
from lib.domain.workshop import Place, Topic, Workshop
from lib.services import stopping

LOOK_EVERY_S = 5.0


@live_fragment(Topic.TEST)
def draw(page: Page) -> float | None:
    """The queue and the cost. Nothing that anybody types stands in here."""
    try:
        queue = stopping.read_queue(page.read_fresh)
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return LOOK_EVERY_S
    st.markdown(call_queue_words(queue))
    for run in queue.runs:
        st.markdown(f"- {run_words(run)}")
    _draw_used(workshop)
    with st.container(horizontal=True, gap="small", key="stop_all"):
        if is_busy(queue):
            _draw_stop(page, queue)
        if queue.last_stop is not None:
            _draw_undo(page, queue.last_stop)
            st.markdown(f"{escape(queue.last_stop.by)} stopped them, {when(queue.last_stop.at)}.", width="content")
    return LOOK_EVERY_S if is_busy(queue) else None


def draw_at_work(page: Page) -> None:
    """A line of what the group works on: the calls that all runs still wait for, and the press that stops them.

    It always stands there with one button: whoever tries something out moves nothing on the console. How many of the
    calls a server has taken up is left to `draw`: that a call begins is no change of the workshop.
    """
    try:
        queue = stopping.read_queue(partial(page.read_fresh, stays=True))  # `draw` reads it too, with the same page
    except FolkmootError:
        return  # The live strip says what is the matter.
    with line("matter_calls"):
        st.markdown(f":material/memory: {work_words(queue)}", width="content")
        if queue.last_stop is not None and not is_busy(queue):
            _draw_undo(page, queue.last_stop, where=WHERE)
        else:
            _draw_stop(page, queue, where=WHERE)


def _draw_stop(page: Page, queue: CallQueue, *, where: str = "") -> None:
    key, help_, is_idle = f"{where}stop_all_calls", "What is answered stays. It can be undone.", not is_busy(queue)
    if st.button("Stop all calls", key=key, icon=":material/stop_circle:", help=help_, disabled=is_idle):
        with page.feedback("All calls are stopped. What is answered stays."):
            stopping.stop_all(page.store, page.app.engine, page.credential, str(uuid4()), queue)


def _draw_undo(page: Page, stop: StoppedAll, *, where: str = "") -> None:
    label = f"Undo: let {counted(stop.calls, 'stopped call')} go on"
    if st.button(label, key=f"{where}resume_{stop.stop_id}", icon=":material/undo:"):
        with page.feedback("The calls go on."):
            stopping.resume_all(page.store, page.app.engine, page.credential, stop.stop_id)


def is_busy(queue: CallQueue) -> bool:
    """Whether any call waits or is under way."""
    return bool(queue.waiting or queue.running)


def call_queue_words(queue: CallQueue) -> str:
    """How many calls wait and are under way, and how many of them are private."""
    if not is_busy(queue):
        return "No call is waiting or under way."
    return f"**{counted(queue.running, 'call')} under way, {queue.waiting} waiting**{_private_words(queue)}."


def work_words(queue: CallQueue) -> str:
    """How many calls are to be answered still, and how many of them are private."""
    if not is_busy(queue):
        return "No model call is waiting"
    return f"**{counted(queue.waiting + queue.running, 'model call')}** to be answered{_private_words(queue)}"


def _private_words(queue: CallQueue) -> str:
    private = queue.private_waiting + queue.private_running
    return f", {private} of them private" if private else ""


def run_words(run: QueuedRun) -> str:
    """Whose run, and how far it is."""
    what = "question" if run.is_question else "run"
    paused = f" Paused: {escape(run.pause_reason)}" if run.pause_reason else ""
    return (
        f"{escape(run.asked_by_name)}, {what} on {escape(run.model)}: "
        f"{run.finished_count} of {run.cell_count} answered, {run.running_count} under way.{paused}"
    )


def _draw_used(shop: Workshop) -> None:
    calls = f"**{shop.calls_used:,} of {shop.max_calls:,}** calls"
    cost = f"**\\${shop.cost_used_usd:.2f} of \\${shop.max_cost_usd:.2f}** known cost"
    unknown = ""
    if shop.calls_of_unknown_cost:
        unknown = f", and {counted(shop.calls_of_unknown_cost, 'call')} of unknown cost"
    st.markdown(f"Used so far: {calls}, {cost}{unknown}.")
    if shop.max_calls:
        st.progress(min(shop.calls_used / shop.max_calls, 1.0), text="Calls used")
