"""Who joined clauses, or parted one: who changed what lies between the words of two."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from lib.domain.ids import PersonId
from lib.domain.trace import Removal, Trace
from lib.policy.document import Document
from lib.policy.spans import Span, placed, spans, within, words_of

Names = tuple[PersonId, ...]


@dataclass(frozen=True)
class _Act:
    """Somebody took out or typed these bytes of a text."""

    span: Span
    by: PersonId
    number: int
    """In the order in which these things were done, if that is known."""


class _Side:
    """One of two texts, with what was taken out of the earlier one or typed in the later one."""

    def __init__(self, text: Document, acts: Iterable[tuple[int, int, PersonId | None]]) -> None:
        self._text = text.text.encode()
        ends = [one.start + len(self._text[one.start : one.end].rstrip()) for one in spans(text.segments)]
        self._words = [Span(one.start, end) for one, end in zip(words_of(text.segments), ends, strict=True)]
        self._gaps = [Span(end, one.start) for end, one in zip((0, *ends), self._words, strict=False)]
        found = [_Act(Span(start, end), by, at) for at, (start, end, by) in enumerate(acts) if by is not None]
        self._acts = sorted(found, key=lambda one: one.span.start)
        self._spans = [one.span for one in self._acts]

    def gap(self, first: int, last: int) -> Span:
        """From the end of the words of one clause to the beginning of those of a later one."""
        return Span(self._gaps[first + 1].start, self._gaps[last].end)

    def between(self, first: int, last: int) -> list[_Act]:
        """What was done in the gaps between two clauses, not in the words there; to line breaks alone, if to any."""
        found: dict[int, _Act] = {}
        breaks: dict[int, _Act] = {}
        for gap in self._gaps[first + 1 : last + 1]:
            for at, start, end in within(self._spans, gap.start, gap.end):
                found[at] = self._acts[at]
                if b"\n" in self._text[start:end]:
                    breaks[at] = self._acts[at]
        return list((breaks or found).values())

    def is_of_a_line(self, act: _Act, first: int, last: int) -> bool:
        """Whether it was done to words of a clause between two as well."""
        touched = within(self._words, act.span.start, act.span.end)
        return any(first < place < last for place, _, _ in touched)

    def inside(self, place: Span) -> list[_Act]:
        """What was done in there."""
        return [self._acts[at] for at, _, _ in within(self._spans, place.start, place.end)]


def seams(
    old: Document, new: Document, holders: Sequence[Collection[int]], trace: Trace, removed: Sequence[Removal]
) -> dict[tuple[int, int], Names]:
    """By place before and place now: who brought words from there to there, by joining clauses or by parting one.

    Args:
        old: The text before.
        new: The text now.
        holders: For each clause of the old text the places of those in the new one that hold words of it.
        trace: Where the new text's characters come from in the old one.
        removed: Who took what out of the old one, in that order.
    """
    pieces = placed(trace)
    before = _Side(old, ((one.start, one.end, one.by) for one in removed))
    after = _Side(new, ((at, at + one.length, one.by) for at, one in pieces if one.origin is None))
    kept = sorted((one.origin, at, one.length) for at, one in pieces if one.origin is not None)
    kept_now = sorted((at, origin, length) for origin, at, length in kept)

    def joined(first: int, last: int) -> list[_Act]:
        """What made one clause of two: the last line break went, or something was typed before the second one."""
        gone = sorted(before.between(first, last), key=lambda one: one.number)
        return gone[-1:] or after.inside(_across(kept, before.gap(first, last)))

    def parted(first: int, last: int) -> list[_Act]:
        """What made two clauses of one. Whoever put a whole line in between did not."""
        typed = after.between(first, last)
        seam = [one for one in typed if not after.is_of_a_line(one, first, last)] or typed
        return seam or before.inside(_across(kept_now, after.gap(first, last)))

    held: list[list[int]] = [[] for _ in new.ids]
    found: dict[tuple[int, int], dict[PersonId, None]] = {}
    for was, places in enumerate(holders):
        for place in sorted(places):
            held[place].append(was)
            found[was, place] = {}
        for both in pairwise(sorted(places)):
            who = dict.fromkeys(one.by for one in parted(*both))
            for place in both:
                found[was, place] |= who
    for place, sources in enumerate(held):
        for both in pairwise(sources):
            who = dict.fromkeys(one.by for one in joined(*both))
            for was in both:
                found[was, place] |= who
    return {both: tuple(who) for both, who in found.items()}


def _across(kept: Sequence[tuple[int, int, int]], gap: Span) -> Span:
    """Where a gap of one text is in the other one. `kept`: from where here, from where there, how many bytes."""
    first = bisect_left(kept, gap.start, key=itemgetter(0)) - 1
    here, there, length = kept[first] if first >= 0 else (0, 0, 0)
    start = there + min(length, gap.start - here)
    last = bisect_right(kept, gap.end, key=itemgetter(0)) - 1
    here, there, length = kept[last] if last >= 0 else (0, 0, 0)
    if gap.end < here + length:
        return Span(start, there + gap.end - here)
    return Span(start, kept[last + 1][1] if last + 1 < len(kept) else start)
