"""The policy follows the live document, and the document follows what forms change in the policy."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import itemgetter
from typing import Any
from uuid import uuid4

from lib.domain.errors import Conflict, ValidationFailed
from lib.domain.ids import ClauseId, PersonId, WorkshopId
from lib.domain.text_edits import clean_text, edits
from lib.domain.trace import Trace, typed_in
from lib.live.clause_places import Finder, Found, Spot, Spots, moved
from lib.live.stored_text import Levelled, Leveller, Rested
from lib.policy.commit import clauses_for_commit
from lib.policy.document import Document, Segment, SegmentKind
from lib.policy.doings import Doings, doings
from lib.policy.identity import Known, Said, identities, trace_between
from lib.policy.match import match_clauses
from lib.policy.parse import document_of, parse
from lib.policy.too_long import too_long
from lib.store.decode import decode
from lib.store.port import Store


@dataclass(frozen=True)
class _Numbered:
    """A clause on record."""

    clause_id: ClauseId
    number: int
    wording: str


@dataclass(frozen=True)
class _Recorded:
    """The policy as it is on record, and the text that the document was last level with."""

    text: str
    revision: int
    document_seq: int
    document_revision: int
    document_text: str
    clauses: tuple[_Numbered, ...]
    gone: tuple[Known, ...]
    said: tuple[Said, ...]


def leveller(store: Store) -> Leveller:
    """What makes the policy of documents in this database."""

    def level(rested: Rested) -> Levelled:
        recorded = decode(_Recorded, store.call("read_document_policy", workshop=rested.workshop))
        if recorded.revision != recorded.document_revision:
            if rested.seq < recorded.document_seq:
                return Levelled()  # what the form changed may not be here yet
            return _to_merge(recorded, rested)
        if rested.seq <= recorded.document_seq:
            return Levelled(recorded.revision)
        segments = parse(rested.text)
        if problem := too_long(segments, {one.wording for one in recorded.clauses}):
            return Levelled(problem=problem)
        given = _row(store, recorded, rested, segments)
        try:
            row = store.call("commit_document", **given)
        except Conflict:
            return Levelled()
        except ValidationFailed as refused:
            return Levelled(problem=str(refused))
        numbers = {one["clause_id"]: int(one["number"]) for one in row["clauses"]}
        ids = [one["clause_id"] for one in given["clauses"]]
        is_this = ids == list(numbers)  # nobody was faster with another text
        return Levelled(int(row["revision"]), spots=_spots(rested.text, numbers) if is_this else None)

    return level


def finder(store: Store) -> Finder:
    """What tells where the clauses on record in this database stand in a text."""

    def find(workshop: WorkshopId, text: str) -> Found:
        recorded = decode(_Recorded, store.call("read_document_policy", workshop=workshop))
        numbers = {one.clause_id: one.number for one in recorded.clauses}
        segments = parse(recorded.text)
        if sum(one.kind is SegmentKind.CLAUSE for one in segments) != len(numbers):
            return Found((), False)  # written by a parser that cuts otherwise: after the next change it is known again
        spots = _spots(recorded.text, numbers)
        if text != recorded.text:
            return Found(moved(spots, trace_between(recorded.text, text)), False)
        return Found(spots, recorded.revision == recorded.document_revision)

    return find


def _spots(text: str, numbers: Mapping[ClauseId, int]) -> Spots:
    """Where the clauses of a text stand, which are in the order of these."""
    rest = iter(numbers.items())
    found, at = [], 0
    for segment in parse(text):
        end = at + len(segment.text.encode())
        if segment.kind is SegmentKind.CLAUSE:
            clause_id, number = next(rest)
            found.append(Spot(clause_id, number, at, end))
        at = end
    return tuple(found)


def merged(base: str, theirs: str, ours: str, trace: Trace | None = None) -> str:
    """Our text with everything changed in it that `theirs` changes in `base`.

    `trace` says where our characters come from in `base`; None = the words tell.
    """
    cuts: list[tuple[int, int]] = []
    comes: list[tuple[int, int, bytes]] = []
    kept = _kept(trace if trace is not None else trace_between(base, ours))
    for order, change in enumerate(edits(base, theirs)):
        there = max(0, bisect_left(kept, change.start, key=itemgetter(0)) - 1)
        place = 0
        for origin, at, length in islice(kept, there, None):
            if origin >= change.end:
                break
            if origin < change.start:
                place = at + min(length, change.start - origin)
            first, last = at + max(0, change.start - origin), at + min(length, change.end - origin)
            if first < last:
                cuts.append((first, last))
        comes.append((place, order, change.words.encode()))
    return _put_together(ours.encode(), cuts, comes).decode()


def _kept(trace: Trace) -> list[tuple[int, int, int]]:
    """What is still there of the earlier text, in its order: from which place of it, where now, and how many bytes."""
    places = accumulate((one.length for one in trace), initial=0)
    return [(one.origin, at, one.length) for one, at in zip(trace, places, strict=False) if one.origin is not None]


def _put_together(text: bytes, cuts: list[tuple[int, int]], comes: list[tuple[int, int, bytes]]) -> bytes:
    """The text without what is cut, and with what comes at its places."""
    gone = bytearray(len(text))
    for first, last in cuts:
        gone[first:last] = b"\x01" * (last - first)
    parts: list[bytes] = []
    done = 0
    for place, _, words in [*sorted(comes), (len(text), 0, b"")]:
        parts.append(
            bytes(byte for byte, is_gone in zip(text[done:place], gone[done:place], strict=True) if not is_gone)
        )
        parts.append(words)
        done = place
    return b"".join(parts)


def _to_merge(recorded: _Recorded, rested: Rested) -> Levelled:
    base, theirs = clean_text(recorded.document_text), clean_text(recorded.text)
    is_known = rested.base == base.encode() and base == recorded.document_text
    wanted = merged(base, theirs, rested.text, rested.trace if is_known else None)
    return Levelled(
        recorded.revision, changes=tuple(edits(rested.text, wanted)), base_revision=recorded.document_revision
    )


def _row(store: Store, recorded: _Recorded, rested: Rested, segments: Sequence[Segment]) -> dict[str, Any]:
    old = _document(recorded)
    is_known = rested.base == recorded.text.encode()
    trace = rested.trace if is_known else _by_words(recorded, rested)
    fresh, said = (lambda: ClauseId(str(uuid4()))), recorded.said
    found = identities(old, segments, trace, recorded.gone, fresh, said=said, is_seen=is_known)
    new = document_of(rested.text, found.ids)
    done = doings(old, new, trace, rested.removed if is_known else ())
    by = {one: list(whose) for one, whose in done.by.items()}
    words_of = _words_of(store, rested.workshop, done)
    if is_known:  # what others did elsewhere made a clause of it on which nobody did anything
        by |= {one: whose for one, whose in words_of.items() if not by[one]}
    kept = set(found.ids)
    clauses = [
        {
            **one,
            "by": by[one["clause_id"]],
            "words_of": words_of.get(one["clause_id"], []),
            "typed_over": one["clause_id"] in found.typed_over,
        }
        for one in clauses_for_commit(new, done.moved)
    ]
    return {
        "workshop": rested.workshop,
        "seq": rested.seq,
        "base_revision": recorded.revision,
        "text": rested.text,
        "clauses": clauses,
        "gone": [{"clause_id": one, "by": by[one]} for one in old.ids if one not in kept],
        "person": rested.by,
    }


def _words_of(store: Store, workshop: WorkshopId, done: Doings) -> dict[ClauseId, list[PersonId]]:
    """Whose words came into each clause out of others."""
    if not (sources := sorted({one for others in done.sources.values() for one in others})):
        return {}
    wrote = store.call("read_clause_writers", workshop=workshop, clauses=sources)
    return {
        one: list(dict.fromkeys(person for other in others for person in wrote.get(other, ())))
        for one, others in done.sources.items()
    }


def _by_words(recorded: _Recorded, rested: Rested) -> Trace:
    """Where the characters come from as far as the words tell, and who typed them as far as that was seen."""
    return typed_in(trace_between(recorded.text, rested.text), rested.trace)


def _document(recorded: _Recorded) -> Document:
    """The recorded text with its clauses' identities, as far as a parser that cuts otherwise can tell."""
    wordings = [one.wording for one in parse(recorded.text) if one.kind is SegmentKind.CLAUSE]
    ids: list[ClauseId | None] = [one.clause_id for one in recorded.clauses]
    if len(wordings) != len(ids):
        ids = list(match_clauses([(one.clause_id, one.wording) for one in recorded.clauses], wordings))
    return document_of(recorded.text, [one or ClauseId(str(uuid4())) for one in ids])
