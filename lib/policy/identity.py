"""Which clause is which after people have typed in the policy's text, from where its characters come.

A clause keeps its identity as long as something of its words is left. Of a clause that was split the first part keeps
it; of several that became one, the longest gives its identity, of equally long ones the first. A clause that was cut
out and put back with the same or similar words is the same, wherever it was put; so is one that was withdrawn a short
while ago.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from lib.domain.ids import ClauseId, PersonId
from lib.domain.trace import Removal, Stretch, Trace, joined
from lib.policy.document import Document, Segment, SegmentKind
from lib.policy.match import LEAST_SIMILARITY, match_clauses
from lib.policy.parse import marker_length

LEAST_WORDS: Final = 3
"""Without a trace, fewer words in a row that two texts share say nothing."""
MOST_WORDS_COMPARED: Final = 3_000
LEAST_OF_ONE_GONE: Final = 0.85
"""A clause that comes back a while after it was taken out says nearly what it said, or it is another one."""

_WORDS = re.compile(r"\w+|\W", re.S)


@dataclass(frozen=True)
class Known:
    """A clause on record, or one withdrawn a short while ago."""

    clause_id: ClauseId
    wording: str


@dataclass(frozen=True)
class _Span:
    """The bytes of a clause in its text."""

    start: int
    end: int
    wording: str


def identities(
    old: Document, new: Sequence[Segment], trace: Trace, gone: Sequence[Known], new_id: Callable[[], ClauseId]
) -> tuple[ClauseId, ...]:
    """The identity of each clause among the new text's segments, in order. None is given twice.

    Args:
        old: The text before, with its clauses' identities.
        new: The segments of the new text.
        trace: Where the new text's characters come from in the old one.
        gone: Clauses withdrawn a short while ago, the latest first.
        new_id: Gives a fresh identity.
    """
    before, after = _words_of(old.segments), _words_of(new)
    held = _by_characters(before, after, _shared(before, after, trace, b"".join(s.text.encode() for s in new)))
    ids = list(old.ids)
    found: list[ClauseId | None] = [None if place is None else ids[place] for place in held]
    kept = {place for place in held if place is not None}
    left = [Known(ids[place], span.wording) for place, span in enumerate(before) if place not in kept]
    before_that = [one for one in gone if one.clause_id not in ids]
    _take_same(found, after, [*left, *before_that])
    for waiting, least in ((left, LEAST_SIMILARITY), (before_that, LEAST_OF_ONE_GONE)):
        _take_similar(found, after, [one for one in waiting if one.clause_id not in found], least)
    return tuple(one or new_id() for one in found)


@dataclass(frozen=True)
class Hands:
    """Who did something to a clause, most first: to its letters or digits, and to the rest, such as a full stop."""

    letters: tuple[PersonId, ...] = ()
    rest: tuple[PersonId, ...] = ()

    def named(self, others: "Hands | None" = None) -> tuple[PersonId, ...]:
        """Everybody who did something to the letters, then `others`; where nobody did, who did most to the rest."""
        more = others or NOBODY
        return tuple(dict.fromkeys((*self.letters, *more.letters))) or (*self.rest, *more.rest)[:1]


NOBODY: Final = Hands()


def writers(new: Sequence[Segment], trace: Trace) -> tuple[Hands, ...]:
    """Who typed what is new in each clause."""
    return _hands(new, [(at, at + one.length, one.by) for at, one in _placed(trace) if one.origin is None])


def takers(old: Sequence[Segment], removed: Sequence[Removal]) -> tuple[Hands, ...]:
    """Who took something out of each clause of the old text."""
    return _hands(old, [(one.start, one.end, one.by) for one in removed])


def _hands(segments: Sequence[Segment], acts: Iterable[tuple[int, int, PersonId | None]]) -> tuple[Hands, ...]:
    spans = _spans(segments)
    text = b"".join(segment.text.encode() for segment in segments)
    touched: list[Counter[PersonId]] = [Counter() for _ in spans]
    wrote: list[set[PersonId]] = [set() for _ in spans]
    for first, last, by in acts:
        if by is not None:
            for place, start, end in _within(spans, first, last):
                touched[place][by] += end - start
                if any(map(str.isalnum, text[start:end].decode(errors="ignore"))):
                    wrote[place].add(by)
    ranked = [[who for who, _ in counts.most_common()] for counts in touched]
    return tuple(
        Hands(tuple(who for who in order if who in names), tuple(who for who in order if who not in names))
        for order, names in zip(ranked, wrote, strict=True)
    )


def trace_between(old: str, new: str) -> Trace:
    """Where the new text's characters come from, as far as the words tell."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    while head and old[head - 1 : head].isalnum() and head < max(len(old), len(new)):
        head -= 1  # what two words begin with in common says nothing
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while tail and new[-tail].isalnum() and (_ends_in_letter(old[:-tail]) or _ends_in_letter(new[:-tail])):
        tail -= 1  # nor does what they end with
    before = len(old[:head].encode())
    middle = _between(old[head : len(old) - tail], new[head : len(new) - tail], before)
    end = len(old.encode()) - len(old[len(old) - tail :].encode())
    return joined([Stretch(before, 0), *middle, Stretch(len(old[len(old) - tail :].encode()), end)])


def _ends_in_letter(text: str) -> bool:
    return text[-1:].isalnum()


def _between(old: str, new: str, offset: int) -> list[Stretch]:
    theirs, ours = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(theirs), len(ours)) > MOST_WORDS_COMPARED:
        theirs, ours = old.splitlines(keepends=True), new.splitlines(keepends=True)
    places = [0]
    for word in theirs:
        places.append(places[-1] + len(word.encode()))
    found = []
    for kind, i, _, k, m in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        length = sum(len(word.encode()) for word in ours[k:m])
        words = re.findall(r"\w+", "".join(ours[k:m]))
        is_sure = kind == "equal" and (len(words) >= LEAST_WORDS or not words)
        found.append(Stretch(length, offset + places[i] if is_sure else None))
    return found


def _spans(segments: Sequence[Segment]) -> list[_Span]:
    spans, at = [], 0
    for segment in segments:
        end = at + len(segment.text.encode())
        if segment.kind is SegmentKind.CLAUSE:
            spans.append(_Span(at, end, segment.wording))
        at = end
    return spans


def _words_of(segments: Sequence[Segment]) -> list[_Span]:
    """The same without list markers: a number before an item is nobody's word, and stays when words come before it."""
    clauses = [one for one in segments if one.kind is SegmentKind.CLAUSE]
    return [
        _Span(span.start + (marker_length(clause.text) if clause.marker else 0), span.end, span.wording)
        for span, clause in zip(_spans(segments), clauses, strict=True)
    ]


def _placed(trace: Trace) -> list[tuple[int, Stretch]]:
    placed, at = [], 0
    for one in trace:
        placed.append((at, one))
        at += one.length
    return placed


def _within(spans: Sequence[_Span], start: int, end: int) -> list[tuple[int, int, int]]:
    """The spans that these bytes touch, as (number, first, end)."""
    place = max(0, bisect_right([span.start for span in spans], start) - 1)
    found = []
    while place < len(spans) and spans[place].start < end:
        first, last = max(start, spans[place].start), min(end, spans[place].end)
        if first < last:
            found.append((place, first, last))
        place += 1
    return found


def _shared(before: Sequence[_Span], after: Sequence[_Span], trace: Trace, text: bytes) -> list[set[int]]:
    """For each old clause the new ones that hold letters or digits of it."""
    shared: list[set[int]] = [set() for _ in before]
    for at, one in _placed(trace):
        if one.origin is None:
            continue
        for old, start, end in _within(before, one.origin, one.origin + one.length):
            shift = at - one.origin
            for new, first, last in _within(after, start + shift, end + shift):
                if any(byte > 127 or chr(byte).isalnum() for byte in text[first:last]):
                    shared[old].add(new)
    return shared


def _by_characters(before: Sequence[_Span], after: Sequence[_Span], shared: Sequence[set[int]]) -> list[int | None]:
    """The old clause that each new one goes on with. Each old one asks for its first part, then for the next."""
    held: list[int | None] = [None] * len(after)
    asking = list(range(len(before)))
    asked = [sorted(places) for places in shared]
    while asking:
        old = asking.pop(0)
        if not asked[old]:
            continue
        place = asked[old].pop(0)
        holder = held[place]
        if holder is None or (len(before[old].wording), -old) > (len(before[holder].wording), -holder):
            held[place] = old
            if holder is not None:
                asking.append(holder)
        else:
            asking.append(old)
    return held


def _take_same(found: list[ClauseId | None], after: Sequence[_Span], known: Sequence[Known]) -> None:
    waiting: dict[str, list[ClauseId]] = {}
    for one in known:
        waiting.setdefault(_plain(one.wording), []).append(one.clause_id)
    for place, span in enumerate(after):
        if found[place] is None and (same := waiting.get(_plain(span.wording))):
            found[place] = same.pop(0)


def _take_similar(found: list[ClauseId | None], after: Sequence[_Span], left: Sequence[Known], least: float) -> None:
    places = [place for place, one in enumerate(found) if one is None]
    known = [(one.clause_id, one.wording) for one in left]
    for place, one in zip(places, match_clauses(known, [after[p].wording for p in places], least), strict=True):
        found[place] = one


def _plain(wording: str) -> str:
    return " ".join(wording.split())
