"""Which clause is which after a policy's text was replaced as a whole."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from lib.domain.ids import ClauseId

LEAST_SIMILARITY: Final = 0.55
"""A clause that shares less than this with an old one is a new clause."""


def match_clauses(
    old: Sequence[tuple[ClauseId, str]], new: Sequence[str], least: float = LEAST_SIMILARITY
) -> tuple[ClauseId | None, ...]:
    """For each new wording the identity of the old clause it continues, or None if it is a new clause.

    The same wording first, in the order of the text; then, among the rest, similar wordings that keep that order.
    No identity is given twice. Wordings that share less than `least` are not similar.
    """
    found: list[ClauseId | None] = [None] * len(new)
    waiting: dict[str, list[int]] = {}
    for place, (_, wording) in enumerate(old):
        waiting.setdefault(wording, []).append(place)
    taken: set[int] = set()
    for place, wording in enumerate(new):
        if same := waiting.get(wording):
            taken.add(same[0])
            found[place] = old[same.pop(0)][0]
    left = [place for place in range(len(old)) if place not in taken]
    open_places = [place for place, clause_id in enumerate(found) if clause_id is None]
    for old_at, new_at in _similar_in_order([old[p][1] for p in left], [new[p] for p in open_places], least):
        found[open_places[new_at]] = old[left[old_at]][0]
    return tuple(found)


def _similar_in_order(old: Sequence[str], new: Sequence[str], least: float) -> list[tuple[int, int]]:
    """Pairs of places, rising in both, whose similarities have the greatest sum."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    pairs: dict[tuple[int, int], float] = {}
    matcher = SequenceMatcher(autojunk=False)
    for j in range(len(new) - 1, -1, -1):
        matcher.set_seq2(new[j])
        for i in range(len(old) - 1, -1, -1):
            matcher.set_seq1(old[i])
            share = _similarity(matcher, least)
            if share >= least:
                pairs[i, j] = share
            best[i][j] = max(best[i + 1][j], best[i][j + 1], share and best[i + 1][j + 1] + share)
    return _path(best, pairs)


def _similarity(matcher: "SequenceMatcher[str]", least: float) -> float:
    """The share of common characters, or 0 where it is too small to count. Cheap upper bounds go first."""
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    share = matcher.ratio()
    return share if share >= least else 0.0


def _path(best: Sequence[Sequence[float]], pairs: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    path, i, j = [], 0, 0
    while i < len(best) - 1 and j < len(best[0]) - 1:
        if (i, j) in pairs and best[i][j] == best[i + 1][j + 1] + pairs[i, j]:
            path.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return path
