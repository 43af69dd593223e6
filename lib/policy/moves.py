"""Which clauses have moved among the others."""

from collections.abc import Collection, Mapping

from lib.domain.ids import ClauseId
from lib.policy.in_order import Pair, heaviest_in_order


def moved(
    before: Mapping[ClauseId, str], after: Mapping[ClauseId, str], touched: Collection[ClauseId] = ()
) -> set[ClauseId]:
    """The fewest clauses that explain the new order, of the same number those with the most that somebody `touched`.

    Clauses that went to another section have moved in any case and explain nothing about the others; nor do those that
    are in one of both only.

    Args:
        before: The section of each clause, in the order of the text.
        after: The same of the newer text.
        touched: Those in which somebody did something.
    """
    place = {clause_id: number for number, clause_id in enumerate(before)}
    common = [clause_id for clause_id, section in after.items() if before.get(clause_id) == section]
    pairs = [
        Pair(place[clause_id], number, len(common) + 1 + (clause_id not in touched))
        for number, clause_id in enumerate(common)
    ]
    return set(common) - {common[pair.new] for pair in heaviest_in_order(pairs)}
