"""Acts of which nobody knows whether they arrived: pressed again over the same, they are the same act."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from components.place import recall, remember, take
from lib.domain.errors import FolkmootError, StoreUnavailable


@contextmanager
def pending(act: str, *asked: Hashable) -> Iterator[str]:
    """The id to do an act under: that of the last press, if it asked the same and came to no known end.

    An act ends when it is done, or refused for good; the next press is then another one.
    """
    name = f"pending:{act}"
    last: tuple[Hashable, str] | None = recall(name)
    made = last[1] if last is not None and last[0] == asked else str(uuid4())
    remember(name, (asked, made))
    try:
        yield made
    except FolkmootError as error:
        if not isinstance(error, StoreUnavailable):
            take(name)
        raise
    take(name)
