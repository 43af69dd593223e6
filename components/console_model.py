"""Which model answers, on whose key, and how much it may be asked."""

import streamlit as st

from components.frame import Page
from components.model_offers import draw_offers, use
from components.texts import counted, escape
from lib.llm.catalogue import KeySource
from lib.services import choosing_model, leading, testing

KEY_WORDS = {
    KeySource.NONE: "It needs no key.",
    KeySource.OPERATOR: "The operator of this server pays for its calls.",
    KeySource.FACILITATOR: "Your key pays for its calls. It is kept in this server's memory only, until it restarts.",
    KeySource.MISSING: "It needs a key, and this server does not have it (any more): enter it once more below.",
}


def draw(page: Page) -> None:
    """The model of the next runs, others to choose from, and the caps."""
    _draw_current(page)
    draw_offers(page.app, page.credential, page.workshop.model)
    _draw_own(page)
    _draw_caps(page)


def _draw_current(page: Page) -> None:
    offer = page.app.engine.catalogue.describe(page.workshop_id, page.workshop.model)
    st.markdown(f"**{escape(offer.label)}** answers now. {escape(offer.reader)} {KEY_WORDS[offer.key_source]}")
    if page.workshop.model is not None and st.button("Back to the server's default model", key="default_model"):
        with page.feedback("The next runs use the server's default model."):
            choosing_model.use_default(page.store, page.credential)


def _draw_own(page: Page) -> None:
    with st.expander("Another model, with a key of your own", key="own_model"), st.form("own_model", border=False):
        model = st.text_input("Model (provider/name)", placeholder="openai/gpt-4.1-mini", max_chars=200)
        address = st.text_input(
            "Address (only for a server of your own that speaks the OpenAI dialect)",
            placeholder="https://models.example.org/v1",
            max_chars=300,
        )
        key = st.text_input("Key", type="password", max_chars=400, autocomplete="off")
        st.caption("The key is seen by nobody, kept in this server's memory only, and never written down.")
        pressed = st.form_submit_button("Test it and use it")
    if pressed:
        use(page.app, page.credential, model=model, api_base=address or None, key=key)


def _draw_caps(page: Page) -> None:
    shop = page.workshop
    st.subheader("Limits of this workshop", anchor=False)
    unknown = ""
    if shop.calls_of_unknown_cost:
        unknown = f", and {counted(shop.calls_of_unknown_cost, 'call')} of unknown cost, which the limit cannot see"
    st.markdown(
        f"Used so far: **{shop.calls_used:,} of {shop.max_calls:,}** model calls, "
        f"**\\${shop.cost_used_usd:.2f} of \\${shop.max_cost_usd:.2f}** known cost{unknown}."
    )
    with st.form("caps", border=False):
        calls = st.number_input("Most model calls", min_value=0, max_value=1_000_000, value=shop.max_calls, step=100)
        cost = st.number_input("Most known cost in US dollars", min_value=0.0, value=shop.max_cost_usd, step=1.0)
        pressed = st.form_submit_button("Set the limits")
    if pressed:
        with page.feedback("The limits are set. Runs that had to wait go on by themselves."):
            leading.set_caps(page.store, page.credential, max_calls=int(calls), max_cost_usd=float(cost))
            testing.resume_runs_that_waited(page.store, page.app.engine, page.credential)
