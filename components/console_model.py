"""Which model answers, on whose key, and how much it may be asked."""

import streamlit as st

from components.frame import Page
from components.kept_input import kept_input
from components.model_offers import draw_offers, use
from components.place import recall, remember
from components.texts import counted, escape
from lib.llm.catalogue import KeySource
from lib.services import choosing_model, leading, testing

MODEL, ADDRESS = "console:model", "console:model_address"
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


@st.fragment
def _draw_own(page: Page) -> None:
    with st.expander("Another model, with a key of your own", key="own_model"):
        model = kept_input(page, "Model (provider/name)", field=MODEL, placeholder="openai/gpt-4.1-mini", max_chars=200)
        address = kept_input(
            page,
            "Address (only for a server of your own that speaks the OpenAI dialect)",
            field=ADDRESS,
            placeholder="https://models.example.org/v1",
            max_chars=300,
        )
        # The key alone is kept nowhere before it is used. It stands in a form because outside of one Streamlit 1.67
        # drops what was typed into a password field that is left with the Tab key.
        with st.form("own_key_form", border=False):
            key = st.text_input("Key", type="password", max_chars=400, autocomplete="off", key="own_key")
            st.caption("The key is seen by nobody, kept in this server's memory only, and never written down.")
            pressed = st.form_submit_button("Test it and use it", key="use_own")
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
    _follow("max_calls", shop.max_calls)
    _follow("max_cost", shop.max_cost_usd)
    with st.container(horizontal=True):
        calls = st.number_input("Most model calls", min_value=0, max_value=1_000_000, step=100, key="max_calls")
        cost = st.number_input("Most known cost in US dollars", min_value=0.0, step=1.0, key="max_cost")
    st.caption("A changed limit holds at once, for the runs that come.")
    if (int(calls), float(cost)) != (shop.max_calls, shop.max_cost_usd):
        with page.feedback("The limits are set. Runs that had to wait go on by themselves."):
            leading.set_caps(page.store, page.credential, max_calls=int(calls), max_cost_usd=float(cost))
            testing.resume_runs_that_waited(page.store, page.app.engine, page.credential)


def _follow(key: str, limit: float) -> None:
    """Show the limit in use when it is not the one that this tab last saw."""
    if key not in st.session_state or recall(f"limit:{key}") != limit:
        st.session_state[key] = limit
    remember(f"limit:{key}", limit)
