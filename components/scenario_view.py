"""One scenario: what the person says, who sees it, and what its maker or the facilitator can do with it."""

import streamlit as st

from components.frame import Page
from components.hiding import offer_hiding
from components.lead_acts import draw_lead_acts
from components.note_view import draw_notes_about
from components.scenario_words import scenario_label
from components.stored_choice import turning_key
from components.texts import escape
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.scenarios import Scenario
from lib.services import scenarios


def draw_scenario(page: Page, scenario: Scenario) -> None:
    """The scenario's turns as people's words, and its acts."""
    st.subheader(scenario_label(scenario), anchor=False)
    if scenario.is_withdrawn:
        st.info(
            "This scenario was withdrawn from the library, so the model is not asked about it any more. What it "
            "answered stays. To go on, choose another one.",
            icon=":material/archive:",
        )
    with st.container(border=True, key="scenario_text"):
        for turn in scenario.turns:
            if turn.role == "user":
                st.markdown(":material/person: **A person says**")
            else:
                st.markdown(":material/smart_toy: **The model said** (part of the scenario)")
            st.text(turn.content)
        st.caption(f"Written by {escape(scenario.made_by_name)}. {_who_sees(scenario)}")
    _acts(page, scenario)
    if scenario.is_shared:
        draw_lead_acts(page, ThingKind.SCENARIO, scenario.scenario_id, f"S{scenario.number}")
        draw_notes_about(page, ThingKind.SCENARIO.value, scenario.scenario_id)


def _who_sees(scenario: Scenario) -> str:
    if scenario.is_hidden:
        return "Hidden: only facilitators read it."
    return "Everyone in the workshop sees it." if scenario.is_shared else "Only you see it."


def _acts(page: Page, scenario: Scenario) -> None:
    is_mine = scenario.made_by == page.viewer.person_id
    is_facilitator = page.role is Role.FACILITATOR
    if page.role is Role.ORGANIZER or not (is_mine or is_facilitator):
        return
    with st.container(horizontal=True, key="scenario_acts"):
        if (
            is_mine
            and not scenario.is_shared
            and not scenario.is_withdrawn
            and st.button("Share with everyone", icon=":material/group:", key=f"share_{scenario.scenario_id}")
        ):
            with page.feedback("Everyone sees the scenario now, with your name."):
                scenarios.share_scenario(page.store, page.credential, scenario.scenario_id)
        label = "Put back into the library" if scenario.is_withdrawn else "Withdraw"
        key = turning_key("withdraw", scenario.scenario_id, is_so=scenario.is_withdrawn)
        if st.button(label, icon=":material/archive:", type="tertiary", key=key):
            with page.feedback("Back in the library." if scenario.is_withdrawn else "Withdrawn; it can be put back."):
                scenarios.withdraw_scenario(
                    page.store, page.credential, scenario.scenario_id, is_withdrawn=not scenario.is_withdrawn
                )
        if is_facilitator and scenario.is_shared:
            offer_hiding(page, scenarios.hide_scenario, scenario.scenario_id, scenario.is_hidden)
