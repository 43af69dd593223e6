"""One thing that is voted on, as it was frozen. A person's words and a model's are told apart in words and in form."""

import streamlit as st

from components.round_words import item_heading
from components.texts import escape
from lib.domain.rounds import Item, ItemKind


def draw_item(item: Item) -> None:
    """The clause, or the scenario with the model's response to it."""
    if item.kind is ItemKind.CLAUSE:
        _draw_clause(item)
        return
    st.markdown(f":material/person: **Scenario {escape(item.scenario_title)}**")
    st.text(item.scenario_text)
    st.markdown(f":material/smart_toy: **{escape(item_heading(item))}**")
    with st.container(border=True):
        st.text(item.text)


def _draw_clause(item: Item) -> None:
    st.markdown(f":material/gavel: **{escape(item_heading(item))}**" + _section(item))
    st.text(item.text)
    if not item.is_current_wording:
        st.badge("Voted on in this wording; the clause has changed since", icon=":material/history:", color="gray")


def _section(item: Item) -> str:
    return f" · section {escape(item.section)}" if item.section else ""
