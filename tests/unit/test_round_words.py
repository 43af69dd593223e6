"""What is said of who has voted, and of who has answered all."""

from datetime import UTC, datetime

import pytest

from components.round_words import round_turnout_in_words
from lib.domain.ids import ItemId, RoundId
from lib.domain.rounds import Anonymity, Item, ItemKind, Round, RoundStatus, Turnout


@pytest.mark.parametrize(
    ("voted", "in_full", "items", "words"),
    [
        (3, 1, 10, "3 of 4 eligible have voted, 1 of them on all 10 items."),
        (3, 0, 10, "3 of 4 eligible have voted, none of them on all 10 items."),
        (3, 3, 10, "3 of 4 eligible have voted, all of them on all 10 items."),
        (3, 2, 2, "3 of 4 eligible have voted, 2 of them on both items."),
        (1, 1, 10, "1 of 4 eligible has voted, on all 10 items."),
        (1, 0, 10, "1 of 4 eligible has voted, not on all 10 items."),
        (0, 0, 10, "0 of 4 eligible have voted."),
        (3, 3, 1, "3 of 4 eligible have voted."),
        (3, None, 10, "3 of 4 eligible have voted."),
    ],
)
def test_it_is_said_how_many_answered_every_item_where_that_says_more_than_that_they_voted(
    voted: int, in_full: int | None, items: int, words: str
) -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    all_items = tuple(
        Item(ItemId(f"i{number}"), ItemKind.CLAUSE, f"C{number}", "Ask first.") for number in range(items)
    )
    one = Round(
        RoundId("r"), 1, "", Anonymity.NAMED, RoundStatus.OPEN, then, None, None, all_items, (), False,
        Turnout(voted, 4, 0, in_full_count=in_full),
    )  # fmt: skip
    assert round_turnout_in_words(one) == words
