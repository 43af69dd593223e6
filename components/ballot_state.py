"""What this person has answered so far, read afresh wherever it is drawn."""

from dataclasses import dataclass

from components.frame import Page
from components.place import recall, remember
from lib.domain.ids import ItemId, RoundId
from lib.domain.rounds import Item, Position, Round


@dataclass(frozen=True)
class MyBallot:
    """One item with the asker's own vote on it, if any."""

    round: Round
    item: Item
    position: Position | None
    reason: str


def read_rounds(page: Page) -> tuple[Round, ...]:
    """All rounds as this person may see them, newest first."""
    return page.read(tuple[Round, ...], "read_rounds")


def read_ballot(page: Page, round_id: RoundId, item_id: ItemId) -> MyBallot | None:
    """One item of a round with the asker's own vote; None if it is gone."""
    for one in read_rounds(page):
        for item in one.items:
            if one.round_id == round_id and item.item_id == item_id:
                mine = next((vote for vote in one.my_votes if vote.item_id == item_id), None)
                _note_answered(one)
                return MyBallot(one, item, mine.position if mine else None, mine.reason if mine else "")
    return None


def answered_count(one: Round) -> int:
    """How many items this person had answered when the round was read, or since, when the ballot was last drawn."""
    return max(len(one.my_votes), int(recall(f"answered:{one.round_id}", 0)))


def _note_answered(one: Round) -> None:
    remember(f"answered:{one.round_id}", len(one.my_votes))
