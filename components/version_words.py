"""Words that were removed and added, told apart by sign and colour, and other words about versions."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from components.policy_view import tag_words
from components.texts import escape
from lib.policy.compare import ChangeKind, ClauseChange, Span, SpanKind

CHANGE_WORDS = {
    ChangeKind.ADDED: "added",
    ChangeKind.WITHDRAWN: "withdrawn",
    ChangeKind.REWORDED: "reworded",
    ChangeKind.RETAGGED: "tag changed",
    ChangeKind.MOVED: "moved",
}


def spans_markdown(spans: Sequence[Span]) -> str:
    """A wording with removed words struck through and added words in bold, as Markdown that shows texts as written."""
    return "".join(_span(span) for span in spans)


def draw_spans(spans: Sequence[Span]) -> None:
    """Draw a wording with what changed in it."""
    st.markdown(spans_markdown(spans) or "(no words)")


def draw_change(change: ClauseChange, by: str = "") -> None:
    """Draw what happened to a clause, by kind and by word; `by` is who did it, as Markdown."""
    words = ", ".join(CHANGE_WORDS[kind] for kind in change.kinds)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**C{change.clause.number}** {words}{' ' + by if by else ''}")
        draw_spans(change.spans)
        if change.before and change.after and ChangeKind.RETAGGED in change.kinds:
            old, new = (tag_words(clause.tag) or "no tag" for clause in (change.before, change.after))
            st.markdown(f"Tag: {escape(old)} → {escape(new)}")
        if change.before and change.after and change.before.section != change.after.section:
            st.markdown(f"Section: {escape(change.before.section)} → {escape(change.after.section)}")


def when(at: datetime) -> str:
    """A time in the viewer's zone, such as 2 March, 14:05."""
    shown, zone = _local(at)
    return f"{shown.day} {shown:%B, %H:%M}{zone}"


def clock_time(at: datetime) -> str:
    """A time of today in the viewer's zone, such as 14:05."""
    shown, zone = _local(at)
    return f"{shown:%H:%M}{zone}"


def _local(at: datetime) -> tuple[datetime, str]:
    offset = st.context.timezone_offset
    shown = datetime.fromtimestamp(at.astimezone(UTC).timestamp() - (offset or 0) * 60, UTC)
    return shown, "" if offset is not None else " UTC"


def _span(span: Span) -> str:
    lead = span.text[: len(span.text) - len(span.text.lstrip())]
    rest = span.text[len(lead) :]
    tail = rest[len(rest.rstrip()) :]
    words = "  \n".join(escape(line) for line in rest.rstrip().split("\n"))
    if not words.strip():
        return _blank(span.text)
    if span.kind is SpanKind.REMOVED:
        words = f":red-background[~~{words}~~]"
    elif span.kind is SpanKind.ADDED:
        words = f":green-background[**{words}**]"
    return _blank(lead) + words + _blank(tail)


def _blank(text: str) -> str:
    return "  \n" if "\n" in text else " " if text else ""
