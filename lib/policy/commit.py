"""A policy document as the database takes it."""

from typing import Any

from lib.domain.ids import ClauseId
from lib.policy.document import Document


def clauses_for_commit(document: Document, moved: ClauseId | None = None) -> list[dict[str, Any]]:
    """The clauses as `commit_policy` takes them, in the order of the text.

    `moved` is the one that changed its place on purpose, so that its history says so.
    """
    return [
        {
            "clause_id": clause.clause_id,
            "wording": clause.wording,
            "always": clause.tag.always,
            "when": clause.tag.when,
            "section": clause.section,
            "moved": clause.clause_id == moved,
        }
        for clause in document.clauses
    ]
