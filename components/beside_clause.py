"""What stands beside a clause: suggested wordings, the discussion, where it was tried, votes, history and decisions."""

import streamlit as st

from components.clause_evidence import draw_tried, draw_votes
from components.clause_history import draw_history
from components.clause_say import draw_saying
from components.clause_suggestions import draw_suggestions
from components.clause_talk import draw_talk
from components.frame import Page
from components.lead_acts import draw_lead_acts
from components.note_view import draw_notes_about
from components.policy_view import clause_label
from components.pulse import live_fragment, look_again_soon
from components.stored_choice import turning_key
from components.texts import counted, escape
from components.version_words import when
from lib.domain.discussion import BesideCount
from lib.domain.errors import FolkmootError
from lib.domain.ids import ClauseId
from lib.domain.notes import ThingKind
from lib.domain.people import Role
from lib.domain.policy import Clause, ClauseEvent, Policy
from lib.domain.workshop import Place, Topic
from lib.services import discussing
from lib.services.drafting import LivePolicy
from lib.services.reading import asking

ROUGH = "Rough, wording later"


def beside_clause(page: Page, policy: Policy, clause: Clause) -> None:
    """All of it, below the one field in which a person writes: what others add moves nobody's text."""
    page.gather(
        asking("read_beside_clause", clause=clause.clause_id),
        asking("read_clause_history", clause=clause.clause_id),
        asking("read_rounds"),
        asking("read_results"),
        asking("read_notes"),
        asking("read_policy"),
    )
    draw_saying(page, clause)
    _said(page, clause.clause_id)
    _evidence(page, clause.clause_id)
    _history(page, clause.clause_id)
    draw_notes_about(page, ThingKind.CLAUSE.value, clause.clause_id)
    draw_lead_acts(page, ThingKind.CLAUSE, clause.clause_id, clause_label(clause))


def marks_of(page: Page) -> dict[str, str]:
    """A short mark for each clause with something beside it: "2" for two comments or open suggestions, "~" if rough."""
    counts = discussing.read_counts(page.read)
    return {clause: short for clause, (short, _) in _marks(page, counts).items()}


def titles_of(page: Page) -> dict[str, str]:
    """The same in words, such as "2 comments, 1 suggestion, rough"."""
    counts = discussing.read_counts(page.read)
    return {clause: words for clause, (_, words) in _marks(page, counts).items()}


def beside_words(count: BesideCount | None) -> str:
    """How much stands beside a clause, in words; "" if nothing.

    >>> beside_words(BesideCount(ClauseId("a"), 2, 1))
    '2 comments, 1 suggestion'
    """
    if count is None:
        return ""
    comments = counted(count.comment_count, "comment") if count.comment_count else ""
    suggestions = counted(count.suggestion_count, "suggestion") if count.suggestion_count else ""
    return ", ".join(part for part in (comments, suggestions) if part)


def _marks(page: Page, counts: dict[ClauseId, BesideCount]) -> dict[str, tuple[str, str]]:
    found = {}
    for clause in page.read(LivePolicy, "read_policy").policy.clauses:
        count = counts.get(clause.clause_id)
        number = count.comment_count + count.suggestion_count if count else 0
        words = [part for part in (beside_words(count), "rough" if clause.rough else "") if part]
        if words:
            found[str(clause.clause_id)] = (f"{'~' if clause.rough else ''}{number or ''}", ", ".join(words))
    return found


@live_fragment(Topic.NOTES, Topic.POLICY, Topic.PEOPLE)
def _said(page: Page, clause_id: str) -> None:
    """The rough mark, suggestions and comments, others' included. Nothing that anybody types stands in here."""
    try:
        clause = _find(page, clause_id)
        beside = discussing.read_beside(page.read, ClauseId(clause_id))
    except FolkmootError:
        look_again_soon()  # The live strip says what is the matter.
        return
    if clause is None:
        return
    _rough(page, clause)
    draw_suggestions(page, clause, beside.suggestions)
    draw_talk(page, clause.clause_id, beside.comments)


@live_fragment(Topic.TEST, Topic.ROUNDS, Topic.POLICY)
def _evidence(page: Page, clause_id: str) -> None:
    """Scenarios and votes. Nothing that anybody types stands in here."""
    try:
        clause = _find(page, clause_id)
        tried = discussing.read_beside(page.read, ClauseId(clause_id)).tried
        if clause is not None:
            draw_tried(page, clause, tried)
            draw_votes(page, clause)
    except FolkmootError:
        look_again_soon()


@live_fragment(Topic.POLICY)
def _history(page: Page, clause_id: str) -> None:
    """What happened to the clause, once somebody wants to know."""
    box = st.expander("History", icon=":material/history:", key=f"history_{clause_id}", on_change="rerun")
    if not box.open:
        return
    try:
        events = page.read(tuple[ClauseEvent, ...], "read_clause_history", clause=clause_id)
    except FolkmootError:
        look_again_soon()
        return
    with box:
        draw_history(events)


def _rough(page: Page, clause: Clause) -> None:
    if clause.is_withdrawn:
        return
    locked = page.read(Place, "read_place").workshop.editing_is_locked
    may_mark = page.role is Role.FACILITATOR or (page.role is Role.PARTICIPANT and not locked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"rough_{clause.clause_id}"):
        if clause.rough:
            said = f"{escape(clause.rough.by)}, {when(clause.rough.at)}"
            st.markdown(f":material/draw: **{ROUGH}** · {said}", width="content")
        label = "The wording is done" if clause.rough else f"Mark as “{ROUGH.lower()}”"
        key = turning_key("mark_rough", clause.clause_id, is_so=bool(clause.rough))
        if may_mark and st.button(label, key=key, type="tertiary", icon=":material/draw:"):
            with page.feedback("Not rough any more." if clause.rough else "Marked: the wording comes later."):
                discussing.mark_rough(page.store, page.credential, clause.clause_id, not clause.rough)


def _find(page: Page, clause_id: str) -> Clause | None:
    policy = page.read(LivePolicy, "read_policy").policy
    return next((one for one in (*policy.clauses, *policy.withdrawn) if one.clause_id == clause_id), None)
