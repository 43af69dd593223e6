"""The items of an update as Yjs names them, and whether somebody can have made them one after the other."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lib.live.wire import Malformed

Named = tuple[int, int]
"""A character as Yjs names it: client, clock."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one client typed in a row: the edits from `first` to before `end`."""

    client: int
    first: int
    end: int
    left: Named | None
    """Behind which character it is said to stand; None = at the text's beginning."""
    right: Named | None
    """Before which one; None = at its end."""
    is_gone: bool = False
    """Whether it stands nowhere any more."""
    words: bytes | None = field(default=None, compare=False, repr=False)
    """In UTF-16, two bytes for each of its edits. None = deleted when it was written, or not kept."""

    def left_of(self, clock: int) -> Named | None:
        """Behind which character one of its own was typed."""
        return (self.client, clock - 1) if clock > self.first else self.left

    def between(self, first: int, end: int) -> bytes | None:
        """Its words from one of its edits to before another."""
        return None if self.words is None else self.words[2 * (first - self.first) : 2 * (end - self.first)]

    @property
    def sides(self) -> tuple[Named, ...]:
        """The characters that it rests on."""
        return tuple(side for side in (self.left, self.right) if side is not None)


def among(items: Sequence[Item], first: int, end: int) -> Iterator[Item]:
    """Those of a client's items, which are in their order, that have some of the edits from `first` to before `end`."""
    at = max(0, bisect_right(items, first, key=lambda one: one.first) - 1)
    while at < len(items) and items[at].first < end:
        if items[at].end > first:
            yield items[at]
        at += 1


def check_made_in_turn(items: Mapping[int, Sequence[Item]], known: Mapping[int, int]) -> None:
    """Make sure that each item rests on what was there before it: no page can place the others, and throws.

    Raises:
        Malformed: one rests on itself, on a later one of its client, or on one that rests on it.
    """
    rests_on = {client: [_named_in(one, items, known) for one in made] for client, made in items.items()}
    waits = {client: [(at > 0) + len(named) for at, named in enumerate(all_of)] for client, all_of in rests_on.items()}
    followers: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for client, all_of in rests_on.items():
        for at, named in enumerate(all_of):
            followers[client, at].append((client, at + 1))
            for other in named:
                followers[other].append((client, at))
    ready = [(client, 0) for client, left in waits.items() if not left[0]]
    placed = 0
    while ready:
        placed += 1
        for client, at in followers[ready.pop()]:
            if at == len(waits[client]):
                continue
            waits[client][at] -= 1
            if not waits[client][at]:
                ready.append((client, at))
    if placed < sum(map(len, items.values())):
        raise Malformed


def _named_in(item: Item, items: Mapping[int, Sequence[Item]], known: Mapping[int, int]) -> list[tuple[int, int]]:
    """Which items that come along it rests on, as (client, place among its own)."""
    named = []
    for client, clock in item.sides:
        if client == item.client and clock >= item.first:
            raise Malformed
        if client != item.client and clock >= known.get(client, 0):
            named.append((client, bisect_right(items[client], clock, key=lambda one: one.first) - 1))
    return named
