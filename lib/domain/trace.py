"""What became of a text: which characters are still there, who took out the others, and who typed what is new."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lib.domain.ids import PersonId
from lib.domain.text_edits import Edit

LEAST_AT_ONCE: Final = 12
"""So many characters in one insertion were not typed there letter by letter, but pasted, or written without a line."""


@dataclass(frozen=True)
class Stretch:
    """Some bytes of a text (UTF-8) in a row: from place `origin` of the earlier text on, or new and typed by `by`."""

    length: int
    origin: int | None = None
    by: PersonId | None = None
    is_at_once: bool = False
    """Whether these came in one insertion, or several of that kind. Only of what is new, where it was seen."""

    def part(self, start: int, end: int) -> "Stretch":
        """Its bytes from `start` to before `end`."""
        return replace(self, length=end - start, origin=None if self.origin is None else self.origin + start)

    def joins(self, after: "Stretch") -> bool:
        """Whether both together are one stretch."""
        if self.origin is None or after.origin is None:
            return self.origin is after.origin and (self.by, self.is_at_once) == (after.by, after.is_at_once)
        return self.origin + self.length == after.origin


Trace = tuple[Stretch, ...]
"""The stretches of a whole text, in its order."""


@dataclass(frozen=True)
class Removal:
    """Bytes of the earlier text, from `start` to before `end`, that are not there any more, and who took them out."""

    start: int
    end: int
    by: PersonId | None


def untouched(length: int) -> Trace:
    """The trace of a text in which nothing has changed."""
    return (Stretch(length, 0),) if length else ()


def joined(stretches: list[Stretch]) -> Trace:
    """The same in as few stretches as it takes."""
    found: list[Stretch] = []
    for one in stretches:
        if not one.length:
            continue
        if found and found[-1].joins(one):
            found[-1] = replace(found[-1], length=found[-1].length + one.length)
        else:
            found.append(one)
    return tuple(found)


def typed_in(trace: Trace, seen: Trace) -> Trace:
    """The trace with who typed what is new in it, as far as another trace of the same text has seen it."""
    found: list[Stretch] = []
    watched, at = list(seen), 0
    for one in trace:
        left = one.length
        while left:
            part = min(left, watched[0].length - at) if watched else left
            by = watched[0].by if watched else None
            new = Stretch(part, None, by or one.by)
            found.append(new if one.origin is None else one.part(one.length - left, one.length - left + part))
            left, at = left - part, at + part
            if watched and at == watched[0].length:
                del watched[0]
                at = 0
    return joined(found)


@dataclass(frozen=True)
class Since:
    """What has become of an earlier text: where the characters of the present one come from, and who took any out."""

    trace: Trace
    removed: tuple[Removal, ...] = ()

    def after(self, edits: Iterable[Edit], by: PersonId | None) -> "Since":
        """The same after edits of the present text by somebody, in one walk through it however many they are.

        They come from the front; the places of each are those after the ones before it.
        """
        walk = _Walk(self.trace, by)
        for edit in edits:
            walk.keep(edit.start - walk.at)
            walk.take_out(edit.end - edit.start)
            walk.put(Stretch(len(edit.words.encode()), None, by, len(edit.words) >= LEAST_AT_ONCE))
        walk.keep(None)
        return Since(tuple(walk.made), (*self.removed, *walk.removed) if walk.removed else self.removed)


class _Walk:
    """Goes through a trace once, and makes another one on the way, in as few stretches as it takes."""

    def __init__(self, trace: Trace, by: PersonId | None) -> None:
        self.made: list[Stretch] = []
        self.removed: list[Removal] = []
        self.at = 0
        """How many bytes are made."""
        self._by = by
        self._rest = iter(trace)
        self._left: Stretch | None = None

    def put(self, one: Stretch) -> None:
        """This comes next."""
        if not one.length:
            return
        if self.made and self.made[-1].joins(one):
            last = self.made[-1]
            one, self.made[-1:] = replace(last, length=last.length + one.length), []
            self.at -= last.length
        self.made.append(one)
        self.at += one.length

    def keep(self, count: int | None) -> None:
        """So many bytes stay; None = all the rest."""
        for one in self._next(count):
            self.put(one)

    def take_out(self, count: int) -> None:
        """So many bytes go."""
        self.removed += [
            Removal(one.origin, one.origin + one.length, self._by)
            for one in self._next(count)
            if one.origin is not None
        ]

    def _next(self, count: int | None) -> Iterator[Stretch]:
        while count is None or count > 0:
            one = self._left or next(self._rest, None)
            self._left = None
            if one is None:
                return
            if count is not None and one.length > count:
                one, self._left = one.part(0, count), one.part(count, one.length)
            if count is not None:
                count -= one.length
            yield one
