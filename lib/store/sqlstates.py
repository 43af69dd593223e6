"""What a SQLSTATE means for the person whose call met it: one table, whichever way the call went."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from lib.domain.errors import Conflict, FolkmootError, NotFound, StoreUnavailable, ValidationFailed
from lib.store.port import only_reads, refusal

ROLLED_BACK: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: nothing was written, so every call may be sent again."""
TOO_BUSY: Final = frozenset({"57014", "55P03", *ROLLED_BACK})
NOT_TEXT: Final = frozenset({"22021", "22P02", "22P05"})
"""Text that is no text: as an encoding, or inside of JSON."""
NOT_OFFERED: Final = frozenset({"42883", "42501", "3F000"})
"""No such function, no right to it, no such schema."""

log = logging.getLogger("folkmoot.store")


def error_for(function: str, state: str | None, said: str, detail: str | None) -> FolkmootError:
    """The domain's error for what a function of the database ended with. The log gets codes and names, never a value.

    Args:
        function: The function that was called.
        state: The SQLSTATE, None if there was none.
        said: The message of the database. Shown to people only where a function wrote it for them.
        detail: The detail of the error; a refusal may carry JSON there.
    """
    refused = refusal(state, said, _extras(detail))
    if refused is not None:
        return refused
    log.warning("event=store_error function=%s sqlstate=%s", function, state)
    if state == "22P02" and "uuid" in said:
        return NotFound("What this link or number points to does not exist. Check that it was copied whole.")
    if state in NOT_TEXT:
        return unstorable()
    if state == "23505":
        return Conflict("That is there already. Reload the page to see it.")
    if state in TOO_BUSY:
        return too_busy()
    if state == "53100":
        return StoreUnavailable("The database's disk is full. Nothing was written; tell whoever runs this server.")
    if state == "25006":
        return StoreUnavailable(
            "The database takes no writes at the moment (a project that is over its size is set so). Nothing was "
            "written; tell whoever runs this server."
        )
    if state in NOT_OFFERED or (state == "22023" and "role" in said):
        return not_offered(function)
    return StoreUnavailable("The database could not do that. Nothing was written; the server's log says more.")


def unstorable() -> ValidationFailed:
    """The refusal of text with a character that no PostgreSQL stores."""
    return ValidationFailed(
        "The text holds a character that cannot be stored (such as a NUL from a broken file). Remove it and try again."
    )


def too_busy() -> StoreUnavailable:
    """A call that ended without a trace because the database had too much to do."""
    return StoreUnavailable("The database was too busy to answer in time. Nothing was written; try again.")


def connection_broke() -> StoreUnavailable:
    """A call of which nobody knows whether it arrived."""
    return StoreUnavailable(
        "The connection to the database broke. If what you did does not show, do it again in a few seconds."
    )


def after_unknown(function: str, error: FolkmootError) -> FolkmootError:
    """What to say of a call given up with this error after an earlier try of it may have been run.

    "Nothing was written" is then true of the last try only. A refusal is a whole answer, and stays.
    """
    return connection_broke() if isinstance(error, StoreUnavailable) and not only_reads(function) else error


def out_of_reach() -> StoreUnavailable:
    """A call that never left."""
    return StoreUnavailable(
        "The database cannot be reached at the moment. Nothing was lost that showed as saved; try again in a few "
        "seconds."
    )


def not_offered(function: str) -> StoreUnavailable:
    """A database whose schema does not fit this code."""
    return StoreUnavailable(
        f"The database does not offer “{function}” to this version of Folkmoot. Whoever runs this server can mend "
        "it with `python -m lib.cli migrate`, and `python -m lib.cli doctor` says more."
    )


def _extras(detail: str | None) -> Mapping[str, Any]:
    try:
        extras = json.loads(detail or "{}")
    except ValueError:
        return {}
    return extras if isinstance(extras, dict) else {}
