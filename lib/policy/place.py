"""Where a clause's text goes: the ways to insert, replace, or take out lines of a policy, likeliest first.

Each way is a list of segments whose texts, joined, are the new policy. Markdown being what it is, a way can turn out
to change a neighbour; `lib.policy.change` takes the first that does not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Tag
from lib.policy.clause_wording import item_text, paragraph_text
from lib.policy.document import Document, Segment, SegmentKind

Way = list[Segment]

_NUMBER = re.compile(r" *\d+(?P<end>[.)]) *")


def without(document: Document, clause: Segment) -> Iterator[Way]:
    """Ways to take a clause out: its lines, or only its words where the section would cease to be a list."""
    before, after = _around(document, clause)
    if after and after[0].is_blank and (not before or before[-1].is_blank):
        yield before + after[1:]
    yield before + after
    marker = clause.marker or "- "
    hollow = replace(
        clause,
        kind=SegmentKind.EMPTY_ITEM,
        text=marker.rstrip() + document.newline,
        wording="",
        tag=NO_TAG,
        clause_id=None,
        marker=marker,
    )
    gap = _gap(clause, document.newline)
    yield [*before, hollow, *after]
    yield [*before, gap, hollow, gap, *after]


def reworded(document: Document, clause: Segment, wording: str, tag: Tag) -> Iterator[Way]:
    """Ways to give a clause another wording in its place; a paragraph becomes a list item where it must."""
    before, after = _around(document, clause)
    newline = document.newline
    if clause.is_item:
        yield [*before, _as_item(clause, clause.marker, wording, tag, newline), *after]
        return
    changed = replace(clause, text=paragraph_text(wording, tag, newline), wording=wording, tag=tag)
    yield [*before, changed, *after]
    yield as_list(Document((*before, changed, *after)), clause.section_index, newline)


def inserted(way: Way, index: int, new: Segment, before: ClauseId | None, newline: str) -> Iterator[Way]:
    """Ways to put a new list item into the section of that index, before a clause of it or at its end."""
    if any(s.section_index == index and s.kind is SegmentKind.CLAUSE and not s.is_item for s in way):
        way = as_list(Document(tuple(way)), index, newline)
    target = next((p for p, s in enumerate(way) if before and s.clause_id == before and s.section_index == index), None)
    if target is not None:
        neighbour = way[target]
        item = _as_item(new, neighbour.marker, new.wording, new.tag, newline)
        gap = [_gap(new, newline)] if _is_loose(way, index) else []
        yield [*way[:target], item, *gap, *way[target:]]
        yield [*_closed(way[:target], newline), item, _gap(new, newline), *way[target:]]
        return
    yield from _appended(way, index, new, newline)


def with_section(document: Document, name: str) -> Way:
    """The policy with a heading of this name at its end, of the level of the last one."""
    levels = [segment.level for segment in document.segments if segment.kind is SegmentKind.HEADING]
    level = max(levels[-1], 2) if levels else 2
    index = max((segment.section_index for segment in document.segments), default=0) + 1
    newline = document.newline
    heading = Segment(SegmentKind.HEADING, f"{'#' * level} {name}{newline}", name, index, level=level)
    return [*_closed(list(document.segments), newline), heading]


def as_list(document: Document, index: int, newline: str) -> Way:
    """The policy with the paragraphs of one section made list items."""
    return [
        _as_item(segment, "- ", segment.wording, segment.tag, newline)
        if segment.kind is SegmentKind.CLAUSE and segment.section_index == index and not segment.is_item
        else segment
        for segment in document.segments
    ]


def numbered(way: Way, newline: str) -> Way:
    """The policy with the numbers of its ordered lists in order again, each from its lowest on."""
    result = list(way)
    for run in _ordered_runs(way):
        numbers = [int(way[place].marker.strip(" .)")) for place in run]
        for wanted, (place, number) in enumerate(zip(run, numbers, strict=True), start=min(numbers)):
            segment = way[place]
            if number != wanted and segment.kind is SegmentKind.CLAUSE:
                marker = re.sub(r"\d+", str(wanted), segment.marker)
                result[place] = _as_item(segment, marker, segment.wording, segment.tag, newline)
    return result


def _ordered_runs(way: Way) -> list[list[int]]:
    """The places of the items of each ordered list."""
    runs: list[list[int]] = [[]]
    kind = ""
    for place, segment in enumerate(way):
        found = _NUMBER.fullmatch(segment.marker)
        if not segment.is_blank and (found is None or found["end"] != kind):
            runs.append([])
        if found is not None:
            kind = found["end"]
            runs[-1].append(place)
    return [run for run in runs if run]


def _appended(way: Way, index: int, new: Segment, newline: str) -> Iterator[Way]:
    places = [p for p, s in enumerate(way) if s.section_index == index and not s.is_blank]
    items = [p for p in places if way[p].is_item]
    if not items:
        at = places[-1] + 1 if places else 0
        item = _as_item(new, "- ", new.wording, new.tag, newline)
        yield [*_closed(way[:at], newline), item, *_opened(way[at:], new, newline)]
        return
    last, rest = items[-1], way[items[-1] + 1 :]
    marker = way[last].marker
    item = _as_item(new, marker, new.wording, new.tag, newline)
    if way[last].kind is SegmentKind.EMPTY_ITEM:
        yield [*way[:last], item, *rest]
    head = _ended(way[: last + 1], newline)
    gap = [_gap(new, newline)] if _is_loose(way, index) else []
    yield [*head, *gap, item, *rest]
    yield [*_closed(head, newline), item, *_opened(rest, new, newline)]


def _as_item(segment: Segment, marker: str, wording: str, tag: Tag, newline: str) -> Segment:
    text = item_text(marker, wording, tag, newline)
    return replace(segment, kind=SegmentKind.CLAUSE, text=text, wording=wording, tag=tag, marker=marker)


def _is_loose(way: Sequence[Segment], index: int) -> bool:
    """Whether the section's list has blank lines between its items."""
    items = [place for place, segment in enumerate(way) if segment.section_index == index and segment.is_item]
    return any(way[place - 1].is_blank for place in items[1:])


def _around(document: Document, clause: Segment) -> tuple[Way, Way]:
    place = document.segments.index(clause)
    return list(document.segments[:place]), list(document.segments[place + 1 :])


def _gap(near: Segment, newline: str) -> Segment:
    return Segment(SegmentKind.CONTEXT, newline, near.section, near.section_index)


def _ended(way: Way, newline: str) -> Way:
    """The segments with a line end after the last."""
    if not way or way[-1].text.endswith(("\n", "\r", "\ufeff")):
        return way
    return [*way[:-1], replace(way[-1], text=way[-1].text + newline)]


def _closed(way: Way, newline: str) -> Way:
    """The segments with a blank line after the last, unless there is nothing to part from."""
    way = _ended(way, newline)
    if not way or way[-1].is_blank or way[-1].text == "\ufeff":
        return way
    return [*way, _gap(way[-1], newline)]


def _opened(rest: Way, near: Segment, newline: str) -> Way:
    """The segments with a blank line before the first, unless nothing follows."""
    return rest if not rest or rest[0].is_blank else [_gap(near, newline), *rest]
