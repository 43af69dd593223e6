"""Writing the policy together: read it, change one thing of it, publish and compare versions."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4
from weakref import WeakValueDictionary

from lib.domain.errors import Conflict
from lib.domain.ids import ClauseId, SuggestionId, WorkshopId
from lib.domain.people import Credential
from lib.domain.policy import ClauseEvent, Policy, PolicyVersion, VersionHeader
from lib.policy.acts import Change, MoveClause
from lib.policy.change import apply
from lib.policy.commit import clauses_for_commit
from lib.policy.compare import ClauseChange, PolicyText, compare_clauses, text_diff
from lib.policy.document import Document, SegmentKind
from lib.policy.match import match_clauses
from lib.policy.parse import document_of, parse
from lib.services.reading import Reader
from lib.store.decode import decode
from lib.store.port import Store

TRIES: Final = 20
WAIT_FOR_TURN_S: Final = 10.0


@dataclass(frozen=True)
class LivePolicy:
    """The policy as it stands now, and its published versions, newest first."""

    policy: Policy
    versions: tuple[VersionHeader, ...]


@dataclass(frozen=True)
class Comparison:
    """What changed between two states of the policy, by clause and by line."""

    before: PolicyText
    after: PolicyText
    changes: tuple[ClauseChange, ...]
    text_diff: str


def read_policy(store: Store, credential: Credential) -> LivePolicy:
    """The policy as the database has it now."""
    return decode(LivePolicy, store.call("read_policy", **_who(credential)))


def watch_policy(reader: Reader, credential: Credential) -> LivePolicy:
    """The policy at most about a second old, for pages that look again and again."""
    return reader.read(LivePolicy, "read_policy", credential)


def document_in(policy: Policy) -> Document:
    """The policy's text with the recorded identities of its clauses."""
    wordings = [segment.wording for segment in parse(policy.text) if segment.kind is SegmentKind.CLAUSE]
    ids = [clause.clause_id for clause in policy.clauses]
    if len(wordings) != len(ids):
        # The text was written by a parser that cut clauses otherwise: the registry follows the text.
        known = match_clauses([(clause.clause_id, clause.wording) for clause in policy.clauses], wordings)
        ids = [clause_id or ClauseId(str(uuid4())) for clause_id in known]
    return document_of(policy.text, ids)


def change_policy(
    store: Store,
    credential: Credential,
    change: Change,
    request_id: str,
    *,
    accepting: SuggestionId | None = None,
    pause: Callable[[int], None] | None = None,
) -> int:
    """Make one change to the live policy, whatever others changed meanwhile; gives the policy's revision after it.

    Sending the same request again changes nothing more. With `accepting` the change brings that suggestion's wording,
    and it is accepted in the same transaction. `pause` waits before the n-th new try.

    Raises:
        ClauseConflict: somebody else reworded or withdrew the same clause; it carries both texts.
        Conflict: the section is gone, somebody else tagged the clause, or others were faster twenty times in a row.
        NotAllowed: editing is locked, or the person may only read.
        NotFound: the suggestion is not open any more.
        ValidationFailed: the wording, tag or name cannot be taken.
    """
    moved = {change.clause_id} if isinstance(change, MoveClause) else set()
    for attempt in range(1, TRIES + 1):
        with _turn(credential.workshop_id):
            policy = read_policy(store, credential).policy
            document = document_in(policy)
            changed = apply(document, change)
            if changed == document and accepting is None:
                return policy.revision
            try:
                row = store.call(
                    "accept_suggestion" if accepting else "commit_policy",
                    **_who(credential),
                    **({"suggestion": accepting} if accepting else {}),
                    base_revision=policy.revision,
                    text=changed.text,
                    clauses=clauses_for_commit(changed, moved),
                    request_id=request_id,
                )
                return int(row["revision"])
            except Conflict:
                if attempt == TRIES:
                    raise
        (pause or _pause)(attempt)
    raise AssertionError("unreachable")


def publish_version(
    store: Store, credential: Credential, base_revision: int, note: str, request_id: str
) -> VersionHeader:
    """Freeze the policy as the next numbered version.

    Raises:
        Conflict: the policy is no longer at this revision.
        ValidationFailed: it has no clause, nothing has changed since the last version, or the note is too long.
    """
    row = store.call(
        "publish_version",
        **_who(credential),
        base_revision=base_revision,
        note=note.strip(),
        request_id=request_id,
    )
    return decode(VersionHeader, row)


def read_version(store: Store, credential: Credential, number: int) -> PolicyVersion:
    """A published version with its text and its clauses as they were worded in it."""
    return decode(PolicyVersion, store.call("read_version", **_who(credential), number=number))


def read_clause_history(store: Store, credential: Credential, clause_id: ClauseId) -> tuple[ClauseEvent, ...]:
    """What happened to a clause, oldest first."""
    return decode(tuple[ClauseEvent, ...], store.call("read_clause_history", **_who(credential), clause=clause_id))


def compare_versions(store: Store, credential: Credential, before: int, after: int | None) -> Comparison:
    """What changed from one version to another. `after` None = the policy as it stands now."""
    older = _policy_text(read_version(store, credential, before))
    if after is None:
        policy = read_policy(store, credential).policy
        newer = PolicyText("now", policy.text, policy.clauses)
    else:
        newer = _policy_text(read_version(store, credential, after))
    return Comparison(older, newer, compare_clauses(older.clauses, newer.clauses), text_diff(older, newer))


def count_changed(version: PolicyVersion, policy: Policy) -> int:
    """How many clauses were added, reworded, moved, tagged otherwise or taken out since a version."""
    return sum(bool(change.kinds) for change in compare_clauses(version.clauses, policy.clauses))


def _policy_text(version: PolicyVersion) -> PolicyText:
    return PolicyText(f"v{version.number}", version.text, version.clauses)


def _who(credential: Credential) -> dict[str, Any]:
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}


_turns: WeakValueDictionary[WorkshopId, "_Turn"] = WeakValueDictionary()
_turns_lock = threading.Lock()


class _Turn:
    """Whose turn it is to change one workshop's policy, within this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


@contextmanager
def _turn(workshop_id: WorkshopId) -> Iterator[None]:
    """One change after the other, so that thirty people who add at once do not race for the same revision.

    A courtesy, not a guard: the database compares revisions, and who waited too long goes ahead.
    """
    with _turns_lock:
        turn = _turns.get(workshop_id) or _Turn()
        _turns[workshop_id] = turn
    is_mine = turn.lock.acquire(timeout=WAIT_FOR_TURN_S)
    try:
        yield
    finally:
        if is_mine:
            turn.lock.release()


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, min(0.01 * attempt, 0.1)))
