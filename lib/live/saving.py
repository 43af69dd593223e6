"""What is shown already on its way into the database: in small batches, in order, and again as long as it is away."""

import asyncio
import logging
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.live.member import COME_BACK
from lib.live.room import Kept

COLLECT_S: Final = 0.03
"""How long updates are gathered before they are stored together. While one batch is on its way the next one gathers."""
MOST_IN_A_BATCH: Final = 400
MOST_BYTES_IN_A_BATCH: Final = 4_000_000
MOST_UNSAVED: Final = 5_000
"""With more that wait for the database nobody may write for a while; browsers keep what is typed."""
AGAIN_AFTER_S: Final = (0.1, 0.3, 1.0, 2.0)

log = logging.getLogger("folkmoot.document")


class Saving:
    """The updates of all rooms that wait to be stored. On the event loop only.

    `call` asks the database; `told` hears what became of each update, in their order.
    """

    def __init__(self, call: Callable[..., Awaitable[Any]], told: Callable[[Kept, dict[str, Any]], None]) -> None:
        self._call = call
        self._told = told
        self._waiting: deque[Kept] = deque()
        self._to_store = asyncio.Event()

    def add(self, kept: Kept) -> None:
        """Store this after what waits already."""
        if len(self._waiting) >= MOST_UNSAVED:
            kept.room.end(COME_BACK)
            return
        self._waiting.append(kept)
        self._to_store.set()

    def left(self) -> list[dict[str, Any]]:
        """One batch of what waits, as `append_updates` takes it; nothing waits afterwards.

        Of a room that ended nothing: it may rest on what was refused.
        """
        rows = [_row(kept) for kept in self._waiting if kept.content is not None and not kept.room.is_over]
        self._waiting.clear()
        return rows[:MOST_IN_A_BATCH]

    async def work(self) -> None:
        """Store what waits, once there is something."""
        await self._to_store.wait()
        self._to_store.clear()
        await asyncio.sleep(COLLECT_S)
        while batch := self._next_batch():
            for kept, outcome in zip(batch, await self._append(batch), strict=True):
                self._told(kept, outcome)

    def _next_batch(self) -> list[Kept]:
        batch: list[Kept] = []
        size = 0
        while self._waiting and len(batch) < MOST_IN_A_BATCH and size < MOST_BYTES_IN_A_BATCH:
            kept = self._waiting.popleft()
            if not kept.room.is_over:
                batch.append(kept)
                size += len(kept.content or b"")
        return batch

    async def _append(self, batch: Sequence[Kept]) -> list[dict[str, Any]]:
        """What became of each. As long as the database is away, it is tried again: the same update is stored once."""
        rows = [_row(kept) for kept in batch if kept.content is not None]
        tries = 0
        while rows:
            try:
                answers = iter(await self._call("append_updates", updates=rows))
                return [next(answers) if kept.content is not None else {"seq": None} for kept in batch]
            except StoreUnavailable as error:
                log.warning("event=updates_wait reason=%s count=%d", type(error).__name__, len(rows))
                await asyncio.sleep(AGAIN_AFTER_S[min(tries, len(AGAIN_AFTER_S) - 1)])
                tries += 1
            except FolkmootError as error:
                return [{"error": "", "reason": "other", "message": str(error)} for _ in batch]
        return [{"seq": None} for _ in batch]


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "workshop": kept.member.credential.workshop_id,
        "document": kept.room.document,
        "token_hash": kept.member.credential.token_hash,
        "client": kept.member.client,
        "update": b64encode(kept.content or b"").decode(),
        "update_id": kept.update_id,
    }
