"""Which earlier wordings of a note are offered, in which order, and which of them are folded away."""

from datetime import UTC, datetime

import pytest

from components.note_history import entries_of, folded
from lib.domain.notes import NoteEvent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def history(*acts: str) -> list[NoteEvent]:
    """Each act is a wording, or what was done to all of it."""
    kinds = ("withdrawn", "restored")
    return [NoteEvent(one if one in kinds else "edited", one, "Fay", NOON) for one in acts]


def test_the_newest_wording_comes_first_and_what_reads_as_now_is_not_offered() -> None:
    entries = entries_of(history("Keep it.", "Drop it.", "withdrawn", "restored", "Keep it."), "Keep it.")
    assert [(one.number, one.is_offered) for one in entries] == [
        (3, False),
        (None, False),
        (None, False),
        (2, True),
        (1, False),
    ]


@pytest.mark.parametrize(("count", "there_at_once"), [(1, 1), (4, 4), (5, 5), (6, 4), (9, 4)])
def test_three_earlier_wordings_stand_there_at_once_and_a_fourth_that_is_the_last(
    count: int, there_at_once: int
) -> None:
    texts = [f"Wording {number}." for number in range(1, count + 1)]
    entries = entries_of(history(*texts), texts[-1])
    newest, older = folded(entries)
    assert (len(newest), [*newest, *older]) == (there_at_once, entries)
