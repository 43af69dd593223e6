"""Files to take away. Each is made when it is asked for, as its asker may see it then."""

from collections.abc import Sequence

import streamlit as st

from components.file_links import Offer, file_links
from components.frame import Page
from lib.domain.policy import VersionHeader
from lib.services.exporting import DECISIONS_FILE, POLICY_FILE, PROMPT_FILE, VOTES_FILE, WORKSHOP_FILE

LIVE = 0


def draw_downloads(page: Page, versions: Sequence[VersionHeader]) -> None:
    """Policy, system prompt, votes and the whole workshop, with what is not in them."""
    st.subheader("Take it away", anchor=False)
    version = _choose_text(page, versions) or None
    offers = (
        Offer("Policy as Markdown", POLICY_FILE, version),
        Offer("Policy as system prompt", PROMPT_FILE, version),
        Offer("Votes as CSV", VOTES_FILE),
        Offer("Decisions as Markdown", DECISIONS_FILE),
        Offer("Workshop as JSON", WORKSHOP_FILE),
    )
    file_links(page, offers, key="review_files")
    st.markdown(
        "Only revealed rounds are in the files. Others’ private texts, codes, links and tokens never are; in the JSON "
        "a list named `withheld` says what is missing and why."
    )


def _choose_text(page: Page, versions: Sequence[VersionHeader]) -> int:
    names = {LIVE: "The policy as it stands now"} | {v.number or 0: f"Version v{v.number}" for v in versions}
    return int(
        st.selectbox(
            "Policy text", list(names), format_func=lambda n: names[n], key=f"download_text_{page.workshop_id}"
        )
    )
