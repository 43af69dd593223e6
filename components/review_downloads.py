"""Files to take away. Each is made when it is asked for, as its asker may see it then."""

from collections.abc import Callable, Sequence

import streamlit as st

from components.frame import Page
from lib.domain.policy import VersionHeader
from lib.services import exporting

LIVE = 0


def draw_downloads(page: Page, versions: Sequence[VersionHeader]) -> None:
    """Policy, system prompt, votes and the whole workshop, with what is not in them."""
    st.subheader("Take it away", anchor=False)
    number = _choose_text(page, versions) or None
    name = f"v{number}" if number else "now"
    store, credential = page.store, page.credential
    with st.container(horizontal=True):
        _offer(
            "Policy as Markdown",
            lambda: exporting.policy_markdown(store, credential, number),
            f"policy_{name}.md",
            "text/markdown",
        )
        _offer(
            "Policy as system prompt",
            lambda: exporting.policy_as_prompt(store, credential, number),
            f"system_prompt_{name}.txt",
            "text/plain",
        )
        _offer("Votes as CSV", lambda: exporting.votes_table(store, credential), exporting.VOTES_FILE, "text/csv")
        _offer(
            "Workshop as JSON",
            lambda: exporting.workshop_as_json(store, credential),
            exporting.WORKSHOP_FILE,
            "application/json",
        )
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


def _offer(label: str, make: Callable[[], str], file_name: str, mime: str) -> None:
    def as_bytes() -> bytes:
        return make().encode("utf-8")

    st.download_button(
        label,
        as_bytes,
        file_name=file_name,
        mime=mime,
        key=f"download_{file_name.partition('.')[0]}",
        on_click="ignore",
        icon=":material/download:",
    )
