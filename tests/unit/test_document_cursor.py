"""A cursor is passed on only if every page of the others can place it."""

from itertools import product
from typing import Any

import pytest

from lib.live.cursor import cursor_in
from lib.live.shared_text import SharedText
from lib.live.wire import Malformed
from tests.support.yjs import places_in_yjs

UPDATE = SharedText(client=7).edit("Ask first.\n") or b""
MISSING = object()
KNOWN, UNKNOWN = {"client": 7, "clock": 3}, {"client": 8, "clock": 3}
PARTS = {
    "type": (MISSING, None, {"client": 7, "clock": 0}),
    "tname": (MISSING, None, "policy", "other", ""),
    "item": (MISSING, None, KNOWN, UNKNOWN, {"client": 7}, {}, 3),
    "assoc": (MISSING, None, -1, 0, 1, True, 0.0),
}
SAID = [
    {name: value for name, value in zip(PARTS, values, strict=True) if value is not MISSING}
    for values in product(*PARTS.values())
]


def is_taken(end: Any, other: Any) -> bool:
    try:
        return cursor_in({"cursor": {"anchor": end, "head": other}}) is not None
    except Malformed:
        return False


def test_what_is_taken_for_a_place_every_page_can_place_and_every_page_says_such_places() -> None:
    own, found = places_in_yjs(UPDATE, SAID)
    assert own
    assert all(is_taken(one, one) for one in own)
    thrown = [said for said, at in zip(SAID, found, strict=True) if isinstance(at, str) and is_taken(said, said)]
    assert thrown == []
    assert {at for said, at in zip(SAID, found, strict=True) if is_taken(said, said)} == {0, 3, 4, 11, None}


@pytest.mark.parametrize("part", [{}, {"assoc": 0}, {"tname": "policy"}, {"item": None}, {"item": KNOWN}])
def test_a_place_that_is_not_whole_is_refused_at_either_end(part: dict[str, Any]) -> None:
    whole = {"type": None, "tname": "policy", "item": None, "assoc": 0}
    assert is_taken(whole, whole)
    assert not is_taken(part, whole)
    assert not is_taken(whole, part)
