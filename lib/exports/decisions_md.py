"""Decisions, dissents and notes as a Markdown text to take away."""

from collections.abc import Sequence
from datetime import datetime

from lib.domain.discussion import Suggestion, SuggestionState
from lib.domain.notes import Note
from lib.domain.policy import Clause

NOTHING = "Nothing was decided or noted."


def decisions_md(
    title: str, notes: Sequence[Note], suggestions: Sequence[Suggestion] = (), clauses: Sequence[Clause] = ()
) -> str:
    """Decisions with their dissents, notes, accepted suggestions, and which clauses are rough; each oldest first.

    Withdrawn ones are left out.

    What people wrote stands in block quotes, so that it makes no heading or list of its own.
    """
    shown = [one for one in notes if not one.is_withdrawn]
    parts = [f"# Decisions: {_flat(title)}"]
    decisions = [one for one in shown if one.is_decision]
    others = [one for one in shown if not one.is_decision]
    parts += [_part(f"Decision {number}", one) for number, one in enumerate(decisions, 1)]
    if others:
        parts += ["## Notes", *(_part("Note", one, level=3) for one in others)]
    parts += [NOTHING] if not shown else []
    parts += [_accepted(one) for one in suggestions if one.state is SuggestionState.ACCEPTED]
    if rough := ", ".join(f"C{one.number}" for one in clauses if one.rough and not one.is_withdrawn):
        parts.append(f"Rough, wording later: {rough}")
    return "\n\n".join(parts) + "\n"


def _accepted(one: Suggestion) -> str:
    settled = f", accepted by {_flat(one.settled_by or '')}, {_time(one.settled_at)}" if one.settled_at else ""
    lines = [
        f"## Accepted suggestion, about C{one.clause_number}",
        _quote(one.wording),
        f"Suggested by {_flat(one.by)}, {_time(one.at)}{settled}.",
    ]
    return "\n\n".join([*lines, *([f"Why: {_flat(one.reason)}"] if one.reason else [])])


def _part(name: str, note: Note, level: int = 2) -> str:
    about = f", about {_flat(note.about_label)}" if note.about_label else ""
    edited = f", reworded {_time(note.edited_at)}" if note.edited_at else ""
    lines = [
        f"{'#' * level} {name}{about}",
        _quote(note.text),
        f"Written by {_flat(note.by)}, {_time(note.at)}{edited}.",
    ]
    for one in note.dissents:
        wording = (
            "an earlier wording" if one.from_wording is None else f"the earlier wording “{_flat(one.from_wording)}”"
        )
        before = f" (from {wording})" if one.is_older else ""
        lines.append(f"**Dissent of {_flat(one.name)}**{before}, {_time(one.at)}{':' if one.words else '.'}")
        if one.words:
            lines.append(_quote(one.words))
    return "\n\n".join(lines)


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines() or [""])


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _flat(text: str) -> str:
    return " ".join(text.split())
