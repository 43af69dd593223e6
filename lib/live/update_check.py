"""What is in an update, read before it is applied: text typed into our one text, and nothing else.

Yjs keeps whatever it cannot place yet, and takes any kind of value. A document here is one plain text, and every update
must fit onto what the server has: then nothing waits in it unseen, and nobody can write in somebody else's name.
The format is that of Yjs 13, `encodeStateAsUpdate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lib.live.stretches import Ranges, Stretches
from lib.live.wire import Bytes, Malformed

ROOT: Final = "policy"
GONE, DELETED, TEXT = 0, 1, 4
"""Kinds of content that a plain text has: collected, deleted, and characters."""
HAS_LEFT, HAS_RIGHT, HAS_KEY = 0x80, 0x40, 0x20
MOST_CLOCK: Final = 2**31
MOST_EDITS: Final = 5_000
"""Stretches in one update. A page puts together what was typed in a row: an hour without a line makes some hundreds."""
CONTROLS: Final = frozenset(map(chr, range(32))) - {"\n", "\t"}


class Gap(Exception):
    """The update rests on something that is not known here."""


class TooScattered(Exception):
    """The update has more stretches than are looked at."""


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
    cuts: Ranges = field(default_factory=dict)
    """What it deletes of what is known already."""
    between: tuple[tuple[Named, Named], ...] = ()
    """Behind which character and before which one each new stretch is said to stand, where it is said to do both."""

    def adds_nothing_to(self, deleted: Stretches) -> bool:
        """Whether all of it is known, given what is deleted already."""
        return not self.ends and deleted.have(self.deletes)

    def stretches_beside(self, deleted: Stretches) -> int:
        """By how many stretches the document's history becomes longer, given what is deleted already."""
        return self.pieces + deleted.more_with(self.cuts)


def check_update(data: bytes, known: Mapping[int, int], *, most_deletes: int | None = None) -> Checked:
    """What an update brings to whoever knows each client's edits up to `known`.

    Raises:
        Malformed: it is no update, or none of a plain text.
        Gap: it cannot be placed yet.
        TooScattered: it has more stretches than one update may have, or deletes more than `most_deletes` of them.
    """
    given = Bytes(data)
    reader = _Reader(known)
    for _ in range(given.number()):
        reader.client(given)
    deletes = deletes_in(given, most_deletes)
    if not given.is_done:
        raise Malformed
    _check_each_once(deletes)
    reader.check_references(deletes)
    cuts = {client: [one for one in ranges if one[0] < known.get(client, 0)] for client, ranges in deletes.items()}
    return Checked(reader.ends, reader.inserted, deletes, reader.pieces, cuts, tuple(reader.between))


def first_edits(data: bytes) -> dict[int, int]:
    """By client the number of its first edit in an update that was checked before."""
    given = Bytes(data)
    reader = _Reader(None)
    for _ in range(given.number()):
        reader.client(given)
    return reader.firsts


def deletes_in(given: Bytes, most: int | None = None) -> Ranges:
    """The stretches that an update deletes; its edits have been read.

    Raises:
        Malformed: these are none.
        TooScattered: there are more than `most`.
    """
    deletes: Ranges = {}
    count = 0
    for _ in range(given.number()):
        client, ranges = given.number(), given.number()
        count += ranges
        if client in deletes or ranges > given.left:
            raise Malformed
        if most is not None and count > most:
            raise TooScattered
        numbers = given.numbers(2 * ranges, MOST_CLOCK)
        deletes[client] = list(zip(numbers[::2], numbers[1::2], strict=True))
    return deletes


def deleted_in(whole: bytes) -> Stretches:
    """The stretches that a document has deleted, from `SharedText.since` of its own state."""
    given = Bytes(whole)
    if given.number() != 0:
        raise Malformed
    return Stretches(deletes_in(given))


def _check_each_once(deletes: Ranges) -> None:
    """Make sure that stretches come in their order and none of them again, as every Yjs writes them."""
    for ranges in deletes.values():
        reach = 0
        for first, count in ranges:
            if first < reach or count < 1:
                raise Malformed
            reach = first + count


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
        self._edits = 0

    def client(self, given: Bytes) -> None:
        """All edits of one client."""
        count, client, clock = given.number(), given.number(), given.number(MOST_CLOCK)
        known = self._known.get(client, 0)
        if client in self._reach or count > given.left:
            raise Malformed
        if clock > known and not self._is_placed:
            raise Gap(f"edit {clock} of {client} beyond {known}")
        self.firsts[client] = clock
        self._edits += count
        if self._edits > MOST_EDITS and not self._is_placed:
            raise TooScattered
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
