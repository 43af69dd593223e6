"""A vote of which no answer came back, and what is said of it once its round is closed."""

from dataclasses import dataclass

from components.palette import POSITIONS
from components.texts import escape
from lib.domain.rounds import Anonymity, Item, Position, Round, RoundStatus


@dataclass(frozen=True)
class Unsaved:
    """A vote of which nobody knows whether it arrived: sent again under its request id, it is the same vote."""

    position: Position
    reason: str
    request_id: str
    since: float
    """When it failed, by the clock of `Reader.heard_since`."""


def words_of_unsaved(one: Round, item: Item, unsaved: Unsaved) -> str:
    """What became of a vote without an answer now that its round is closed; "" if it did arrive and counts."""
    chosen, about = POSITIONS[unsaved.position].label, f"“{escape(item.label)}”"
    if one.status is RoundStatus.REVEALED and one.anonymity is Anonymity.ANONYMOUS:
        return (
            f"Whether your answer to {about}, {chosen}, was saved before the round closed cannot be told any more: the "
            "results are anonymous."
        )
    stored = next((vote for vote in one.my_votes if vote.item_id == item.item_id), None)
    is_lost = stored is None or stored.position is not unsaved.position
    has_lost_reason = bool(unsaved.reason) and (stored is None or stored.reason != unsaved.reason)
    kept = " The text of your reason is kept." if has_lost_reason else ""
    if is_lost:
        earlier = f" Your earlier answer, {POSITIONS[stored.position].label}, is." if stored else ""
        lost = f"Your answer to {about}, {chosen}, was not saved before the round closed and is not counted."
        return f"{lost}{earlier}{kept}"
    if has_lost_reason:
        return (
            f"Your reason for {about} was not saved before the round closed. Your answer, {chosen}, is counted.{kept}"
        )
    return ""
