"""What is wrong with a Supabase project, by the code or status of its answer: one table for the app and the doctor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PAUSED: Final = 540
"""Supabase's own status for a project that was paused."""
NO_PROJECT: Final = 530
"""What the network before Supabase says of a project that it does not know."""
REFUSED_KEY: Final = frozenset({"PGRST300", "PGRST301", "PGRST302", "PGRST303"})
CANNOT_REACH_POSTGRES: Final = frozenset({"PGRST000", "PGRST001", "PGRST002", "PGRST003"})
"""PostgREST itself answers, and has no connection to its database or no schema yet: nothing was run."""
NOT_IN_CACHE: Final = frozenset({"PGRST202", "PGRST205"})
"""No such function or table, as far as PostgREST knows: it learns of a migration some moments later."""
FIND_ADDRESS: Final = (
    "Copy the project's address, https://….supabase.co, from the dashboard (Connect, or the settings under Data API)"
)
LOOK: Final = "Look at the project in the dashboard of Supabase."


@dataclass(frozen=True)
class Fault:
    """`what` goes on after "The Supabase project …"; `way_out` are whole sentences for whoever runs the server."""

    what: str
    way_out: str


FAULTS: Final[Mapping[str | int, Fault]] = {
    "PGRST106": Fault(
        "does not offer the schema “public” through its API",
        "Switch the Data API on and add `public` to its exposed schemas in the project's settings under Data API; "
        "nothing in it is granted to anybody but this server's key.",
    ),
    "PGRST203": Fault(
        "has two functions of one name, and its API cannot tell which is meant",
        "Something else than Folkmoot's migrations made one of them. Drop it in the dashboard's SQL editor, or give "
        "Folkmoot a project of its own.",
    ),
    401: Fault(
        "refuses this server's key. It may have been renewed or revoked",
        "SUPABASE_SECRET_KEY was revoked or deleted, belongs to another project, is of the wrong kind (the older keys "
        "can be switched off), or was not copied whole. Take the secret key (sb_secret_…) of this project from its "
        "settings under API Keys.",
    ),
    402: Fault("was restricted by Supabase: a quota is used up, or a bill is open", LOOK),
    403: Fault("does not let this server in (its network restrictions may forbid it)", LOOK),
    404: Fault(
        "is not at the address in SUPABASE_URL",
        f"{FIND_ADDRESS}. If it is right, a proxy of your network answers in its place.",
    ),
    429: Fault("takes no more requests for now (HTTP 429)", "Try again in a minute."),
    NO_PROJECT: Fault(
        "is not at the address in SUPABASE_URL",
        f"{FIND_ADDRESS}; a deleted project has none any more.",
    ),
    PAUSED: Fault(
        "is paused. Its owner can restore it in the dashboard of Supabase",
        "It keeps its data meanwhile.",
    ),
}
NAMED: Final = REFUSED_KEY | {code for code in FAULTS if isinstance(code, str)}
"""Codes that say what is wrong, whatever the status."""


def fault_of(status: int, code: str) -> Fault | None:
    """What such an answer says of the project; None if it says nothing that has a name."""
    if code in FAULTS:
        return FAULTS[code]
    if status == 401 or code in REFUSED_KEY:
        return FAULTS[401]
    if code in CANNOT_REACH_POSTGRES:
        return Fault("has no connection to its database: it starts, sleeps or is full", LOOK)
    return FAULTS[404] if 300 <= status < 400 else FAULTS.get(status)
