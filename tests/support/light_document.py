"""A page of the live document without a browser, on a real server: hundreds of them fit into one process."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.typist import Typist

WITHIN_S = 60.0


class LightDocument:
    """One line to `/document`, with what is typed on it. Comes back by itself when the line is lost."""

    def __init__(self, url: str, workshop_id: str, cookie: tuple[str, str], typist: Typist | None = None) -> None:
        self.typist = typist or Typist()
        self.url = url
        self.codes: list[int] = []
        """Why the server hung up, each time it did."""
        self.heard: Callable[[Typist], None] = lambda _: None
        """Called after every frame that came."""
        self._workshop = workshop_id
        self._role = cookie[0].split("_")[1]
        self._cookie = "=".join(cookie)
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._is_ending = False
        self._changed = asyncio.Event()

    async def __aenter__(self) -> "LightDocument":
        self._listening = asyncio.create_task(self._run())
        await self.until(lambda typist: typist.is_level and typist.is_saved)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_ending = True
        if self._socket is not None:
            await self._socket.close()
        if self._listening is not None:
            self._listening.cancel()

    async def until(self, is_so: Callable[[Typist], bool], within_s: float = WITHIN_S) -> None:
        """Wait until something holds of what this page has."""
        deadline = time.monotonic() + within_s
        while not is_so(self.typist):
            self._changed.clear()
            left = deadline - time.monotonic()
            assert left > 0, f"it did not come to that; the server hung up with {self.codes}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

    async def send(self) -> None:
        """Send what was typed; without a line it goes along when the line is back."""
        frames, self.typist.out = self.typist.out, []
        if self._socket is None:
            return
        with contextlib.suppress(ConnectionClosed):
            for frame in frames:
                await self._socket.send(frame)

    async def drop(self) -> None:
        """Lose the line, as a bad network does."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _run(self) -> None:
        while not self._is_ending:
            with contextlib.suppress(OSError, ConnectionClosed, TimeoutError):
                await self._listen()
            self._socket = None
            self.typist.lose_line()
            await asyncio.sleep(0.05)

    async def _listen(self) -> None:
        address = f"{self.url.replace('http', 'ws', 1)}/document"
        query = f"w={self._workshop}&role={self._role}&client={self.typist.client}"
        query += f"&was={self.typist.was}" if self.typist.was else ""
        async with connect(
            f"{address}?{query}",
            additional_headers={"Cookie": self._cookie},
            origin=self.url,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            open_timeout=WITHIN_S,
            ping_interval=None,
        ) as socket:
            self.typist.connect()
            self._socket = socket
            await self.send()
            try:
                async for frame in socket:
                    self.typist.hear(frame)
                    if self.typist.out:
                        await self.send()
                    self.heard(self.typist)
                    self._changed.set()
            finally:
                if socket.close_code is not None:
                    self.codes.append(socket.close_code)
