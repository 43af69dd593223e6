"""Going back to a version: what is written now is published first, so that nobody loses a word."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lib.domain.errors import SignedOut, ValidationFailed
from lib.domain.people import Credential
from lib.domain.policy import VersionHeader
from lib.store.decode import decode
from lib.store.port import Store

if TYPE_CHECKING:
    from lib.live.rooms import Rooms

STORED_WITHIN_S: Final = 5.0


@dataclass(frozen=True)
class Restored:
    """The version that the restoring made. `published_before` is what stood there until then, if that was new."""

    restored: VersionHeader
    published_before: VersionHeader | None
    has_moved_on: bool
    """Whether somebody changed the text since the asker looked at it."""


def restore_version(
    store: Store, rooms: "Rooms", credential: Credential, number: int, *, base_revision: int, name: str, request_id: str
) -> Restored:
    """Make the policy say what a version says, as a new version; what is typed meanwhile is merged into that.

    Sending the same request again changes nothing more.

    Raises:
        NotAllowed: editing is locked, the person may only read, or a clause in that version is hidden.
        NotFound: there is no such version.
        ValidationFailed: the policy says what the version says already, the name is too long, or what is written now
            cannot be the policy, so that it could not be published first.
    """
    problem = ""
    with suppress(SignedOut):  # the database refuses next
        # What was typed a moment ago belongs to what is published first.
        problem = rooms.level(credential, STORED_WITHIN_S)
    if problem:
        raise ValidationFailed(f"Nothing was restored, since the text is not the policy yet: {problem}")
    row = store.call(
        "restore_version",
        workshop=credential.workshop_id,
        token_hash=credential.token_hash,
        number=number,
        base_revision=base_revision,
        note=name.strip(),
        request_id=request_id,
    )
    return decode(Restored, row)
