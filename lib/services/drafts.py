"""Unsent text: kept for its writer alone, never shown to anyone else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.domain.ids import PersonId
from lib.domain.people import Credential
from lib.store.decode import decode
from lib.store.port import Store

MAX_DRAFT_CHARS = 60_000


@dataclass(frozen=True)
class Draft:
    """Unsent text of one field. A higher `seq` is a newer text; "" means the field was emptied or sent."""

    text: str
    seq: int


@dataclass(frozen=True)
class OwnWords:
    """Somebody's unsent texts by field, with who they are."""

    person_id: PersonId
    drafts: Mapping[str, Draft]


NO_DRAFT = Draft("", 0)


def read_drafts(store: Store, credential: Credential) -> dict[str, Draft]:
    """The asker's own unsent texts by field."""
    return drafts_in(store.call("read_drafts", workshop=credential.workshop_id, token_hash=credential.token_hash))


def read_own_words(store: Store, credential: Credential) -> OwnWords:
    """The asker's own unsent texts, also for whoever was removed from the workshop.

    Raises:
        SignedOut: nobody is known by this credential any more, or they left.
    """
    row = store.call("read_own_words", workshop=credential.workshop_id, token_hash=credential.token_hash)
    return decode(OwnWords, row)


def drafts_in(rows: Mapping[str, Any]) -> dict[str, Draft]:
    """The unsent texts in the database's answer, by field."""
    return {name: decode(Draft, row) for name, row in rows.items()}


def save_draft(store: Store, credential: Credential, field: str, text: str, seq: int) -> int:
    """Keep unsent text if it is newer than what is kept; gives the number of what is kept now."""
    row = store.call(
        "save_draft",
        workshop=credential.workshop_id,
        token_hash=credential.token_hash,
        field=field,
        text=text,
        seq=seq,
    )
    return int(row["seq"])
