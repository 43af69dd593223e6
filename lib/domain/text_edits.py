"""What to change in one text to get another. Places are counted in bytes of UTF-8, as the live document does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lib.domain.common_parts import alike, changes

_WORDS: Final = re.compile(r"\n|[^\S\n]*\w+|[^\S\n]*[^\w\n]")
"""A word or a sign with the blanks before it, or a line's end."""


@dataclass(frozen=True)
class Edit:
    """Words in the place of the bytes from `start` to before `end`."""

    start: int
    end: int
    words: str


def clean_text(text: str) -> str:
    """A text as a document can hold it: lines end in one way, and nothing in it is invisible control."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one >= " " or one in "\n\t")


def edits(old: str, new: str) -> list[Edit]:
    """What to replace in `old` to get `new`, from the front; all places are those of `old`.

    Lines that both have are left alone, and in between so are words, and letters at the ends of what changed there. A
    line that comes in between is put before another line, not into one: what somebody else types in that one meanwhile
    stays on its side of it.
    """
    whole = old.encode()
    placed = list(_in_bytes(old, _changed(old, new)))
    firsts = [0, *(one.end for one in placed)]
    lasts = [*(one.start for one in placed[1:]), len(whole)]
    return [_before_a_line(whole, *one) for one in zip(placed, firsts, lasts, strict=False)]


def _changed(old: str, new: str) -> Iterator[Edit]:
    """The same with places in characters."""
    for lines in _replaced(old.splitlines(keepends=True), new.splitlines(keepends=True), 0):
        for words in _replaced(_WORDS.findall(old[lines.start : lines.end]), _WORDS.findall(lines.words), lines.start):
            yield _without_equal_ends(old[words.start : words.end], words)


def _replaced(old: list[str], new: list[str], offset: int) -> Iterator[Edit]:
    places = [offset]
    for part in old:
        places.append(places[-1] + len(part))
    for one in changes(old, new):
        yield Edit(places[one.start], places[one.end], "".join(new[one.first : one.last]))


def _without_equal_ends(old: str, edit: Edit) -> Edit:
    head = alike(old, edit.words)
    old, words = old[head:], edit.words[head:]
    tail = alike(old[::-1], words[::-1])
    return Edit(edit.start + head, edit.end - tail, words[: len(words) - tail])


def _in_bytes(old: str, given: Iterator[Edit]) -> Iterator[Edit]:
    at = place = 0
    for one in given:
        start = place + len(old[at : one.start].encode())
        at, place = one.end, start + len(old[one.start : one.end].encode())
        yield Edit(start, place, one.words)


def _before_a_line(old: bytes, edit: Edit, first: int, last: int) -> Edit:
    """What comes in between, moved to the beginning of a line from `first` to `last`, if the words it passes let it."""
    words = edit.words.encode()
    count = len(words)
    if edit.start != edit.end or b"\n" not in words:
        return edit

    def moved(by: int) -> Edit | None:
        at = edit.start + by
        is_between_lines = at == 0 or old[at - 1 : at] == b"\n"
        if not is_between_lines or words[by - 1] != ord("\n"):
            return None
        return Edit(at, at, (words[by:] + words[:by]).decode())

    for by in range(min(count, last - edit.start + 1)):
        if by and old[edit.start + by - 1] != words[by - 1]:
            break
        if found := moved(by):
            return found
    for by in range(1, min(count, edit.start - first + 1)):
        if old[edit.start - by] != words[-by]:
            break
        if found := moved(-by):
            return found
    return edit
