"""Who joined clauses, or parted one: who took out or typed what lies between the words of two."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from lib.domain.ids import PersonId
from lib.domain.trace import Removal, Trace
from lib.policy.document import Document
from lib.policy.spans import Span, placed, spans, within, words_of

Names = tuple[PersonId, ...]


def seams(
    old: Document, new: Document, holders: Sequence[Collection[int]], trace: Trace, removed: Sequence[Removal]
) -> dict[tuple[int, int], Names]:
    """By place before and place now: who brought words from there to there, by joining clauses or by parting one.

    Args:
        old: The text before.
        new: The text now.
        holders: For each clause of the old text the places of those in the new one that hold words of it.
        trace: Where the new text's characters come from in the old one.
        removed: Who took what out of the old one.
    """
    joined = _doers(_gaps(old), [(one.start, one.end, one.by) for one in removed])
    parted = _doers(_gaps(new), [(at, at + one.length, one.by) for at, one in placed(trace) if one.origin is None])
    held: list[list[int]] = [[] for _ in new.ids]
    for was, places in enumerate(holders):
        for place in places:
            held[place].append(was)
    return {
        (was, place): tuple(
            dict.fromkeys((*_beside(was, held[place], joined), *_beside(place, sorted(places), parted)))
        )
        for was, places in enumerate(holders)
        for place in places
    }


def _gaps(text: Document) -> list[Span]:
    """What lies before the words of each clause, from the end of the words before that."""
    whole, ends = text.text.encode(), [0]
    for one in spans(text.segments):
        ends.append(one.start + len(whole[one.start : one.end].rstrip()))
    return [Span(end, one.start) for end, one in zip(ends, words_of(text.segments), strict=False)]


def _doers(gaps: Sequence[Span], acts: Iterable[tuple[int, int, PersonId | None]]) -> list[Names]:
    found: list[dict[PersonId, None]] = [{} for _ in gaps]
    for first, last, by in acts:
        if by is not None:
            for place, _, _ in within(gaps, first, last):
                found[place][by] = None
    return [tuple(one) for one in found]


def _beside(one: int, places: Sequence[int], doers: Sequence[Names]) -> list[PersonId]:
    """Who did something in the gaps between a place and those next to it among these, which come in order."""
    pairs = [pair for pair in pairwise(places) if one in pair]
    return [who for first, last in pairs for gap in range(first + 1, last + 1) for who in doers[gap]]
