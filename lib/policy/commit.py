"""A policy document as the database takes it."""

from collections.abc import Set
from typing import Any

from lib.domain.ids import ClauseId
from lib.policy.document import Document


def clauses_for_commit(document: Document, moved: Set[ClauseId] = frozenset()) -> list[dict[str, Any]]:
    """The clauses as `commit_policy` takes them, in the order of the text.

    `moved` are those that changed their place among the others of their section, so that their history says so.
    """
    return [
        {
            "clause_id": clause.clause_id,
            "wording": clause.wording,
            "always": clause.tag.always,
            "when": clause.tag.when,
            "section": clause.section,
            "moved": clause.clause_id in moved,
        }
        for clause in document.clauses
    ]
