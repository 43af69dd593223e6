"""WebSocket /live: tells an open page of one workshop that something changed, and notes that somebody is there.

A page says which page it is; the server says only what `Pulse` holds. Whoever sends anything else is hung up on.
"""

import asyncio
import json
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from anyio import create_task_group, fail_after, to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from components.pages import TITLES
from components.routes.origins import is_own_origin
from components.strip import as_told
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.live.hub import Hub, Pulse, Reason, Seat
from lib.security import hash_in
from lib.services.workshops import read_standing

BEAT_S: Final = 25.0
"""A pulse comes at least as often, so that proxies keep the line open and a page notices when it is dead."""
SEND_WITHIN_S: Final = 10.0
ANSWER_WITHIN_S: Final = 10.0
MOST_CHARS: Final = 200
MOST_MESSAGES: Final = 10
PER_S: Final = 10.0
REFUSED: Final = Reason(1008, "not for you")
NOT_UNDERSTOOD: Final = Reason(1007, "not understood")
NOT_TEXT: Final = Reason(1003, "text only")
TOO_LONG: Final = Reason(1009, "too long")
TOO_MUCH: Final = Reason(1008, "too much")


class _Line:
    """What goes to one page. Several wakes before it is spoken are one: the newest pulse says it all."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._called = asyncio.Event()
        self.end: Reason | None = None

    def wake(self) -> None:
        """See `Seat.wake`."""
        with suppress(RuntimeError):  # the server is ending
            self._loop.call_soon_threadsafe(self._called.set)

    def let_go(self, reason: Reason) -> None:
        """See `Seat.let_go`."""
        self.end = reason
        self.wake()

    async def called(self) -> None:
        """Wait for the next wake, or the next beat."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._called.wait(), BEAT_S)
        self._called.clear()


async def live(socket: WebSocket) -> None:
    """Let in whoever belongs to the workshop, and tell them of its changes until either side hangs up."""
    app = application()
    seat_of = await _seat_of(socket, app)
    if seat_of is None:
        await socket.close(REFUSED.code)  # before it is accepted: the browser gets a 403
        return
    await socket.accept()
    line = _Line()
    seat = Seat(*seat_of, socket.query_params.get("page", ""), line.wake, line.let_go, time.monotonic())
    app.hub.sit(seat)
    app.feed.welcome(seat.credential.workshop_id)
    try:
        async with create_task_group() as both:

            async def hear() -> None:
                line.end = await _hear(socket, seat) or line.end
                both.cancel_scope.cancel()

            both.start_soon(hear)
            await _speak(socket, app.hub, seat, line)
            both.cancel_scope.cancel()
    finally:
        app.hub.leave(seat)
    if line.end and socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(line.end.code, line.end.words)


async def _seat_of(socket: WebSocket, app: Application) -> tuple[Credential, Any] | None:
    """Who is asking for which workshop, with their id in it; None for whoever may not hear of it."""
    query = socket.query_params
    if not is_own_origin(socket, app.settings.public_url) or query.get("page") not in TITLES:
        return None
    try:
        role = Role(query.get("role", ""))
    except ValueError:
        return None
    workshop = query.get("w", "")
    token_hash = hash_in(socket.cookies, role, workshop)
    if token_hash is None:
        return None
    credential = Credential(WorkshopId(workshop), token_hash)
    try:
        with fail_after(ANSWER_WITHIN_S):
            [person] = await to_thread.run_sync(read_standing, app.store, [credential], abandon_on_cancel=True)
    except (FolkmootError, TimeoutError):
        return None  # it asks again by itself
    return (credential, person) if person else None


async def _speak(socket: WebSocket, hub: Hub, seat: Seat, line: _Line) -> None:
    """Send the pulse as it is now, again after every change, until the page is let go or does not take it."""
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        while line.end is None:
            pulse = hub.pulse(seat)
            if pulse.notice or pulse.is_away:  # else nothing is known yet, and it comes within a moment
                with fail_after(SEND_WITHIN_S):
                    await socket.send_text(_spoken(pulse))
            await line.called()


@lru_cache(maxsize=64)
def _spoken(pulse: Pulse) -> str:
    """A pulse as JSON, made once for all pages of a workshop."""
    told = {
        "rev": pulse.rev,
        "topics": dict(pulse.topics),
        "notice": pulse.notice and as_told(pulse.notice),
        "is_away": pulse.is_away,
        "spread_ms": pulse.spread_ms,
        "pause_ms": pulse.pause_ms,
        "own": pulse.own,
    }
    return json.dumps(told, separators=(",", ":"))


async def _hear(socket: WebSocket, seat: Seat) -> Reason | None:
    """Take in which page is open and that somebody acts there; gives why to hang up, None when the other side did."""
    since, count = time.monotonic(), 0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        if time.monotonic() - since > PER_S:
            since, count = time.monotonic(), 0
        count += 1
        text = message.get("text")
        if count > MOST_MESSAGES:
            return TOO_MUCH
        if text is None:
            return NOT_TEXT
        if len(text) > MOST_CHARS:
            return TOO_LONG
        page = _page_in(text)
        if page is None:
            return NOT_UNDERSTOOD
        seat.page, seat.acted_at = page, time.monotonic()


def _page_in(text: str) -> str | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    page = told.get("page") if isinstance(told, dict) else None
    return page if isinstance(page, str) and page in TITLES else None
