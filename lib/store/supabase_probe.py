"""One bare request to a Supabase project, and what its answer says about the settings. For the doctor, not the app."""

import json
from typing import Any, Final

import httpx

from lib.domain.errors import StoreUnavailable
from lib.store.http_trouble import CANNOT_REACH_POSTGRES, PAUSED, REFUSED_KEY

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
MISSING: Final = frozenset({"PGRST202", "42883"})
"""No such function."""
NOT_GRANTED: Final = "42501"
NOT_EXPOSED: Final = "PGRST106"
LOOK: Final = "Look at the project in the dashboard of Supabase."
NO_PROJECT: Final = (
    "There is no Supabase project at SUPABASE_URL. Copy the project's address, https://….supabase.co, from the "
    "dashboard (Connect, or the settings under Data API); a deleted project has none any more."
)
NO_API: Final = (
    "What answers at SUPABASE_URL is not the API of a Supabase project{found}. Copy the project's address, "
    "https://….supabase.co, from the dashboard (Connect, or the settings under Data API). If it is right, a proxy of "
    "your network answers in its place."
)
KEY_REFUSED: Final = (
    "The Supabase project refuses SUPABASE_SECRET_KEY: the key was revoked or deleted, belongs to another project, is "
    "of the wrong kind (the older keys can be switched off), or was not copied whole. Take the secret key "
    "(sb_secret_…) of this project from its settings under API Keys."
)
GRANTS_MISSING: Final = (
    "Folkmoot's functions are there, but this key may not execute them: the grants are missing. Run the text of "
    "supabase/migrations/{file} once more in the dashboard's SQL editor (`migrate` skips it: it counts as applied)."
)
SCHEMA_HIDDEN: Final = (
    "The project's API does not offer the schema `public`. Switch the Data API on and add `public` to its exposed "
    "schemas in the project's settings under Data API; nothing in it is granted to anybody but this server's key."
)


def read_health(url: str, key: str, *, grants_file: str) -> dict[str, Any] | None:
    """What `read_health` gives; None when the project takes the key and has no such function.

    Raises:
        StoreUnavailable: why it gives nothing, and the way out. Neither the key nor the address is in it.
    """
    try:
        answer = httpx.post(
            f"{url}/rest/v1/rpc/read_health",
            json={},
            headers={"apikey": key, "Authorization": f"Bearer {key}", "Content-Profile": "public"},
            timeout=TIMEOUT,
        )
    except httpx.HTTPError as error:
        raise StoreUnavailable(_why_unreachable(error)) from None
    said = _json(answer.content)
    if answer.status_code == 200 and isinstance(said, dict) and "schema_version" in said:
        return said
    code = str(said.get("code") or "") if isinstance(said, dict) else ""
    if code in MISSING:
        return None
    raise StoreUnavailable(_why_not(answer, code, is_json=said is not None, grants_file=grants_file))


def _why_not(answer: httpx.Response, code: str, *, is_json: bool, grants_file: str) -> str:
    """A sentence for an answer that is no health of a Folkmoot."""
    status = answer.status_code
    if code == NOT_GRANTED:
        return GRANTS_MISSING.format(file=grants_file)
    if code == NOT_EXPOSED:
        return SCHEMA_HIDDEN
    if code in CANNOT_REACH_POSTGRES:
        return f"The Supabase project's API has no connection to its database: it starts, sleeps or is full. {LOOK}"
    if status == PAUSED:
        return "The Supabase project is paused. Restore it in the dashboard of Supabase; it keeps its data meanwhile."
    if status == 402:
        return f"Supabase has restricted the project: a quota is used up, or a bill is open. {LOOK}"
    if status == 401 or code in REFUSED_KEY:
        return KEY_REFUSED
    if status == 403:
        return f"The Supabase project does not let this server in: its network restrictions may forbid it. {LOOK}"
    if status == 429:
        return "The Supabase project takes no more requests for now (HTTP 429). Try again in a minute."
    if status == 530 or (status == 404 and not is_json):
        return NO_PROJECT
    if status >= 500:
        return f"The Supabase project does not work at the moment (HTTP {status}): it may be starting. {LOOK}"
    return NO_API.format(found=f" (HTTP {status}{', a web page' if answer.content.lstrip()[:1] == b'<' else ''})")


def _why_unreachable(error: httpx.HTTPError) -> str:
    """A sentence for a request without an answer. The error's own words may hold the address."""
    said = str(error).lower()
    if any(sign in said for sign in ("name or service", "getaddrinfo", "nodename", "name resolution", "no address")):
        return f"The host name in SUPABASE_URL is unknown. {NO_PROJECT}"
    if "certificate" in said:
        return (
            "The TLS certificate at SUPABASE_URL is not to be trusted: a proxy between here and there, or this "
            "computer's clock, may be the reason."
        )
    if isinstance(error, httpx.TimeoutException):
        return f"The Supabase project did not answer within {TIMEOUT.read:.0f} seconds. {LOOK}"
    if isinstance(error, httpx.ConnectError):
        return (
            "Nothing answers at SUPABASE_URL. Check the address, and whether this computer may reach the internet "
            "over https."
        )
    return (
        f"The connection to the Supabase project broke ({type(error).__name__}). Try again, then look at the network."
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
