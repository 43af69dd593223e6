"""Whether what stands on a page reads otherwise now."""

from collections.abc import Hashable, Mapping
from typing import Final

Texts = Mapping[str, Hashable]
"""What stands on a page and never changes once it is there, by an id of its own, or a hash of it."""
KEPT_FOR_S: Final = 30.0
"""How long such texts are kept for the others of a workshop to compare with, as long as nothing changes there."""


def reads_otherwise(drawn: Texts, now: Texts) -> bool:
    """Whether something that stands on the page reads otherwise now: a text or a name was hidden, or shown again.

    What is new, or gone, is none of it: that is offered and not forced on anybody.
    """
    return any(key in now and now[key] != text for key, text in drawn.items())
