"""Who did what to a clause, or to a heading."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lib.domain.ids import PersonId
from lib.domain.trace import Removal, Trace
from lib.policy.document import Segment, SegmentKind
from lib.policy.spans import placed, spans, within


@dataclass(frozen=True)
class Hands:
    """Who did something to a clause, most first: to its letters or digits, and to the rest, such as a full stop."""

    letters: tuple[PersonId, ...] = ()
    rest: tuple[PersonId, ...] = ()

    def named(self, others: "Hands | None" = None) -> tuple[PersonId, ...]:
        """Everybody who did something to the letters, then `others`; where nobody did, who did most to the rest."""
        more = others or NOBODY
        return tuple(dict.fromkeys((*self.letters, *more.letters))) or (*self.rest, *more.rest)[:1]


NOBODY: Final = Hands()


def writers(new: Sequence[Segment], trace: Trace, kind: SegmentKind = SegmentKind.CLAUSE) -> tuple[Hands, ...]:
    """Who typed what is new in each clause, or heading."""
    return _hands(new, kind, [(at, at + one.length, one.by) for at, one in placed(trace) if one.origin is None])


def takers(
    old: Sequence[Segment], removed: Sequence[Removal], kind: SegmentKind = SegmentKind.CLAUSE
) -> tuple[Hands, ...]:
    """Who took something out of each clause, or heading, of the old text."""
    return _hands(old, kind, [(one.start, one.end, one.by) for one in removed])


def _hands(
    segments: Sequence[Segment], kind: SegmentKind, acts: Iterable[tuple[int, int, PersonId | None]]
) -> tuple[Hands, ...]:
    places = spans(segments, kind)
    text = b"".join(segment.text.encode() for segment in segments)
    touched: list[Counter[PersonId]] = [Counter() for _ in places]
    wrote: list[set[PersonId]] = [set() for _ in places]
    for first, last, by in acts:
        if by is not None:
            for place, start, end in within(places, first, last):
                touched[place][by] += end - start
                if any(map(str.isalnum, text[start:end].decode(errors="ignore"))):
                    wrote[place].add(by)
    ranked = [[who for who, _ in counts.most_common()] for counts in touched]
    return tuple(
        Hands(tuple(who for who in order if who in names), tuple(who for who in order if who not in names))
        for order, names in zip(ranked, wrote, strict=True)
    )
