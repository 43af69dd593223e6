"""Says what of the policy somebody has unsaved changes to: after a reload nothing else on the page would show them."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from components.clause_choices import is_tag_changed
from components.clause_place import OpenedClause, field_of, open_clause, opened_clause, section_field
from components.clause_say import comment_field, suggestion_field
from components.frame import Page
from components.known_drafts import latest_drafts
from components.page_views import CLAUSES, show_view
from components.policy_view import clause_label
from components.texts import escape
from lib.domain.ids import ClauseId
from lib.domain.policy import Policy
from lib.policy.document import Document
from lib.policy.parse import parse
from lib.services.drafting import LivePolicy
from lib.services.drafts import NO_DRAFT, Draft

NO_CLAUSE = ClauseId("")


@dataclass(frozen=True)
class Unsent:
    """One thing of the policy that somebody began to change: what it is called, and what opens its editor."""

    label: str
    mode: str
    clause_id: ClauseId = NO_CLAUSE
    section: str = ""


def draw_unsent_changes(page: Page) -> None:
    """A line that names them, each with a button that opens its editor; nothing if there are none."""
    opened = opened_clause(page)
    changed = [
        one
        for one in unsent_changes(page.read(LivePolicy, "read_policy").policy, latest_drafts(page))
        if not (opened and _is_open(one, opened))
    ]
    if not changed:
        return
    with st.container(border=True, key="unsent_changes", gap="small"):
        st.markdown(unsent_words([one.label for one in changed]))
        with st.container(horizontal=True, gap="small"):
            for one in changed:
                key = f"unsent_{'beside_' if one.mode == 'beside' else ''}{one.clause_id or one.section}"
                if st.button(f"Go on with {escape(one.label)}", key=key, icon=":material/edit:"):
                    open_clause(page, one.mode, one.clause_id, one.section)
                    show_view(page, "draft", CLAUSES)
                    st.rerun()


def unsent_changes(policy: Policy, drafts: Mapping[str, Draft]) -> list[Unsent]:
    """Clauses, withdrawn ones too, whose wording or tag a person's unsent texts say otherwise, and sections' names."""
    clauses = [
        Unsent(clause_label(clause), "edit", clause.clause_id)
        for clause in (*policy.clauses, *policy.withdrawn)
        if drafts.get(field_of(clause.clause_id), NO_DRAFT).text not in ("", clause.wording)
        or is_tag_changed(clause.tag, field_of(clause.clause_id), drafts)
    ]
    said = [
        Unsent(f"{clause_label(clause)} ({what})", "beside", clause.clause_id)
        for clause in (*policy.clauses, *policy.withdrawn)
        if (what := _unsent_beside(clause.clause_id, drafts))
    ]
    has_names = any(name.startswith(section_field("")) and draft.text for name, draft in drafts.items())
    sections = [
        Unsent(f"“{section}”", "rename", section=section)
        for section in (Document(parse(policy.text)).sections if has_names else ())
        if drafts.get(section_field(section), NO_DRAFT).text not in ("", section)
    ]
    return [*clauses, *said, *sections]


def _unsent_beside(clause_id: ClauseId, drafts: Mapping[str, Draft]) -> str:
    """What of a person's words beside a clause is unsent, such as "comment"; "" if nothing."""
    kinds = {"comment": comment_field(clause_id), "suggestion": suggestion_field(clause_id)}
    return " and ".join(what for what, field in kinds.items() if drafts.get(field, NO_DRAFT).text)


def _is_open(one: Unsent, opened: OpenedClause) -> bool:
    if one.mode == "rename":
        return opened.mode == "rename" and opened.section == one.section
    modes = ("beside",) if one.mode == "beside" else ("edit", "tag")
    return opened.mode in modes and opened.clause_id == one.clause_id


def unsent_words(labels: list[str]) -> str:
    """The line for some of them, as people wrote their names.

    >>> print(unsent_words(["C3"]))
    You have an unsaved change to **C3**. Only you see it.
    >>> print(unsent_words(["C3", "C5", "C7"]))
    You have unsaved changes to **C3**, **C5** and **C7**. Only you see them.
    """
    names = [f"**{escape(label)}**" for label in labels]
    if len(names) == 1:
        return f"You have an unsaved change to {names[0]}. Only you see it."
    return f"You have unsaved changes to {', '.join(names[:-1])} and {names[-1]}. Only you see them."
