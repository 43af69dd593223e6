"""Acts of which nobody knows whether they arrived: pressed again over the same, they are the same act."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from components.place import recall, remember, take
from lib.domain.errors import FolkmootError, StoreUnavailable

SAME_ACT_FOR_S: Final = 120.0
"""After so long, whoever presses again has seen what became of the last press, and means another act."""


@contextmanager
def pending(act: str, *asked: Hashable, now: float) -> Iterator[str]:
    """The id to do an act under: that of the last press, if it asked the same a short while ago and came to no end.

    An act ends when it is done, or refused for good; the next press is then another one. `now` is in seconds, by any
    clock that only goes forward.
    """
    name = f"pending:{act}"
    last: tuple[Hashable, str, float] | None = recall(name)
    is_same = last is not None and last[0] == asked and now - last[2] <= SAME_ACT_FOR_S
    made = last[1] if last is not None and is_same else str(uuid4())
    remember(name, (asked, made, now))
    try:
        yield made
    except FolkmootError as error:
        if not isinstance(error, StoreUnavailable):
            take(name)
        raise
    take(name)
