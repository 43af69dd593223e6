"""The clause that is open: reword and tag it, move it to a section, read its history. Or rename a section."""

from uuid import uuid4

import streamlit as st

from components.beside_clause import beside_clause
from components.clause_choices import forget_section, named, section_choice
from components.clause_history import draw_history
from components.clause_place import OpenedClause, close_clause, field_of, opened_clause, section_field
from components.clause_rewording import reword_clause
from components.clause_scroll import bring_into_view
from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.hiding import offer_hiding
from components.lead_acts import draw_lead_acts
from components.letting_go import asks_to_discard
from components.note_view import draw_notes_about
from components.outcome import shown
from components.policy_view import clause_label
from components.pulse import live_fragment
from components.texts import escape
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.policy import Clause, Policy
from lib.domain.workshop import Topic
from lib.policy.acts import MoveClause, RenameSection
from lib.policy.change import MAX_SECTION_CHARS
from lib.services.drafting import LivePolicy, change_policy, read_clause_history
from lib.services.leading import hide_clause

WORDING_PX = 96
TITLES = {"edit": "Edit", "tag": "Edit", "section": "Move", "history": "History of", "beside": "About"}


def opened_panel(page: Page) -> None:
    """What is open instead of the editor for new clauses, and the way back to it."""
    opened = opened_clause(page)
    if opened is None:
        return
    policy = page.read(LivePolicy, "read_policy").policy
    bring_into_view(key="panel_in_view", panel="clause_panel", nonce=page.here.get("panel_opened") or "")
    with st.container(key="clause_panel"):
        if opened.mode == "rename":
            _rename_section(page, opened.section)
        else:
            _clause(page, policy, opened)
    back = "Close" if page.role is Role.ORGANIZER else "Back to my new clause"
    if st.button(back, key="close_panel", icon=":material/arrow_back:"):
        close_clause(page)
        st.rerun()


def _clause(page: Page, policy: Policy, opened: OpenedClause) -> None:
    known = (*policy.clauses, *policy.withdrawn)
    clause = next((one for one in known if one.clause_id == opened.clause_id), None)
    if clause is None:
        st.warning("This clause is not in the policy any more.", icon=":material/search_off:")
        return
    st.subheader(f"{TITLES[opened.mode]} {clause_label(clause)}", anchor=False)
    if opened.mode == "beside":
        # Of one height, however others reword it: below it somebody writes.
        with st.container(height=WORDING_PX, key="beside_wording"):
            _present_wording(page, clause.clause_id)
        beside_clause(page, policy, clause)
        return
    if opened.mode in ("edit", "tag"):
        reword_clause(page, clause)
    elif opened.mode == "section":
        _move_clause(page, policy, clause)
    else:
        st.markdown(escape(clause.wording))
        if clause.is_withdrawn and page.role is Role.FACILITATOR:
            offer_hiding(page, hide_clause, clause.clause_id, clause.is_hidden)
        with shown():
            draw_history(read_clause_history(page.store, page.credential, clause.clause_id))
    # Below the fields: what is decided meanwhile moves nobody's text.
    draw_lead_acts(page, ThingKind.CLAUSE, clause.clause_id, clause_label(clause))
    draw_notes_about(page, ThingKind.CLAUSE.value, clause.clause_id)


@live_fragment(Topic.POLICY)
def _present_wording(page: Page, clause_id: str) -> None:
    """What the clause says now."""
    policy = page.read(LivePolicy, "read_policy").policy
    for clause in (*policy.clauses, *policy.withdrawn):
        if clause.clause_id == clause_id:
            st.markdown(escape(clause.wording))


def _move_clause(page: Page, policy: Policy, clause: Clause) -> None:
    st.markdown(escape(clause.wording))
    field = field_of(clause.clause_id)
    section = section_choice(page, field, policy, clause.section, "Section it belongs to")
    if st.button("Move there", key="move_there", type="primary"):
        if section == clause.section:
            st.warning("It belongs to this section already: choose another one first.", icon=":material/info:")
            return
        with page.feedback("Moved."):
            change = MoveClause(clause.clause_id, named(section))
            change_policy(page.store, page.credential, change, str(uuid4()))
            forget_section(page, field)
            close_clause(page)


def _rename_section(page: Page, section: str) -> None:
    st.subheader("Rename a section", anchor=False)
    field = section_field(section)
    handed = draft_field(
        page,
        label=f"New name of “{section}”",
        field=field,
        actions=(("rename", "Rename for everyone"), ("discard", "Discard my change")),
        who_sees="Only you see this until you rename the section.",
        initial=section,
        single_line=True,
        max_chars=MAX_SECTION_CHARS,
        tells_leaving=True,
        asks=asks_to_discard("change"),
    )
    if handed and handed.action == "discard":
        clear_draft(page, field)
        close_clause(page)
        st.rerun()
    if handed:
        with page.feedback("Renamed."):
            change_policy(page.store, page.credential, RenameSection(section, handed.text), handed.request_id)
            clear_draft(page, field)
            close_clause(page)
