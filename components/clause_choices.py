"""When a clause applies and where it stands: two choices that outlive a reload like the wording beside them."""

import json
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.kept_input import keep_text, kept_text
from components.palette import option_text
from components.place import recall, remember
from lib.domain.policy import NO_TAG, Policy, Tag
from lib.policy.document import Document
from lib.policy.parse import parse
from lib.policy.tags import MAX_WHEN_CHARS

NOT_SAID, ALWAYS, WHEN = "Not said", "Always", "Only when…"
NO_SECTION: Final = "(before the first section)"


def tag_choice(page: Page, field: str, start: Tag = NO_TAG) -> Tag:
    """The tag that is chosen beside a wording."""
    kept = _kept(page, f"{field}:tag")
    first = kept.get("kind") or (ALWAYS if start.always else WHEN if start.when else NOT_SAID)
    kind = st.segmented_control(
        "When does it apply?",
        (NOT_SAID, ALWAYS, WHEN),
        format_func=option_text,
        default=first if first in (NOT_SAID, ALWAYS, WHEN) else NOT_SAID,
        required=True,
        key=_key(page, field, "kind"),
        help="Helps the group, and later the model, to see which clauses concern which situation.",
    )
    when = ""
    if kind == WHEN:
        when = st.text_input(
            "Only when… (everyone sees it with the clause)",
            value=str(kept.get("when") or start.when or ""),
            max_chars=MAX_WHEN_CHARS,
            placeholder="somebody asks about recording a conversation",
            key=_key(page, field, "when"),
            live=True,
        )
    chosen = Tag(always=kind == ALWAYS, when=when or None)
    # What was left alone is not kept, or it would undo what others choose later.
    _keep(page, f"{field}:tag", {} if chosen == start and kind != WHEN else {"kind": kind, "when": when})
    return chosen


def section_choice(page: Page, field: str, policy: Policy, start: str = "", label: str = "Section it goes to") -> str:
    """The section that is chosen beside a wording; a name that is not there yet makes a new section."""
    sections = list(Document(parse(policy.text)).sections)
    kept = str(_kept(page, f"{field}:section").get("name", start or (sections[-1] if sections else "")))
    options = list(dict.fromkeys([*(sections or [""]), kept]))
    chosen = st.selectbox(
        label,
        options,
        index=options.index(kept),
        format_func=lambda name: name or NO_SECTION,
        accept_new_options=True,
        key=_key(page, field, "section"),
        help="Choose a section, or type a new name to begin one.",
    )
    name = "" if chosen in (None, NO_SECTION) else str(chosen)
    _keep(page, f"{field}:section", {"name": name})
    return name


def forget_tag(page: Page, field: str) -> None:
    """Begin again with the tag that the clause has."""
    _keep(page, f"{field}:tag", {})
    remember(f"choices_made:{page.workshop_id}:{field}", _times(page, field) + 1)


def _key(page: Page, field: str, name: str) -> str:
    return f"choice:{page.workshop_id}:{field}:{name}:{_times(page, field)}"


def _times(page: Page, field: str) -> int:
    """How often the choice was begun again: the browser keeps a widget's value for as long as its key is the same."""
    return int(recall(f"choices_made:{page.workshop_id}:{field}", 0))


def _kept(page: Page, field: str) -> dict[str, Any]:
    try:
        value = json.loads(kept_text(page, field) or "{}")
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


def _keep(page: Page, field: str, value: dict[str, Any]) -> None:
    keep_text(page, field, json.dumps(value) if value else "")
