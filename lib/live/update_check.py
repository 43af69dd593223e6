"""What is in an update, read before it is applied: text typed into our one text, and nothing else.

Yjs keeps whatever it cannot place yet, and takes any kind of value. A document here is one plain text, and every update
must fit onto what the server has: then nothing waits in it unseen, and nobody can write in somebody else's name.
The format is that of Yjs 13, `encodeStateAsUpdate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lib.live.wire import Bytes, Malformed

ROOT: Final = "policy"
GONE, DELETED, TEXT = 0, 1, 4
"""Kinds of content that a plain text has: collected, deleted, and characters."""
HAS_LEFT, HAS_RIGHT, HAS_KEY = 0x80, 0x40, 0x20
MOST_CLOCK: Final = 2**31
CONTROLS: Final = frozenset(map(chr, range(32))) - {"\n", "\t"}


class Gap(Exception):
    """The update rests on something that is not known here."""


Ranges = dict[int, list[tuple[int, int]]]
"""By client: stretches of its edits, as (first, count)."""
Named = tuple[int, int]
"""A character as Yjs names it: client, clock."""


@dataclass(frozen=True)
class Checked:
    """An update that can be applied whole."""

    ends: Mapping[int, int]
    """How far each client's edits go that bring something new."""
    inserted: int
    """How many characters are new, in UTF-16 units."""
    deletes: Ranges
    pieces: int = 0
    """How many stretches are new in it: each makes the document's history longer, whether it is deleted or not."""
    between: tuple[tuple[Named, Named], ...] = ()
    """Behind which character and before which one each new stretch is said to stand, where it is said to do both."""

    def adds_nothing_to(self, deleted: Ranges) -> bool:
        """Whether all of it is known, given what is deleted already."""
        return not self.ends and all(
            _is_within(first, count, deleted.get(client, []))
            for client, ranges in self.deletes.items()
            for first, count in ranges
        )


def check_update(data: bytes, known: Mapping[int, int]) -> Checked:
    """What an update brings to whoever knows each client's edits up to `known`.

    Raises:
        Malformed: it is no update, or none of a plain text.
        Gap: it cannot be placed yet.
    """
    given = Bytes(data)
    reader = _Reader(known)
    for _ in range(given.number()):
        reader.client(given)
    deletes = deletes_in(given)
    if not given.is_done:
        raise Malformed
    reader.check_references(deletes)
    return Checked(reader.ends, reader.inserted, deletes, reader.pieces, tuple(reader.between))


def first_edits(data: bytes) -> dict[int, int]:
    """By client the number of its first edit in an update that was checked before."""
    given = Bytes(data)
    reader = _Reader(None)
    for _ in range(given.number()):
        reader.client(given)
    return reader.firsts


def deletes_in(given: Bytes) -> Ranges:
    """The stretches that an update deletes."""
    deletes: Ranges = {}
    for _ in range(given.number()):
        client = given.number()
        ranges = deletes.setdefault(client, [])
        for _ in range(given.number()):
            ranges.append((given.number(MOST_CLOCK), given.number(MOST_CLOCK)))
    return deletes


def deleted_in(whole: bytes) -> Ranges:
    """The stretches that a document has deleted, from `SharedText.since` of its own state."""
    given = Bytes(whole)
    if given.number() != 0:
        raise Malformed
    return deletes_in(given)


class _Reader:
    """Reads the edits of an update, client by client."""

    def __init__(self, known: Mapping[int, int] | None) -> None:
        """`known` None places everything, whatever it rests on."""
        self._known = known or {}
        self._is_placed = known is None
        self.firsts: dict[int, int] = {}
        self._reach: dict[int, int] = {}
        self._references: list[Named] = []
        self.between: list[tuple[Named, Named]] = []
        self.ends: dict[int, int] = {}
        self.inserted = 0
        self.pieces = 0

    def client(self, given: Bytes) -> None:
        """All edits of one client."""
        count, client, clock = given.number(), given.number(), given.number(MOST_CLOCK)
        known = self._known.get(client, 0)
        if client in self._reach:
            raise Malformed
        if clock > known and not self._is_placed:
            raise Gap(f"edit {clock} of {client} beyond {known}")
        self.firsts[client] = clock
        for _ in range(count):
            clock = self._edit(given, clock, known)
            self.pieces += clock > known
        self._reach[client] = clock
        if clock > known:
            self.ends[client] = clock

    def check_references(self, deletes: Ranges) -> None:
        """Make sure that everything that is named is known here, or comes along."""
        named = [
            *self._references,
            *((c, first + count - 1) for c, all_of in deletes.items() for first, count in all_of),
        ]
        for client, clock in named:
            if clock >= max(self._known.get(client, 0), self._reach.get(client, 0)):
                raise Gap(f"a reference to edit {clock} of {client}, known to {self._known.get(client, 0)}")

    def _edit(self, given: Bytes, clock: int, known: int) -> int:
        info = given.byte()
        kind = info & 0x1F
        if kind == GONE:
            return self._end(clock, given.number(MOST_CLOCK))
        if info & HAS_KEY or kind not in (DELETED, TEXT):
            raise Malformed
        sides = [(given.number(), given.number(MOST_CLOCK)) for side in (HAS_LEFT, HAS_RIGHT) if info & side]
        self._references += sides
        if not info & (HAS_LEFT | HAS_RIGHT) and (given.number() != 1 or given.text() != ROOT):
            raise Malformed
        if kind == DELETED:
            end = self._end(clock, given.number(MOST_CLOCK))
        else:
            words = given.text()
            if not words or not CONTROLS.isdisjoint(words):
                raise Malformed
            end = self._end(clock, len(words.encode("utf-16-le")) // 2)
            self.inserted += max(0, end - max(clock, known))
        if end > known and len(sides) == 2:
            self.between.append((sides[0], sides[1]))
        return end

    def _end(self, clock: int, length: int) -> int:
        if length < 1 or clock + length > MOST_CLOCK:
            raise Malformed
        return clock + length


def _is_within(first: int, count: int, ranges: list[tuple[int, int]]) -> bool:
    """Whether the stretches cover this one. They may touch one another."""
    at = first
    for start, length in sorted(ranges):
        if start <= at < start + length:
            at = start + length
    return at >= first + count
