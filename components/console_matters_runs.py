"""How the policy was run on the scenarios last, and the one press that runs the newest version for everyone."""

from dataclasses import dataclass

import streamlit as st

from components.console_line import WHERE, line
from components.frame import Page
from components.outcome import confirm
from components.place import recall, remember
from components.run_list import follow_own, run_acts, status_words
from components.run_start import Asking, asking_words, proposed_choices, start_run
from components.scenario_words import UNPUBLISHED
from components.texts import counted, escape, shortened
from lib.domain.errors import FolkmootError
from lib.domain.ids import RunId
from lib.domain.runs import Response, Run, RunStatus
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Workshop
from lib.llm.catalogue import ModelOffer
from lib.services import testing
from lib.services.drafting import LivePolicy
from lib.services.testing import CURRENT, RunProgress

MOST_LOOKED_AT = 5
"""Of so many newest runs it is looked up what they asked, until one asked all."""


@dataclass(frozen=True)
class RanOn:
    """What a run asks: with which versions (None = text that was not published), and which scenarios."""

    numbers: frozenset[int | None]
    scenario_ids: frozenset[str]

    def has(self, number: int | None, wanted: tuple[Scenario, ...]) -> bool:
        """Whether it asks all of these scenarios with this version."""
        return number in self.numbers and self.scenario_ids >= {one.scenario_id for one in wanted}


def draw_runs(page: Page, workshop: Workshop, live: LivePolicy) -> None:
    """The newest run for everyone, or how the next one begins."""
    try:
        runs = _runs_for_everyone(page)
        library = page.read(tuple[Scenario, ...], "read_scenarios")
    except FolkmootError:
        return  # The live strip says what is the matter.
    wanted = tuple(one for one in library if one.is_shared and not one.is_withdrawn)
    if runs and runs[0].status in (RunStatus.ACTIVE, RunStatus.PAUSED):
        _draw_under_way(page, testing.progress_of(page.app.engine, runs[0]))
    else:
        _draw_next(page, workshop, live, runs, wanted)


def _draw_next(
    page: Page, workshop: Workshop, live: LivePolicy, runs: tuple[Run, ...], wanted: tuple[Scenario, ...]
) -> None:
    number = live.versions[0].number if live.versions else None
    last = runs[0] if runs else None
    asked_all = _asked_all(page, runs, number, wanted)
    can_run = bool(wanted) and bool(live.policy.clauses or live.versions)
    is_news = asked_all is None
    stopped = last if last is not None and last.status is RunStatus.STOPPED else None
    offer = page.app.engine.catalogue.describe(page.workshop_id, workshop.model)
    wish = Asking(tuple(proposed_choices([live.versions[0].version_id if live.versions else CURRENT])), wanted)
    with line("matter_runs"):
        before = number if asked_all is not None and asked_all != last else None
        words = runs_words(wanted, last, _ran_on(page, last.run_id) if last else None, before)
        st.markdown(f":material/science: {words}", width="content")
        if not wanted:
            page.link_to("test", "Add a scenario", icon=":material/add:")
        elif stopped is not None:
            run_acts(page, testing.progress_of(page.app.engine, stopped), where=WHERE)
        on = f"v{number}" if number is not None else UNPUBLISHED.lower()
        label = f"Run {counted(len(wanted), 'scenario')} on {on}"
        # The key names what it runs, and which model it asks: a press that comes late starts nothing else. With nothing
        # new to run it rests.
        key, icon = f"run_all_{number}_{len(wanted)}_{offer.mark}", ":material/play_arrow:"
        if can_run and (is_news or stopped is None) and st.button(label, key=key, icon=icon, disabled=not is_news):
            _start(page, wish, offer)
    if can_run:
        st.caption(asking_words(workshop, offer, wish))


def _start(page: Page, wish: Asking, offer: ModelOffer) -> None:
    with page.feedback():
        run = start_run(page, wish, offer)
        is_mine = run.asked_by == page.viewer.person_id
        begun = (
            "The run goes on by itself" if is_mine else f"{shortened(run.asked_by_name, 30)} has just begun this run"
        )
        confirm(f"{begun}, and everyone sees what comes of it.")


def runs_words(wanted: tuple[Scenario, ...], last: Run | None, ran: RanOn | None, before: int | None = None) -> str:
    """How many scenarios there are, and on what they were run last.

    `before` is the version that all of them were run on before the last run.
    """
    if not wanted:
        return "No scenario to run the policy on yet."
    words = f"**{counted(len(wanted), 'scenario')}**{f', all run on v{before}' if before is not None else ''}"
    if last is None:
        return f"{words}, not run yet"
    stopped = "stopped, " if last.status is RunStatus.STOPPED else ""
    failed = f", {last.failed_count} failed" if last.failed_count else ""
    done = f" ({stopped}{last.done_count} of {last.cell_count} answered{failed})"
    return f"{words}, last run{on_words(ran) if ran else ''}{done if stopped or failed else ''}"


def on_words(ran: RanOn) -> str:
    """Which versions a run was made with, as the end of "last run".

    >>> on_words(RanOn(frozenset({2, 1}), frozenset())), on_words(RanOn(frozenset(), frozenset()))
    (' on v1 and v2', ' without the policy')
    """
    published = [f"v{number}" for number in sorted(one for one in ran.numbers if one is not None)]
    named = [*published, *([UNPUBLISHED.lower()] if None in ran.numbers else [])]
    return f" on {' and '.join(named)}" if named else " without the policy"


def _runs_for_everyone(page: Page) -> tuple[Run, ...]:
    runs = page.read(tuple[Run, ...], "read_runs")
    return tuple(one for one in runs if one.is_shared and not one.is_question)


def _asked_all(page: Page, runs: tuple[Run, ...], number: int | None, wanted: tuple[Scenario, ...]) -> Run | None:
    """The newest run that asked all of these with this version; a stopped one only if it is offered to go on."""
    if number is None:
        return None
    for one in runs[:MOST_LOOKED_AT]:
        if one.status is not RunStatus.STOPPED or one == runs[0]:
            ran = _ran_on(page, one.run_id)
            if ran is not None and ran.has(number, wanted):
                return one
    return None


def _draw_under_way(page: Page, progress: RunProgress) -> None:
    run = progress.run
    follow_own(page, run)
    ran = _ran_on(page, run.run_id)
    on = on_words(ran) if ran else ""
    with line("matter_runs"):
        state = "Paused" if run.status is RunStatus.PAUSED else "Running"
        st.markdown(f":material/science: **{state}{on}**, begun by {escape(run.asked_by_name)}", width="content")
        run_acts(page, progress, where=WHERE)
    st.progress(progress.finished_count / max(run.cell_count, 1), text=escape(status_words(progress)))


def _ran_on(page: Page, run_id: RunId) -> RanOn | None:
    """What a run asks never changes: it is looked up once."""
    known: RanOn | None = recall(f"ran_on:{run_id}")
    if known is None:
        try:
            # Of all runs, as the page's lists of choices read them: one answer for all that is looked up here.
            every = page.read_now(tuple[Response, ...], "read_responses", scenario=None, run=None)
        except FolkmootError:
            return None
        every = tuple(one for one in every if one.run_id == run_id)
        if not every:
            return None  # They were read a moment before the run began.
        numbers = frozenset(one.version_number for one in every if not one.is_baseline)
        known = RanOn(numbers, frozenset(one.scenario_id for one in every))
        remember(f"ran_on:{run_id}", known)
    return known
