"""What a page says of the time: late news of it delays no countdown, and an answer is dated as all else is."""

from datetime import UTC, datetime

import pytest

from tests.support.in_node import run_in_node

SERVER_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    "drawn",
    [
        (("strip", 0), ("countdown", 4_000)),
        (("countdown", 4_000), ("strip", 0)),
        (("strip", 4_000), ("countdown", 0)),
        (("strip", 0), ("countdown", 0), ("strip", 4_000)),
    ],
)
def test_what_came_late_delays_no_countdown_of_the_page(drawn: tuple[tuple[str, int], ...]) -> None:
    shown = run_in_node("countdowns.mjs", {"server_ms": SERVER_MS, "ends_ms": SERVER_MS + 90_000, "drawn": drawn})
    assert shown == {"strip": "1:30 left", "countdown": "1:30 left"}


@pytest.mark.parametrize(("hour", "said"), [(0, "00:09"), (8, "08:09"), (20, "20:09")])
def test_the_time_of_an_answer_is_said_as_all_other_times_are(
    hour: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    moment = datetime(2026, 1, 1, hour, 9, tzinfo=UTC)
    assert run_in_node("time_of_day.mjs", moment.timestamp() * 1000) == said
