"""WebSocket /document: one browser page's line to the live document of its workshop.

Binary frames are y-protocols' sync and awareness messages, text frames from the server are JSON of our own: `hello`,
`saved`, `refused`. Whoever sends anything else is hung up on, and nobody else notices.
"""

import time
from contextlib import suppress
from typing import Final

from anyio import create_task_group, fail_after, move_on_after
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from components.routes.origins import is_own_origin
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.live.member import COME_BACK, NOT_UNDERSTOOD, REFUSED, TOO_LONG, TOO_MUCH, Member, Reason
from lib.live.room import Room
from lib.live.shared_text import PAGES
from lib.live.wire import Malformed
from lib.security import hash_in

MOST_BYTES: Final = 1_000_000
SEND_WITHIN_S: Final = 10.0
ANSWER_WITHIN_S: Final = 10.0
QUIET_S: Final = 25.0
BEAT: Final = '{"type": "beat"}'
"""Said after so long a silence, so that proxies keep the line open and a page notices when it is dead."""


async def document(socket: WebSocket) -> None:
    """Let in whoever belongs to the workshop, and carry what is typed, until either side hangs up."""
    app = application()
    member = await _member_of(socket, app)
    if member is None:
        await socket.close(REFUSED.code)  # before it is accepted: the browser gets a 403
        return
    await socket.accept()
    try:
        with fail_after(ANSWER_WITHIN_S):
            room = await app.rooms.enter(member)
    except (FolkmootError, TimeoutError):
        await socket.close(COME_BACK.code, COME_BACK.words)
        return
    try:
        async with create_task_group() as both:

            async def hear() -> None:
                reason = await _hear(socket, room, member)
                if reason is None:
                    both.cancel_scope.cancel()
                else:
                    member.outbox.close(reason)

            async def keep_alive() -> None:
                await member.outbox.keep_alive(BEAT, QUIET_S, SEND_WITHIN_S)
                both.cancel_scope.cancel()

            both.start_soon(hear)
            both.start_soon(keep_alive)
            await _speak(socket, member)
            both.cancel_scope.cancel()
    finally:
        room.leave(member)
    if member.outbox.end and socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect), move_on_after(SEND_WITHIN_S):
            await socket.close(member.outbox.end.code, member.outbox.end.words)


async def _member_of(socket: WebSocket, app: Application) -> Member | None:
    """Who is asking, for which workshop, typing under which number; None for whoever may not come in."""
    query = socket.query_params
    client, was, workshop = (query.get(name, "") for name in ("client", "was", "w"))
    if not is_own_origin(socket, app.settings.public_url):
        return None
    if not _is_number(client) or (was and not _is_number(was)):
        return None
    try:
        role = Role(query.get("role", ""))
    except ValueError:
        return None
    token_hash = hash_in(socket.cookies, role, workshop)
    if token_hash is None:
        return None
    credential = Credential(WorkshopId(workshop), token_hash)
    try:
        with fail_after(ANSWER_WITHIN_S):
            writer = await app.rooms.writer_of(credential)
    except (FolkmootError, TimeoutError):
        return None  # it asks again by itself
    return Member(credential, writer, int(client), time.monotonic, int(was) if was else None) if writer else None


def _is_number(client: str) -> bool:
    return client.isascii() and client.isdigit() and len(client) <= 10 and int(client) in PAGES


async def _speak(socket: WebSocket, member: Member) -> None:
    """Send what there is to tell, until the member is let go or has hung up."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while frames := await member.outbox.take():
            for frame in frames:
                await (socket.send_text(frame) if isinstance(frame, str) else socket.send_bytes(frame))


async def _hear(socket: WebSocket, room: Room, member: Member) -> Reason | None:
    """Take in what is typed; gives why to hang up, None when the other side did."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        data = message.get("bytes")
        if data is None:
            return NOT_UNDERSTOOD
        if len(data) > MOST_BYTES:
            return TOO_LONG
        if not member.may_send(len(data)):
            return TOO_MUCH
        try:
            room.hear(member, data)
        except Malformed:
            return NOT_UNDERSTOOD
