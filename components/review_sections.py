"""The parts of the review, one at a time, so that a page never computes what nobody looks at."""

from collections.abc import Callable

import streamlit as st

from components.brought import SECTION
from components.decision_list import draw_decisions
from components.dissenting import OPEN as DISSENT_FROM
from components.frame import Page
from components.note_words import SECTION as DECISIONS
from components.palette import option_text
from components.part_news import watch_part
from components.review_coverage import draw_coverage
from components.review_disagreement import draw_disagreement
from components.review_downloads import draw_downloads
from components.review_versions import draw_versions
from components.review_watch import review_texts, watch_review
from components.spotlight import draw_spotlight
from lib.services.reviewing import read_results, read_versions

SECTIONS = ("Disagreement", DECISIONS, "Coverage", "Versions", "Files")


def draw_review(page: Page) -> None:
    """The chosen part of the review."""
    asked = st.query_params.get("section")  # a link to this page may name the part
    initial = asked if asked in SECTIONS else SECTIONS[0]
    key = f"review_section_{page.workshop_id}" + (f"_{asked}" if asked in SECTIONS else "")
    # Above a dissent that somebody is writing nothing comes and goes.
    is_dissenting = st.session_state.get(key, initial) == DECISIONS and page.here.get(DISSENT_FROM) is not None
    if not is_dissenting:
        draw_spotlight(page)
    versions = read_versions(page.read)
    parts: dict[str, Callable[[], None]] = {
        "Disagreement": lambda: draw_disagreement(page, read_results(page.read)),
        DECISIONS: lambda: draw_decisions(page),
        "Coverage": lambda: draw_coverage(page, versions),
        "Versions": lambda: draw_versions(page, versions),
        "Files": lambda: draw_downloads(page, versions),
    }
    section = (
        st.segmented_control("Look at", SECTIONS, default=initial, format_func=option_text, required=True, key=key)
        or initial
    )
    page.here.put(SECTION, section)
    watch_review(page, section, review_texts(page.read, section), len(read_results(page.read)))
    watch_part(page, section)
    parts[section]()
    if is_dissenting:
        draw_spotlight(page)
