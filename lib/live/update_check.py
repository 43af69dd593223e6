"""What is in an update, read before it is applied: text typed into our one text, and nothing else.

Yjs keeps whatever it cannot place yet, and takes any kind of value. A document here is one plain text, and every update
must fit onto what the server has: then nothing waits in it unseen, and nobody can write in somebody else's name.
The format is that of Yjs 13, `encodeStateAsUpdate`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lib.live.items import Item, Named, check_made_in_turn
from lib.live.stretches import Ranges, Stretches
from lib.live.wire import Bytes, Malformed

ROOT: Final = "policy"
NOTHING: Final = b"\x00\x00"
"""The update that changes nothing."""
GONE, DELETED, TEXT = 0, 1, 4
"""Kinds of content that a plain text has: collected, deleted, and characters."""
HAS_LEFT, HAS_RIGHT, HAS_KEY = 0x80, 0x40, 0x20
MOST_CLOCK: Final = 2**31
MOST_EDITS: Final = 5_000
"""Stretches in one update. A page puts together what was typed in a row: an hour without a line makes some hundreds."""
DELETED_A_PIECE: Final = 1_000
"""So much that came and went unseen counts as one more stretch."""
CONTROLS: Final = frozenset(map(chr, range(32))) - {"\n", "\t"}


class Gap(Exception):
    """The update rests on something that is not known here."""


class TooScattered(Exception):
    """The update has more stretches than are looked at."""


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
    items: Mapping[int, Sequence[Item]] = field(default_factory=dict)
    """Each client's, in their order."""
    halves: frozenset[Named] = frozenset()
    """The second halves of characters that take two of Yjs's numbers."""

    def adds_nothing_to(self, deleted: Stretches) -> bool:
        """Whether all of it is known, given what is deleted already."""
        return not self.ends and deleted.have(self.deletes)

    def stretches_beside(self, deleted: Stretches) -> int:
        """By how many stretches the document's history becomes longer, given what is deleted already."""
        return self.pieces + deleted.more_with(self.cuts)


def check_update(
    data: bytes, known: Mapping[int, int], *, most_deletes: int | None = None, most_clients: int | None = None
) -> Checked:
    """What an update brings to whoever knows each client's edits up to `known`.

    Raises:
        Malformed: it is no update, or none of a plain text. Of what is deleted in one every page still says where it
            stood: nothing of it is ever `GONE`, since the text is in nothing that could be deleted.
        Gap: it cannot be placed yet.
        TooScattered: it has more stretches than one update may have, deletes more than `most_deletes` of them, or is of
            more than `most_clients` pages.
    """
    given = Bytes(data)
    reader = _Reader(known)
    for _ in range(_clients_in(given, most_clients)):
        reader.client(given)
    deletes = deletes_in(given, most_deletes, most_clients)
    if not given.is_done:
        raise Malformed
    _check_each_once(deletes)
    reader.check_references(deletes)
    cuts = {client: [one for one in ranges if one[0] < known.get(client, 0)] for client, ranges in deletes.items()}
    return Checked(reader.ends, reader.inserted, deletes, reader.pieces, cuts, reader.items, frozenset(reader.halves))


def checked_before(data: bytes) -> Checked:
    """An update that was checked before, as of everything in it; nothing of it counts as a cut."""
    given = Bytes(data)
    reader = _Reader(None)
    for _ in range(given.number()):
        reader.client(given)
    deletes, halves = deletes_in(given), frozenset(reader.halves)
    return Checked(reader.ends, reader.inserted, deletes, reader.pieces, items=reader.items, halves=halves)


def first_edits(data: bytes) -> dict[int, int]:
    """By client the number of its first edit in an update that was checked before."""
    return {client: made[0].first for client, made in checked_before(data).items.items()}


def deletes_in(given: Bytes, most: int | None = None, most_clients: int | None = None) -> Ranges:
    """The stretches that an update deletes; its edits have been read.

    Raises:
        Malformed: these are none.
        TooScattered: there are more than `most`, or of more pages than `most_clients`.
    """
    deletes: Ranges = {}
    count = 0
    for _ in range(_clients_in(given, most_clients)):
        client, ranges = given.number(), given.number()
        count += ranges
        if client in deletes or not 1 <= ranges <= given.left:
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


def _clients_in(given: Bytes, most: int | None) -> int:
    count = given.number()
    if most is not None and count > most:
        raise TooScattered
    return count


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
        self._reach: dict[int, int] = {}
        self.items: dict[int, list[Item]] = {}
        self.halves: set[Named] = set()
        self.ends: dict[int, int] = {}
        self.inserted = 0
        self.pieces = 0
        self._edits = 0

    def client(self, given: Bytes) -> None:
        """All edits of one client."""
        count, client, clock = given.number(), given.number(), given.number(MOST_CLOCK)
        known = self._known.get(client, 0)
        if client in self._reach or not 1 <= count <= given.left:  # of many without edits the driver dies
            raise Malformed
        if clock > known and not self._is_placed:
            raise Gap(f"edit {clock} of {client} beyond {known}")
        self._edits += count
        if self._edits > MOST_EDITS and not self._is_placed:
            raise TooScattered
        self.items[client] = []
        for _ in range(count):
            item = self._item(given, client, clock, known)
            self.items[client].append(item)
            clock = item.end
            self.pieces += clock > known
        self._reach[client] = clock
        if clock > known:
            self.ends[client] = clock

    def check_references(self, deletes: Ranges) -> None:
        """Make sure that everything that is named is known here, or comes along in its turn."""
        named = [
            *(side for made in self.items.values() for one in made for side in one.sides),
            *((c, first + count - 1) for c, all_of in deletes.items() for first, count in all_of),
        ]
        for client, clock in named:
            if clock >= max(self._known.get(client, 0), self._reach.get(client, 0)):
                raise Gap(f"a reference to edit {clock} of {client}, known to {self._known.get(client, 0)}")
        check_made_in_turn(self.items, self._known)

    def _item(self, given: Bytes, client: int, clock: int, known: int) -> Item:
        info = given.byte()
        kind = info & 0x1F
        if kind == GONE and self._is_placed:
            return Item(client, clock, self._end(clock, given.number(MOST_CLOCK)), None, None, is_gone=True)
        if info & HAS_KEY or kind not in (DELETED, TEXT):
            raise Malformed
        left, right = (
            (given.number(), given.number(MOST_CLOCK)) if info & side else None for side in (HAS_LEFT, HAS_RIGHT)
        )
        if not info & (HAS_LEFT | HAS_RIGHT) and (given.number() != 1 or given.text() != ROOT):
            raise Malformed
        units: bytes | None = None
        if kind == DELETED:
            end = self._end(clock, given.number(MOST_CLOCK))
            self.pieces += max(0, end - max(clock, known)) // DELETED_A_PIECE
        else:
            words = given.text()
            if not words or not (self._is_placed or CONTROLS.isdisjoint(words)):
                raise Malformed
            units = words.encode("utf-16-le")
            end = self._end(clock, len(units) // 2)
            self.inserted += max(0, end - max(clock, known))
            if not words.isascii():
                self._note_halves(client, clock, words)
        return Item(client, clock, end, left, right, words=units)

    def _note_halves(self, client: int, clock: int, words: str) -> None:
        for letter in words:
            if letter > "\uffff":
                clock += 1
                self.halves.add((client, clock))
            clock += 1

    def _end(self, clock: int, length: int) -> int:
        if length < 1 or clock + length > MOST_CLOCK:
            raise Malformed
        return clock + length
