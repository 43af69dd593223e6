"""What one writes beside a clause: a comment, another wording of one's comment, or a suggested wording.

All of it stands in one place above whatever grows by others' acts, so that nothing moves under who is writing.
"""

from uuid import NAMESPACE_URL, uuid5

import streamlit as st

from components.clause_scroll import bring_into_view, note_opening
from components.draft_field import Submission, clear_draft, draft_field
from components.frame import Page
from components.kept_choice import forget_choice, kept_segment
from components.kept_input import forget_input, keep_text, kept_input, kept_text
from components.letting_go import asks_to_discard, refuse_unasked
from components.palette import option_text
from components.policy_view import clause_label
from components.version_words import draw_spans
from lib.domain.discussion import MAX_COMMENT_CHARS, MAX_REASON_CHARS, Comment
from lib.domain.ids import ClauseId, CommentId, SuggestionId
from lib.domain.people import Role
from lib.domain.policy import Clause
from lib.policy.compare import word_spans
from lib.services import discussing

COMMENT, SUGGEST = "Comment", "Suggest a wording"
WHO_SEES_COMMENT = "Only you see this until you press the button. Then everyone sees it, with your name."
WHO_SEES_SUGGESTION = "Only you see this until you suggest it. Then everyone does, and somebody else can accept it."
SUGGESTED = "Everyone sees your suggestion; somebody else can accept it."
OPEN_COMMENT, COMMENT_OPENED = "beside_comment", "beside_comment_opened"
"""Under these names the tab remembers which comment of one's own is being changed, and how often one was opened."""


def draw_saying(page: Page, clause: Clause) -> None:
    """The field that fits what this person is doing; nothing for an organizer, who only reads."""
    if page.role is Role.ORGANIZER:
        return
    # Of one height and place whatever is chosen, and drawn before all that others can change.
    with st.container(key=f"say_{clause.clause_id}"):
        mine = _comment_being_changed(page, clause)
        if mine is not None:
            nonce = page.here.get(COMMENT_OPENED) or ""
            bring_into_view(key="comment_in_view", panel=f"say_{clause.clause_id}", nonce=nonce)
            _change_comment(page, mine)
        elif _chosen(page, clause) == SUGGEST:
            _suggest(page, clause)
        else:
            page.here.put(_opened(clause.clause_id), None)
            _comment(page, clause)


def open_comment(page: Page, comment: CommentId) -> None:
    """Open one's own comment to be changed."""
    page.here.put(OPEN_COMMENT, comment)
    note_opening(page, COMMENT_OPENED)


def comment_field(clause_id: ClauseId) -> str:
    """The field of a person's unsent comment on a clause."""
    return f"comment:{clause_id}"


def suggestion_field(clause_id: ClauseId) -> str:
    """The field of a person's unsent wording for a clause."""
    return f"suggest:{clause_id}"


def _chosen(page: Page, clause: Clause) -> str:
    is_suggesting = page.here.get(_opened(clause.clause_id)) or kept_text(page, suggestion_field(clause.clause_id))
    if clause.is_withdrawn and not is_suggesting:
        return COMMENT  # whoever had begun to suggest a wording goes on: the clause may come back
    return str(
        st.segmented_control(
            "What to write",
            (COMMENT, SUGGEST),
            format_func=option_text,
            required=True,
            label_visibility="collapsed",
            **kept_segment(
                page, _choice(clause.clause_id), (COMMENT, SUGGEST), COMMENT, key=f"beside_{clause.clause_id}"
            ),
        )
    )


def _comment(page: Page, clause: Clause) -> None:
    field = comment_field(clause.clause_id)
    handed = draft_field(
        page,
        label=f"Your comment on {clause_label(clause)}",
        field=field,
        actions=(("comment", "Comment"),),
        who_sees=WHO_SEES_COMMENT,
        max_chars=MAX_COMMENT_CHARS,
        height=72,
        placeholder="Does this hold where the law differs?",
    )
    if handed:
        with page.feedback("Everyone sees your comment."):
            comment = CommentId(_id_for(page, handed))
            discussing.add_comment(page.store, page.credential, comment, clause.clause_id, handed.text)
            clear_draft(page, field)


def _comment_being_changed(page: Page, clause: Clause) -> Comment | None:
    wanted = page.here.get(OPEN_COMMENT)
    if wanted is None:
        return None
    known = discussing.read_beside(page.read, clause.clause_id).comments
    return next((one for one in known if one.comment_id == wanted), None)


def _change_comment(page: Page, comment: Comment) -> None:
    field = f"comment_edit:{comment.comment_id}"
    handed = draft_field(
        page,
        label="Your comment, reworded",
        field=field,
        actions=(("save", "Save my comment"), ("discard", "Leave it as it was")),
        who_sees="Only you see the change until you save it.",
        initial=comment.text,
        max_chars=MAX_COMMENT_CHARS,
        height=72,
        asks=asks_to_discard("change", "Yes, leave it as it was"),
    )
    if handed is None:
        return
    with page.feedback("Reworded." if handed.action == "save" else ""):
        if handed.action == "save":
            discussing.edit_comment(page.store, page.credential, comment.comment_id, handed.text)
        clear_draft(page, field)
        page.here.put(OPEN_COMMENT, None)


def _suggest(page: Page, clause: Clause) -> None:
    field = suggestion_field(clause.clause_id)
    base = _base(page, clause)
    reason = kept_input(page, "Why (may stay empty)", field=f"{field}:why", max_chars=MAX_REASON_CHARS)
    also = f"your reason: “{reason}”" if reason.strip() else ""
    field_place, told = st.container(), st.container()
    with field_place:
        handed = draft_field(
            page,
            label=f"Your wording for {clause_label(clause)}",
            field=field,
            actions=(("suggest", "Suggest it"), ("discard", "Discard")),
            who_sees=WHO_SEES_SUGGESTION,
            initial=base,
            tells_leaving=True,
            asks=asks_to_discard("suggestion", also=also),
        )
    if handed:
        with page.feedback(SUGGESTED if handed.action == "suggest" else ""):
            refuse_unasked(handed, also)
            if handed.action == "suggest":
                suggestion = SuggestionId(_id_for(page, handed))
                of_clause = (clause.clause_id, base, handed.text, reason)
                discussing.suggest_wording(page.store, page.credential, suggestion, *of_clause)
            clear_draft(page, field)
            forget_input(page, f"{field}:why")
            _end_suggesting(page, clause.clause_id)
    if base != clause.wording and kept_text(page, field):
        with told:
            st.info("The clause was reworded since you began. Others will see yours beside what it says now:")
            draw_spans(word_spans(base, clause.wording))


def _base(page: Page, clause: Clause) -> str:
    """The wording that this person began with: the present one, unless they have unsent text from before."""
    field = suggestion_field(clause.clause_id)
    base = kept_text(page, f"{field}:base")
    is_opened = page.here.get(_opened(clause.clause_id)) is not None
    page.here.put(_opened(clause.clause_id), "yes")
    if not base or (not is_opened and not kept_text(page, field)):
        base = clause.wording
        keep_text(page, f"{field}:base", base)
    return base


def _end_suggesting(page: Page, clause_id: ClauseId) -> None:
    """Begin with a comment again, and the next suggestion with the wording that stands then."""
    page.here.put(_opened(clause_id), None)
    keep_text(page, f"{suggestion_field(clause_id)}:base", "")
    forget_choice(page, _choice(clause_id), f"beside_{clause_id}")


def _choice(clause_id: ClauseId) -> str:
    return f"beside:{clause_id}"


def _opened(clause_id: ClauseId) -> str:
    return f"{suggestion_field(clause_id)}:opened"


def _id_for(page: Page, handed: Submission) -> str:
    """One press, one thing, however often it arrives."""
    return str(uuid5(NAMESPACE_URL, f"{page.viewer.person_id}/{handed.request_id}"))
