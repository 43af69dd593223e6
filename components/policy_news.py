"""“What changed since I last looked”: one quiet line at the opening of a page, and the changes by clause and by word.

The line is drawn with the page's opening and stays as it is until the page is opened anew or the reader puts it away:
nothing moves while somebody types.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from components.draft_field import kept_draft
from components.frame import Page
from components.kept_input import keep_text, kept_text
from components.place import recall, remember, take
from components.texts import counted, escape
from components.version_words import draw_change, when
from lib.domain.errors import FolkmootError
from lib.domain.people import Role
from lib.services.drafting import LivePolicy
from lib.services.policy_news import PolicyNews, read_news

SEEN: Final = "seen:policy"
"""The revision up to which somebody has seen the policy, kept among their unsent texts."""
MARKED: Final = "policy_news_marked"


@dataclass(frozen=True)
class Line:
    """What the line says as long as the page stands: how much is new, since when, and up to which revision."""

    count: int = 0
    since: str = ""
    revision: int = 0


def news_line(page: Page, live: LivePolicy) -> None:
    """How many clauses others have changed since this person last looked, if any, with the way to see them."""
    take(MARKED)
    line = _at_opening(page, live)
    if not line.count:
        return
    words = f":material/difference: **{counted(line.count, 'clause')}** changed {line.since}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="policy_news"):
        st.markdown(words, width="content")
        if st.button("See what changed", key="see_policy_news", type="tertiary", icon=":material/visibility:"):
            _show(page)
        seen, icon = (page, line.revision), ":material/done_all:"
        st.button("Mark as seen", key="policy_news_seen", type="tertiary", icon=icon, on_click=_mark, args=seen)


def news_view(page: Page) -> None:
    """The changes themselves, among the versions."""
    if page.role is Role.ORGANIZER:
        return
    st.subheader("Since you last looked", anchor=False)
    _draw(page, key="view")


@st.dialog("What changed since you last looked", width="large")
def _show(page: Page) -> None:
    if take(MARKED):
        st.rerun()  # closes it
    _draw(page, key="dialog")


def _draw(page: Page, key: str) -> None:
    try:
        news = read_news(page.app.reader, page.credential, _seen(page))
    except FolkmootError as error:
        st.warning(escape(str(error)), icon=":material/cloud_off:")
        return
    since = _since(page, news)
    if not news.changes:
        st.markdown(f"Nobody else has changed the policy {since}.")
        return
    count = counted(len(news.changes), "clause")
    st.markdown(f"{count} changed {since}. What only you changed is not among them.")
    for one in news.changes:
        draw_change(one.change, f"by {', '.join(escape(name) for name in one.by)}, {when(one.at)}")
    seen = (page, news.revision)
    st.button("Mark as seen", key=f"policy_seen_{key}", icon=":material/done_all:", on_click=_mark, args=seen)


def _mark(page: Page, revision: int) -> None:
    """From now on only what comes later is new."""
    keep_text(page, SEEN, str(revision))
    remember(_key(page), Line())
    remember(MARKED, True)


def _at_opening(page: Page, live: LivePolicy) -> Line:
    known: Line | None = recall(_key(page))
    if known is None:
        remember(_key(page), known := _line(page, live))
    return known


def _line(page: Page, live: LivePolicy) -> Line:
    seen = _seen(page)
    if page.role is Role.ORGANIZER or (seen is not None and seen >= live.policy.revision):
        return Line()
    try:
        news = read_news(page.app.reader, page.credential, seen)
    except FolkmootError:
        return Line()
    return Line(len(news.changes), _since(page, news), news.revision)


def _seen(page: Page) -> int | None:
    text = kept_text(page, SEEN)
    return int(text) if text.isascii() and text.isdigit() else None


def _since(page: Page, news: PolicyNews) -> str:
    now = datetime.now(UTC)
    if _seen(page) is None:
        return f"since you joined, {ago_words((now - news.joined_at).total_seconds())}"
    return f"since you last looked, {ago_words(now.timestamp() - kept_draft(page, SEEN).seq / 1000)}"


def ago_words(seconds: float) -> str:
    """How long ago something was, roughly.

    >>> ago_words(20), ago_words(61), ago_words(20 * 60), ago_words(3 * 3600), ago_words(50 * 3600)
    ('just now', '1 minute ago', '20 minutes ago', '3 hours ago', '2 days ago')
    """
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), name)} ago"
    return "just now"


def _key(page: Page) -> str:
    return f"policy_news:{page.workshop_id}:{page.viewer.person_id}:{page.visit}"
