"""What a person typed, made into the wording of one clause."""

import re

from lib.domain.errors import ValidationFailed
from lib.domain.policy import MAX_CLAUSE_CHARS, NO_TAG, Tag
from lib.policy.parse import ends_in_paragraph, item_source, list_items, plain_lines
from lib.policy.tags import clean_tag, split_tag, tag_text

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BULLET = re.compile(r"\s*(?:[-+*]|\d{1,2}[.)])\s")


def clean_wording(text: str, tag: Tag = NO_TAG) -> tuple[str, Tag]:
    """The wording and tag of one clause. A tag typed at its end counts where none was chosen.

    Raises:
        ValidationFailed: no words, too many characters, or several list items, which would be several clauses.
    """
    wording, typed = split_tag(plain_lines(_CONTROL.sub("", text)))
    wording = _without_bullet(wording)
    if not any(character.isalnum() for character in wording):
        raise ValidationFailed("The clause has no words yet. Write what the model should do, then add it.")
    if len(wording) > MAX_CLAUSE_CHARS:
        raise ValidationFailed(
            f"The clause has {len(wording):,} characters; {MAX_CLAUSE_CHARS:,} are the most. "
            "Shorten it, or split it into several clauses. Nothing you typed is lost."
        )
    tag = clean_tag(tag)
    return wording, tag if tag != NO_TAG else clean_tag(typed)


def item_text(marker: str, wording: str, tag: Tag, newline: str) -> str:
    """A clause as list item, with its line end."""
    first, *rest = with_tag(wording, tag).split("\n")
    indent = " " * len(marker)
    return newline.join([marker + first, *(indent + line if line else "" for line in rest)]) + newline


def paragraph_text(wording: str, tag: Tag, newline: str) -> str:
    """A clause as paragraph, with its line end."""
    return newline.join(with_tag(wording, tag).split("\n")) + newline


def with_tag(wording: str, tag: Tag) -> str:
    """The wording with its tag at the end: on the last line, or below it where the last line is no prose."""
    suffix = tag_text(tag)
    if not suffix:
        return wording
    return f"{wording} {suffix}" if ends_in_paragraph(wording) else f"{wording}\n\n{suffix}"


def _without_bullet(wording: str) -> str:
    items = list_items(wording) if _BULLET.match(wording) else None
    if items is None:
        return wording
    if len(items) > 1:
        raise ValidationFailed(
            f"This is a list of {len(items)} items, which would be {len(items)} clauses. Add them one at a time, "
            "or write a sentence before the list to keep it together as one clause."
        )
    return plain_lines(item_source(items[0])[1])
