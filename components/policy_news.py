"""“What changed since I last looked”: one quiet line at the opening of a page, and the changes by clause and by word.

Whether the line stands is settled as the page is opened, until that is opened anew or the reader puts the line away,
and no age makes it longer: nothing moves while somebody types. It counts what its reader finds behind it.
"""

from contextlib import suppress
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


def news_line(page: Page, live: LivePolicy) -> None:
    """How many clauses others have changed since this person last looked, if any had as the page was opened."""
    take(MARKED)
    news = _news_of_line(page, live)
    if news is None:
        return
    count = counted(len(news.changes), "clause") if news.changes else "No clause"
    words = f":material/difference: **{count}** changed {_since(page)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="policy_news"):
        st.markdown(words, width="content")
        if st.button("See what changed", key="see_policy_news", type="tertiary", icon=":material/visibility:"):
            _show(page, news)
        seen, icon = (page, news.revision), ":material/done_all:"
        st.button("Mark as seen", key="policy_news_seen", type="tertiary", icon=icon, on_click=_mark, args=seen)


def news_view(page: Page) -> None:
    """The changes themselves, among the versions."""
    if page.role is Role.ORGANIZER:
        return
    st.subheader("Since you last looked", anchor=False)
    try:
        news = read_news(page.app.reader, page.credential, _seen(page))
    except FolkmootError as error:
        st.warning(escape(str(error)), icon=":material/cloud_off:")
        return
    _draw(page, news, key="view")


@st.dialog("What changed since you last looked", width="large")
def _show(page: Page, news: PolicyNews) -> None:
    if take(MARKED):
        st.rerun()  # closes it
    _draw(page, news, key="dialog")


def _draw(page: Page, news: PolicyNews, key: str) -> None:
    since = f"{_since(page)}, {_ago(page, news)}"
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
    remember(_key(page), (False, None))
    remember(MARKED, True)


def _news_of_line(page: Page, live: LivePolicy) -> PolicyNews | None:
    """What is new by now, or was when it could last be read; None where no line stands."""
    news: PolicyNews | None
    is_opening, news = recall(_key(page), (True, None))
    if news is not None or (is_opening and _may_be_news(page, live)):
        with suppress(FolkmootError):
            read = read_news(page.app.reader, page.credential, _seen(page))
            news = read if news is not None or read.changes else None
    remember(_key(page), (False, news))
    return news


def _may_be_news(page: Page, live: LivePolicy) -> bool:
    seen = _seen(page)
    return page.role is not Role.ORGANIZER and (seen is None or seen < live.policy.revision)


def _seen(page: Page) -> int | None:
    text = kept_text(page, SEEN)
    return int(text) if text.isascii() and text.isdigit() else None


def _since(page: Page) -> str:
    return "since you joined" if _seen(page) is None else "since you last looked"


def _ago(page: Page, news: PolicyNews) -> str:
    now = datetime.now(UTC)
    if _seen(page) is None:
        return ago_words((now - news.joined_at).total_seconds())
    return ago_words(now.timestamp() - kept_draft(page, SEEN).seq / 1000)


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
