"""What became of a text: which characters are still there, who took out the others, and who typed what is new."""

from dataclasses import dataclass

from lib.domain.ids import PersonId


@dataclass(frozen=True)
class Stretch:
    """Some bytes of a text (UTF-8) in a row: from place `origin` of the earlier text on, or new and typed by `by`."""

    length: int
    origin: int | None = None
    by: PersonId | None = None

    def part(self, start: int, end: int) -> "Stretch":
        """Its bytes from `start` to before `end`."""
        return Stretch(end - start, None if self.origin is None else self.origin + start, self.by)

    def joins(self, after: "Stretch") -> bool:
        """Whether both together are one stretch."""
        if self.origin is None or after.origin is None:
            return self.origin is after.origin and self.by == after.by
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
            found[-1] = Stretch(found[-1].length + one.length, found[-1].origin, one.by)
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


def after_edit(trace: Trace, start: int, end: int, words: int, by: PersonId | None) -> Trace:
    """The trace, in as few stretches as it takes, after bytes from `start` to before `end` were replaced by new ones.

    The given one is so as well. `words` = how many bytes are new.
    """
    before: list[Stretch] = []
    behind: list[Stretch] = []
    at = 0
    for one in trace:
        stop = at + one.length
        if at < start:
            before.append(one if stop <= start else one.part(0, start - at))
        if stop > end:
            behind.append(one if at >= end else one.part(end - at, one.length))
        at = stop
    seam = joined([*before[-1:], Stretch(words, None, by), *behind[:1]])
    return (*before[:-1], *seam, *behind[1:])


def removals(trace: Trace, start: int, end: int, by: PersonId | None) -> tuple[Removal, ...]:
    """What is taken out of the earlier text where bytes from `start` to before `end` of the present one go."""
    found: list[Removal] = []
    at = 0
    for one in trace:
        first, last = max(start, at), min(end, at + one.length)
        if one.origin is not None and first < last:
            found.append(Removal(one.origin + first - at, one.origin + last - at, by))
        at += one.length
    return tuple(found)
