"""A policy's text cut into segments, whose clauses carry identities."""

from dataclasses import dataclass
from enum import StrEnum

from lib.domain.ids import ClauseId
from lib.domain.policy import NO_TAG, Tag


class SegmentKind(StrEnum):
    """What some lines of a policy are."""

    CONTEXT = "context"
    HEADING = "heading"
    CLAUSE = "clause"
    EMPTY_ITEM = "empty_item"
    """A list item without words: no clause, but it keeps its section a list."""


@dataclass(frozen=True)
class Segment:
    """Some whole lines of a policy's text. Blank lines are context segments of their own.

    `section_index` counts headings from 0 = before the first. `wording`, `tag` and `clause_id` are set for clauses;
    `marker` for list items: indent, bullet and spaces, tabs expanded; "" for a paragraph. `level` is a heading's.
    """

    kind: SegmentKind
    text: str
    section: str
    section_index: int
    wording: str = ""
    tag: Tag = NO_TAG
    marker: str = ""
    level: int = 0
    clause_id: ClauseId | None = None

    @property
    def is_blank(self) -> bool:
        """Whether these are empty lines."""
        return self.kind is SegmentKind.CONTEXT and not self.text.strip()

    @property
    def is_item(self) -> bool:
        """Whether this is a list item, empty or not."""
        return bool(self.marker)


@dataclass(frozen=True)
class Document:
    """A policy: its segments in order, every clause with an identity."""

    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The policy's Markdown, exactly."""
        return render(self.segments)

    @property
    def clauses(self) -> tuple[Segment, ...]:
        """The clause segments, in the order of the text."""
        return tuple(segment for segment in self.segments if segment.kind is SegmentKind.CLAUSE)

    @property
    def ids(self) -> tuple[ClauseId, ...]:
        """The clauses' identities, in the order of the text."""
        return tuple(clause.clause_id for clause in self.clauses if clause.clause_id is not None)

    @property
    def sections(self) -> tuple[str, ...]:
        """The names of all headings in order, each once; "" comes first when clauses stand before the first heading."""
        names = [s.section for s in self.segments if s.kind in (SegmentKind.HEADING, SegmentKind.CLAUSE)]
        return tuple(dict.fromkeys(names))

    @property
    def newline(self) -> str:
        """The line end that this text uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def find(self, clause_id: ClauseId) -> Segment | None:
        """The active clause with this identity, or None."""
        return next((clause for clause in self.clauses if clause.clause_id == clause_id), None)

    def index_of_section(self, section: str) -> int | None:
        """The `section_index` of the first section of this name, or None. "" always exists, as 0."""
        if not section:
            return 0
        headings = (s for s in self.segments if s.kind is SegmentKind.HEADING)
        return next((heading.section_index for heading in headings if heading.section == section), None)


def render(segments: tuple[Segment, ...]) -> str:
    """The Markdown that these segments were parsed from."""
    return "".join(segment.text for segment in segments)
