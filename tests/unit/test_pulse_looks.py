"""When a page asks for its fragments anew: at once in a small group, spread by chance in a crowd, and else never."""

from itertools import pairwise
from typing import Any

import pytest

from lib.live.hub import pause_ms, spread_ms
from tests.support.in_node import run_in_node

SMALL, CROWD = 50, 300
CHANCES = (0.0, 0.25, 0.99)
CHANGED_AT_MS = 1_000
ALMOST_AT_ONCE_MS = 10
FRAGMENTS = {
    "votes": {"follows": ["rounds"], "slowly": ["votes"], "urgent": []},
    "offers": {"follows": ["call"], "slowly": [], "urgent": ["call"]},
    "policy": {"follows": ["policy"], "slowly": [], "urgent": []},
}


def pulse(rev: int, crowd: int, *topics: str) -> dict[str, Any]:
    moment = {"rev": rev, "topics": dict.fromkeys(topics, rev), "is_away": False, "own": 0, "notice": None}
    return {**moment, "spread_ms": spread_ms(crowd), "pause_ms": pause_ms(crowd)}


def looks(
    *heard: tuple[int, dict[str, Any]],
    chance: float = 0.5,
    hidden: bool = False,
    shown: int | None = None,
    out: tuple[int, int] | None = None,
    until: int = 60_000,
) -> list[tuple[int, str]]:
    """When which fragment was asked for, in milliseconds from the drawing of the page, after what its line said.

    `out` is since when its person was removed, and when they were taken back.
    """
    said = {"fragments": FRAGMENTS, "heard": heard, "chance": chance, "hidden": hidden}
    said |= {"shown": shown, "out": out, "until": until}
    return [(at, name) for at, name in run_in_node("pulse_looks.mjs", said)]


def test_while_nothing_changes_nothing_is_asked_for() -> None:
    assert looks((0, pulse(1, CROWD)), until=3_600_000) == []


@pytest.mark.parametrize("chance", CHANCES)
def test_a_group_of_up_to_fifty_looks_at_once_at_what_changed_and_at_nothing_else(chance: float) -> None:
    [(at, name)] = looks((0, pulse(1, SMALL)), (CHANGED_AT_MS, pulse(2, SMALL, "policy")), chance=chance)
    assert name == "policy"
    assert 0 <= at - CHANGED_AT_MS <= ALMOST_AT_ONCE_MS


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize(("topic", "name"), [("policy", "policy"), ("call", "offers")], ids=["ordinary", "urgent"])
def test_the_looks_of_a_crowd_are_spread_by_chance_over_what_the_server_says(
    chance: float, topic: str, name: str
) -> None:
    [(at, asked)] = looks((0, pulse(1, CROWD)), (CHANGED_AT_MS, pulse(2, CROWD, topic)), chance=chance)
    assert asked == name
    wanted = CHANGED_AT_MS + chance * spread_ms(CROWD)
    assert wanted <= at <= wanted + ALMOST_AT_ONCE_MS


@pytest.mark.parametrize("chance", CHANCES)
def test_what_changes_slowly_is_looked_at_within_a_quarter_of_a_minute_and_not_at_once(chance: float) -> None:
    [(at, name)] = looks((0, pulse(1, SMALL)), (CHANGED_AT_MS, pulse(2, SMALL, "votes")), chance=chance)
    assert name == "votes"
    assert 7_500 <= at <= 15_000 + ALMOST_AT_ONCE_MS


def test_between_two_looks_a_page_rests_as_long_as_the_crowd_needs_it() -> None:
    changes = [(CHANGED_AT_MS + 100 * turn, pulse(2 + turn, CROWD, "policy")) for turn in range(50)]
    times = [at for at, _ in looks((0, pulse(1, CROWD)), *changes, chance=0.0)]
    assert len(times) >= 2
    assert all(after - before >= pause_ms(CROWD) for before, after in pairwise(times))
    assert times[-1] >= changes[-1][0]  # the last change is seen, too


def test_a_hidden_tab_waits_until_it_is_seen_but_for_what_is_urgent() -> None:
    changes = (CHANGED_AT_MS, pulse(2, SMALL, "policy")), (2 * CHANGED_AT_MS, pulse(3, SMALL, "call", "policy"))
    hidden, seen = looks((0, pulse(1, SMALL)), *changes, hidden=True, shown=20_000)
    assert hidden[1] == "offers"
    assert 0 <= hidden[0] - 2 * CHANGED_AT_MS <= ALMOST_AT_ONCE_MS
    assert seen[1] == "policy"
    assert 0 <= seen[0] - 20_000 <= ALMOST_AT_ONCE_MS


def test_whoever_was_removed_hears_nothing_until_they_are_taken_back_and_then_sees_all_anew() -> None:
    changes = (30_000, pulse(2, SMALL, "policy")), (80_000, pulse(3, SMALL, "policy"))
    asked = looks((0, pulse(1, SMALL)), *changes, out=(CHANGED_AT_MS, 50_000), until=82_000)
    told, back, [(changed, name)] = asked[:3], asked[3:6], asked[6:]
    for everything, since, within_ms in ((told, CHANGED_AT_MS, 1_000), (back, 50_000, 16_000)):
        assert {name for _, name in everything} == set(FRAGMENTS)
        assert all(0 <= at - since <= within_ms for at, _ in everything)
    assert name == "policy"
    assert 0 <= changed - 80_000 <= ALMOST_AT_ONCE_MS
