"""Where somebody is in the text, as their browser says it; whoever passes it on looks at it again."""

import json
from typing import Any, Final

from lib.live.wire import MOST_CLIENT, Malformed

MOST_CURSOR_CHARS: Final = 600


def cursor_in(state: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where a cursor and the other end of its selection are; None for none.

    Raises:
        Malformed: it is something else, or says more.
    """
    cursor = (state or {}).get("cursor")
    if cursor is None and set(state or {}) <= {"cursor"}:
        return None
    if not isinstance(cursor, dict) or set(cursor) != {"anchor", "head"} or set(state or {}) != {"cursor"}:
        raise Malformed
    if not all(_is_position(end) for end in cursor.values()):
        raise Malformed
    if len(json.dumps(cursor)) > MOST_CURSOR_CHARS:
        raise Malformed
    return dict(cursor)


def is_client(value: object) -> bool:
    """Whether this is the number of a page."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CLIENT


def _is_position(end: object) -> bool:
    """Whether this is a place in the text as Yjs writes it down: beside a character, or at an end of the text."""
    if not isinstance(end, dict) or not set(end) <= {"type", "tname", "item", "assoc"}:
        return False
    item = end.get("item")
    is_item = item is None or (
        isinstance(item, dict) and set(item) == {"client", "clock"} and all(map(is_client, item.values()))
    )
    return (
        is_item
        and end.get("type") is None
        and end.get("tname") in (None, "policy")
        and end.get("assoc", 0) in (-1, 0)
        and not isinstance(end.get("assoc", 0), bool | float)
    )
