"""Between which characters every character of a document was typed, and whether an update can have been typed in it.

Yjs gives one text in whatever order updates arrive, as long as each item was typed between two characters that some
page had side by side. That is so if the one on the right was not typed behind something that stands between the two,
nor the one on the left before something between them: whoever has a character has what was around it. Of an update
that says otherwise readers make several texts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lib.live.items import Item, Named, among
from lib.live.shared_text import ROOT, SharedText
from lib.live.stretches import Ranges
from lib.live.update_check import GONE, HAS_LEFT, HAS_RIGHT, TEXT, Checked, TooScattered, checked_before
from lib.live.wire import Malformed, block, number

MOST_STEPS: Final = 1_000_000
"""Items that are walked past to look up orders for one update. What people type one after the other needs none."""
LETTERS_A_STEP: Final = 500
"""So many characters of an item take as long as to go on to the next one."""
LONGEST_KNOWN: Final = 10_000_000
"""What is deleted in one piece is no longer than that, or nothing is known of the order in it."""


class Neighbours:
    """All that was ever typed in a document, without the words."""

    def __init__(self, whole: bytes) -> None:
        """`whole` = everything that the document has."""
        self._made: dict[int, list[Item]] = {}
        self._halves: dict[int, list[int]] = {}
        """By client, in their order: the second halves of characters that stand."""
        self._order: SharedText | None = None
        """A letter for each character, of which none is deleted; made as soon as an order is looked up."""
        self.learn(whole)

    def learn(self, update: bytes) -> None:
        """An update that was checked before is in the document now.

        Raises:
            Malformed: it is none.
        """
        self.add(checked_before(update))

    def add(self, checked: Checked) -> None:
        """This is in the document now."""
        new = self._new_in(checked.items)
        if new and self._order is not None:
            self._order.apply(_letters(new))
        for client, clock in sorted(checked.halves):
            if clock >= self._known(client):
                self._halves.setdefault(client, []).append(clock)
        for client, made in new.items():
            _put_together(self._made.setdefault(client, []), made)
        self._forget_halves(checked.deletes)

    def steps(self, checked: Checked) -> int:
        """How many items are walked past to tell whether an update can have been typed: what `check` takes.

        Raises:
            Malformed: it cannot.
            TooScattered: to find out would take too long.
        """
        named = {one for pair in self._pairs(self._new_in(checked.items)) for one in pair}
        if not named:
            return 0
        items = sum(map(len, (*self._made.values(), *checked.items.values())))
        steps = len(named) * (items + sum(map(self._known, self._made)) // LETTERS_A_STEP)
        if steps > MOST_STEPS:
            raise TooScattered
        return steps

    def check(self, checked: Checked) -> None:
        """Make sure that every reader of an update makes the same of it; `add` or `forget_order` is to follow.

        Raises:
            Malformed: some do not.
            BrokenUpdate: it rests on what is not known here.
        """
        new = self._new_in(checked.items)
        self._check_whole_characters(checked, new)
        pairs = self._pairs(new)
        if not pairs:
            return
        order = self._order or SharedText([_letters(self._made)])
        self._order = None  # it is good again once it is known that the update is
        if any(clock >= self._known(client) for pair in pairs for client, clock in pair):
            order.apply(_letters(new))
        if not order.are_in_order(pairs):
            raise Malformed
        self._order = order

    def forget_order(self) -> None:
        """What was checked last did not come into the document."""
        self._order = None

    def stands_elsewhere(self, told: Checked) -> bool:
        """Whether some of what is known is said to have been typed between other characters than here."""
        return any(
            not (one.is_gone or known.is_gone)
            and (known.right != one.right or known.left_of(first) != one.left_of(first))
            for client, made in told.items.items()
            for one in made
            for known in among(self._made.get(client, ()), one.first, one.end)
            for first in [max(known.first, one.first)]
        )

    def _known(self, client: int) -> int:
        made = self._made.get(client)
        return made[-1].end if made else 0

    def _new_in(self, items: Mapping[int, Sequence[Item]]) -> dict[int, list[Item]]:
        """What of these is not known yet, by client."""
        new = {client: list(_from(self._known(client), made)) for client, made in items.items()}
        return {client: made for client, made in new.items() if made}

    def _check_whole_characters(self, checked: Checked, new: Mapping[int, Sequence[Item]]) -> None:
        """Make sure that nothing comes between the two halves of a character, which readers mend in several ways."""
        if not self._halves and not checked.halves:
            return
        edges = [(client, made[0].first) for client, made in new.items()]
        for item in (one for made in new.values() for one in made):
            edges += [(item.left[0], item.left[1] + 1)] if item.left else []
            edges += [item.right] if item.right else []
        if any(one in checked.halves or self._is_half(*one) for one in (*edges, *_edges(checked.deletes))):
            raise Malformed

    def _is_half(self, client: int, clock: int) -> bool:
        halves = self._halves.get(client, ())
        at = bisect_left(halves, clock)
        return at < len(halves) and halves[at] == clock

    def _forget_halves(self, deletes: Ranges) -> None:
        """Between halves that are deleted nothing is seen, whoever comes between them."""
        for client in deletes.keys() & self._halves.keys():
            halves = self._halves[client]
            for first, count in deletes[client]:
                del halves[bisect_left(halves, first) : bisect_left(halves, first + count)]
            if not halves:
                del self._halves[client]

    def _pairs(self, new: Mapping[int, Sequence[Item]]) -> list[tuple[Named, Named]]:
        return [pair for made in new.values() for one in made for pair in self._to_compare(one, new)]

    def _to_compare(self, item: Item, new: Mapping[int, Sequence[Item]]) -> list[tuple[Named, Named]]:
        """The characters whose order tells whether an item can have been typed where it says."""
        left, right = item.left, item.right
        behind = self._item_of(right, new).left_of(right[1]) if right else None
        before = self._item_of(left, new).right if left else None
        if left is None or right is None:
            if behind or before:
                raise Malformed
            return []
        if left == behind or right == before:
            return []
        return [(left, right), *([(behind, left)] if behind else []), *([(right, before)] if before else [])]

    def _item_of(self, named: Named, new: Mapping[int, Sequence[Item]]) -> Item:
        client, clock = named
        made = self._made[client] if clock < self._known(client) else new[client]
        item = made[bisect_right(made, clock, key=lambda one: one.first) - 1]
        if item.is_gone:
            raise Malformed
        return item


def _from(known: int, made: Iterable[Item]) -> Iterable[Item]:
    """What of a client's items comes after those that are known."""
    for one in made:
        if one.first >= known:
            yield one
        elif one.end > known:
            yield replace(one, first=known, left=None if one.is_gone else (one.client, known - 1))


def _put_together(known: list[Item], made: Iterable[Item]) -> None:
    """Put a client's next items behind those that are known; what goes on as the last one does is one with it."""
    for one in made:
        last = known[-1] if known else None
        if last and one.left == (one.client, last.end - 1) and one.right == last.right and not last.is_gone:
            known[-1] = replace(last, end=one.end)
        else:
            known.append(replace(one, words=None))


def _edges(deletes: Ranges) -> Iterable[Named]:
    """Where what is deleted begins, and what follows on it."""
    for client, ranges in deletes.items():
        for first, count in ranges:
            yield client, first
            yield client, first + count


def _letters(items: Mapping[int, Sequence[Item]]) -> bytes:
    """The update in which each of these items says letters of no meaning."""
    parts = [number(len(items))]
    for client, made in items.items():
        parts += [number(len(made)), number(client), number(made[0].first), *map(_letters_of, made)]
    return b"".join((*parts, b"\x00"))


def _letters_of(item: Item) -> bytes:
    length = item.end - item.first
    if item.is_gone or length > LONGEST_KNOWN:
        return bytes((GONE,)) + number(length)
    info = TEXT | (HAS_LEFT if item.left else 0) | (HAS_RIGHT if item.right else 0)
    sides = b"".join(number(client) + number(clock) for client, clock in item.sides)
    return bytes((info,)) + (sides or number(1) + block(ROOT.encode())) + block(b"x" * length)
