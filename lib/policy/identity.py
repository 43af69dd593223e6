"""Which clause is which after people have typed in the policy's text, from where its characters come.

A clause keeps its identity as long as something of its words is left. Of a clause that was split the first part keeps
it; of several that became one, the longest gives its identity, of equally long ones the first. But where a clause says
again what it said a short while ago, there it is: that takes back a split or a merge, which the policy followed in
between. A clause that was cut out and put back with the very same words is the same, wherever it was put, although it
was changed right after that; so is one that was withdrawn a short while ago, or whose place was typed over since.
Similar words alone make it the same only in its own place, among the clauses that stayed. One whose words were all
typed over, so that its list marker is what is left of it, is the same, too.
"""

import re
import sys
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from lib.domain.ids import ClauseId
from lib.domain.trace import Stretch, Trace, joined
from lib.policy.document import Document, Segment
from lib.policy.in_order import heaviest_in_order
from lib.policy.match import LEAST_SIMILARITY
from lib.policy.similar import similar_pairs
from lib.policy.spans import Span, has_letters, has_signs, markers_of, placed, shared, within, words_of

LEAST_WORDS: Final = 3
"""Fewer words in a row that two texts share say nothing, where no trace does."""
MOST_WORDS_COMPARED: Final = 3_000
LEAST_OF_ONE_BACK: Final = 0.85
"""Of a clause that was put back and changed right after that nearly all is left, or it is another one."""
MOST_GONE: Final = 200
"""With so many of those taken out last, what is new is compared. The others come back with the very same words only."""
SIGNS_AT_THE_END: Final = " .,;:!"
"""With or without these a clause says the same."""

_WORDS = re.compile(r"\w+|\W", re.S)


@dataclass(frozen=True)
class Known:
    """A clause on record, or one withdrawn a short while ago."""

    clause_id: ClauseId
    wording: str


@dataclass(frozen=True)
class Said(Known):
    """What a clause said lately."""

    is_typed_over: bool = False
    """Whether all its words were typed over since it last said that."""


@dataclass(frozen=True)
class Identities:
    """Which clause is which in a new text."""

    ids: tuple[ClauseId, ...]
    """In the order of the text; none is given twice."""
    typed_over: frozenset[ClauseId]
    """Those of which nothing is left but the list marker, on which wholly other words stand now."""


def identities(
    old: Document,
    new: Sequence[Segment],
    trace: Trace,
    gone: Sequence[Known],
    new_id: Callable[[], ClauseId],
    *,
    said: Collection[Said] = (),
    is_seen: bool = True,
) -> Identities:
    """The identity of each clause among the new text's segments.

    Args:
        old: The text before, with its clauses' identities.
        new: The segments of the new text.
        trace: Where the new text's characters come from in the old one.
        gone: Clauses withdrawn a short while ago, the latest first.
        new_id: Gives a fresh identity.
        said: What the clauses of the old text said a short while ago.
        is_seen: It was seen how people typed. Where only the words tell, a marker may be another one of the same kind,
            and nobody knows whether what is new was pasted.
    """
    text = b"".join(segment.text.encode() for segment in new)
    before, after = words_of(old.segments), words_of(new)
    ids = list(old.ids)
    again = _said_again(ids, before, after, said)
    held = _by_characters(before, after, shared(before, after, trace, text, has_letters), again)
    found: list[ClauseId | None] = [None if place is None else ids[place] for place in held]
    kept, known = {place for place in held if place is not None}, set(ids)
    left = [Known(ids[place], span.wording) for place, span in enumerate(before) if place not in kept]
    before_that = [one for one in gone if one.clause_id not in known]
    _take_same(found, after, [*left, *before_that])
    pasted = _pasted(after, trace, text)
    markers = shared(markers_of(old.segments), markers_of(new), trace, text, has_signs)
    if is_seen:
        own = {place for place, parts in enumerate(pasted) if parts and not any(place in one for one in markers)}
        _take_back(found, _were(ids, before, said), after, own)
    gaps, places = _gaps(held), {one: place for place, one in enumerate(ids)}
    here = {place: after[place].wording for place in range(len(after)) if pasted[place] or not is_seen}
    _take_similar(found, left, here, LEAST_SIMILARITY, lambda place, one: places[one.clause_id] in gaps[place])
    back = {place: "".join(parts).strip() for place, parts in enumerate(pasted) if parts and is_seen}
    for known_before in (left, before_that[:MOST_GONE]):
        _take_similar(
            found, known_before, back, LEAST_OF_ONE_BACK, lambda place, one: _are_of(pasted[place], one.wording)
        )
    over: frozenset[ClauseId] = frozenset()
    if is_seen:
        on_marker = _take_by_marker(found, ids, markers)
        others = {one: at for one, at in on_marker.items() if _are_others(before[one].wording, after[at].wording)}
        over = frozenset(ids[one] for one in others)
    return Identities(tuple(one or new_id() for one in found), over)


def trace_between(old: str, new: str) -> Trace:
    """Where the new text's characters come from, as far as the words tell."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    while head and old[head - 1 : head].isalnum() and head < max(len(old), len(new)):
        head -= 1  # what two words begin with in common says nothing
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while tail and new[-tail].isalnum() and (_ends_in_letter(old[:-tail]) or _ends_in_letter(new[:-tail])):
        tail -= 1  # nor does what they end with
    head, tail = _at_line_start(old, new, head, tail)
    before = len(old[:head].encode())
    middle = _between(old[head : len(old) - tail], new[head : len(new) - tail], before)
    end = len(old.encode()) - len(old[len(old) - tail :].encode())
    return joined([Stretch(before, 0), *middle, Stretch(len(old[len(old) - tail :].encode()), end)])


def _at_line_start(old: str, new: str, head: int, tail: int) -> tuple[int, int]:
    """The same, where whole lines came or went, so that they begin where a line begins.

    Of a line before one that begins alike the letters that both have in common would else seem to be the old one's.
    """
    longer = max(old, new, key=len)
    if head + tail != min(len(old), len(new)):
        return head, tail
    end = len(longer) - tail
    for back in range(head + 1):
        if back == head or longer[head - back - 1] == "\n":
            return head - back, tail + back
        if longer[head - back - 1] != longer[end - back - 1]:
            break
    return head, tail


def _ends_in_letter(text: str) -> bool:
    return text[-1:].isalnum()


def _between(old: str, new: str, offset: int) -> list[Stretch]:
    theirs, ours = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(theirs), len(ours)) > MOST_WORDS_COMPARED:
        theirs, ours = old.splitlines(keepends=True), new.splitlines(keepends=True)
    places = [0]
    for word in theirs:
        places.append(places[-1] + len(word.encode()))
    found = []
    for kind, i, _, k, m in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        length = sum(len(word.encode()) for word in ours[k:m])
        words = re.findall(r"\w+", "".join(ours[k:m]))
        is_sure = kind == "equal" and (len(words) >= LEAST_WORDS or not words)
        found.append(Stretch(length, offset + places[i] if is_sure else None))
    return found


def _said_again(
    ids: Sequence[ClauseId], before: Sequence[Span], after: Sequence[Span], said: Collection[Said]
) -> list[set[int]]:
    """For each old place the new ones that say what its clause says, or said before."""
    known = {one: {plainest(span.wording)} for one, span in zip(ids, before, strict=True)}
    for one in said:
        known.setdefault(one.clause_id, set()).add(plainest(one.wording))
    places: dict[str, set[int]] = {}
    for place, span in enumerate(after):
        places.setdefault(plainest(span.wording), set()).add(place)
    return [set().union(*(places.get(words, ()) for words in known[one])) for one in ids]


def _by_characters(
    before: Sequence[Span], after: Sequence[Span], shared: Sequence[set[int]], again: Sequence[set[int]]
) -> list[int | None]:
    """The old clause that each new one goes on with.

    Each old one asks for where it says what it said before, then for its first part, then for the next.
    """
    held: list[int | None] = [None] * len(after)
    asking = list(range(len(before)))
    asked = [sorted(places & again[old]) + sorted(places - again[old]) for old, places in enumerate(shared)]

    def claim(old: int, place: int) -> tuple[bool, int, int]:
        return place in again[old], len(before[old].wording), -old

    while asking:
        old = asking.pop(0)
        if not asked[old]:
            continue
        place = asked[old].pop(0)
        holder = held[place]
        if holder is None or claim(old, place) > claim(holder, place):
            held[place] = old
            if holder is not None:
                asking.append(holder)
        else:
            asking.append(old)
    return held


def _take_same(found: list[ClauseId | None], after: Sequence[Span], known: Sequence[Known]) -> None:
    for say in (_plain, plainest):
        waiting: dict[str, list[ClauseId]] = {}
        taken = set(found)
        for one in reversed(known):
            if one.clause_id not in taken:
                waiting.setdefault(say(one.wording), []).append(one.clause_id)
        for place, span in enumerate(after):
            if found[place] is None and (same := waiting.get(say(span.wording))):
                found[place] = same.pop()


def _were(ids: Sequence[ClauseId], before: Sequence[Span], said: Collection[Said]) -> dict[str, ClauseId]:
    """By what clauses said before all their words were typed over, and not since then: which they are."""
    says = {(one, plainest(span.wording)) for one, span in zip(ids, before, strict=True)}
    says |= {(one.clause_id, plainest(one.wording)) for one in said if not one.is_typed_over}
    over = {(one.clause_id, plainest(one.wording)): None for one in said if one.is_typed_over}
    return {wording: one for one, wording in over if (one, wording) not in says}


def _take_back(
    found: list[ClauseId | None],
    were: Mapping[str, ClauseId],
    after: Sequence[Span],
    pasted: Container[int],
) -> None:
    """Give what was pasted, in a place of its own, the identity of the clause that said it before it was typed over.

    What stands in that clause's place now is another one.
    """
    for back, span in enumerate(after):
        clause_id = were.get(plainest(span.wording))
        if clause_id in found and found[back] is None and back in pasted:
            at = found.index(clause_id)
            if _are_others(span.wording, after[at].wording):
                found[at], found[back] = None, clause_id


def _take_similar(
    found: list[ClauseId | None],
    left: Sequence[Known],
    new: Mapping[int, str],
    least: float,
    may_be: Callable[[int, Known], bool],
) -> None:
    """Give what is new, by its places, the identities of similar clauses, as far as it may be these."""
    taken = set(found)
    left = [one for one in left if one.clause_id not in taken]
    places = [place for place in new if found[place] is None]
    pairs = similar_pairs([one.wording for one in left], [new[place] for place in places], least)
    for pair in heaviest_in_order([one for one in pairs if may_be(places[one.new], left[one.old])]):
        found[places[pair.new]] = left[pair.old].clause_id


def _gaps(held: Sequence[int | None]) -> list[range]:
    """For each new place the old ones between those that the nearest others before and after it hold."""
    first, last, firsts, gaps = -1, sys.maxsize, [], []
    for place in held:
        firsts.append(first)
        first = first if place is None else place
    for place, before in zip(reversed(held), reversed(firsts), strict=True):
        gaps.append(range(before + 1, last))
        last = last if place is None else place
    return gaps[::-1]


def _pasted(after: Sequence[Span], trace: Trace, text: bytes) -> list[list[str]]:
    """What came at once of each clause that did so for the most part; nothing of the others."""
    parts: list[list[str]] = [[] for _ in after]
    sizes = [0 for _ in after]
    for at, one in placed(trace):
        if one.is_at_once:
            for place, first, last in within(after, at, at + one.length):
                parts[place].append(text[first:last].decode(errors="ignore"))
                sizes[place] += last - first
    return [
        part if 2 * size > span.end - span.start else [] for part, size, span in zip(parts, sizes, after, strict=True)
    ]


def _are_of(parts: Sequence[str], wording: str) -> bool:
    """Whether a wording says all this in this order."""
    said, at = plainest(wording), 0
    for part in map(plainest, parts):
        at = said.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _take_by_marker(
    found: list[ClauseId | None], ids: Sequence[ClauseId], shared: Sequence[set[int]]
) -> dict[int, int]:
    """Who types over all words of a clause leaves its marker: what stands on it now goes on with the clause.

    Gives by the old places of those clauses the new ones.
    """
    taken, on_marker = set(found), {}
    for old, (clause_id, places) in enumerate(zip(ids, shared, strict=True)):
        free = [place for place in places if found[place] is None]
        if clause_id not in taken and len(free) == 1:
            found[free[0]] = clause_id
            on_marker[old] = free[0]
    return on_marker


def _are_others(before: str, after: str) -> bool:
    """Whether nobody would say of one wording that it is the other one, reworded, or a part of it."""
    shorter, longer = sorted((plainest(before), plainest(after)), key=len)
    is_part = shorter in longer and len(shorter.split()) >= LEAST_WORDS
    return not is_part and not similar_pairs([before], [after], LEAST_SIMILARITY)


def _plain(wording: str) -> str:
    return " ".join(wording.split())


def plainest(wording: str) -> str:
    """A wording such that two say the same that differ in blanks, capitals or signs at the end alone."""
    return _plain(wording).casefold().rstrip(SIGNS_AT_THE_END)
