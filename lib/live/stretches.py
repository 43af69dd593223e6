"""Stretches of edits, such as the deleted ones: kept in order, so that it is soon told whether one is among them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from typing import Final

Ranges = dict[int, list[tuple[int, int]]]
"""By client: stretches of its edits, as (first, count)."""
PUT_IN_ONE_BY_ONE: Final = 64
"""More of them than that are sorted in all together."""


class Stretches:
    """Which edits of each client are among them. Stretches that touch are one."""

    def __init__(self, ranges: Mapping[int, Iterable[tuple[int, int]]] | None = None) -> None:
        self._firsts: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}
        self.add(ranges or {})

    def __len__(self) -> int:
        """How many stretches there are."""
        return sum(map(len, self._firsts.values()))

    def add(self, ranges: Mapping[int, Iterable[tuple[int, int]]]) -> None:
        """These are among them now, too."""
        for client, given in ranges.items():
            new = [one for one in given if self._lacks(client, *one)]
            if len(new) > PUT_IN_ONE_BY_ONE:
                self._sort_in(client, new)
                continue
            for first, count in new:
                self._put_in(client, first, first + count)

    def have(self, ranges: Ranges) -> bool:
        """Whether all of these edits are among them."""
        return not any(self._lacks(client, *one) for client, given in ranges.items() for one in given)

    def lacking(self, ranges: Ranges) -> int:
        """How many of these edits, which name none twice, are not among them."""
        return sum(
            count - sum(size for _, size in self._parts(client, first, count))
            for client, given in ranges.items()
            for first, count in given
        )

    def common(self, ranges: Ranges) -> Ranges:
        """What of these edits is among them."""
        found = {
            client: [part for one in given for part in self._parts(client, *one)] for client, given in ranges.items()
        }
        return {client: parts for client, parts in found.items() if parts}

    def more_with(self, ranges: Ranges) -> int:
        """How many stretches these would add at most, if each goes on where another one ends or begins anew."""
        return sum(
            self._lacks(client, *one) and not self._touches(client, *one)
            for client, given in ranges.items()
            for one in given
        )

    def _lacks(self, client: int, first: int, count: int) -> bool:
        at = bisect_right(self._firsts.get(client, ()), first) - 1
        return at < 0 or self._ends[client][at] < first + count

    def _parts(self, client: int, first: int, count: int) -> list[tuple[int, int]]:
        low, high = self._met(client, first + 1, first + count - 1)
        firsts, ends = self._firsts.get(client, [])[low:high], self._ends.get(client, [])[low:high]
        met = ((max(first, one), min(first + count, end)) for one, end in zip(firsts, ends, strict=True))
        return [(one, end - one) for one, end in met if one < end]

    def _touches(self, client: int, first: int, count: int) -> bool:
        low, high = self._met(client, first, first + count)
        return low < high

    def _met(self, client: int, first: int, end: int) -> tuple[int, int]:
        """From which to before which of them a new one meets."""
        return bisect_left(self._ends.get(client, ()), first), bisect_right(self._firsts.get(client, ()), end)

    def _put_in(self, client: int, first: int, end: int) -> None:
        firsts, ends = self._firsts.setdefault(client, []), self._ends.setdefault(client, [])
        low, high = self._met(client, first, end)
        if low < high:
            first, end = min(first, firsts[low]), max(end, ends[high - 1])
        firsts[low:high] = [first]
        ends[low:high] = [end]

    def _sort_in(self, client: int, new: list[tuple[int, int]]) -> None:
        firsts: list[int] = []
        ends: list[int] = []
        known = zip(self._firsts.get(client, ()), self._ends.get(client, ()), strict=True)
        for first, end in sorted([*known, *((first, first + count) for first, count in new)]):
            if ends and first <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                firsts.append(first)
                ends.append(end)
        self._firsts[client], self._ends[client] = firsts, ends
