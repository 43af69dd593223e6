"""Word of a version that somebody restored a moment ago: whoever was writing sees other words than they wrote."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.page_views import VERSIONS, show_view
from components.texts import escape, quoted
from lib.domain.policy import VersionHeader
from lib.domain.workshop import Place
from lib.services.drafting import LivePolicy

if TYPE_CHECKING:
    from components.frame import Page

TOLD: Final = "restored_told"
"""Under this name a tab remembers the newest version of which nothing is to be told: as it was opened, or told of."""
NEWS_FOR: Final = timedelta(minutes=10)


def restored_by_others(page: "Page", place: Place) -> VersionHeader | None:
    """The newest version that somebody else made of an earlier one while this tab was open, a moment ago.

    Only on Draft, which reads the versions anyway.

    Raises:
        FolkmootError: the policy cannot be read.
    """
    newest = place.latest_version_number or 0
    told = page.here.get(TOLD)
    if told is None:
        page.here.put(TOLD, str(newest))
    if page.name != "draft" or newest <= int(told or newest):
        return None
    since = page.app.clock() - NEWS_FOR
    for version in page.read(LivePolicy, "read_policy").versions:
        is_news = (version.number or 0) > int(told or newest) and version.published_at > since
        if is_news and version.is_restored and version.published_by != page.viewer.name:
            return version
    return None


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
    if version is None:
        return False
    put_away = (TOLD, str(version.number))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="restored_news"):
        st.markdown(f":material/history: {restored_words(version)}", width="content")
        if st.button("See the versions", key="see_restored", icon=":material/arrow_forward:"):
            page.here.put(*put_away)
            show_view(page, "draft", VERSIONS)
            st.rerun(scope="app")
        key = f"close_restored_{version.version_id}"
        st.button("Close", key=key, type="tertiary", on_click=page.here.put, args=put_away)
    return True
