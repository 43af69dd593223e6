"""How notes and decisions read where they belong: a dissent counts against the wording that it is from."""

from datetime import UTC, datetime

import pytest

from components.note_words import decided_about_clauses, dissent_words, short_words
from lib.domain.ids import NoteId, PersonId
from lib.domain.notes import Dissent, Note, NoteKind, ThingKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def dissent(is_older: bool, from_wording: str | None = None) -> Dissent:
    return Dissent("d", PersonId("ben"), "Ben", "No.", False, NOON, is_older, from_wording)


def decision(*older: bool) -> Note:
    dissents = tuple(map(dissent, older))
    about = (ThingKind.CLAUSE, "c1", None, "C1")
    return Note(NoteId("n"), NoteKind.DECISION, *about, "Keep it", 1, "Fay", NOON, None, False, dissents)


@pytest.mark.parametrize(
    ("older", "said"),
    [
        ((), ""),
        ((False,), " · 1 dissent"),
        ((True,), " · 1 dissent from an earlier wording"),
        ((True, False, True), " · 1 dissent · 2 dissents from an earlier wording"),
    ],
)
def test_dissents_from_an_earlier_wording_are_counted_apart(older: tuple[bool, ...], said: str) -> None:
    assert short_words(decision(*older)).endswith(f"Keep it”{said}")
    assert decided_about_clauses([decision(*older)]) == {"c1": [f"Decided: Keep it{said}"]}


def test_whoever_may_reads_from_which_earlier_wording_somebody_dissents() -> None:
    assert dissent_words(dissent(False)) == "Ben dissents"
    assert dissent_words(dissent(True)) == "Ben dissents from an earlier wording"
    assert dissent_words(dissent(True, "Drop it")) == "Ben dissents from the earlier wording “Drop it”"
