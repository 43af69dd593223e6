"""Notes and decisions in words."""

from collections.abc import Sequence

from components.texts import counted, escape, quoted
from components.version_words import when
from lib.domain.notes import Dissent, Note, ThingKind

ICONS = {True: ":material/gavel:", False: ":material/sticky_note_2:"}
"""By whether it is a decision."""
SECTION = "Decisions"
"""The part of the review in which all of them stand."""
OF_OLDER = " from an earlier wording"


def head_words(note: Note) -> str:
    """What it is and about what, such as "Decision about C7"."""
    kind = "Decision" if note.is_decision else "Note"
    return f"{kind} about {escape(note.about_label)}" if note.about_label else kind


def by_words(note: Note) -> str:
    """Who wrote it and when."""
    edited = f", reworded {when(note.edited_at)}" if note.edited_at else ""
    return f"{escape(note.by)}, {when(note.at)}{edited}"


def dissent_words(dissent: Dissent) -> str:
    """Who dissents, and from what if the decision reads otherwise now."""
    if dissent.from_wording is not None:
        return f"{escape(dissent.name)} dissents from the earlier wording {quoted(dissent.from_wording, 200)}"
    return f"{escape(dissent.name)} dissents{OF_OLDER if dissent.is_older else ''}"


def short_words(note: Note) -> str:
    """A note in a line, for the place where it belongs."""
    about = f"{escape(note.about_label)}: " if note.about_kind is ThingKind.RESPONSE else ""
    decided = "Decided: " if note.is_decision else ""
    return f"{ICONS[note.is_decision]} {about}{decided}{quoted(note.text, 200)}{_dissents(note)}"


def decided_about_clauses(notes: Sequence[Note]) -> dict[str, list[str]]:
    """What was decided and noted, as plain lines by clause."""
    found: dict[str, list[str]] = {}
    for note in notes:
        if note.about_kind is ThingKind.CLAUSE and note.about_id and not note.is_withdrawn:
            line = f"{'Decided' if note.is_decision else 'Noted'}: {' '.join(note.text.split())}{_dissents(note)}"
            found.setdefault(note.about_id, []).append(line)
    return found


def _dissents(note: Note) -> str:
    said = zip(note.dissents_counted, ("", OF_OLDER), strict=True)
    return "".join(f" · {counted(count, 'dissent')}{of_which}" for count, of_which in said if count)
