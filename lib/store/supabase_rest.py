"""The Supabase transport: supabase-py over HTTPS to PostgREST, which calls the same functions as `service_role`."""

import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
from supabase import Client, ClientOptions

from lib.domain.errors import ValidationFailed
from lib.store import http_trouble
from lib.store.gate import Gate, GateIsFull
from lib.store.http_trouble import Trouble
from lib.store.port import as_sent, is_safe_to_repeat
from lib.store.sqlstates import after_unknown, out_of_reach, too_busy, unstorable

AT_ONCE: Final = 8
"""Calls on their way at once. More only queue inside PostgREST, where nobody's turn is kept."""
PATIENCE_S: Final = 10.0
"""How long a call waits for its turn."""
TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0, pool=5.0)
ATTEMPTS: Final = 4
REPEATED_FOR_S: Final = 25.0
"""No new attempt begins later than this after the first."""
FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
AWAY_FOR_S: Final = 1.0
LONGEST_AWAY_S: Final = 8.0
"""After nobody answered, how long new calls are refused at once, so that a room full of people does not queue; twice as
long each time that nobody answers again."""

NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

log = logging.getLogger("folkmoot.store")

for _chatty in ("httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)  # they log the project's address with every request


class _Refused(Exception):
    """An answer that is no success, or has nothing in it, as it came; raised before supabase-py loses the status."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


class SupabaseStore:
    """A Store over PostgREST. One per process: it holds the only HTTP client. Thread-safe.

    HTTP/1.1 on purpose: over HTTP/2, httpx loses some POSTs of threads that share a client.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`transport`, `clock` and `sleep` are for tests of what goes over the wire, and when."""
        self._http = httpx.Client(
            http2=False,
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE, keepalive_expiry=20.0),
            event_hooks={"response": [_stop_at_refusal]},
            transport=transport,
        )
        options = ClientOptions(
            httpx_client=self._http,
            headers={"X-Client-Info": "folkmoot"},
            auto_refresh_token=False,
            persist_session=False,
            postgrest_client_retry=False,
        )
        # Only the part for functions is kept: signing in on the rest would change who everybody is.
        self._rest = Client(url, key, options).postgrest
        self._gate = Gate(AT_ONCE)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._away_until = float("-inf")
        self._away_for_s = 0.0
        self._answered_at = float("-inf")
        self.has_schema = False
        """Whether the database is known to have this code's schema: then a function that PostgREST does not know yet
        is asked for again, as after a migration."""

    def call(self, function: str, /, **arguments: Any) -> Any:
        """See `Store.call`."""
        sent, named = as_sent(function, arguments)
        parameters = {f"p_{name}": value for name, value in named.items()}
        _check_storable(parameters)
        is_safe = is_safe_to_repeat(function)
        began, attempt, is_unknown = self._clock(), 0, False
        while True:
            attempt += 1
            answer = self._attempt(sent, parameters, is_repeat=attempt > 1)
            if not isinstance(answer, Trouble):
                return answer
            log.warning("event=store_trouble function=%s reason=%s attempt=%d", function, answer.reason, attempt)
            pause_s = _pause_s(attempt, answer)
            is_last = attempt == ATTEMPTS or self._clock() - began + pause_s > REPEATED_FOR_S
            may_pass = answer.is_passing or (answer.is_unnoticed and self.has_schema)
            if is_last or not may_pass or not (is_safe or answer.was_not_run):
                if answer.is_away:
                    self._note_away(began)
                raise (after_unknown(function, answer.error) if is_unknown else answer.error) from None
            is_unknown = is_unknown or answer.is_unknown
            self._sleep(pause_s)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def _attempt(self, function: str, parameters: dict[str, Any], *, is_repeat: bool) -> Any:
        """What the function returned, or a `Trouble`. Only new calls are refused while nobody answers."""
        if not is_repeat:
            self._refuse_if_away()
        try:
            with self._gate.turn(PATIENCE_S):
                if not is_repeat:
                    self._refuse_if_away()
                sent_at = self._clock()
                answer = self._send(function, parameters)
                if not isinstance(answer, Trouble) or not answer.is_away:
                    self._note_answer()
                elif answer.is_hanging:  # before the place is handed on: whoever waits would hang as well
                    self._note_away(sent_at)
                return answer
        except GateIsFull:
            return Trouble(too_busy(), "no turn", was_not_run=True)

    def _send(self, function: str, parameters: dict[str, Any]) -> Any:
        try:
            data = self._rest.rpc(function, parameters).execute().data
        except _Refused as refused:
            return http_trouble.of_answer(function, refused.status, refused.headers, refused.body)
        except httpx.HTTPError as error:
            return http_trouble.of_connection(error)
        except (UnicodeDecodeError, RecursionError):  # half an answer may end inside of a character
            return http_trouble.of_nonsense()
        except (RuntimeError, httpx.InvalidURL):  # the client was closed, or cannot use the address at all
            return Trouble(out_of_reach(), "no client", was_not_run=True)
        # No function of ours returns a bare text: supabase-py gives one for what it cannot read as JSON.
        return http_trouble.of_nonsense() if isinstance(data, str) else data

    def _refuse_if_away(self) -> None:
        if self._clock() < self._away_until:
            raise out_of_reach()

    def _note_answer(self) -> None:
        with self._lock:
            self._answered_at = self._clock()
            self._away_until, self._away_for_s = float("-inf"), 0.0

    def _note_away(self, sent_at: float) -> None:
        """Nobody answered a call that was sent then. One slow call among others that are answered says nothing."""
        with self._lock:
            if self._answered_at <= sent_at and self._clock() >= self._away_until:
                self._away_for_s = min(LONGEST_AWAY_S, max(AWAY_FOR_S, 2 * self._away_for_s))
                self._away_until = self._clock() + self._away_for_s


def _stop_at_refusal(response: httpx.Response) -> None:
    response.read()
    if response.is_success and response.content:
        return
    raise _Refused(response.status_code, response.headers, response.content)


def _check_storable(parameters: Mapping[str, Any]) -> None:
    """Refuse what no PostgreSQL stores before it is sent, so that it is refused alike through every transport.

    Raises:
        ValidationFailed: a NUL, half of a surrogate pair, or a number that is none.
    """
    try:
        text = json.dumps(parameters, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise ValidationFailed("A number in it is infinite or none at all. Enter an ordinary one.") from None
    try:
        text.encode()
    except UnicodeEncodeError:
        raise unstorable() from None
    if NUL.search(text):
        raise unstorable()


def _pause_s(attempt: int, trouble: Trouble) -> float:
    growing = FIRST_PAUSE_S * float(2 ** (attempt - 1)) * random.uniform(0.75, 1.25)
    return min(LONGEST_PAUSE_S, max(growing, trouble.wait_s))
