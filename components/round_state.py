"""Which rounds still lead on to something."""

from collections.abc import Sequence

from components.round_words import FEW_VOTERS
from lib.domain.rounds import Anonymity, Round, RoundStatus


def may_be_revealed(one: Round) -> bool:
    """Whether so many have voted that a reveal tells nobody's answer in an anonymous round."""
    return one.anonymity is not Anonymity.ANONYMOUS or one.turnout.voted_count >= FEW_VOTERS


def in_progress(rounds: Sequence[Round]) -> tuple[Round, ...]:
    """Those that are open or to be revealed, in the order given.

    A closed one with too few voters for a reveal is among them until the next one is opened. Then it stands in the
    record alone, with its counts, unless removed people who voted in it are taken back.
    """
    newest = max((one.number for one in rounds), default=0)
    return tuple(
        one
        for one in rounds
        if one.status is RoundStatus.OPEN
        or (one.status is RoundStatus.CLOSED and (may_be_revealed(one) or one.number == newest))
    )
