"""A proxy before a Supabase of the tests: it counts the calls, loses answers after the write, and slows them down.

    with FaultyProxy(lite.port) as proxy:
        proxy.lost_share = 0.05        # from now on
        … an app with SUPABASE_URL=proxy.url …

A lost answer is the worst case of a network: the request was carried out, and the connection ends without a word of it.
"""

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType


@dataclass
class FaultyProxy:
    """Forwards to `target_port` on 127.0.0.1; started by `with`. What is set on it holds from the next request on."""

    target_port: int
    seed: int = 1
    lost_share: float = 0.0
    """Of how many requests the answer never comes."""
    lost_shares: Mapping[str, float] = field(default_factory=dict)
    """The same for single functions, by name."""
    slow_share: float = 0.0
    slow_s: tuple[float, float] = (0.5, 3.0)
    """How many answers come late, and between how many seconds."""
    hung_share: float = 0.0
    hung_s: float = 30.0
    """How many answers come later than anybody waits for, and when."""
    stalled_shares: Mapping[str, float] = field(default_factory=dict)
    """Of how many requests of a function, by its name, nothing arrives, and nobody is told."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often each function was called."""
    lost: Counter[str] = field(default_factory=Counter)
    slowed: Counter[str] = field(default_factory=Counter)
    hung: Counter[str] = field(default_factory=Counter)
    stalled: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> "FaultyProxy":
        self._random = random.Random(self.seed)
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._main, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def heal(self) -> None:
        """Forward everything at once again."""
        self.lost_share = self.slow_share = self.hung_share = 0.0
        self.lost_shares, self.stalled_shares = {}, {}

    def _main(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self.port = int(server.sockets[0].getsockname()[1])
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # Somebody went away, which is what this is about, or the test is over.
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = [line for line in lines if line and not line.lower().startswith("connection:")]
        length = next((int(line[15:]) for line in headers if line.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        function = first.split(" ")[1].rpartition("/")[2]
        if function == "once":  # an act that is carried out once, see `lib.store.port.ONCE`
            function = str(json.loads(body)["p_function"])
        self.calls[function] += 1
        if self._random.random() < self.stalled_shares.get(function, 0.0):
            self.stalled[function] += 1
            await asyncio.sleep(self.hung_s)
            return False
        request = "\r\n".join([first, *headers, "connection: close", "", ""]).encode("latin-1") + body
        answer = await self._ask(request)
        if self._random.random() < self.lost_shares.get(function, self.lost_share):
            self.lost[function] += 1
            return False
        await self._wait(function)
        writer.write(answer)
        await writer.drain()
        return False

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()

    async def _wait(self, function: str) -> None:
        chance = self._random.random()
        if chance < self.hung_share:
            self.hung[function] += 1
            await asyncio.sleep(self.hung_s)
        elif chance < self.hung_share + self.slow_share:
            self.slowed[function] += 1
            await asyncio.sleep(self._random.uniform(*self.slow_s))
