"""A line of a clause's history names everybody who did it."""

from datetime import UTC, datetime

import pytest

from components.clause_history import who_did
from lib.domain.policy import ClauseEvent, ClauseEventKind, Tag


@pytest.mark.parametrize(
    ("also_by", "words"),
    [
        ((), "**Ana** reworded it"),
        (("Ben",), "**Ana** and **Ben** reworded it"),
        (("Ben", "Cleo*"), "**Ana**, **Ben** and **Cleo\\*** reworded it"),
    ],
)
def test_all_who_wrote_in_a_clause_at_the_same_time_are_named(also_by: tuple[str, ...], words: str) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    event = ClauseEvent(ClauseEventKind.EDITED, "Be kind.", "", Tag(), "Ana", at, 3, also_by=also_by)
    assert who_did(event) == words
