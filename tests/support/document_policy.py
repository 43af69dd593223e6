"""What the policy says while people type into its document, and what forms change meanwhile."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.live import stored_text
from lib.services.drafting import change_policy
from lib.store.port import Store
from tests.support.document_pages import WITHIN_S, Page, replaces
from tests.support.workshop_builder import Built, Someone, new_id


def policy(built: Built) -> dict[str, Any]:
    """The policy as it stands."""
    return dict(built.facilitator.call("read_policy")["policy"])


def becomes(built: Built, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The policy, once something holds of it."""
    deadline = time.monotonic() + WITHIN_S
    while not is_so(found := policy(built)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def wordings(found: dict[str, Any]) -> list[str]:
    return [one["wording"] for one in found["clauses"]]


def ids(found: dict[str, Any]) -> list[str]:
    return [one["clause_id"] for one in found["clauses"]]


def changes(store: Store, someone: Someone, change: Any) -> int:
    """Somebody changes the policy by a form."""
    return change_policy(store, Credential(WorkshopId(someone.workshop), someone.token_hash), change, new_id())


def rests(monkeypatch: pytest.MonkeyPatch, *, is_at_rest: bool) -> None:
    """Whether the policy is made of what was typed."""
    for name in ("REST_S", "AT_MOST_S"):
        monkeypatch.setattr(stored_text, name, 0.0 if is_at_rest else 3600.0)


def replaced(page: Page, built: Built, old: str, new: str) -> dict[str, Any]:
    """The policy, once it has followed one change of the text."""
    page.until(lambda typist: old in typist.text)
    replaces(page, old, new)
    return becomes(built, lambda now: now["text"] == page.typist.text)
