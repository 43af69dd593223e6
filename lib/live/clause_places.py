"""Where each clause stands in the live document, so that every page knows whatever is typed meanwhile."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lib.domain.ids import ClauseId, WorkshopId
from lib.domain.trace import Trace
from lib.live.shared_text import SharedText


@dataclass(frozen=True)
class Spot:
    """A clause's bytes in a text, from `start` to before `end`. With the line's end, if it has one."""

    clause_id: ClauseId
    number: int
    start: int
    end: int


Spots = tuple[Spot, ...]


@dataclass(frozen=True)
class Found:
    """Where the clauses on record stand in a text. `is_level`: the policy says just this text."""

    spots: Spots
    is_level: bool


class Finder(Protocol):
    """Tells where the clauses on record stand in a document's text."""

    def __call__(self, workshop: WorkshopId, text: str, /) -> Found:
        """Called in a thread. Raises FolkmootError when the database cannot be asked."""
        ...


def moved(spots: Spots, trace: Trace) -> Spots:
    """Where the same clauses stand in a later text; `trace` says where its characters come from.

    A clause of which nothing is left is not among them.
    """
    kept: list[tuple[int, int, int]] = []
    at = 0
    for one in trace:
        if one.origin is not None:
            kept.append((one.origin, one.length, at))
        at += one.length
    found = []
    for spot in spots:
        inside = _inside(kept, spot)
        if inside:
            first_origin, _, first_at = inside[0]
            last_origin, last_length, last_at = inside[-1]
            start = first_at + max(0, spot.start - first_origin)
            end = last_at + min(last_length, spot.end - last_origin)
            found.append(Spot(spot.clause_id, spot.number, start, end))
    return tuple(found)


def _inside(kept: Sequence[tuple[int, int, int]], spot: Spot) -> list[tuple[int, int, int]]:
    """The stretches that hold something of it. They are in the order of the earlier text, too."""
    place = bisect_left(kept, spot.start, key=lambda one: one[0] + one[1] - 1)
    found = []
    while place < len(kept) and kept[place][0] < spot.end:
        found.append(kept[place])
        place += 1
    return found


def places(text: SharedText, spots: Spots) -> list[dict[str, Any]]:
    """The same for a browser: `first` is each clause's first character, `end` what follows its last one on the line.

    Both are characters rather than numbers, so they stay right in any copy of the document. `end` None = the text's
    end.
    """
    words = text.text.encode()
    ends = [spot.end - 1 if words[spot.end - 1 : spot.end] == b"\n" else spot.end for spot in spots]
    characters = text.characters_at([*(spot.start for spot in spots), *ends])

    def named(place: int) -> dict[str, int] | None:
        one = characters.get(place)
        return {"client": one.client, "clock": one.clock} if one else None

    return [
        {"id": spot.clause_id, "label": f"C{spot.number}", "first": named(spot.start), "end": named(end)}
        for spot, end in zip(spots, ends, strict=True)
        if spot.start < len(words)
    ]
