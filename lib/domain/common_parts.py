"""What two texts have in common, cut into lines or words: in a time that hardly grows faster than the texts do."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

MOST_PAIRS_COMPARED: Final = 10_000
"""Of stretches with more pairs of parts only those parts are found that each has once, and what is around them."""
LEVELS: Final = 10
"""So often such parts are looked for within a stretch between two others."""


class Change(NamedTuple):
    """Parts `start` to before `end` of the old text, and `first` to before `last` of the new one in their place."""

    start: int
    end: int
    first: int
    last: int


def changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """From the front, what is between the parts that both have in the same order."""
    start = first = 0
    for at, place in [*sorted(_common(old, new)), (len(old), len(new))]:
        if at > start or place > first:
            yield Change(start, at, first, place)
        start, first = at + 1, place + 1


def alike(one: Sequence[str], other: Sequence[str]) -> int:
    """With how many equal parts both begin."""
    for count, (part, same) in enumerate(zip(one, other, strict=False)):
        if part != same:
            return count
    return min(len(one), len(other))


def _common(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    waiting = [(Change(0, len(old), 0, len(new)), 0)]
    while waiting:
        whole, level = waiting.pop()
        head = alike(old[whole.start : whole.end], new[whole.first : whole.last])
        yield from zip(range(whole.start, whole.start + head), range(whole.first, whole.first + head), strict=True)
        start, first = whole.start + head, whole.first + head
        tail = alike(old[start : whole.end][::-1], new[first : whole.last][::-1])
        end, last = whole.end - tail, whole.last - tail
        yield from zip(range(end, whole.end), range(last, whole.last), strict=True)
        left = Change(start, end, first, last)
        if (end - start) * (last - first) <= MOST_PAIRS_COMPARED:
            yield from _compared(old, new, left)
        elif level < LEVELS:
            waiting += [(one, level + 1) for one in _between_those_found_once(old, new, left)]


def _compared(old: Sequence[str], new: Sequence[str], of: Change) -> Iterator[tuple[int, int]]:
    if of.start == of.end or of.first == of.last:
        return
    matcher = SequenceMatcher(None, old[of.start : of.end], new[of.first : of.last], autojunk=False)
    for at, place, count in matcher.get_matching_blocks():
        yield from ((of.start + at + by, of.first + place + by) for by in range(count))


def _between_those_found_once(old: Sequence[str], new: Sequence[str], of: Change) -> Iterator[Change]:
    """The stretches between parts that each text has once, in the same order; each begins with the one before it."""
    start, first = of.start, of.first
    pairs = _in_order(_found_once(old, of.start, of.end), _found_once(new, of.first, of.last))
    for at, place in pairs:
        yield Change(start, at, first, place)
        start, first = at, place
    if pairs:
        yield Change(start, of.end, first, of.last)


def _found_once(parts: Sequence[str], start: int, end: int) -> dict[str, int]:
    times = Counter(parts[start:end])
    return {part: at for at, part in enumerate(parts[start:end], start) if times[part] == 1}


def _in_order(here: dict[str, int], there: dict[str, int]) -> list[tuple[int, int]]:
    """The longest row of parts that come in the same order in both."""
    lasts: list[int] = []
    rows: list[tuple[int, int, int]] = []
    ends: list[int] = []
    for part, at in here.items():
        if part not in there:
            continue
        length = bisect_left(lasts, there[part])
        before = ends[length - 1] if length else -1
        lasts[length : length + 1] = [there[part]]
        ends[length : length + 1] = [len(rows)]
        rows.append((at, there[part], before))
    found = []
    last = ends[-1] if ends else -1
    while last >= 0:
        at, place, last = rows[last]
        found.append((at, place))
    return found[::-1]
