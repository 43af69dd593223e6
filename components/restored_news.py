"""Word of a version that somebody restored a moment ago: whoever was writing sees other words than they wrote."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.page_views import VERSIONS, show_view
from components.texts import escape, quoted
from lib.domain.policy import VersionHeader
from lib.services.drafting import LivePolicy

if TYPE_CHECKING:
    from components.frame import Page

PUT_AWAY: Final = "restored_put_away"
NEWS_FOR: Final = timedelta(minutes=10)


def restored_by_others(page: "Page") -> VersionHeader | None:
    """The newest version, where somebody else made it of an earlier one a moment ago; on Draft, which reads it anyway.

    Raises:
        FolkmootError: the policy cannot be read.
    """
    if page.name != "draft":
        return None
    versions = page.read(LivePolicy, "read_policy").versions
    if not versions or not versions[0].is_restored or versions[0].published_by == page.viewer.name:
        return None
    return versions[0] if page.app.clock() - versions[0].published_at <= NEWS_FOR else None


def restored_words(version: VersionHeader) -> str:
    """Who restored what, and where the words are that stood there until then.

    >>> from datetime import UTC, datetime
    >>> from lib.domain.ids import VersionId
    >>> made = VersionHeader(VersionId("a"), 3, "v1 restored", "Ana", datetime.now(UTC), 8, True, 2)
    >>> print(restored_words(made))
    Ana restored an earlier version: v3 “v1 restored”. What stood here before is v2.
    """
    words = f"{escape(version.published_by)} restored an earlier version: v{version.number} {quoted(version.note, 80)}."
    if version.kept_before is None:
        return f"{words} What stood here before is in the versions too."
    return f"{words} What stood here before is v{version.kept_before}."


def draw_restored(page: "Page", version: VersionHeader | None) -> bool:
    """The word and the way to the versions, until it is put away; gives whether there is one."""
    if version is None or page.here.get(PUT_AWAY) == version.version_id:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="restored_news"):
        st.markdown(f":material/history: {restored_words(version)}", width="content")
        if st.button("See the versions", key="see_restored", icon=":material/arrow_forward:"):
            page.here.put(PUT_AWAY, version.version_id)
            show_view(page, "draft", VERSIONS)
            st.rerun(scope="app")
        key, put_away = f"close_restored_{version.version_id}", (PUT_AWAY, version.version_id)
        st.button("Close", key=key, type="tertiary", on_click=page.here.put, args=put_away)
    return True
