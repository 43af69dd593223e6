"""Who changed or moved each clause, from who typed what in a text and who took what out of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lib.domain.ids import ClauseId, PersonId
from lib.domain.trace import Removal, Trace
from lib.policy.document import Document, Segment, SegmentKind
from lib.policy.hands import NOBODY, Hands, takers, writers
from lib.policy.moves import moved
from lib.policy.seams import Names, seams
from lib.policy.spans import has_letters, shared, words_of


@dataclass(frozen=True)
class Doings:
    """What became of the clauses of two texts."""

    by: Mapping[ClauseId, Names]
    """Whose doing it is what each says now, where it stands, or that it is gone; empty = not known. Whoever typed
    letters or digits in it comes first, who typed most before the others, then who took any out, then who parted it or
    joined it with another one. Where it is gone by that, they alone: who took words out of it is named where the others
    stand now."""
    moved: frozenset[ClauseId]
    """Those that stand elsewhere among the others of their section."""
    sources: Mapping[ClauseId, tuple[ClauseId, ...]]
    """By clause: the other ones of the text before whose words stand in it now, as after a split or a merge."""


def doings(old: Document, new: Document, trace: Trace, removed: Sequence[Removal]) -> Doings:
    """What became of each clause, and whose doing that is."""
    wrote = dict(zip(new.ids, writers(new.segments, trace), strict=True))
    took = dict(zip(old.ids, takers(old.segments, removed), strict=True))
    named = {one: wrote.get(one, NOBODY).named(took.get(one)) for one in (*took, *wrote)}
    touched = {one for hands in (wrote, took) for one, whose in hands.items() if whose.letters}
    before, after = (dict(zip(text.ids, text.clauses, strict=True)) for text in (old, new))
    have_moved = moved(_sections(before), _sections(after), touched)
    typed = writers(new.segments, trace, SegmentKind.HEADING)
    cut = takers(old.segments, removed, SegmentKind.HEADING)
    by = dict(named)
    places = _places([one for one in before if one in after]), _places([one for one in after if one in before])
    for one, clause in after.items():
        was = before.get(one)
        if was is None or one in touched:
            continue
        if _is_elsewhere(was, clause):
            by[one] = _above(clause, typed).named() or _above(was, cut).named() or named[one]
        elif one in have_moved:
            by[one] = _most(named[other] for other in _changed_sides(one, *places)) or named[one]
    words = shared(words_of(old.segments), words_of(new.segments), trace, new.text.encode(), has_letters)
    sources: dict[ClauseId, list[ClauseId]] = {}
    brought: dict[ClauseId, list[PersonId]] = {}
    for (was_at, is_at), who in seams(old, new, words, trace, removed).items():
        source, holder = old.ids[was_at], new.ids[is_at]
        if source != holder:
            sources.setdefault(holder, []).append(source)
            brought.setdefault(source, []).extend(who)
            shortened = () if source in after else took[source].letters
            brought.setdefault(holder, []).extend((*shortened, *who))
    for one, people in brought.items():
        typists = by[one] if one in touched and one in after else ()
        by[one] = tuple(dict.fromkeys((*typists, *people))) or by[one]
    return Doings(by, frozenset(have_moved), {one: tuple(others) for one, others in sources.items()})


def _sections(clauses: Mapping[ClauseId, Segment]) -> dict[ClauseId, str]:
    return {one: clause.section for one, clause in clauses.items()}


def _places(order: Iterable[ClauseId]) -> dict[ClauseId, int]:
    return {one: place for place, one in enumerate(order)}


def _changed_sides(one: ClauseId, before: Mapping[ClauseId, int], after: Mapping[ClauseId, int]) -> list[ClauseId]:
    """The others that stood before it and stand behind it now, or the other way round. Both know the same clauses."""
    return [other for other in before if (before[other] > before[one]) != (after[other] > after[one])]


def _most(names: Iterable[Names]) -> Names:
    """Who is named first most often."""
    counted = Counter(who[0] for who in names if who)
    return (max(sorted(counted), key=counted.__getitem__),) if counted else ()


def _is_elsewhere(was: Segment, clause: Segment) -> bool:
    """Whether it says what it said, under another heading."""
    return was.section != clause.section and (was.wording, was.tag) == (clause.wording, clause.tag)


def _above(clause: Segment, headings: Sequence[Hands]) -> Hands:
    """What was done to the heading that a clause stands under."""
    return headings[clause.section_index - 1] if clause.section_index else NOBODY
