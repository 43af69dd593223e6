"""Words that were removed and added, told apart by sign and colour, and other words about versions."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from components.texts import escape
from lib.policy.compare import Span, SpanKind


def spans_markdown(spans: Sequence[Span]) -> str:
    """A wording with removed words struck through and added words in bold, as Markdown that shows texts as written."""
    return "".join(_span(span) for span in spans)


def draw_spans(spans: Sequence[Span]) -> None:
    """Draw a wording with what changed in it."""
    st.markdown(spans_markdown(spans) or "(no words)")


def when(at: datetime) -> str:
    """A time in the viewer's zone, such as 2 March, 14:05."""
    offset = st.context.timezone_offset
    local = at.astimezone(UTC).timestamp() - (offset or 0) * 60
    zone = "" if offset is not None else " UTC"
    shown = datetime.fromtimestamp(local, UTC)
    return f"{shown.day} {shown:%B, %H:%M}{zone}"


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
