"""Ask the model: the policy-informed response and the unsteered baseline, side by side."""

import streamlit as st

from components.frame import Page
from components.pending import pending
from components.pulse import live_fragment, look_again_soon
from components.scenario_words import choice_label
from components.texts import escape
from lib.domain.errors import FolkmootError
from lib.domain.ids import RunId
from lib.domain.people import Role
from lib.domain.policy import VersionHeader
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Place
from lib.services import testing
from lib.services.drafting import LivePolicy
from lib.services.testing import CURRENT, PolicyChoice


def policy_choices(page: Page, live: LivePolicy) -> list[str]:
    """What a model can be asked with: the text of now if it differs from the newest version, then versions."""
    newest = [version.version_id for version in live.versions]
    has_changed = page.place.changed_since_version or not newest
    return [*([CURRENT] if has_changed and live.policy.clauses else []), *newest]


def ask_box(page: Page, scenario: Scenario) -> None:
    """The choice of the policy, and the button."""
    if page.role is Role.ORGANIZER or scenario.is_withdrawn:
        return
    live = page.read(LivePolicy, "read_policy")
    choices = policy_choices(page, live)
    if not choices:
        st.info("The policy has no clause yet, so there is nothing to test.", icon=":material/lightbulb:")
        page.link_to("draft", "Write the first clause", icon=":material/edit_note:")
        return
    _draw_ask(page, scenario, choices, live.versions)


@live_fragment()
def _draw_ask(page: Page, scenario: Scenario, choices: list[str], versions: tuple[VersionHeader, ...]) -> None:
    """The button under the model that it asks: another model is news for every live part."""
    try:
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        look_again_soon()  # The strip says what is the matter.
        return
    offer = page.app.engine.catalogue.describe(page.workshop_id, workshop.model)
    with st.container(horizontal=True, vertical_alignment="bottom", key="ask_box"):
        choice: PolicyChoice = st.selectbox(
            "With which policy",
            choices,
            format_func=lambda one: choice_label(one, versions),
            key="ask_choice",
            width=320,
        )
        key = f"ask_{scenario.scenario_id}_{offer.mark}"
        pressed = st.button("Ask the model", type="primary", icon=":material/smart_toy:", key=key)
    st.caption(
        f"Only you see the responses until you share them. They come from {escape(offer.label)}. {escape(offer.reader)}"
    )
    if pressed:
        asked = (page.workshop_id, scenario.scenario_id, choice, offer.mark)
        with page.feedback(), pending("ask", *asked, now=page.app.reader.contact.moment()) as run:
            testing.ask(
                page.store,
                page.app.engine,
                page.credential,
                RunId(run),
                scenario_id=scenario.scenario_id,
                choice=choice,
                max_tokens=page.app.settings.max_tokens,
                shown=offer.mark,
            )
