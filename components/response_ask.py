"""Ask the model: the policy-informed answer and the unsteered baseline, side by side."""

from uuid import uuid4

import streamlit as st

from components.frame import Page
from components.scenario_words import edition_label
from components.texts import escape
from lib.domain.ids import RunId
from lib.domain.people import Role
from lib.domain.scenarios import Scenario
from lib.services import testing
from lib.services.drafting import LivePolicy
from lib.services.testing import CURRENT, Edition


def editions_of(page: Page, live: LivePolicy) -> list[str]:
    """What a model can be asked with: the text of now if it differs from the newest version, then versions."""
    newest = [version.version_id for version in live.versions]
    has_changed = page.place.changed_since_version or not newest
    return [*([CURRENT] if has_changed and live.policy.clauses else []), *newest]


def ask_box(page: Page, scenario: Scenario) -> None:
    """The choice of the policy's edition, and the button."""
    if page.role is Role.ORGANIZER or scenario.is_withdrawn:
        return
    live = page.read(LivePolicy, "read_policy")
    editions = editions_of(page, live)
    if not editions:
        st.info("The policy has no clause yet, so there is nothing to test.", icon=":material/lightbulb:")
        page.link_to("draft", "Write the first clause", icon=":material/edit_note:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="ask_box"):
        edition: Edition = st.selectbox(
            "With which policy",
            editions,
            format_func=lambda one: edition_label(one, live.versions),
            key="ask_edition",
            width=320,
        )
        pressed = st.button("Ask the model", type="primary", icon=":material/smart_toy:", key="ask")
    offer = page.app.engine.catalogue.describe(page.workshop_id, page.workshop.model)
    st.caption(
        f"Only you see the answers until you share them. They come from {escape(offer.label)}. {escape(offer.reader)}"
    )
    if pressed:
        with page.feedback():
            testing.ask(
                page.store,
                page.app.engine,
                page.credential,
                page.workshop,
                RunId(str(uuid4())),
                scenario_id=scenario.scenario_id,
                edition=edition,
                max_tokens=page.app.settings.max_tokens,
            )
