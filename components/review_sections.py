"""The parts of the review, one at a time, so that a page never computes what nobody looks at."""

from collections.abc import Callable

import streamlit as st

from components.frame import Page
from components.palette import option_text
from components.review_coverage import draw_coverage
from components.review_disagreement import draw_disagreement
from components.review_downloads import draw_downloads
from components.review_versions import draw_versions
from components.review_watch import review_texts, watch_review
from lib.services.reviewing import read_results, read_versions

SECTIONS = ("Disagreement", "Coverage", "Versions", "Files")


def draw_review(page: Page) -> None:
    """The chosen part of the review."""
    versions = read_versions(page.read)
    parts: dict[str, Callable[[], None]] = {
        "Disagreement": lambda: draw_disagreement(page, read_results(page.read)),
        "Coverage": lambda: draw_coverage(page, versions),
        "Versions": lambda: draw_versions(page, versions),
        "Files": lambda: draw_downloads(page, versions),
    }
    chosen = st.segmented_control(
        "Look at",
        SECTIONS,
        default=SECTIONS[0],
        format_func=option_text,
        required=True,
        key=f"review_section_{page.workshop_id}",
    )
    section = chosen or SECTIONS[0]
    watch_review(page, section, review_texts(page.read, section), len(read_results(page.read)))
    parts[section]()
