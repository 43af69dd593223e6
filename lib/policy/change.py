"""What a policy is after one person's change.

A change made on an older text is applied to the newer one: changes to different clauses merge, and of two changes to
the same clause the second is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lib.domain.errors import ClauseConflict, Conflict, ValidationFailed
from lib.domain.ids import ClauseId
from lib.domain.policy import MAX_POLICY_CHARS, Tag
from lib.policy import place
from lib.policy.acts import (
    AddClause,
    AddSection,
    Change,
    EditClause,
    MoveClause,
    RenameSection,
    RestoreClause,
    TagClause,
    WithdrawClause,
)
from lib.policy.clause_wording import clean_wording
from lib.policy.document import Document, Segment, SegmentKind
from lib.policy.parse import document_of, parse
from lib.policy.tags import clean_tag

MAX_SECTION_CHARS = 120


def apply(document: Document, change: Change) -> Document:
    """The policy after one change; every other clause keeps its identity, wording, tag and place.

    Raises:
        ClauseConflict: somebody else reworded or withdrew the clause since.
        Conflict: the section is gone, or somebody else tagged the clause since.
        ValidationFailed: the wording, tag or name cannot be taken.
    """
    match change:
        case AddClause() | RestoreClause():
            return _added(document, change)
        case EditClause():
            return _edited(document, change)
        case MoveClause():
            return _moved(document, change)
        case TagClause():
            return _tagged(document, change)
        case WithdrawClause():
            return _withdrawn(document, change)
        case AddSection():
            return _with_section(document, _section_name(change.name))
        case RenameSection():
            return _renamed(document, change)


def _added(document: Document, change: AddClause | RestoreClause) -> Document:
    found = document.find(change.clause_id)
    if found and isinstance(change, RestoreClause) and found.wording != change.wording:
        message = (
            "Somebody else restored this clause just now, with another wording. Neither wording is lost: see below."
        )
        raise ClauseConflict(message, theirs=found.wording, mine=change.wording)
    if found:
        return document
    wording, tag = clean_wording(change.wording, change.tag)
    name = change.section
    if document.index_of_section(name) is None:
        name = _section_name(name)
    if document.index_of_section(name) is None:
        document = _with_section(document, name)
    index = document.index_of_section(name) or 0
    new = Segment(SegmentKind.CLAUSE, "", name, index, wording, tag, clause_id=change.clause_id)
    before = _before(document.clauses, change.before, index) if isinstance(change, RestoreClause) else None
    ways = place.inserted(list(document.segments), index, new, before, document.newline)
    return _settled(document, ways, _inserted(document.clauses, new, before))


def _edited(document: Document, change: EditClause) -> Document:
    clause = document.find(change.clause_id)
    if clause is None:
        raise ClauseConflict(
            "Somebody withdrew this clause while you were editing it. Your wording is kept: see below.",
            theirs=None,
            mine=change.wording,
        )
    wording, tag = clean_wording(change.wording, change.tag)
    if tag == change.base_tag:
        tag = clause.tag
    _check_tag(clause, tag, change.base_tag)
    if wording == change.base_wording:
        wording = clause.wording
    if (clause.wording, clause.tag) == (wording, tag):
        return document
    if clause.wording not in (change.base_wording, wording):
        raise ClauseConflict(
            "Somebody else reworded this clause while you were editing it. Neither wording is lost: see below.",
            theirs=clause.wording,
            mine=change.wording,
        )
    return _reworded(document, clause, wording, tag)


def _tagged(document: Document, change: TagClause) -> Document:
    clause = _present(document, change.clause_id)
    tag = clean_tag(change.tag)
    _check_tag(clause, tag, change.base_tag)
    return document if clause.tag == tag else _reworded(document, clause, clause.wording, tag)


def _check_tag(clause: Segment, tag: Tag, base_tag: Tag | None) -> None:
    if base_tag is not None and clause.tag not in (base_tag, tag):
        raise Conflict(
            "Somebody else said just now when this clause applies, so nothing was saved. Read what they chose first."
        )


def _reworded(document: Document, clause: Segment, wording: str, tag: Tag) -> Document:
    changed = replace(clause, wording=wording, tag=tag)
    expected = [changed if other.clause_id == clause.clause_id else other for other in document.clauses]
    return _settled(document, place.reworded(document, clause, wording, tag), expected)


def _moved(document: Document, change: MoveClause) -> Document:
    clause = _present(document, change.clause_id)
    if change.before == clause.clause_id:
        return document
    index = document.index_of_section(change.section)
    if index is None:
        raise Conflict(f"The section “{change.section}” was renamed or removed meanwhile. Choose the section again.")
    moved = replace(clause, section=change.section, section_index=index)
    others = [other for other in document.clauses if other.clause_id != clause.clause_id]
    before = _before(others, change.before, index)
    ways = (
        way
        for taken_out in place.without(document, clause)
        for way in place.inserted(taken_out, index, moved, before, document.newline)
    )
    return _settled(document, ways, _inserted(others, moved, before))


def _withdrawn(document: Document, change: WithdrawClause) -> Document:
    clause = document.find(change.clause_id)
    if clause is None:
        return document
    if change.base_wording is not None and clause.wording != change.base_wording:
        raise ClauseConflict(
            "Somebody else reworded this clause just now, so it was not withdrawn. Read the new wording first.",
            theirs=clause.wording,
            mine=change.base_wording,
        )
    others = [other for other in document.clauses if other.clause_id != clause.clause_id]
    return _settled(document, place.without(document, clause), others)


def _with_section(document: Document, name: str) -> Document:
    if document.index_of_section(name) is not None:
        raise ValidationFailed(f"There is a section “{name}” already. Choose another name.")
    return _settled(document, [place.with_section(document, name)], document.clauses, [*_headings(document), name])


def _renamed(document: Document, change: RenameSection) -> Document:
    name = _section_name(change.name)
    index = document.index_of_section(change.section)
    if not change.section or index is None:
        raise Conflict(f"The section “{change.section}” was renamed or removed meanwhile. Load the page again.")
    if name == change.section:
        return document
    if document.index_of_section(name) is not None:
        raise ValidationFailed(f"There is a section “{name}” already. Choose another name.")
    way = [
        replace(s, text=f"{'#' * s.level} {name}{document.newline}")
        if s.kind is SegmentKind.HEADING and s.section_index == index
        else s
        for s in document.segments
    ]
    expected = [replace(c, section=name) if c.section_index == index else c for c in document.clauses]
    headings = [name if at == index else old for at, old in enumerate(_headings(document), start=1)]
    return _settled(document, [way], expected, headings)


def _settled(
    document: Document, ways: Iterable[place.Way], expected: Sequence[Segment], headings: Sequence[str] | None = None
) -> Document:
    """The policy by the first way that, read again, has exactly the expected clauses and headings."""
    wanted = [(clause.wording, clause.tag, clause.section) for clause in expected]
    headings = _headings(document) if headings is None else list(headings)
    for way in ways:
        text = "".join(segment.text for segment in place.numbered(way, document.newline))
        if len(text) > MAX_POLICY_CHARS:
            raise ValidationFailed(
                f"The policy would have {len(text):,} characters; {MAX_POLICY_CHARS:,} are the most. "
                "Shorten or withdraw some clauses first."
            )
        segments = parse(text)
        clauses = [segment for segment in segments if segment.kind is SegmentKind.CLAUSE]
        found = [(clause.wording, clause.tag, clause.section) for clause in clauses]
        names = [segment.section for segment in segments if segment.kind is SegmentKind.HEADING]
        if found == wanted and names == headings:
            return document_of(text, [clause.clause_id for clause in expected if clause.clause_id])
    raise ValidationFailed(
        "This would break the policy's layout into other clauses. "
        "Begin the clause with a word rather than a symbol, and close every code block in it."
    )


def _present(document: Document, clause_id: ClauseId) -> Segment:
    clause = document.find(clause_id)
    if clause is None:
        raise ClauseConflict("Somebody withdrew this clause meanwhile. Restore it first.", theirs=None, mine="")
    return clause


def _before(clauses: Sequence[Segment], wanted: ClauseId | None, index: int) -> ClauseId | None:
    """The clause to stand before, if it is still in that section; None = the section's end."""
    return next((c.clause_id for c in clauses if c.clause_id == wanted and c.section_index == index), None)


def _inserted(clauses: Sequence[Segment], new: Segment, before: ClauseId | None) -> list[Segment]:
    """The clauses with a new one before another, or behind the last of its section."""
    if before is not None:
        at = next(p for p, clause in enumerate(clauses) if clause.clause_id == before)
    else:
        at = sum(clause.section_index <= new.section_index for clause in clauses)
    return [*clauses[:at], new, *clauses[at:]]


def _headings(document: Document) -> list[str]:
    return [segment.section for segment in document.segments if segment.kind is SegmentKind.HEADING]


def _section_name(name: str) -> str:
    plain = " ".join(name.split()).strip("#").strip()
    if not plain:
        raise ValidationFailed("The section has no name yet. Type one, for instance “Tone”.")
    if len(plain) > MAX_SECTION_CHARS:
        raise ValidationFailed(f"The section's name has {len(plain)} characters; {MAX_SECTION_CHARS} are the most.")
    return plain


def one_place(document: Document, clause_id: ClauseId, *, up: bool) -> MoveClause | None:
    """The move of a clause by one place, into the neighbouring section at its section's edge; None at the policy's."""
    clause = document.find(clause_id)
    if clause is None:
        return None
    fellows = [c.clause_id for c in document.clauses if c.section_index == clause.section_index]
    at = fellows.index(clause_id)
    if up and at > 0:
        return MoveClause(clause_id, clause.section, fellows[at - 1])
    if not up and at < len(fellows) - 1:
        return MoveClause(clause_id, clause.section, fellows[at + 2] if at + 2 < len(fellows) else None)
    sections = document.sections
    to = sections.index(clause.section) + (-1 if up else 1)
    if not 0 <= to < len(sections):
        return None
    there = [c.clause_id for c in document.clauses if c.section == sections[to]]
    return MoveClause(clause_id, sections[to], None if up or not there else there[0])
