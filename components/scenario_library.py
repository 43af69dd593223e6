"""The library of scenarios: choose one, or add one that is private until it is shared."""

from uuid import NAMESPACE_URL, uuid5

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.place import recall, remember
from components.scenario_words import scenario_caption, scenario_label
from lib.domain.ids import ScenarioId
from lib.domain.people import Role
from lib.domain.scenarios import MAX_SCENARIO_CHARS, Scenario
from lib.services import scenarios

FIELD = "scenario:new"
MOST_IN_A_LIST = 15


def library(page: Page) -> Scenario | None:
    """The list, and the field for a new scenario; gives the scenario that is open."""
    known = scenarios.read_scenarios(page.app.reader, page.credential)
    shown = _shown(known)
    if page.role is not Role.ORGANIZER:
        # Above the list, which grows under whoever is writing.
        with st.expander("Add a scenario", icon=":material/add:", expanded=not shown, key="add_scenario"):
            _add(page)
    if shown:
        return _choose(page, shown)
    st.info(
        "No scenario yet. A scenario is what a person might say to the model: a situation and a question. "
        + ("Add the first one above." if page.role is not Role.ORGANIZER else "The group's will appear here."),
        icon=":material/lightbulb:",
    )
    return None


def _shown(known: tuple[Scenario, ...]) -> list[Scenario]:
    withdrawn = [one for one in known if one.is_withdrawn]
    if not withdrawn or not st.toggle(f"Show withdrawn ({len(withdrawn)})", key="show_withdrawn"):
        return [one for one in known if not one.is_withdrawn]
    return list(known)


def _choose(page: Page, shown: list[Scenario]) -> Scenario:
    by_id: dict[str, Scenario] = {one.scenario_id: one for one in shown}
    wanted = page.here.get("scenario") or st.query_params.get("scenario") or ""
    key = f"scenario_choice_{page.workshop_id}"
    if st.session_state.get(key) not in by_id or page.here.get("scenario") not in (None, st.session_state[key]):
        st.session_state[key] = wanted if wanted in by_id else shown[0].scenario_id
    _keep_chosen(key, shown)
    # Named at every drawing: what is only put into the session is sent to the browser once (kept_choice.py).
    index = list(by_id).index(st.session_state[key])
    me = page.viewer.person_id
    if page.is_narrow or len(shown) > MOST_IN_A_LIST:
        chosen = st.selectbox(
            "Scenario",
            list(by_id),
            format_func=lambda one: _plain(by_id[one]),
            index=index,
            key=key,
            on_change=_remember,
            args=(page, key),
        )
    else:
        chosen = st.radio(
            "Scenarios",
            list(by_id),
            format_func=lambda one: scenario_label(by_id[one]),
            captions=[scenario_caption(one, me) for one in shown],
            index=index,
            key=key,
            on_change=_remember,
            args=(page, key),
        )
    return by_id[str(chosen)]


def _keep_chosen(key: str, shown: list[Scenario]) -> None:
    """Streamlit 1.67 finds the choice in the browser by its label: when that is hidden, it must be told the choice."""
    names = {one.scenario_id: scenario_label(one) for one in shown}
    if recall(f"{key}:names", names) != names:
        st.session_state[key] = st.session_state[key]
    remember(f"{key}:names", names)


def _plain(scenario: Scenario) -> str:
    """A select box shows its options as they are, without Markdown."""
    return f"S{scenario.number} {scenario.title}" if scenario.number is not None else f"(only you) {scenario.title}"


def _remember(page: Page, key: str) -> None:
    page.here.put("scenario", st.session_state.get(key))


def _add(page: Page) -> None:
    given = draft_field(
        page,
        label="What a person says to the model",
        field=FIELD,
        actions=(("private", "Add for me"), ("share", "Add for everyone")),
        who_sees="“Add for me”: only you see it until you share it. “Add for everyone”: all see it, with your name.",
        max_chars=MAX_SCENARIO_CHARS,
        placeholder="I rent a flat in Lyon and my landlord keeps my deposit. What can I do?",
    )
    if given is None:
        return
    # One press, one scenario, however often it arrives.
    scenario_id = ScenarioId(str(uuid5(NAMESPACE_URL, f"{page.viewer.person_id}/{given.request_id}")))
    with page.feedback("The scenario is in the library."):
        scenarios.add_scenario(page.store, page.credential, scenario_id, given.text, is_shared=given.action == "share")
        clear_draft(page, FIELD)
        page.here.put("scenario", scenario_id)
