"""Which clause is which after a policy's text was replaced as a whole."""

from collections.abc import Sequence
from typing import Final

from lib.domain.ids import ClauseId
from lib.policy.in_order import heaviest_in_order
from lib.policy.similar import similar_pairs

LEAST_SIMILARITY: Final = 0.55
"""A clause that shares less than this with an old one is a new clause."""


def match_clauses(
    old: Sequence[tuple[ClauseId, str]], new: Sequence[str], least: float = LEAST_SIMILARITY
) -> tuple[ClauseId | None, ...]:
    """For each new wording the identity of the old clause it continues, or None if it is a new clause.

    The same wording first, in the order of the text; then, among the rest, similar wordings that keep that order, as
    many as can be compared in a moment. No identity is given twice. Wordings that share less than `least` are not
    similar.
    """
    found: list[ClauseId | None] = [None] * len(new)
    waiting: dict[str, list[int]] = {}
    for place in range(len(old) - 1, -1, -1):
        waiting.setdefault(old[place][1], []).append(place)
    taken: set[int] = set()
    for place, wording in enumerate(new):
        if same := waiting.get(wording):
            taken.add(same[-1])
            found[place] = old[same.pop()][0]
    left = [place for place in range(len(old)) if place not in taken]
    open_places = [place for place, clause_id in enumerate(found) if clause_id is None]
    pairs = similar_pairs([old[p][1] for p in left], [new[p] for p in open_places], least)
    for pair in heaviest_in_order(pairs):
        found[open_places[pair.new]] = old[left[pair.old]][0]
    return tuple(found)
