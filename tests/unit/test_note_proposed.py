"""Which call a new note follows: the newest one, while it is new and the group did not go on since."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components.note_proposed import AT_IT_FOR, still_at
from lib.domain.workshop import Call, CallKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CALL = Call("1", CallKind.SCENARIO, "2", NOON, "Fay", "S2")
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("went_on", "after", "follows"),
    [
        ([], timedelta(0), True),
        ([], -MOMENT, True),  # the database's clock runs ahead
        ([], AT_IT_FOR - MOMENT, True),
        ([], AT_IT_FOR, False),
        ([NOON - MOMENT], MOMENT, True),
        ([NOON - MOMENT, NOON + MOMENT], 2 * MOMENT, False),
    ],
)
def test_a_call_is_followed_while_it_is_new_and_nobody_went_on(
    went_on: list[datetime], after: timedelta, follows: bool
) -> None:
    assert still_at([CALL], went_on, NOON + after) == (CALL if follows else None)


def test_an_older_call_is_not_followed_in_the_place_of_a_newer_one() -> None:
    spotlight = replace(CALL, call_id="2", kind=CallKind.RESPONSE, at=NOON + MOMENT)
    assert still_at([spotlight, CALL], [], NOON + 2 * MOMENT) == spotlight
    assert still_at([spotlight, CALL], [NOON + 2 * MOMENT], NOON + 3 * MOMENT) is None
    assert still_at([], [], NOON) is None
