"""Write clauses, and edit the policy together."""

import streamlit as st

from components.clause_editor import clause_editor
from components.clause_list import live_policy
from components.frame import EVERYONE, open_page
from components.palette import option_text
from components.version_view import publish_box, versions_view
from lib.domain.people import Role
from lib.services.drafting import LivePolicy

POLICY, VERSIONS = "Policy now", "Versions"

page = open_page("draft", allow=EVERYONE, reads=("read_policy", "read_drafts"))
live = page.read(LivePolicy, "read_policy")

if page.role is Role.ORGANIZER or page.is_narrow:
    clause_editor(page)
    right = st.container()
else:
    left, right = st.columns([5, 7], gap="large")
    with left:
        clause_editor(page)

with right:
    view = st.segmented_control(
        "What to show",
        (POLICY, VERSIONS),
        format_func=option_text,
        default=POLICY,
        required=True,
        key="draft_view",
        label_visibility="collapsed",
    )
    if view == VERSIONS:
        versions_view(page, live)
    else:
        publish_box(page, live)
        live_policy(page)
