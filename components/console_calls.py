"""The calls of models: what waits and is under way, what it has cost, and one press that stops all of it."""

from uuid import uuid4

import streamlit as st

from components.frame import Page
from components.pulse import live_fragment
from components.texts import counted, escape
from components.version_words import when
from lib.domain.errors import FolkmootError
from lib.domain.runs import CallQueue, QueuedRun
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
    st.markdown(queue_words(queue))
    for run in queue.runs:
        st.markdown(f"- {run_words(run)}")
    _draw_used(workshop)
    with st.container(horizontal=True, gap="small", key="stop_all"):
        if (queue.waiting or queue.running) and st.button(
            "Stop all calls", key="stop_all_calls", icon=":material/stop_circle:", help="It can be undone."
        ):
            with page.feedback("All calls are stopped. What is answered stays."):
                stopping.stop_all(page.store, page.app.engine, page.credential, str(uuid4()), queue)
        stop = queue.last_stop
        if stop is not None:
            label = f"Undo: let {counted(stop.calls, 'stopped call')} go on"
            if st.button(label, key=f"resume_{stop.stop_id}", icon=":material/undo:"):
                with page.feedback("The calls go on."):
                    stopping.resume_all(page.store, page.app.engine, page.credential, stop.stop_id)
            st.markdown(f"{escape(stop.by)} stopped them, {when(stop.at)}.", width="content")
    return LOOK_EVERY_S if queue.waiting or queue.running else None


def queue_words(queue: CallQueue) -> str:
    """How many calls wait and are under way, and how many of them are private."""
    if not queue.waiting and not queue.running:
        return "No call is waiting or under way."
    private = queue.private_waiting + queue.private_running
    among = f", {private} of them private" if private else ""
    return f"**{counted(queue.running, 'call')} under way, {queue.waiting} waiting**{among}."


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
