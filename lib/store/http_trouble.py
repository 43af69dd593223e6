"""What went wrong with a call over HTTP: what to tell the person, and whether asking again can help and is safe."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from lib.domain.errors import FolkmootError, StoreUnavailable, ValidationFailed
from lib.store.project_faults import CANNOT_REACH_POSTGRES, NAMED, NOT_IN_CACHE, fault_of
from lib.store.sqlstates import (
    ROLLED_BACK,
    connection_broke,
    error_for,
    not_offered,
    out_of_reach,
    too_busy,
)

DOCTOR: Final = "Whoever runs this server finds out more with `python -m lib.cli doctor`."
NOT_NOTICED_YET_S: Final = 2.0
"""How long PostgREST is given, before each new try, to notice functions that the database has."""
NO_CONNECTION_YET: Final = frozenset({"57P03", "53300"})
"""The database is starting, or has no connection to spare."""
CONNECTION_ENDED: Final = frozenset({"57P01", "57P02"})
"""The database went away under the call; all of class 08 says the same."""
MAY_PASS: Final = frozenset({408, 425, 500, 502, 503, 504, *range(520, 531), 544})


@dataclass(frozen=True)
class Trouble:
    """One call that did not succeed.

    `is_passing`: asking again can help. `was_not_run`: it certainly changed nothing. `is_away`: nobody answered;
    `is_hanging`: and it took long to find out. `is_unnoticed`: PostgREST knows no such function, which passes if the
    database has it.
    `wait_s`: how long the other side asks to be left alone, 0.0 if it did not say.
    """

    error: FolkmootError
    reason: str
    is_passing: bool = False
    was_not_run: bool = False
    is_away: bool = False
    is_hanging: bool = False
    is_unnoticed: bool = False
    wait_s: float = 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows if the call was run: its answer was lost, so another try may find it done."""
        return self.is_passing and not self.was_not_run


def of_connection(error: httpx.HTTPError) -> Trouble:
    """The trouble with a request that got no whole answer."""
    kind = type(error).__name__
    is_hanging = isinstance(error, httpx.TimeoutException)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return Trouble(out_of_reach(), kind, is_passing=True, was_not_run=True, is_away=True, is_hanging=is_hanging)
    if isinstance(error, httpx.PoolTimeout):
        return Trouble(too_busy(), kind, is_passing=True, was_not_run=True)
    if isinstance(error, httpx.TimeoutException):
        return Trouble(connection_broke(), kind, is_passing=True, is_away=True, is_hanging=True)
    return Trouble(connection_broke(), kind, is_passing=isinstance(error, httpx.TransportError))


def of_answer(function: str, status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """The trouble with an answer that is no success. PostgREST names a code in JSON; gateways and proxies do not."""
    if status < 300:
        return of_nonsense()
    said = _said(body)
    code = _code(said)
    reason = f"{status} {code}".strip()
    if code in NO_CONNECTION_YET:
        return Trouble(out_of_reach(), reason, is_passing=True, was_not_run=True)
    if code in CONNECTION_ENDED or code.startswith("08"):
        return Trouble(connection_broke(), reason, is_passing=True)
    if code in ROLLED_BACK:
        return Trouble(too_busy(), reason, is_passing=True, was_not_run=True)
    if _is_sqlstate(code):
        return Trouble(error_for(function, code, str(said.get("message") or ""), _detail(said)), reason)
    if code in CANNOT_REACH_POSTGRES:
        return Trouble(out_of_reach(), reason, is_passing=True, was_not_run=True)
    if code in NOT_IN_CACHE:
        error = not_offered(function)
        return Trouble(error, reason, is_unnoticed=True, was_not_run=True, wait_s=NOT_NOTICED_YET_S)
    return _of_status(status, code, headers, reason)


def of_nonsense() -> Trouble:
    """The trouble with an answer that calls itself a success and is no JSON of ours: half of one, or a login page."""
    return Trouble(connection_broke(), "no JSON", is_passing=True)


def _of_status(status: int, code: str, headers: Mapping[str, str], reason: str) -> Trouble:
    """The answer of a gateway or proxy in the place of PostgREST, or what PostgREST says of itself."""
    if status == 429:
        return Trouble(too_busy(), reason, is_passing=True, was_not_run=True, wait_s=_retry_after_s(headers))
    if status in MAY_PASS and code not in NAMED:
        return Trouble(connection_broke(), reason, is_passing=True, wait_s=_retry_after_s(headers))
    if status == 413:
        return Trouble(ValidationFailed("This is too large for the database to take at once. Shorten it."), reason)
    fault = fault_of(status, code)
    what = fault.what if fault else f"did not understand the request (HTTP {status})"
    return Trouble(StoreUnavailable(f"The Supabase project {what}. Nothing was written. {DOCTOR}"), reason)


def _said(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _code(said: Mapping[str, Any]) -> str:
    """The code of PostgREST or PostgreSQL; "" for anything else, which may be long, or hold an address."""
    code = said.get("code")
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z0-9]{2,10}", code) else ""


def _detail(said: Mapping[str, Any]) -> str | None:
    detail = said.get("details")
    return detail if isinstance(detail, str) or detail is None else json.dumps(detail)


def _is_sqlstate(code: str) -> bool:
    return re.fullmatch(r"(?=.*[0-9])[0-9A-Z]{5}", code) is not None


def _retry_after_s(headers: Mapping[str, str]) -> float:
    try:
        return max(0.0, float(headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
