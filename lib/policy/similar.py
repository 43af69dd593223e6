"""Which wordings are similar, in a time that has a bound however many there are and however long."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from heapq import nlargest
from itertools import product
from typing import Final

from lib.policy.in_order import Pair

MOST_STEPS: Final = 1_500_000
"""What all comparisons together may take, about half a second. Where all pairs of wordings take less, all are compared;
else those first that have the most words in common."""
STEPS_A_PART: Final = 4
LONG: Final = 160_000
"""Where not all pairs are compared, two wordings whose lengths multiplied come to more are compared word by word."""
MOST_LOOKS: Final = 1_000_000
"""So often a word may stand in one of a pair and in the other; the commonest words tell nothing."""
MOST_FOR_EACH: Final = 10
"""With so many others one is compared at most, where not all pairs are."""
LONGEST_WORD: Final = 16
"""Longer ones, as in languages that put no blanks between words, are looked at in pairs of letters."""

_WORDS = re.compile(r"\w+")
_WORDS_AND_SIGNS = re.compile(r"\w+|[^\w\s]")


class _Parts:
    """The letters of a wording, or its words."""

    def __init__(self, parts: Sequence[str]) -> None:
        self.parts = parts
        self.counts = Counter(parts)

    def most_share(self, other: "_Parts") -> float:
        """No less than what they can have in common, in whichever order."""
        common = (self.counts & other.counts).total()
        return 2 * common / max(1, len(self.parts) + len(other.parts))


class _Wording:
    def __init__(self, text: str) -> None:
        self.text = text
        self.letters = _Parts(text)

    @cached_property
    def words(self) -> _Parts:
        return _Parts(_WORDS_AND_SIGNS.findall(self.text))

    @cached_property
    def tells(self) -> frozenset[str]:
        """What it is found by."""
        words = _WORDS.findall(self.text.casefold())
        short = {word for word in words if len(word) <= LONGEST_WORD}
        long = {word[at : at + 2] for word in words if word not in short for at in range(len(word) - 1)}
        return frozenset(short | long)


def similar_pairs(old: Sequence[str], new: Sequence[str], least: float) -> list[Pair]:
    """Pairs of an old and a new wording that have at least this share of their letters in common, with that share.

    Of more wordings than can all be compared with each other, those that share hardly any words are left out.
    """
    theirs, ours = [_Wording(one) for one in old], [_Wording(one) for one in new]
    are_all = _steps_of_all(theirs, ours) <= MOST_STEPS
    pairs = product(range(len(ours)), range(len(theirs))) if are_all else _likeliest(theirs, ours, least)
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    found, left = [], MOST_STEPS
    for at, place in pairs:
        one, other = theirs[place].letters, ours[at].letters
        if not are_all and len(one.parts) * len(other.parts) > LONG:
            one, other = theirs[place].words, ours[at].words
        if one.most_share(other) < least:
            continue
        left -= _steps(one, other)
        if left < 0:
            break
        matcher.set_seq2(other.parts)
        matcher.set_seq1(one.parts)
        if (share := matcher.ratio()) >= least:
            found.append(Pair(place, at, share))
    return found


def _steps(one: _Parts, other: _Parts) -> int:
    """About how long it takes to compare the two: so many places have the same part in both, and each has its cost."""
    alike = sum(count * other.counts[part] for part, count in one.counts.items())
    return alike + STEPS_A_PART * (len(one.parts) + len(other.parts))


def _steps_of_all(old: Sequence[_Wording], new: Sequence[_Wording]) -> int:
    theirs, ours = (_Parts("".join(one.text for one in wordings)) for wordings in (old, new))
    alike = sum(count * ours.counts[part] for part, count in theirs.counts.items())
    return alike + STEPS_A_PART * (len(theirs.parts) * len(new) + len(ours.parts) * len(old))


def _likeliest(old: Sequence[_Wording], new: Sequence[_Wording], least: float) -> Iterator[tuple[int, int]]:
    """Places in the new and the old, those first that have the greatest share of words in common, then the nearest."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(old):
        for word in one.tells:
            places.setdefault(word, []).append(place)
    common = _too_common(places, Counter(word for one in new for word in one.tells))
    sizes = [len(one.tells - common) for one in old]
    found: list[tuple[float, int, int, int]] = []
    for at, one in enumerate(new):
        words = one.tells - common
        shared: Counter[int] = Counter()
        for word in words:
            shared.update(places.get(word, ()))
        shares = ((2 * count / (len(words) + sizes[place]), place) for place, count in shared.items())
        found += nlargest(
            MOST_FOR_EACH,
            ((share, -abs(place - at), -at, -place) for share, place in shares if share >= least / 2),
        )
    for _, _, at, place in sorted(found, reverse=True):
        yield -at, -place


def _too_common(places: dict[str, list[int]], times: Counter[str]) -> frozenset[str]:
    """The words that stand in too many of both to look at every pair that has them."""
    looks = {word: len(found) * times[word] for word, found in places.items() if word in times}
    left = MOST_LOOKS
    common = set()
    for word in sorted(looks, key=lambda word: (looks[word], word)):
        left -= looks[word]
        if left < 0:
            common.add(word)
    return frozenset(common)
