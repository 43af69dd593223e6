"""The one door to the database: SQL functions called by name."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import uuid4

from lib.domain.errors import (
    Conflict,
    FolkmootError,
    NotAllowed,
    NotFound,
    RoundClosed,
    SignedOut,
    ValidationFailed,
)


class Listening(Protocol):
    """A connection on which the database says by itself which workshops have changed."""

    def changes(self, within_s: float) -> dict[str, int]:
        """Workshops and their change numbers, as soon as there are any; empty after that many seconds without.

        Raises:
            StoreUnavailable: the connection is lost.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Store(Protocol):
    """A database with the functions of `supabase/migrations`. Every call is one transaction."""

    def call(self, function: str, /, **arguments: Any) -> Any:
        """The JSON that a function of schema `public` returned.

        Arguments are named without their `p_` prefix. Dicts, lists and tuples go as jsonb, None as null. The functions
        of `ONCE` also take `request`, a UUID: one call repeated under it is one act, and its answer is {}. Without it
        each call is its own act.

        Raises:
            FolkmootError: what the function refused (see `refusal`), nothing was written.
            StoreUnavailable: the database cannot be reached or did not answer in time.
        """
        ...

    def close(self) -> None:
        """Give the connections back. The store cannot be used afterwards."""
        ...


REFUSALS: Mapping[str, type[FolkmootError]] = {
    "PT400": ValidationFailed,
    "PT401": SignedOut,
    "PT403": NotAllowed,
    "PT404": NotFound,
    "PT409": Conflict,
    "PT410": RoundClosed,
}
"""The one table from a function's SQLSTATE to the error of the domain, the same through every transport."""


def refusal(sqlstate: str | None, message: str, detail: Mapping[str, Any]) -> FolkmootError | None:
    """The domain's error for a refusal by a function, or None if the SQLSTATE is no refusal.

    `detail` may carry `problems`, all the problems of a form, for a ValidationFailed.
    """
    kind = REFUSALS.get(sqlstate or "")
    if kind is None:
        return None
    if kind is ValidationFailed:
        problems = detail.get("problems")
        if isinstance(problems, list) and problems:
            return ValidationFailed(*(str(problem) for problem in problems))
    return kind(message)


ONCE = frozenset(
    {
        "ask_back",
        "set_workshop",
        "change_person",
        "hide_text",
        "reissue_link",
        "withdraw_scenario",
        "set_mark",
        "stop_run",
        "resume_run",
        "resume_paused",
        "retry_response",
        "pause_run",
        "go_to_step",
        "pause_timer",
        "extend_timer",
        "edit_note",
        "withdraw_note",
        "set_dissent",
        "call_everyone",
        "take_back_call",
        "set_spotlight",
        "end_spotlight",
        "grant_leading",
        "take_back_nudges",
        "put_away_nudge",
        "stop_all_runs",
        "resume_all_runs",
        *("edit_comment", "withdraw_comment", "settle_suggestion", "set_rough"),
    }
)
"""Writes that another's act may undo. They are sent through the function `once` under the id of their request, so that
a second call, after the answer of the first was lost, undoes nobody's act. Their answer is {}: done."""

SAFE_TO_REPEAT = ONCE | {
    "create_workshop",
    "join_workshop",
    "identify",
    "save_draft",
    "commit_policy",
    "publish_version",
    "restore_version",
    "add_scenario",
    "share_scenario",
    "start_run",
    "share_run",
    "open_round",
    "close_round",
    "reveal_round",
    "cast_votes",
    "claim_cells",
    "heartbeat",
    "store_response",
    "touch_people",
    "set_agenda",
    "undo_agenda",
    "undo_act",
    "add_note",
    "nudge_people",
    "seed_document",
    "append_updates",
    "place_cursors",
    "compact_document",
    "renew_document",
    "commit_document",
    "merge_policy",
    *("add_comment", "add_suggestion", "accept_suggestion"),
}
"""The others carry their own id, request id, claim or number, or only ever lead one way."""


def only_reads(function: str) -> bool:
    """Whether a call writes nothing, whatever becomes of it."""
    return function.startswith(("read_", "find_", "export_"))


def is_safe_to_repeat(function: str) -> bool:
    """Whether a call may be sent again when the connection broke before the answer came."""
    return only_reads(function) or function in SAFE_TO_REPEAT


UNSEEN = frozenset(
    {
        *("identify", "save_draft", "touch_people", "heartbeat", "claim_cells"),
        *("open_document", "seed_document", "append_updates", "compact_document"),
        "renew_document",
    }
)
"""Calls that write nothing, or nothing that another person's page shows."""


def may_change_pages(function: str) -> bool:
    """Whether pages of others may show something else after this call."""
    return not function.startswith(("read_", "find_", "export_")) and function not in UNSEEN


def with_request(function: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with the id of a request, where the function takes one and has none yet."""
    if function not in ONCE:
        return dict(arguments)
    return {"request": str(uuid4()), **arguments}


def as_sent(function: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The function that is called in the database, and its arguments. Every try of one call sends the same.

    Raises:
        ValueError: a name that is none.
    """
    check_names(function, arguments)
    named = with_request(function, arguments)
    if function not in ONCE:
        return function, named
    return "once", {"request": named.pop("request"), "function": function, "arguments": named}


def check_names(function: str, arguments: Iterable[str]) -> None:
    """Let through only what can be the name of a function and of its arguments, and nothing that could be more.

    Raises:
        ValueError: a name that is none.
    """
    for name in (function, *arguments):
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"not a name of a function or an argument: {name!r}")
