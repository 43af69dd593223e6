"""Where somebody is in the text, as their browser says it; whoever passes it on looks at it again."""

import json
from typing import Any, Final

from lib.live.update_check import ROOT
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
    """Whether this is a place in the text as Yjs writes it down, whole: beside a character, or at an end of the text.

    Of one that is not whole Yjs throws.
    """
    if not isinstance(end, dict) or set(end) != {"type", "tname", "item", "assoc"}:
        return False
    item, root, assoc = end["item"], end["tname"], end["assoc"]
    if item is None:
        is_somewhere = root == ROOT
    else:
        is_character = isinstance(item, dict) and set(item) == {"client", "clock"}
        is_somewhere = is_character and all(map(is_client, item.values())) and root in (None, ROOT)
    return is_somewhere and end["type"] is None and assoc in (-1, 0) and not isinstance(assoc, bool | float)
