"""Markdown → segments, by the one CommonMark parser. Nothing else imports it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lib.domain.errors import ValidationFailed
from lib.domain.ids import ClauseId
from lib.policy.document import Document, Segment, SegmentKind
from lib.policy.tags import split_tag

BYTE_ORDER_MARK = "\ufeff"
TAB_COLUMNS = 4

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MARKER = re.compile(r"(?P<bullet>[ ]{0,3}(?:[-+*]|\d{1,9}[.)]))(?P<space>[ \t]*)(?P<rest>.*)", re.S)
_WRAPPERS = {"list_item_close", "bullet_list_close", "ordered_list_close", "blockquote_close"}
_BLOCKS = MarkdownIt("commonmark").disable("inline")


@dataclass(frozen=True)
class _Block:
    """A top-level block as whole lines, `start` to before `end`."""

    kind: str
    start: int
    end: int
    section_index: int
    content: str = ""
    level: int = 0


@lru_cache(maxsize=64)
def parse(text: str) -> tuple[Segment, ...]:
    """The segments of a policy's text, which partition it exactly. Clauses have no identity yet."""
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    lines = _LINE.findall(text[len(mark) :])
    blocks = [_without_blank_end(block, lines) for block in _blocks(_BLOCKS.parse("".join(lines)))]
    lists = {block.section_index for block in blocks if block.kind == "item"}
    segments = [Segment(SegmentKind.CONTEXT, mark, "", 0)] if mark else []
    section, index, done = "", 0, 0
    for block in blocks:
        segments += _context(lines[done : block.start], section, index)
        if block.kind == "heading":
            section, index = block.content, block.section_index
        text = "".join(lines[block.start : block.end])
        segments.append(_segment(block, text, section, is_list=index in lists))
        done = block.end
    return tuple(segments + _context(lines[done:], section, index))


def document_of(text: str, ids: Sequence[ClauseId]) -> Document:
    """The policy with its clauses' identities, given in the order of the text.

    Raises:
        ValidationFailed: there are more or fewer identities than clauses.
    """
    segments = parse(text)
    count = sum(segment.kind is SegmentKind.CLAUSE for segment in segments)
    if count != len(ids):
        raise ValidationFailed(f"The policy's text has {count} clauses, but {len(ids)} are on record.")
    rest = iter(ids)
    return Document(tuple(replace(s, clause_id=next(rest)) if s.kind is SegmentKind.CLAUSE else s for s in segments))


def new_document(text: str, new_id: Callable[[], ClauseId]) -> Document:
    """The policy with a new identity for each clause, as a workshop begins with it."""
    return document_of(text, [new_id() for segment in parse(text) if segment.kind is SegmentKind.CLAUSE])


def ends_in_paragraph(wording: str) -> bool:
    """Whether words appended to the last line would be read as words, not as code, heading or HTML."""
    kinds = (token.type for token in reversed(_BLOCKS.parse(wording)))
    return next((kind for kind in kinds if kind not in _WRAPPERS), "") == "paragraph_close"


def list_items(wording: str) -> tuple[str, ...] | None:
    """The items' texts when the whole wording is one or more lists, else None."""
    segments = [segment for segment in parse(wording) if not segment.is_blank]
    if not segments or not all(segment.is_item for segment in segments):
        return None
    return tuple(segment.text for segment in segments)


def _blocks(tokens: Sequence[Token]) -> Iterator[_Block]:
    index = 0
    for position, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = token.map
        if token.type == "list_item_open" and token.level == 1:
            yield _Block("item", start, end, index)
        elif token.type == "heading_open" and token.level == 0:
            index += 1
            name = " ".join(tokens[position + 1].content.split())
            yield _Block("heading", start, end, index, name, int(token.tag[1:]))
        elif token.level == 0 and token.type not in ("bullet_list_open", "ordered_list_open"):
            yield _Block("paragraph" if token.type == "paragraph_open" else "other", start, end, index)


def _without_blank_end(block: _Block, lines: Sequence[str]) -> _Block:
    end = min(block.end, len(lines))
    while end > block.start + 1 and not lines[end - 1].strip():
        end -= 1
    return replace(block, end=end)


def _context(lines: Sequence[str], section: str, index: int) -> list[Segment]:
    """Lines outside of blocks, runs of blank ones apart from the others."""
    segments: list[Segment] = []
    for line in lines:
        if segments and segments[-1].is_blank == (not line.strip()):
            segments[-1] = replace(segments[-1], text=segments[-1].text + line)
        else:
            segments.append(Segment(SegmentKind.CONTEXT, line, section, index))
    return segments


def _segment(block: _Block, text: str, section: str, *, is_list: bool) -> Segment:
    index = block.section_index
    if block.kind == "heading":
        return Segment(SegmentKind.HEADING, text, section, index, level=block.level)
    if block.kind == "item":
        marker, source = item_source(text)
    elif block.kind == "paragraph" and not is_list:
        marker, source = "", text
    else:
        return Segment(SegmentKind.CONTEXT, text, section, index)
    wording, tag = split_tag(plain_lines(source))
    if wording:
        return Segment(SegmentKind.CLAUSE, text, section, index, wording, tag, marker)
    return Segment(SegmentKind.EMPTY_ITEM if marker else SegmentKind.CONTEXT, text, section, index, marker=marker)


def plain_lines(text: str) -> str:
    """The text with plain line feeds, lines of mere blanks emptied, nothing blank around it."""
    lines = re.split(r"\r\n|\r|\n", text)
    return "\n".join(line if line.strip() else "" for line in lines).strip()


def marker_length(text: str) -> int:
    """How many characters a list item's marker takes as it was written, with the blanks after it; 0 = no list item."""
    found = _MARKER.match(text)
    return found.end("space") if found else 0


def item_source(text: str) -> tuple[str, str]:
    """A list item's marker (tabs expanded, so that its length is the content's indent) and its content, dedented."""
    first, *rest = _LINE.findall(text)
    found = _MARKER.match(first)
    if found is None:  # unreachable for what the parser calls an item
        return "- ", text
    width = len(found["bullet"])
    column = _column(found["space"], width)
    if not found["rest"].strip() or column - width > TAB_COLUMNS:
        column = width + 1
    marker = found["bullet"] + " " * (column - width)
    return marker, found["rest"] + "".join(_dedented(line, column) for line in rest)


def _column(space: str, start: int) -> int:
    for character in space:
        start += TAB_COLUMNS - start % TAB_COLUMNS if character == "\t" else 1
    return start


def _dedented(line: str, columns: int) -> str:
    """The line without up to so many columns of indent; a tab that reaches further leaves spaces."""
    at = 0
    for position, character in enumerate(line):
        if at >= columns or character not in " \t":
            return " " * (at - columns) + line[position:]
        at = _column(character, at)
    return line
