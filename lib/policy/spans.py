"""Where the clauses or headings of a text stand in it, in bytes of UTF-8, and which of them came from which."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from lib.domain.trace import Stretch, Trace
from lib.policy.document import Segment, SegmentKind
from lib.policy.parse import marker_length


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


def words_of(segments: Sequence[Segment]) -> list[Span]:
    """The clauses without list markers: the number of an item is nobody's word, and stays when words come before it."""
    return [Span(span.start + len(marker), span.end, span.wording) for span, marker in _with_markers(segments)]


def markers_of(segments: Sequence[Segment]) -> list[Span]:
    """The list markers of the clauses without the blanks after them; nothing where a clause is a paragraph."""
    return [Span(span.start, span.start + len(marker.rstrip())) for span, marker in _with_markers(segments)]


def _with_markers(segments: Sequence[Segment]) -> Iterator[tuple[Span, str]]:
    clauses = (one for one in segments if one.kind is SegmentKind.CLAUSE)
    for span, clause in zip(spans(segments), clauses, strict=True):
        yield span, clause.text[: marker_length(clause.text)] if clause.marker else ""


def has_letters(text: bytes) -> bool:
    """Whether there are letters or digits."""
    return any(byte > 127 or chr(byte).isalnum() for byte in text)


def has_signs(text: bytes) -> bool:
    """Whether there is anything but blanks."""
    return bool(text.strip())


def shared(
    before: Sequence[Span], after: Sequence[Span], trace: Trace, text: bytes, tells: Callable[[bytes], bool]
) -> list[set[int]]:
    """For each old place the new ones that hold something of it that tells. `text` is the new one."""
    found: list[set[int]] = [set() for _ in before]
    for at, one in placed(trace):
        if one.origin is None:
            continue
        for old, start, end in within(before, one.origin, one.origin + one.length):
            shift = at - one.origin
            for new, first, last in within(after, start + shift, end + shift):
                if tells(text[first:last]):
                    found[old].add(new)
    return found
