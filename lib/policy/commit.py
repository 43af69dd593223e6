"""A policy document as the database takes it."""

from typing import Any

from lib.policy.document import Document


def clauses_for_commit(document: Document) -> list[dict[str, Any]]:
    """The clauses as `commit_policy` takes them, in the order of the text."""
    return [
        {
            "clause_id": clause.clause_id,
            "wording": clause.wording,
            "always": clause.tag.always,
            "when": clause.tag.when,
            "section": clause.section,
        }
        for clause in document.clauses
    ]
