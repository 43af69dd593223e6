"""Which model answers, on whose key, and how much it may be asked."""

import re
from contextlib import suppress
from typing import Final

import streamlit as st

from components.frame import Page
from components.kept_input import begun_with, forget_input, kept_input
from components.model_offers import REFUSED, draw_offers, use
from components.outcome import part
from components.place import recall, remember, take
from components.pulse import live_fragment
from components.texts import counted, escape
from lib.domain.errors import FolkmootError, ModelUnavailable, ValidationFailed
from lib.domain.workshop import Place, Topic
from lib.llm.catalogue import KeySource
from lib.services import choosing_model, leading, testing

MODEL, ADDRESS = "console:model", "console:model_address"
CALLS, COST = "console:max_calls", "console:max_cost"
MAX_NUMBER_CHARS: Final = 20
COUNT: Final = re.compile(r"[0-9]{1,12}")
AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{0,6})?|\.[0-9]{1,6}")
WHO_SEES_LIMIT: Final = "Only you see it until you set the limits."
KEY_WORDS = {
    KeySource.NONE: "It needs no key.",
    KeySource.OPERATOR: "The operator of this server pays for its calls.",
    KeySource.FACILITATOR: "Your key pays for its calls. It is kept in this server's memory only, until it restarts.",
    KeySource.NOT_GIVEN: "It is asked without a key: this server has none for it. If you gave one before this server "
    "restarted, enter it once more below.",
    KeySource.MISSING: "It needs a key, and this server does not have it (any more): enter it once more below.",
}


def draw(page: Page) -> None:
    """The model of the next runs, others to choose from, and the caps."""
    _draw_current(page)
    _draw_offers(page)
    _draw_own(page)
    _draw_caps(page)
    # Below the fields: it grows by what others run, and must move nobody's field.
    _draw_used(page)


@live_fragment()
def _draw_current(page: Page) -> None:
    """What answers now, whoever chose it: another model is news for every live part."""
    try:
        model = page.read(Place, "read_place").workshop.model
    except FolkmootError:
        return  # The live strip says what is the matter.
    offer = page.app.engine.catalogue.describe(page.workshop_id, model)
    st.markdown(f"**{escape(offer.label)}** answers now. {escape(offer.reader)} {KEY_WORDS[offer.key_source]}")
    if model is not None and st.button("Back to the server's default model", key="default_model"):
        with page.feedback("The next runs use the server's default model."):
            choosing_model.use_default(page.store, page.credential)
            take(REFUSED)


@live_fragment()
def _draw_offers(page: Page) -> None:
    """Other models than the one that answers now, whoever chose that."""
    try:
        model = page.read(Place, "read_place").workshop.model
    except FolkmootError:
        return  # The live strip says what is the matter.
    draw_offers(page.app, page.credential, model)


@part
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
    tried = (page.workshop_id, model, address)
    if pressed:
        take(REFUSED)
        error = use(page.app, page.credential, model=model, api_base=address or None, key=key)
        if isinstance(error, ValidationFailed | ModelUnavailable):
            remember(REFUSED, (tried, str(error)))  # its words alone: the error itself holds the key
    elif (refused := recall(REFUSED)) and refused[0] == tried:
        st.error(
            escape(refused[1]), icon=":material/error:"
        )  # however often this is drawn, until something else is tried


@part
def _draw_caps(page: Page) -> None:
    """The limits as they are now; one that another set while somebody typed the same goes only once it was seen."""
    shop = page.workshop
    with suppress(FolkmootError):  # the field stays; the live strip says what is the matter
        shop = page.read(Place, "read_place").workshop
    present = (str(shop.max_calls), amount(shop.max_cost_usd))
    st.subheader("Limits of this workshop", anchor=False)
    calls = kept_input(
        page,
        "Most model calls",
        field=CALLS,
        value=present[0],
        max_chars=MAX_NUMBER_CHARS,
        who_sees=WHO_SEES_LIMIT,
        input_mode="numeric",
    )
    cost = kept_input(
        page,
        "Most known cost in US dollars",
        field=COST,
        value=present[1],
        max_chars=MAX_NUMBER_CHARS,
        who_sees=WHO_SEES_LIMIT,
        input_mode="decimal",
    )
    others = []
    if begun_with(page, CALLS, present[0], calls) != present[0]:
        others.append(counted(shop.max_calls, "model call"))
    if begun_with(page, COST, present[1], cost) != present[1]:
        others.append(f"\\${present[1]} known cost")
    if others:
        st.caption(f"Somebody else set it while you typed: the limit is {' and '.join(others)} now.")
    # The key is for the limits that its presser saw: nobody overwrites another one unseen.
    if st.button("Set mine instead" if others else "Set the limits", key="_".join(["set_limits", *others])):
        with page.feedback("The limits are set. Runs that had to wait go on by themselves."):
            _set_caps(page, read_limits(calls, cost), read_limits(*present))
            testing.resume_runs_that_waited(page.store, page.app.engine, page.credential)
            forget_input(page, CALLS)
            forget_input(page, COST)
    st.caption("A limit holds as soon as it is set, for the runs that come.")


@live_fragment(Topic.TEST)
def _draw_used(page: Page) -> None:
    try:
        shop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return  # The live strip says what is the matter.
    unknown = ""
    if shop.calls_of_unknown_cost:
        unknown = f", and {counted(shop.calls_of_unknown_cost, 'call')} of unknown cost, which the limit cannot see"
    st.markdown(
        f"Used so far: **{shop.calls_used:,} of {shop.max_calls:,}** model calls, "
        f"**\\${shop.cost_used_usd:.2f} of \\${shop.max_cost_usd:.2f}** known cost{unknown}."
    )


def _set_caps(page: Page, limits: tuple[int, float], present: tuple[int, float]) -> None:
    """Set what this person would have otherwise; another limit may have been changed by others meanwhile."""
    calls = limits[0] if limits[0] != present[0] else None
    cost = limits[1] if limits[1] != present[1] else None
    leading.set_caps(page.store, page.credential, max_calls=calls, max_cost_usd=cost)


def amount(dollars: float) -> str:
    """An amount as it is written in the field, without a digit lost.

    >>> amount(2.5), amount(0.125)
    ('2.50', '0.125000')
    """
    cents = f"{dollars:.2f}"
    return cents if float(cents) == dollars else f"{dollars:.6f}"


def read_limits(calls: str, cost: str) -> tuple[int, float]:
    """Two limits as somebody wrote them. Raises ValidationFailed with everything that is no number.

    >>> read_limits(" 1,500", "$2.50")
    (1500, 2.5)
    """
    written_calls, written_cost = calls.replace(",", "").replace(" ", ""), cost.strip().removeprefix("$").strip()
    problems = []
    if not COUNT.fullmatch(written_calls):
        problems.append(f"“{calls}” is no number of model calls. Write a whole number, such as 500.")
    if not AMOUNT.fullmatch(written_cost):
        problems.append(f"“{cost}” is no amount in US dollars. Write digits with a point, such as 2.50.")
    if problems:
        raise ValidationFailed(*problems)
    return int(written_calls), float(written_cost)
