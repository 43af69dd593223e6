"""Write clauses, and edit the policy together."""

import streamlit as st

from components.clause_editor import clause_editor
from components.clause_evidence import open_linked_clause
from components.clause_list import bring_to_clause, live_policy
from components.frame import EVERYONE, open_page
from components.header import draw_name
from components.page_views import CLAUSES, TOGETHER, choose_view
from components.policy_news import news_line
from components.shared_document import write_together
from components.version_view import publish_box, versions_view
from lib.domain.people import Role
from lib.services.drafting import LivePolicy

READS = ("read_policy", "read_drafts", "read_notes", "read_beside", "read_scenarios")
page = open_page("draft", allow=EVERYONE, reads=READS, is_named=False)
open_linked_clause(page)
live = page.read(LivePolicy, "read_policy")
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    draw_name(page)
    view = choose_view(page)
news_line(page, live)

if view == TOGETHER:
    write_together(page)
elif page.role is Role.ORGANIZER or page.is_narrow:
    clause_editor(page)
    beside = st.container()
else:
    left, beside = st.columns([5, 7], gap="large")
    with left:
        clause_editor(page)

if view != TOGETHER:
    with beside:
        if view == CLAUSES:
            publish_box(page, live)
            live_policy(page)
            bring_to_clause(page)
        else:
            versions_view(page, live)
