"""The tag at a clause's end: `[always]` or `[when: …]`."""

import re

from lib.domain.errors import ValidationFailed
from lib.domain.policy import NO_TAG, Tag

MAX_WHEN_CHARS = 200

_TAG = re.compile(r"\[(?:(?P<always>always)\s*|when:(?P<when>[^\[\]\n]*)(?:\n\s*)?)\]", re.I)
"""No blank can belong to two parts of it: what is no tag is known after one look at each sign."""


def split_tag(wording: str) -> tuple[str, Tag]:
    """The wording without the tags at its end, and the last of them (NO_TAG if there is none)."""
    last = NO_TAG
    wording = wording.rstrip()
    while tag := _tag_at_end(wording):
        last = tag if last == NO_TAG else last
        wording = wording[: wording.rindex("[")].rstrip()
    return wording, last


def _tag_at_end(wording: str) -> Tag | None:
    start = wording.rfind("[") if wording.endswith("]") else -1
    stands_alone = start == 0 or (start > 0 and wording[start - 1].isspace())
    found = _TAG.fullmatch(wording, start) if stands_alone else None
    if found is None:
        return None
    when = (found["when"] or "").strip()
    return Tag(always=True) if found["always"] else Tag(when=when) if when else None


def tag_text(tag: Tag) -> str:
    """The tag as it stands in the policy's text; "" for NO_TAG."""
    if tag.always:
        return "[always]"
    return f"[when: {tag.when}]" if tag.when else ""


def clean_tag(tag: Tag) -> Tag:
    """The tag as it can stand in one line.

    Raises:
        ValidationFailed: its condition is too long, or holds a square bracket.
    """
    when = " ".join((tag.when or "").split())
    if tag.always or not when:
        return Tag(always=tag.always)
    if "[" in when or "]" in when:
        raise ValidationFailed("The condition of a tag cannot hold square brackets. Use round ones.")
    if len(when) > MAX_WHEN_CHARS:
        raise ValidationFailed(f"The condition has {len(when)} characters; {MAX_WHEN_CHARS} are the most. Shorten it.")
    return Tag(when=when)
