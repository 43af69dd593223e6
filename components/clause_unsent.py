"""Says which clauses somebody has unsaved changes to: after a reload nothing else on the page would show them."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from components.clause_choices import is_tag_changed
from components.clause_place import field_of, open_clause, opened_clause
from components.frame import Page
from components.policy_view import clause_label
from lib.domain.errors import FolkmootError
from lib.domain.policy import Clause, Policy
from lib.services.drafting import LivePolicy
from lib.services.drafts import NO_DRAFT, Draft, read_drafts


def draw_unsent_changes(page: Page) -> None:
    """A line that names the clauses, each with a button that opens its editor; nothing if there are none."""
    drafts: Mapping[str, Draft] = {}
    with suppress(FolkmootError):  # they are in the browser all the same
        drafts = read_drafts(page.store, page.credential)
    opened = opened_clause(page)
    changed = [
        clause
        for clause in unsent_changes(page.read(LivePolicy, "read_policy").policy, drafts)
        if opened is None or opened.clause_id != clause.clause_id or opened.mode not in ("edit", "tag")
    ]
    if not changed:
        return
    with st.container(border=True, key="unsent_changes", gap="small"):
        st.markdown(unsent_words([clause_label(clause) for clause in changed]))
        with st.container(horizontal=True, gap="small"):
            for clause in changed:
                if st.button(
                    f"Go on with {clause_label(clause)}", key=f"unsent_{clause.clause_id}", icon=":material/edit:"
                ):
                    open_clause(page, "edit", clause.clause_id)
                    st.rerun()


def unsent_changes(policy: Policy, drafts: Mapping[str, Draft]) -> list[Clause]:
    """The clauses, withdrawn ones too, whose wording or tag stands otherwise in a person's unsent texts."""
    return [
        clause
        for clause in (*policy.clauses, *policy.withdrawn)
        if drafts.get(field_of(clause.clause_id), NO_DRAFT).text not in ("", clause.wording)
        or is_tag_changed(clause.tag, field_of(clause.clause_id), drafts)
    ]


def unsent_words(labels: list[str]) -> str:
    """The line for some clauses.

    >>> print(unsent_words(["C3"]))
    You have an unsaved change to **C3**. Only you see it.
    >>> print(unsent_words(["C3", "C5", "C7"]))
    You have unsaved changes to **C3**, **C5** and **C7**. Only you see them.
    """
    names = [f"**{label}**" for label in labels]
    if len(names) == 1:
        return f"You have an unsaved change to {names[0]}. Only you see it."
    return f"You have unsaved changes to {', '.join(names[:-1])} and {names[-1]}. Only you see them."
