"""Reword a clause that others may be rewording too: the second is shown both texts and loses neither."""

import json
import time
from contextlib import suppress

import streamlit as st

from components.ace_field import clause_field
from components.clause_choices import NOT_SAID, forget_tag, tag_begun_with, tag_choice
from components.clause_place import close_clause, field_of, id_for
from components.draft_field import AsksFirst, Submission, clear_draft
from components.frame import Page
from components.kept_input import kept_text
from components.letting_go import asks_to_discard, asks_to_take_theirs, refuse_unasked
from components.policy_view import clause_label, tag_words
from components.texts import escape
from components.version_words import draw_spans
from lib.domain.errors import FolkmootError
from lib.domain.policy import Clause, Tag
from lib.policy.acts import AddClause, Change, EditClause, RestoreClause, TagClause
from lib.policy.compare import word_spans
from lib.policy.tags import split_tag, tag_text
from lib.services.drafting import change_policy
from lib.services.drafts import NO_DRAFT, Draft, read_drafts, save_draft

SAVE = (("save", "Save for everyone"), ("discard", "Discard my change"))
CHOICES = (
    ("mine", "Keep mine as the new wording"),
    ("separate", "Add mine as a separate clause"),
    ("theirs", "Take theirs"),
)
CHOICES_WITHDRAWN = (
    ("restore", "Bring it back with my wording"),
    ("separate", "Add mine as a separate clause"),
    ("theirs", "Leave it withdrawn"),
)
BESIDE_PX = 205
"""How wide each of two wordings is: two of them fit beside each other from 1280 pixels on, and stack below."""
WHO_SEES_EDIT = "Only you see this until you save it. Then everyone sees it, with your name."


def reword_clause(page: Page, clause: Clause) -> None:
    """The clause's wording and tag in a private editor, and what to do if somebody was faster."""
    field = field_of(clause.clause_id)
    base = _base(page, field, clause)
    has_theirs = not clause.is_withdrawn and base != clause.wording
    is_told = clause.is_withdrawn or has_theirs
    shown = page.here.get(f"{field}:shown") or base
    if is_told:
        _say_what_happened(clause)
        page.here.put(f"{field}:shown", clause.wording)
    with st.container(key="rewording_tag"):
        tag = tag_choice(page, field, clause.tag)
        base_tag = _seen_tag(page, field, clause, tag)
        also = _also_typed(page, field)
    # The editor stays the first in the same row whatever others do: moved elsewhere it would be made anew.
    with st.container(horizontal=not page.is_narrow, key="both_wordings"):
        with st.container(key="my_wording", width=BESIDE_PX if has_theirs and not page.is_narrow else "stretch"):
            handed = clause_field(
                page,
                label=f"Your wording of {clause_label(clause)}",
                field=field,
                actions=SAVE if not is_told else CHOICES_WITHDRAWN if clause.is_withdrawn else CHOICES,
                who_sees=WHO_SEES_EDIT,
                initial=base,
                tells_leaving=True,
                asks=_asks(clause) if is_told else asks_to_discard("change", also=also),
            )
        if has_theirs:
            with st.container(border=True, key="their_wording", width="stretch" if page.is_narrow else BESIDE_PX):
                _their_wording(clause, base)
    told = st.container()
    if not handed:
        return
    with told:
        # What was pressed answers what stood there, not what came in while the press was on its way.
        seen = shown if handed.action == "mine" else base
        _hand_over(page, clause, handed, _change(clause, handed, tag, seen, base_tag), also)


def _seen_tag(page: Page, field: str, clause: Clause, chosen: Tag) -> Tag:
    """The tag over which the choice counts; says so where somebody else has chosen another one since it was begun."""
    begun, shown = tag_begun_with(page, field, clause.tag, chosen), page.here.get(f"{field}:shown_tag")
    if begun == clause.tag:
        page.here.put(f"{field}:shown_tag", None)
        return begun
    st.warning(
        f"Somebody else chose when this clause applies while you were at it. As it is now: "
        f"{escape(tag_words(clause.tag)) or NOT_SAID}. If you save, yours stands instead.",
        icon=":material/call_split:",
    )
    page.here.put(f"{field}:shown_tag", json.dumps(tag_text(clause.tag)))
    # What was pressed answers what stood there, not what came in while the press was on its way.
    return begun if shown is None else split_tag(json.loads(shown))[1]


def _hand_over(page: Page, clause: Clause, handed: Submission, change: Change | None, also: str) -> None:
    field = field_of(clause.clause_id)
    with page.feedback("Saved for everyone." if change else ""):
        refuse_unasked(handed, also)
        if change:
            change_policy(page.store, page.credential, change, handed.request_id)
        clear_draft(page, field)
        forget_tag(page, field)
        _keep_base(page, field, "")
        close_clause(page)


def _change(clause: Clause, handed: Submission, tag: Tag, base: str, base_tag: Tag) -> Change | None:
    """What a press of a button asks for; None = take what is there."""
    if handed.action == "discard":
        return None
    if handed.action == "theirs":
        is_tagged = tag != base_tag and not clause.is_withdrawn
        return TagClause(clause.clause_id, tag, base_tag) if is_tagged else None
    if handed.action == "separate":
        return AddClause(id_for(handed), handed.text, tag, clause.section)
    if handed.action == "restore":
        return RestoreClause(clause.clause_id, handed.text, tag, clause.section)
    return EditClause(clause.clause_id, base, handed.text, tag, base_tag)


def _say_what_happened(clause: Clause) -> None:
    if clause.is_withdrawn:
        st.warning("Somebody withdrew this clause meanwhile. Your wording is still here.", icon=":material/call_split:")
        return
    st.warning(
        "Somebody else reworded this clause while you were editing it. Both wordings are here; nothing is lost.",
        icon=":material/call_split:",
    )


def _asks(clause: Clause) -> AsksFirst:
    """What is asked before this person's wording goes for what others made of the clause."""
    return asks_to_take_theirs("wording", "Yes, leave it withdrawn" if clause.is_withdrawn else "Yes, take theirs")


def _also_typed(page: Page, field: str) -> str:
    """The condition of a tag that this person typed beside the wording, in words; "" if none."""
    when = kept_text(page, f"{field}:when")
    return f"the condition that you typed: “{when}”" if when.strip() else ""


def _their_wording(clause: Clause, base: str) -> None:
    st.markdown("**Now in the policy**, with what changed since you began:")
    draw_spans(word_spans(base, clause.wording))


def _base(page: Page, field: str, clause: Clause) -> str:
    """The wording that this person began to edit: the present one, unless they have unsent text from before."""
    known = page.here.get(f"{field}:base")
    if known is not None:
        return known
    unsent: dict[str, Draft] = {}
    with suppress(FolkmootError):
        unsent = read_drafts(page.store, page.credential)
    base = unsent.get(f"{field}:base", NO_DRAFT).text if unsent.get(field, NO_DRAFT).text else ""
    if not base:
        base = clause.wording
        _keep_base(page, field, base)
    page.here.put(f"{field}:base", base)
    page.here.put(f"{field}:shown", None)
    page.here.put(f"{field}:shown_tag", None)
    return base


def _keep_base(page: Page, field: str, base: str) -> None:
    with suppress(FolkmootError):  # the tab alone remembers it then
        save_draft(page.store, page.credential, f"{field}:base", base, time.time_ns() // 1_000_000)
