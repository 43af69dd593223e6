"""What in a policy's text is longer, or more, than fits into it, in words by which it is found there."""

from collections.abc import Collection, Sequence
from typing import Final

from lib.domain.policy import MAX_CLAUSE_CHARS, MAX_CLAUSES
from lib.policy.document import Segment, SegmentKind

FIRST_CHARS: Final = 40
"""So much of it names it."""


def too_long(segments: Sequence[Segment], known: Collection[str]) -> str:
    """What is too long and what to do about it, for people to read; "" if all fits. Wordings in `known` fit."""
    count = sum(one.kind is SegmentKind.CLAUSE for one in segments)
    if count > MAX_CLAUSES:
        return f"The policy has {count:,} clauses; at most {MAX_CLAUSES:,} fit. Join some, or take some out."
    for one in segments:
        name, section = _first_words(one.wording), _first_words(one.section)
        if one.kind is SegmentKind.HEADING and len(one.section) > MAX_CLAUSE_CHARS:
            return _says(f"The heading {section}", one.section)
        if one.kind is not SegmentKind.CLAUSE:
            continue
        if len(one.wording) > MAX_CLAUSE_CHARS and one.wording not in known:
            place = f" in {section}" if one.section else ""
            return _says(f"The clause {name}{place}", one.wording, ", or split it into several.")
        if len(one.tag.when or "") > MAX_CLAUSE_CHARS:
            return _says(f"The condition of the clause {name}", one.tag.when or "")
    return ""


def _says(what: str, text: str, way_out: str = ".") -> str:
    return f"{what} has {len(text):,} characters; at most {MAX_CLAUSE_CHARS:,} fit. Shorten it{way_out}"


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words}”" if len(words) <= FIRST_CHARS else f"“{words[:FIRST_CHARS].rstrip()}…”"
