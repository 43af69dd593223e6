"""What `components/pulse.js` does in a page, without a browser: hears of changes, and looks when it should."""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

LOST_LOOK_S = 4.0
SLOWLY_S = 15.0
SEEN_S = 1.0
DRAWN_WITHIN_S = 2.0
BUSY_S = 0.03
BUSY_FOR_S = 30.0


@dataclass
class PulseElement:
    """An element as it was drawn, and whether its fragment was asked for since."""

    element_id: str
    fragment: str
    data: dict[str, Any]
    is_asked: bool = False
    drawn_at: float = 0.0
    slowness_s: float = field(default_factory=lambda: SLOWLY_S * random.uniform(0.5, 1))
    is_drawn_again: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def trigger_id(self) -> str:
        """The widget whose trigger runs the fragment."""
        return events_of(self.element_id)


def events_of(element_id: str) -> str:
    """The widget that takes the triggers of an element (`_make_trigger_id` of Streamlit 1.67)."""
    return f"$$STREAMLIT_INTERNAL_KEY_{element_id}__events"


class LightPulse:
    """One tab's socket and the elements that share it."""

    def __init__(
        self,
        url: str,
        cookie: str,
        look: Callable[[PulseElement], Awaitable[None]],
        is_busy: Callable[[], bool],
        hear: Callable[[dict[str, Any]], None],
    ) -> None:
        """`hear` takes in every notice, as the elements do that draw it by themselves."""
        self.elements: dict[str, PulseElement] = {}
        self.has_heard = asyncio.Event()
        self.lost_looks = 0
        """How often nothing came of asking for a fragment."""
        self._url = url
        self._cookie = cookie
        self._look = look
        self._is_busy = is_busy
        self._hear = hear
        self._heard: dict[str, Any] = {}
        self._soonest = self._looked_at = 0.0
        self._queue: list[PulseElement] = []
        self._is_asking = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: asyncio.TimerHandle | None = None
        self._socket: ClientConnection | None = None
        self._is_opened = False
        self._page = ""

    def drawn(self, element: PulseElement) -> None:
        """An element was drawn; the first one opens the socket."""
        if before := self.elements.get(element.element_id):
            before.is_drawn_again.set()
        element.drawn_at = self._now()
        self.elements[element.element_id] = element
        if not element.data.get("workshop"):
            return
        if self._is_opened and element.data["page"] != self._page:
            self._do(self._tell_page(element.data["page"]))
        self._page = element.data["page"]
        if not self._is_opened:
            self._is_opened = True
            self._do(self._listen(element.data))
        self._consider()

    async def close(self) -> None:
        """Hang up."""
        self.elements.clear()
        if self._waiting is not None:
            self._waiting.cancel()
        for task in list(self._tasks):
            task.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def _tell_page(self, page: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(json.dumps({"page": page}))

    async def _listen(self, data: dict[str, Any]) -> None:
        query = urlencode({"w": data["workshop"], "role": data["role"], "page": data["page"]})
        self._socket = await connect(
            f"{self._url.replace('http', 'ws', 1)}/live?{query}",
            additional_headers={"Cookie": self._cookie},
            origin=self._url,  # type: ignore[arg-type]
            compression=None,
            open_timeout=60,
            ping_interval=None,
        )
        with contextlib.suppress(ConnectionClosed):
            async for text in self._socket:
                heard = json.loads(text)
                is_news = any(heard[name] != self._heard.get(name) for name in ("rev", "is_away"))
                self._heard = heard
                if heard["notice"]:
                    self._hear(heard["notice"])
                if is_news:
                    self._soonest = self._now() + random.random() * heard["spread_ms"] / 1000
                    asyncio.get_running_loop().call_at(self._soonest + SEEN_S, self._hurry)
                    self._consider()
                if heard["rev"]:
                    self.has_heard.set()

    def _due_at(self, element: PulseElement) -> float | None:
        data = element.data
        if not self._heard or not data.get("workshop"):
            return None
        if self._has_moved(element, data["urgent"]):
            return self._soonest + SEEN_S
        if self._heard["is_away"] != data["is_away"] or self._has_moved(element, data["follows"]):
            return self._soonest
        if not self._has_moved(element, data["slowly"]):
            return None
        return max(self._soonest, element.drawn_at + element.slowness_s)

    def _has_moved(self, element: PulseElement, topics: list[str]) -> bool:
        return any(self._heard["topics"].get(topic, 0) > element.data["rev"] for topic in topics)

    def _stale(self) -> list[tuple[float, PulseElement]]:
        due = ((self._due_at(one), one) for one in self.elements.values() if not one.is_asked)
        return [(at, one) for at, one in due if at is not None]

    def _consider(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        stale = self._stale()
        if not stale:
            return
        at = max(min(at for at, _ in stale), self._looked_at + self._heard["pause_ms"] / 1000)
        self._waiting = asyncio.get_running_loop().call_later(max(0.0, at - self._now()), self._look_at_all)

    def _hurry(self) -> None:
        """What is urgent does not rest, and waits until it was seen where everybody is called to."""
        self._ask_for([one for _, one in self._stale() if self._has_moved(one, one.data["urgent"])])

    def _look_at_all(self) -> None:
        self._waiting = None
        self._looked_at = self._now()
        self._ask_for([one for at, one in self._stale() if at <= self._looked_at])
        self._consider()

    def _ask_for(self, elements: list[PulseElement]) -> None:
        for element in elements:
            element.is_asked = True
            self._queue.append(element)
        if self._queue and not self._is_asking:
            self._is_asking = True
            self._do(self._ask())

    async def _ask(self) -> None:
        """One after the other: the next one when the one before is drawn and has settled."""
        while self._queue:
            for _ in range(int(BUSY_FOR_S / BUSY_S)):
                if not self._is_busy():
                    break
                await asyncio.sleep(BUSY_S)
            element = self._queue.pop(0)
            if not self._stands(element):
                continue
            await self._look(element)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(element.is_drawn_again.wait(), DRAWN_WITHIN_S)
            if self._stands(element):
                self._do(self._look_again(element))
        self._is_asking = False

    async def _look_again(self, element: PulseElement) -> None:
        await asyncio.sleep(LOST_LOOK_S - DRAWN_WITHIN_S + self._heard["pause_ms"] / 1000)
        if self._stands(element):
            self.lost_looks += 1
            element.is_asked = False
            self._consider()

    def _stands(self, element: PulseElement) -> bool:
        return self.elements.get(element.element_id) is element

    def _do(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
