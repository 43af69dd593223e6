"""Places of an old and of a new text that come in the same order in both."""

from collections.abc import Sequence
from typing import NamedTuple


class Pair(NamedTuple):
    """Two places that belong together, and how much it weighs that they do."""

    old: int
    new: int
    weight: float


class _Row(NamedTuple):
    """A row of pairs by its first one. Of rows that weigh the same, the one that begins sooner is greater."""

    weight: float
    sooner: tuple[int, int]
    pair: int


_NONE = _Row(0.0, (1, 1), -1)


class _Heaviest:
    """The heaviest row that begins behind a new place, in a binary indexed tree."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._rows = [_NONE] * (places + 1)

    def behind(self, place: int) -> _Row:
        at, found = self._places - 1 - place, _NONE
        while at > 0:
            found = max(found, self._rows[at])
            at -= at & -at
        return found

    def add(self, place: int, row: _Row) -> None:
        at = self._places - place
        while at <= self._places:
            self._rows[at] = max(self._rows[at], row)
            at += at & -at


def heaviest_in_order(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that rise in both places and together weigh most. Of several such rows the one that begins sooner."""
    heaviest = _Heaviest(max((pair.new for pair in pairs), default=0) + 1)
    following = [-1] * len(pairs)
    for number in sorted(range(len(pairs)), key=lambda at: (-pairs[at].old, pairs[at].new)):
        pair = pairs[number]
        rest = heaviest.behind(pair.new)
        following[number] = rest.pair
        heaviest.add(pair.new, _Row(pair.weight + rest.weight, (-pair.old, -pair.new), number))
    found, at = [], heaviest.behind(-1).pair
    while at >= 0:
        found.append(pairs[at])
        at = following[at]
    return found
