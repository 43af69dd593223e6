"""Talking about a clause: comments, suggested wordings that others accept, and the mark that a wording is rough."""

from lib.domain.discussion import BesideClause, BesideCount, Comment, Suggestion, SuggestionState
from lib.domain.errors import ValidationFailed
from lib.domain.ids import ClauseId, CommentId, SuggestionId
from lib.domain.people import Credential
from lib.domain.policy import NO_TAG
from lib.policy.acts import EditClause
from lib.policy.change import apply
from lib.policy.clause_wording import clean_wording
from lib.services.drafting import change_policy, document_in, read_policy
from lib.services.reviewing import Read
from lib.services.workshops import who
from lib.store.decode import decode
from lib.store.port import Store


def read_counts(read: Read) -> dict[ClauseId, BesideCount]:
    """How much stands beside each clause, of those where anything does."""
    return {one.clause_id: one for one in read(tuple[BesideCount, ...], "read_beside")}


def read_beside(read: Read, clause_id: ClauseId) -> BesideClause:
    """What was said and suggested about one clause, and where it was tried."""
    return read(BesideClause, "read_beside_clause", clause=clause_id)


def add_comment(store: Store, credential: Credential, comment: CommentId, clause: ClauseId, text: str) -> Comment:
    """A new comment, at once before everyone. Also while editing is locked.

    Raises:
        NotFound: the clause is not of this workshop.
        ValidationFailed: the text is empty or too long.
    """
    return decode(Comment, store.call("add_comment", **who(credential), comment=comment, clause=clause, text=text))


def edit_comment(store: Store, credential: Credential, comment: CommentId, text: str) -> None:
    """Reword one's own comment. Raises NotAllowed for anybody else's."""
    store.call("edit_comment", **who(credential), comment=comment, text=text)


def withdraw_comment(store: Store, credential: Credential, comment: CommentId, is_withdrawn: bool) -> None:
    """Take one's own comment back, or put it back. Raises NotAllowed for anybody else's."""
    store.call("withdraw_comment", **who(credential), comment=comment, is_withdrawn=is_withdrawn)


def hide_comment(store: Store, credential: Credential, comment: CommentId, is_hidden: bool) -> None:
    """Hide an abusive comment from everyone but facilitators, or show it again. Facilitators only."""
    store.call("hide_text", **who(credential), kind="comment", id=comment, is_hidden=is_hidden)


def suggest_wording(
    store: Store,
    credential: Credential,
    suggestion: SuggestionId,
    clause: ClauseId,
    base_wording: str,
    text: str,
    reason: str = "",
) -> Suggestion:
    """Another wording for a clause that was worded `base_wording` when its author began. Also while editing is locked.

    Raises:
        NotFound: the clause is not in the policy any more.
        ValidationFailed: the wording could not be the clause's, or is the one that it has.
    """
    wording = _checked(store, credential, clause, base_wording, text)
    answer = store.call(
        "add_suggestion",
        **who(credential),
        suggestion=suggestion,
        clause=clause,
        base_wording=base_wording,
        wording=wording,
        reason=reason,
    )
    return decode(Suggestion, answer)


def accept_suggestion(
    store: Store, credential: Credential, suggestion: Suggestion, seen_wording: str, request_id: str
) -> int:
    """Make it the clause's wording in place of the one that the accepter saw; gives the policy's revision after it.

    Raises:
        ClauseConflict: the clause is worded otherwise by now, or was withdrawn.
        NotFound: the suggestion is not open any more.
        NotAllowed: it is one's own, or editing is locked.
    """
    change = EditClause(suggestion.clause_id, seen_wording, suggestion.wording, NO_TAG, NO_TAG)
    return change_policy(store, credential, change, request_id, accepting=suggestion.suggestion_id)


def settle_suggestion(store: Store, credential: Credential, suggestion: SuggestionId, state: SuggestionState) -> None:
    """Withdraw one's own, decline somebody else's, or put it back.

    Raises:
        Conflict: it was accepted or settled otherwise meanwhile.
        NotAllowed: only its author withdraws it, and only others decline it.
    """
    store.call("settle_suggestion", **who(credential), suggestion=suggestion, state=state.value)


def hide_suggestion(store: Store, credential: Credential, suggestion: SuggestionId, is_hidden: bool) -> None:
    """Hide an abusive suggestion from everyone but facilitators, or show it again. Facilitators only."""
    store.call("hide_text", **who(credential), kind="suggestion", id=suggestion, is_hidden=is_hidden)


def mark_rough(store: Store, credential: Credential, clause: ClauseId, is_rough: bool) -> None:
    """Say that a clause's wording comes later, or that it is done. Raises NotAllowed while editing is locked."""
    store.call("set_rough", **who(credential), clause=clause, is_rough=is_rough)


def _checked(store: Store, credential: Credential, clause: ClauseId, base_wording: str, text: str) -> str:
    """The wording as it would stand in the policy, checked exactly as if the clause were edited now."""
    document = document_in(read_policy(store, credential).policy)
    wording, tag = clean_wording(text)
    while (cleaned := clean_wording(wording)[0]) != wording:
        wording = cleaned  # so that accepting it, which cleans it once more, changes nothing
    present = document.find(clause)
    if tag not in (NO_TAG, present.tag if present else tag):
        raise ValidationFailed(
            "A suggestion is about the wording alone. Leave the tag at its end as it is, and discuss it in a comment."
        )
    if present is not None:
        if wording in (base_wording, present.wording):
            raise ValidationFailed("This is the clause's own wording. Change something, then suggest it.")
        apply(document, EditClause(clause, present.wording, wording, NO_TAG, NO_TAG))
    return wording
