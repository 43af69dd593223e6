"""Run several versions of the policy on several scenarios in the background."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.frame import Page
from components.kept_choice import forget_choice, kept_choices, kept_radio, kept_segment
from components.palette import option_text
from components.pending import pending
from components.place import recall, remember
from components.pulse import live_fragment, look_again_soon
from components.response_ask import policy_choices
from components.scenario_words import choice_label
from components.texts import counted, escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import RunId
from lib.domain.people import Role
from lib.domain.runs import Run
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Place, Workshop
from lib.llm.catalogue import ModelOffer
from lib.services import testing
from lib.services.drafting import LivePolicy
from lib.services.testing import CURRENT, MOST_SAMPLES, PolicyChoice

WITHOUT = "baseline"
"""Stands for None among a widget's options."""
EVERYONE_SEES = "Everyone, with your name"
ONLY_ME = "Only you, until you share it"
WHO_SEES = (EVERYONE_SEES, ONLY_ME)
RUN, PROPOSED = "run_many", "run:proposed"
VERSIONS, FOR_WHOM, SAMPLES = "run:versions", "run:for_whom", "run:samples"
SCENARIOS = {True: "run:scenarios:shared", False: "run:scenarios:own"}


@dataclass(frozen=True)
class Asking:
    """What a run is to ask: these choices of the policy on these scenarios, so many times each."""

    choices: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    samples: int = 1
    is_shared: bool = True

    @property
    def calls(self) -> int:
        """How many calls of the model that is."""
        return len(self.choices) * len(self.scenarios) * self.samples


def run_form(page: Page) -> None:
    """What to run, how often and for whom; the number of calls before they are made."""
    live = page.read(LivePolicy, "read_policy")
    library = [one for one in page.read(tuple[Scenario, ...], "read_scenarios") if not one.is_withdrawn]
    if not library:
        st.info("No scenario yet. Add one under “One scenario”, then run it here.", icon=":material/lightbulb:")
        return
    choices = [*policy_choices(page, live), WITHOUT]
    proposed, shared = _as_shown(proposed_choices(choices[:-1]), [one.scenario_id for one in library if one.is_shared])
    chosen = st.multiselect(
        "Versions to run",
        choices,
        **kept_choices(
            *(page, VERSIONS, choices, proposed),
            key="run_choices",
            format_func=lambda one: choice_label(None if one == WITHOUT else one, live.versions),
            # Whoever chose the text of now, which somebody then published, chose what is in that version.
            instead={CURRENT: choices[0]},
        ),
    )
    for_whom = st.radio(
        "Who sees the responses",
        WHO_SEES,
        horizontal=True,
        **kept_radio(page, FOR_WHOM, WHO_SEES, EVERYONE_SEES, key="run_for_whom"),
    )
    is_shared = for_whom == EVERYONE_SEES
    by_id: dict[str, Scenario] = {one.scenario_id: one for one in library if one.is_shared or not is_shared}
    wanted = st.multiselect(
        "Scenarios",
        list(by_id),
        **kept_choices(
            *(page, SCENARIOS[is_shared], list(by_id), shared),
            key=f"run_scenarios_{is_shared}",
            format_func=lambda one: _title(by_id[one]),
        ),
    )
    how_often = range(1, MOST_SAMPLES + 1)
    # Not a field for a number: what is typed into one reaches nobody before it is left.
    samples = st.segmented_control(
        "Responses for each",
        how_often,
        format_func=lambda number: option_text(str(number)),
        required=True,
        help="A model answers differently each time. More responses show how much.",
        **kept_segment(page, SAMPLES, how_often, 1, key="run_samples"),
    )
    asking = Asking(tuple(chosen), tuple(by_id[one] for one in wanted), int(samples or 1), is_shared)
    _draw_start(page, asking)


@live_fragment()
def _draw_start(page: Page, asking: Asking) -> None:
    """The button under the number of calls and the model: another model or limit is news for every live part."""
    try:
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    offer = page.app.engine.catalogue.describe(page.workshop_id, workshop.model)
    st.markdown(asking_words(workshop, offer, asking))
    key = f"{RUN}_{offer.mark}"
    remember(RUN, key)
    if st.button("Run in the background", type="primary", icon=":material/play_arrow:", key=key):
        with page.feedback("The run goes on by itself. You can leave this page."):
            start_run(page, asking, offer)
            for field in (VERSIONS, FOR_WHOM, SAMPLES, *SCENARIOS.values()):
                forget_choice(page, field)


def _as_shown(versions: list[str], scenarios: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """What is proposed to run; whoever presses gets what was proposed when they did, and not what came since."""
    proposed: tuple[list[str], Sequence[str]] = (versions, scenarios)
    if st.session_state.get(recall(RUN, RUN)):
        proposed = recall(PROPOSED, proposed)
    remember(PROPOSED, proposed)
    return proposed


def proposed_choices(policies: list[str]) -> list[str]:
    """The first of these choices of the policy, with the baseline beside it."""
    return [*policies[:1], WITHOUT]


def asking_words(workshop: Workshop, offer: ModelOffer, asking: Asking) -> str:
    """How many calls a run makes, of which model, and how many more this workshop may make."""
    left = max(0, workshop.max_calls - workshop.calls_used)
    each = f" × {asking.samples} responses" if asking.samples > 1 else ""
    return (
        f"{versions_words(list(asking.choices))} × {counted(len(asking.scenarios), 'scenario')}{each} = "
        f"**{counted(asking.calls, 'call')}** to {escape(offer.label)}. This workshop may make {left:,} more."
    )


def start_run(page: Page, asking: Asking, offer: ModelOffer) -> Run:
    """Begin the run, or find the one that the same press began a moment ago, or that of another who leads.

    `offer` is the model that its asker was shown.

    Raises what `run_many` raises.
    """
    choices: list[PolicyChoice] = [None if one == WITHOUT else one for one in asking.choices]
    scenario_ids = [one.scenario_id for one in asking.scenarios]
    asked = (page.workshop_id, offer.mark, *choices, asking.samples, asking.is_shared, *scenario_ids)
    with pending("run", *asked, now=page.app.reader.contact.moment()) as run:
        return testing.run_many(
            page.store,
            page.app.engine,
            page.credential,
            RunId(run),
            choices=choices,
            scenario_ids=scenario_ids,
            samples=asking.samples,
            is_shared=asking.is_shared,
            max_tokens=page.app.settings.max_tokens,
            shown=offer.mark,
        )


def versions_words(chosen: list[str]) -> str:
    """How many versions are chosen, in words that name the baseline.

    >>> versions_words(["v2"]), versions_words(["v2", WITHOUT]), versions_words([WITHOUT])
    ('1 version', '2 versions, the baseline among them,', 'The baseline')
    """
    if chosen == [WITHOUT]:
        return "The baseline"
    among = ", the baseline among them," if WITHOUT in chosen else ""
    return f"{counted(len(chosen), 'version')}{among}"


def may_run(page: Page) -> bool:
    """Whether this person may ask a model."""
    return page.role is not Role.ORGANIZER


def _title(scenario: Scenario) -> str:
    return f"S{scenario.number} {scenario.title}" if scenario.number is not None else f"(only you) {scenario.title}"
