"""What to change in one text to get another. Places are counted in bytes of UTF-8, as the live document does."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

MOST_CHARS_COMPARED: Final = 20_000
"""Of a longer stretch that changed everything between its ends is replaced: comparing takes its square."""


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

    Equal ends are left alone; within what remains stretches of characters are compared. A line that comes in between
    is put before another line, not into one: what somebody else types in that one meanwhile stays on its side of it.
    """
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    found = _between(old[head : len(old) - tail], new[head : len(new) - tail])
    before = len(old[:head].encode())
    placed = [Edit(before + one.start, before + one.end, one.words) for one in found]
    whole = old.encode()
    firsts = [0, *(one.end for one in placed)]
    lasts = [*(one.start for one in placed[1:]), len(whole)]
    return [_before_a_line(whole, *one) for one in zip(placed, firsts, lasts, strict=False)]


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


def _between(old: str, new: str) -> list[Edit]:
    if not old or not new or len(old) + len(new) > MOST_CHARS_COMPARED:
        return [Edit(0, len(old.encode()), new)] if old or new else []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Edit(len(old[:i].encode()), len(old[:j].encode()), new[k:m])
        for kind, i, j, k, m in matcher.get_opcodes()
        if kind != "equal"
    ]
