"""When a clause applies and where it stands: two choices that outlive a reload like the wording beside them."""

import json
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.kept_choice import chosen_in, kept_radio, put_choice
from components.kept_input import begun_with, forget_input, keep_text, kept_input, kept_text
from components.palette import option_text
from components.place import recall, remember
from components.texts import escape
from lib.domain.errors import ValidationFailed
from lib.domain.policy import NO_TAG, Policy, Tag
from lib.policy.change import MAX_SECTION_CHARS
from lib.policy.document import Document
from lib.policy.parse import parse
from lib.policy.tags import MAX_WHEN_CHARS, split_tag, tag_text
from lib.services.drafts import NO_DRAFT, Draft

NOT_SAID, ALWAYS, WHEN = "Not said", "Always", "Only when…"
KINDS: Final = (NOT_SAID, ALWAYS, WHEN)
NEW_SECTION: Final = "\n"
"""Stands for a section that is not there yet; no section can have this name."""
SECTION_WORDS: Final = {"": "(before the first section)", NEW_SECTION: "A new section…"}


def tag_choice(page: Page, field: str, start: Tag = NO_TAG) -> Tag:
    """The tag that is chosen beside a wording."""
    proposed, now = f"tag_proposed:{page.workshop_id}:{field}", kind_of(start)
    was = recall(proposed)
    if was not in (None, now) and st.session_state.get(_key(page, field, "kind")) == was:
        _begin_again(page, field)  # nobody chose here: what somebody else chose for the clause is shown
    remember(proposed, now)
    first = _kept(page, f"{field}:tag").get("kind")
    kind = st.segmented_control(
        "When does it apply?",
        KINDS,
        format_func=option_text,
        default=first if first in KINDS else kind_of(start),
        required=True,
        key=_key(page, field, "kind"),
        help="Helps the group, and later the model, to see which clauses concern which situation.",
    )
    # What was left alone is not kept, or it would undo what others choose later.
    _keep(page, f"{field}:tag", {} if kind == kind_of(start) else {"kind": kind})
    when = ""
    if kind == WHEN:
        when = kept_input(
            page,
            "Only when…",
            field=f"{field}:when",
            value=start.when or "",
            max_chars=MAX_WHEN_CHARS,
            who_sees="Everyone sees it with the clause.",
            placeholder="somebody asks about recording a conversation",
        )
    return Tag(always=kind == ALWAYS, when=when or None)


def tag_begun_with(page: Page, field: str, now: Tag, chosen: Tag) -> Tag:
    """The tag that this person saw when they began to choose another one; the present one where they chose none."""
    return split_tag(begun_with(page, f"{field}:tag", tag_text(now), tag_text(chosen)))[1]


def is_tag_changed(tag: Tag, field: str, drafts: Mapping[str, Draft]) -> bool:
    """Whether a person's unsent texts hold another tag than the clause has."""
    kept = _choice(drafts.get(f"{field}:tag", NO_DRAFT).text).get("kind")
    kind = kept if kept in KINDS else kind_of(tag)
    when = drafts.get(f"{field}:when", NO_DRAFT).text or tag.when
    return kind != kind_of(tag) or (kind == WHEN and when != tag.when)


def kind_of(tag: Tag) -> str:
    """The choice that a tag is."""
    return ALWAYS if tag.always else WHEN if tag.when else NOT_SAID


def section_choice(
    page: Page, field: str, policy: Policy, start: str = "", label: str = "Section it goes to"
) -> str | None:
    """The section that is chosen beside a wording, or the name of a new one; None while that has no name."""
    sections = Document(parse(policy.text)).sections or ("",)
    kept, key = f"{field}:section", _key(page, field, "section")
    _follow_renamed(page, field, sections)
    proposed, own = start or sections[-1], chosen_in(page, kept, key)
    options = list(dict.fromkeys([*sections, proposed, own if isinstance(own, str) else proposed, NEW_SECTION]))
    chosen = str(
        st.selectbox(
            label,
            options,
            **kept_radio(
                page, kept, options, proposed, key=key, format_func=lambda name: SECTION_WORDS.get(name, name)
            ),
        )
    )
    if chosen not in (*sections, NEW_SECTION):
        st.caption(f"The section “{escape(chosen)}” was renamed or removed meanwhile.")
    if chosen != NEW_SECTION:
        return chosen
    name = kept_input(
        page,
        "Name of the new section",
        field=f"{field}:new_section",
        max_chars=MAX_SECTION_CHARS,
        who_sees="Everyone sees it with the clause.",
    )
    return " ".join(name.split()) or None


def named(section: str | None) -> str:
    """The chosen section. Raises ValidationFailed while a new one has no name."""
    if section is None:
        raise ValidationFailed("The new section has no name. Type its name, or choose another section.")
    return section


def settle_section(page: Page, field: str, section: str) -> None:
    """Stay with the section that was just used, which is not new any more; where none was chosen, with none."""
    kept = f"{field}:section"
    keep_text(page, kept, json.dumps(section) if kept_text(page, kept) else "")
    forget_input(page, f"{field}:new_section")
    _begin_again(page, field)


def forget_section(page: Page, field: str) -> None:
    """Begin again with the section in which the clause is."""
    keep_text(page, f"{field}:section", "")
    settle_section(page, field, "")


def forget_tag(page: Page, field: str) -> None:
    """Begin again with the tag that the clause has."""
    forget_input(page, f"{field}:tag")
    forget_input(page, f"{field}:when")
    _begin_again(page, field)


def _follow_renamed(page: Page, field: str, sections: tuple[str, ...]) -> None:
    """Go on with the section that was chosen under the name that it has now, where nothing else changed its place."""
    known, kept, key = f"sections:{page.workshop_id}:{field}", f"{field}:section", _key(page, field, "section")
    before, own = recall(known, ()), chosen_in(page, kept, key)
    remember(known, sections)
    if own in before and own not in sections and len(before) == len(sections):
        at = before.index(own)
        if (*before[:at], sections[at], *before[at + 1 :]) == sections:
            put_choice(page, kept, key, sections[at])


def _begin_again(page: Page, field: str) -> None:
    remember(f"choices_made:{page.workshop_id}:{field}", _times(page, field) + 1)


def _key(page: Page, field: str, name: str) -> str:
    return f"choice:{page.workshop_id}:{field}:{name}:{_times(page, field)}"


def _times(page: Page, field: str) -> int:
    """How often the choice was begun again: the browser keeps a widget's value for as long as its key is the same."""
    return int(recall(f"choices_made:{page.workshop_id}:{field}", 0))


def _kept(page: Page, field: str) -> dict[str, Any]:
    return _choice(kept_text(page, field))


def _choice(kept: str) -> dict[str, Any]:
    try:
        value = json.loads(kept or "{}")
    except ValueError:
        value = {}
    return value if isinstance(value, dict) else {}


def _keep(page: Page, field: str, value: dict[str, Any]) -> None:
    keep_text(page, field, json.dumps(value) if value else "")
