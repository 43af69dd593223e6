"""The clause panel beside the live document: the clause in which the cursor rests, and what stands beside it."""

from uuid import uuid4
from zlib import crc32

import streamlit as st

from components.beside_clause import beside_clause, marks_of, titles_of
from components.bring import called_clause
from components.clause_choices import NOT_SAID, WHEN, forget_tag, tag_begun_with, tag_choice
from components.clause_follower import follow_cursor
from components.clause_place import field_of, may_edit
from components.frame import Page
from components.kept_input import kept_text
from components.letting_go import takes_theirs_of
from components.outcome import Outcome, shown
from components.policy_view import clause_label, tag_words
from components.pulse import live_fragment, look_again_soon
from components.texts import escape
from components.version_view import publish_box
from lib.domain.ids import ClauseId
from lib.domain.people import Role
from lib.domain.policy import NO_TAG, Clause, Policy
from lib.domain.workshop import Place, Topic
from lib.policy.acts import TagClause
from lib.policy.tags import tag_text
from lib.services.drafting import LivePolicy, change_policy

SHOWN = "clause_beside"
CALLED = "clause_beside_called"
CHOOSES = "clause_beside_tag"
"""Under this name the tab remembers for which clause it shows the choice of a tag."""
BEGIN = "Put the cursor into a clause, or press its label, and here is what belongs to it."
KEYS = "F6 leads from the text to here and back."


@live_fragment(Topic.POLICY, Topic.NOTES)
def document_panel(page: Page) -> None:
    """One clause and what belongs to it, and the way to publish. Drawing it never touches the text beside it."""
    read = Outcome()
    with shown(read):
        live = page.read(LivePolicy, "read_policy")
        place = page.read(Place, "read_place")
    if read.error:
        look_again_soon()
        return
    publish_box(page, live, is_live=True)
    with st.container(key="clause_beside", border=True, gap="small"):
        _draw(page, live.policy, place)


def _draw(page: Page, policy: Policy, place: Place) -> None:
    called = _called(page)
    known = (*policy.clauses, *policy.withdrawn)
    clause = next((one for one in known if one.clause_id == page.here.get(SHOWN)), None)
    follow_cursor(
        page.workshop_id,
        shown=clause.clause_id if clause else None,
        says=f"{'It follows the cursor.' if clause else BEGIN} {KEYS}",
        called=called,
        marks=marks_of(page),
        titles=titles_of(page),
        on_clause=lambda one: page.here.put(SHOWN, one),
    )
    if clause is None:
        return
    _draw_wording(clause)
    waits_for = _waits_for(page, clause, place)
    if _has_tag_choice(page, clause, is_possible=not waits_for):
        _change_tag(page, clause, waits_for)
    else:
        st.markdown(escape(tag_words(clause.tag) or "It is not said when it applies."))
    beside_clause(page, policy, clause)


def _called(page: Page) -> tuple[str, str] | None:
    """The clause to which this tab was called, which the panel opens once."""
    called = called_clause(page)
    if called is not None and page.here.get(CALLED) != called[1]:
        page.here.put(CALLED, called[1])
        page.here.put(SHOWN, called[0])
    return called


def _draw_wording(clause: Clause) -> None:
    gone = " · not in the text any more" if clause.is_withdrawn else ""
    by = f" · by {escape(', '.join(clause.authors))}" if clause.authors else ""
    with st.container(key="beside_by"):
        st.markdown(f"**{clause_label(clause)}**{by}{gone}")
    with st.container(key="beside_wording"):
        st.markdown(escape(clause.wording))


def _waits_for(page: Page, clause: Clause, place: Place) -> str:
    """What must come first before this person can set a tag; "" if nothing."""
    if clause.is_withdrawn:
        return "once it is in the text again"
    return "" if may_edit(page, place) else "once the policy is unlocked"


def _has_tag_choice(page: Page, clause: Clause, *, is_possible: bool) -> bool:
    """Where it can be set, and after that for as long as somebody may be writing in it, whatever others do."""
    if page.role is Role.ORGANIZER:
        return False
    if is_possible:
        page.here.put(CHOOSES, clause.clause_id)
    is_begun = bool(kept_text(page, f"{field_of(clause.clause_id)}:tag"))
    return is_begun or page.here.get(CHOOSES) == clause.clause_id


def _change_tag(page: Page, clause: Clause, waits_for: str) -> None:
    field = field_of(ClauseId(clause.clause_id))
    with st.container(key=f"beside_tag_{clause.clause_id}", gap="small"):
        tag = tag_choice(page, field, clause.tag)
        lacks_when = tag == NO_TAG and WHEN.rstrip("…") in kept_text(page, f"{field}:tag")
        has_theirs = tag_begun_with(page, field, clause.tag, tag) != clause.tag
        if tag == clause.tag or lacks_when:
            return
        if has_theirs:
            st.warning(
                "Somebody else chose when this clause applies while you were at it. What you chose is still here.",
                icon=":material/call_split:",
            )
            st.markdown(f"**As it is now**: {escape(tag_words(clause.tag)) or NOT_SAID}")
        label = "Set mine instead" if has_theirs else "Set for everyone"
        # The key is for the tag that its presser saw: nobody overwrites another one unseen.
        key = f"{clause.clause_id}_{crc32(tag_text(clause.tag).encode()):x}"
        with st.container(horizontal=True, gap="small"):
            is_set = st.button(
                f"{label}, {waits_for}" if waits_for else label,
                key=f"set_tag_{key}",
                type="primary",
                disabled=bool(waits_for),
            )
            takes_theirs = has_theirs and takes_theirs_of(tag.when or "", key=f"take_tag_{key}")
    if is_set:
        with page.feedback("The tag is set."):
            change_policy(page.store, page.credential, TagClause(clause.clause_id, tag, clause.tag), str(uuid4()))
            forget_tag(page, field)
    elif takes_theirs:
        forget_tag(page, field)
        st.rerun()
