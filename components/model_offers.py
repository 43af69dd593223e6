"""Better models that were found on this machine, each one press away."""

import streamlit as st

from components.outcome import Outcome, confirm, shown
from components.place import take
from components.texts import escape
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError
from lib.domain.people import Credential
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import ModelOffer
from lib.llm.discover import find_better_models
from lib.services.choosing_model import is_chosen, try_and_choose

LOOK_AGAIN_S = 120
REFUSED = "model_refused"
"""Under which name the tab keeps why a typed model was refused."""


@st.cache_resource(ttl=LOOK_AGAIN_S, show_spinner="Looking for models on this machine…")
def _found() -> tuple[ModelOffer, ...]:
    return find_better_models(application().engine.catalogue)


def draw_offers(app: Application, credential: Credential, current: ModelChoice | None) -> bool:
    """A line and a button for each model that is better than what is used now. Whether there is any."""
    default = app.engine.catalogue.default
    offers = [offer for offer in _found() if not is_chosen(current, offer.choice, default)]
    for offer in offers:
        which = f"{offer.choice.model} {offer.choice.api_base or ''}"
        with st.container(border=True, key=f"offer {which}"):
            st.markdown(f"Found on this machine: **{escape(offer.label)}**. {escape(offer.reader)}")
            if st.button(f"Test {escape(offer.label)} and use it", key=f"use_offer {which}"):
                use(app, credential, model=offer.choice.model, api_base=offer.choice.api_base)
    return bool(offers)


def use(
    app: Application, credential: Credential, *, model: str, api_base: str | None, key: str = ""
) -> FolkmootError | None:
    """Test a model with one call and use it if it answers: then the page is drawn anew. Else it shows why not."""
    outcome = Outcome()
    with shown(outcome), st.spinner("Asking the model one short question…"):
        trial = try_and_choose(app.store, app.engine, credential, model=model, api_base=api_base, key=key)
        app.reader.wrote(credential)
        confirm(f"The model answered in {trial.latency_s:.1f} s. The next runs use it.")
    if outcome.is_done:
        take(REFUSED)
        st.rerun()
    return outcome.error
