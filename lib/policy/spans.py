"""Where the clauses or headings of a text stand in it, in bytes of UTF-8."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from lib.domain.trace import Stretch, Trace
from lib.policy.document import Segment, SegmentKind


@dataclass(frozen=True)
class Span:
    """The bytes of a segment from `start` to before `end`, and what it says as a clause."""

    start: int
    end: int
    wording: str = ""


def spans(segments: Sequence[Segment], kind: SegmentKind = SegmentKind.CLAUSE) -> list[Span]:
    """The bytes of each segment of a kind, in order."""
    found, at = [], 0
    for segment in segments:
        end = at + len(segment.text.encode())
        if segment.kind is kind:
            found.append(Span(at, end, segment.wording))
        at = end
    return found


def within(places: Sequence[Span], start: int, end: int) -> list[tuple[int, int, int]]:
    """The spans that these bytes touch, as (number, first, end)."""
    place = max(0, bisect_right(places, start, key=attrgetter("start")) - 1)
    found = []
    while place < len(places) and places[place].start < end:
        first, last = max(start, places[place].start), min(end, places[place].end)
        if first < last:
            found.append((place, first, last))
        place += 1
    return found


def placed(trace: Trace) -> list[tuple[int, Stretch]]:
    """Each stretch of a text with where it begins in it."""
    found, at = [], 0
    for one in trace:
        found.append((at, one))
        at += one.length
    return found
