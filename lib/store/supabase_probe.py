"""One bare request to a Supabase project, and what its answer says about the settings. For the doctor, not the app."""

import json
from typing import Any, Final

import httpx

from lib.domain.errors import StoreUnavailable
from lib.store.project_faults import FAULTS, FIND_ADDRESS, LOOK, NAMED, NO_PROJECT, NOT_IN_CACHE, fault_of

TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
MISSING: Final = NOT_IN_CACHE | {"42883"}
"""No such function."""
NOT_GRANTED: Final = "42501"
NO_API: Final = (
    "What answers at SUPABASE_URL is not the API of a Supabase project{found}. "
    + f"{FIND_ADDRESS}. If it is right, a proxy of your network answers in its place."
)
GRANTS_MISSING: Final = (
    "Folkmoot's functions are there, but this key may not execute them: the grants are missing. Run the text of "
    "supabase/migrations/{file} once more in the dashboard's SQL editor (`migrate` skips it: it counts as applied)."
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
    fault = fault_of(status, code)
    is_named = code in NAMED or not (300 <= status < 400 or (status == 404 and is_json))
    if fault is not None and is_named:
        return f"The Supabase project {fault.what}. {fault.way_out}"
    if status >= 500:
        return f"The Supabase project does not work at the moment (HTTP {status}): it may be starting. {LOOK}"
    return NO_API.format(found=f" (HTTP {status}{', a web page' if answer.content.lstrip()[:1] == b'<' else ''})")


def _why_unreachable(error: httpx.HTTPError) -> str:
    """A sentence for a request without an answer. The error's own words may hold the address."""
    said = str(error).lower()
    if any(sign in said for sign in ("name or service", "getaddrinfo", "nodename", "name resolution", "no address")):
        return f"The host name in SUPABASE_URL is unknown. {FAULTS[NO_PROJECT].way_out}"
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
