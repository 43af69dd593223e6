"""The library of scenarios: choose one, or add one that is private until it is shared."""

from uuid import NAMESPACE_URL, uuid5

import streamlit as st

from components.bring import SCENARIO, SENT_TO
from components.choice_by_id import id_in, keep_by_id
from components.draft_field import clear_draft, draft_field
from components.frame import Page
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
    if page.role is not Role.ORGANIZER:
        # Above the list, which grows under whoever is writing.
        is_empty = all(one.is_withdrawn for one in known)
        with st.expander("Add a scenario", icon=":material/add:", expanded=is_empty, key="add_scenario"):
            _add(page)
    shown = _shown(page, known)
    if shown:
        return _choose(page, shown)
    st.info(
        "No scenario yet. A scenario is what a person might say to the model: a situation and a question. "
        + ("Add the first one above." if page.role is not Role.ORGANIZER else "The group's will appear here."),
        icon=":material/lightbulb:",
    )
    return None


def _shown(page: Page, known: tuple[Scenario, ...]) -> list[Scenario]:
    """Those in the library, with the one that is open and the one to which this tab was sent, withdrawn or not."""
    stays = (page.here.get(SENT_TO), _wanted(page) or id_in(_key(page)))
    withdrawn = [one for one in known if one.is_withdrawn]
    if not withdrawn or not st.toggle(f"Show withdrawn ({len(withdrawn)})", key="show_withdrawn"):
        return [one for one in known if not one.is_withdrawn or one.scenario_id in stays]
    return list(known)


def _choose(page: Page, shown: list[Scenario]) -> Scenario:
    by_id: dict[str, Scenario] = {one.scenario_id: one for one in shown}
    wanted, key = _wanted(page), _key(page)
    is_list = page.is_narrow or len(shown) > MOST_IN_A_LIST
    # A select box shows its options as they are, without Markdown.
    names: dict[str, str] = {one.scenario_id: (_plain if is_list else scenario_label)(one) for one in shown}
    keep_by_id(key, names)
    if st.session_state.get(key) not in by_id or page.here.get(SCENARIO) not in (None, st.session_state[key]):
        st.session_state[key] = wanted if wanted in by_id else shown[0].scenario_id
    # Named at every drawing: what is only put into the session is sent to the browser once (kept_choice.py).
    index = list(by_id).index(st.session_state[key])
    me = page.viewer.person_id
    if is_list:
        chosen = st.selectbox(
            "Scenario",
            list(by_id),
            format_func=lambda one: names[one],
            index=index,
            key=key,
            on_change=_remember,
            args=(page, key),
        )
    else:
        chosen = st.radio(
            "Scenarios",
            list(by_id),
            format_func=lambda one: names[one],
            captions=[scenario_caption(one, me) for one in shown],
            index=index,
            key=key,
            on_change=_remember,
            args=(page, key),
        )
    return by_id[str(chosen)]


def _wanted(page: Page) -> str:
    """The scenario that its person chose, was sent to or came for by a link; "" if none."""
    return page.here.get(SCENARIO) or st.query_params.get("scenario") or ""


def _key(page: Page) -> str:
    return f"scenario_choice_{page.workshop_id}"


def _plain(scenario: Scenario) -> str:
    return f"S{scenario.number} {scenario.title}" if scenario.number is not None else f"(only you) {scenario.title}"


def _remember(page: Page, key: str) -> None:
    page.here.put(SCENARIO, id_in(key))


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
        page.here.put(SCENARIO, scenario_id)
