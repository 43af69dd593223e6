"""The private editor: a new clause, or the clause that is open. Only its writer sees it until they hand it over."""

import streamlit as st

from components.ace_field import clause_field
from components.clause_choices import forget_tag, named, section_choice, settle_section, tag_choice
from components.clause_panel import opened_panel
from components.clause_place import id_for, may_edit, opened_clause
from components.clause_unsent import draw_unsent_changes
from components.draft_field import clear_draft
from components.frame import Page
from components.outcome import part
from lib.domain.people import Role
from lib.policy.acts import AddClause
from lib.services.drafting import LivePolicy, change_policy

NEW = "clause:new"
WHO_SEES_NEW = "Only you see this until you add it. Then everyone sees it, with your name."
PLACEHOLDER = "Before answering a legal question, ask which country the person lives in."


@part
def clause_editor(page: Page) -> None:
    """The editor of this tab, drawn apart from the live policy so that nobody's act disturbs it.

    An organizer, who only reads, gets what they open, such as a clause's history.
    """
    if page.role is not Role.ORGANIZER and not may_edit(page, page.place):
        st.info(
            "The facilitator has locked the policy. Go on writing if you like: it stays your private draft, "
            "and you can add it when editing is open again.",
            icon=":material/lock:",
        )
    if page.role is not Role.ORGANIZER:
        draw_unsent_changes(page)
    if opened_clause(page):
        opened_panel(page)
    elif page.role is not Role.ORGANIZER:
        _new_clause(page)


def _new_clause(page: Page) -> None:
    policy = page.read(LivePolicy, "read_policy").policy
    with st.container(key="new_clause"):
        # Above the editor, so that whoever reads in order meets them before the button that they belong to.
        with st.container(key="new_clause_choices"):
            section = section_choice(page, NEW, policy)
            tag = tag_choice(page, NEW)
        handed = clause_field(
            page,
            label="Your clause",
            field=NEW,
            actions=(("add", "Add to policy"),),
            who_sees=WHO_SEES_NEW,
            placeholder=PLACEHOLDER,
        )
        told = st.container()
    if handed:
        with told, page.feedback("Added to the policy."):
            change = AddClause(id_for(handed), handed.text, tag, named(section))
            change_policy(page.store, page.credential, change, handed.request_id)
            clear_draft(page, NEW)
            settle_section(page, NEW, change.section)
            forget_tag(page, NEW)
