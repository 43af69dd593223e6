"""The countdowns of one page show the same, however late what the server says of the time comes to each of them."""

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
