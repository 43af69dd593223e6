"""What this person has answered so far, read afresh wherever it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.frame import Page
from components.place import recall, remember
from lib.domain.errors import FolkmootError
from lib.domain.ids import ItemId, RoundId
from lib.domain.rounds import Item, Position, Round, RoundStatus

SHOWN_AT = "answers_shown_at"
"""What the hub had told of this person's own when the page read their answers."""


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
    """One item of a round with the asker's own vote; None if it is gone.

    Where it cannot be read, such as by whoever was just signed out, it is what this tab knew last: what they typed
    beside it stays, and what they press is answered there.
    """
    known = f"ballot:{page.viewer.person_id}:{item_id}"
    try:
        rounds = read_rounds(page)
    except FolkmootError:
        last: MyBallot | None = recall(known)
        return last
    ballot = _ballot_in(rounds, round_id, item_id)
    if ballot is not None:
        _note_answered(ballot.round)
    remember(known, ballot)
    return ballot


def answered_count(one: Round) -> int:
    """How many items this person had answered when the round was read, or since, when the ballot was last drawn."""
    return max(len(one.my_votes), int(recall(f"answered:{one.round_id}", 0)))


def note_shown(ballot: MyBallot) -> None:
    """This tab shows this answer as the stored one."""
    remember(_shown(ballot.item.item_id), (ballot.position, ballot.reason))


def read_rounds_to_show(page: Page) -> tuple[Round, ...]:
    """All rounds, for a page that is about to show them with this person's answers."""
    remember(SHOWN_AT, page.app.hub.own(page.credential))  # before anything is read
    return read_rounds(page)


def has_answered_elsewhere(page: Page) -> bool:
    """Whether this person gave answers that this tab does not show: through another device, at this server.

    Nothing is read unless something of theirs moved. How many they answered is noted then.
    """
    own = page.app.hub.own(page.credential)
    if own == recall(SHOWN_AT):
        return False
    rounds = read_rounds(page)
    for one in rounds:
        _note_answered(one)
    running = [one for one in rounds if one.status is RoundStatus.OPEN]
    stored = {vote.item_id: (vote.position, vote.reason) for one in running for vote in one.my_votes}
    if any(recall(_shown(item_id), answer) != answer for item_id, answer in stored.items()):
        return True
    remember(SHOWN_AT, own)
    return False


def _ballot_in(rounds: Sequence[Round], round_id: RoundId, item_id: ItemId) -> MyBallot | None:
    for one in rounds:
        for item in one.items:
            if one.round_id == round_id and item.item_id == item_id:
                mine = next((vote for vote in one.my_votes if vote.item_id == item_id), None)
                return MyBallot(one, item, mine.position if mine else None, mine.reason if mine else "")
    return None


def _shown(item_id: ItemId) -> str:
    return f"shown_answer:{item_id}"


def _note_answered(one: Round) -> None:
    remember(f"answered:{one.round_id}", len(one.my_votes))
