"""What happened to a clause, and by whom."""

from collections.abc import Sequence

import streamlit as st

from components.policy_view import tag_words
from components.texts import escape
from components.version_words import draw_spans, when
from lib.domain.policy import ClauseEvent, ClauseEventKind
from lib.policy.compare import word_spans

WORDS = {
    ClauseEventKind.ADDED: "added it",
    ClauseEventKind.EDITED: "reworded it",
    ClauseEventKind.MOVED: "moved it",
    ClauseEventKind.TAGGED: "tagged it",
    ClauseEventKind.WITHDRAWN: "withdrew it",
    ClauseEventKind.RESTORED: "restored it",
}


def draw_history(events: Sequence[ClauseEvent]) -> None:
    """The clause's events, newest first, each rewording with what changed in it."""
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"{who_did(event)} · {when(event.at)}{_detail(event)}")
            if event.kind in (ClauseEventKind.EDITED, ClauseEventKind.RESTORED) and place:
                draw_spans(word_spans(events[place - 1].wording, event.wording))
            elif event.kind is ClauseEventKind.ADDED:
                draw_spans(word_spans(event.wording, event.wording))


def who_did(event: ClauseEvent) -> str:
    """Who did it, all of them; both names where somebody accepted what another one suggested."""
    if event.suggested_by is not None:
        return f"**{escape(event.suggested_by)}**’s suggestion, accepted by **{escape(event.by)}**"
    names = [f"**{escape(name)}**" for name in (event.by, *event.also_by)]
    who = " and ".join([", ".join(names[:-1]), names[-1]]) if event.also_by else names[0]
    return f"{who} {WORDS[event.kind]}"


def _detail(event: ClauseEvent) -> str:
    if event.kind is ClauseEventKind.MOVED:
        return f" · in {escape(event.section)}" if event.section else " · before the first section"
    if event.kind is ClauseEventKind.TAGGED:
        return f" · {escape(tag_words(event.tag) or 'tag taken off')}"
    return ""
