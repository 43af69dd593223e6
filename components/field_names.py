"""What the fields that keep their text are for, by the names under which it is kept."""

import re
from typing import Final

WHILE_LEADING: Final = (
    ("console:title", "The workshop's title"),
    ("console:brief", "The workshop's brief"),
    ("console:note", "A decision or note"),
    ("note:[^:]+", "Another wording of a decision or note"),
    ("console:step:[^:]+:title", "The title of a step"),
    ("console:step:[^:]+:minutes", "The minutes of a step"),
    ("console:step:[^:]+:note", "The note of a step"),
    ("console:timer_label", "What the countdown is for"),
    ("console:rename:[^:]+", "Another name for a participant"),
    ("console:model", "A model"),
    ("console:model_address", "A model's address"),
    ("console:max_calls", "Most model calls"),
    ("console:max_cost", "Most known cost in US dollars"),
    ("round:question", "The question of a round"),
)
"""Fields that only those who lead have: pattern of the name, and what it is for."""
OTHERS: Final = (
    ("clause:new", "A new clause"),
    ("clause:[^:]+", "Another wording of a clause"),
    ("clause:[^:]+:when", "When a clause applies"),
    ("clause:[^:]+:new_section", "The name of a new section"),
    ("section:.*", "Another name for a section"),
    ("comment:[^:]+", "A comment on a clause"),
    ("comment_edit:[^:]+", "Another wording of a comment"),
    ("suggest:[^:]+", "A suggested wording"),
    ("suggest:[^:]+:why", "Why a wording is suggested"),
    ("scenario:new", "A scenario"),
    ("version:note", "The name of a version"),
    ("version:restore:[0-9]+", "The name of a version"),
    ("reason:[^:]+", "A reason for a vote"),
    ("dissent:[^:]+", "A dissent from a decision"),
)
"""The same for the fields that everybody has who takes part. Beside texts there are choices, which have other names."""


def is_of_leading(field: str) -> bool:
    """Whether only those who lead have the field.

    >>> is_of_leading("console:brief"), is_of_leading("console:brief:base"), is_of_leading("clause:new")
    (True, False, False)
    """
    return any(re.fullmatch(pattern, field) for pattern, _ in WHILE_LEADING)
