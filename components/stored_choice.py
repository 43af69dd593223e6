"""Stock elements that show what is stored and change it with one press: a switch, a choice of one, one of several.

They compare what they show with what is stored, and write what differs. So what they show must be what is stored, or
this person's press. Streamlit 1.67 keeps the state of an element that is gone until a drawing comes to its end. With a
key that named the stored value, an old press came back where drawings had been cut short by the next press, and each
drawing took back what the one before had written, for ever. A button keeps no state, so its key names the stored value.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from components.frame import Page
from components.place import recall, remember
from lib.domain.errors import FolkmootError

_NOTHING: Final = "nothing is shown"


def stored_key(page: Page, name: str, now: Hashable) -> str:
    """The key of the element that shows `now`, which is stored. No key is ever used for another value again.

    The same key, and with it the focus, after one's own press (`stored_press`); another one where somebody else changed
    what is stored. So what a browser still shows of before is never taken for a press.
    """
    count, shown = f"drawn:{page.workshop_id}:{name}", _shown(page, name)
    if recall(shown, _NOTHING) != now:
        remember(count, recall(count, 0) + 1)
    remember(shown, now)
    return f"{name}_{recall(count)}"


@contextmanager
def stored_press(page: Page, name: str, wanted: Hashable, done: str) -> Iterator[None]:
    """Store what the element shows, and say so. Where that is refused, another one shows what is stored."""
    remember(_shown(page, name), wanted)
    with page.feedback(done):
        try:
            yield
        except FolkmootError:
            remember(_shown(page, name), _NOTHING)
            raise


def turning_key(name: str, thing_id: str, *, is_so: bool) -> str:
    """The key of a button that turns what is stored of a thing, which `is_so` now, to its contrary.

    A press that comes after somebody else turned it finds no button any more: it turns nothing back.

    >>> turning_key("hide", "c7", is_so=True), turning_key("hide", "c7", is_so=False)
    ('hide_c7_not', 'hide_c7')
    """
    return f"{name}_{thing_id}{'_not' if is_so else ''}"


def _shown(page: Page, name: str) -> str:
    return f"shown:{page.workshop_id}:{name}"
