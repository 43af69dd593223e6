"""What is shown already on its way into the database: in small batches, in order, and again as long as it is away."""

import asyncio
import logging
from base64 import b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.live.member import COME_BACK
from lib.live.room import Kept, Room

COLLECT_S: Final = 0.03
"""How long updates are gathered before they are stored together. While one batch is on its way the next one gathers."""
COLLECTS_IN_A_CROWD: Final = 5
"""So many times as long where a crowd looks on, who are shown what is typed only a few times a second."""
MOST_IN_A_BATCH: Final = 400
MOST_BYTES_IN_A_BATCH: Final = 4_000_000
MOST_UNSAVED: Final = 5_000
MOST_UNSAVED_BYTES: Final = 32_000_000
"""With so much that waits for the database nothing more is taken: the browsers keep what is typed."""
AGAIN_AFTER_S: Final = (0.1, 0.3, 1.0, 2.0)

log = logging.getLogger("folkmoot.document")


class Saving:
    """The updates of all rooms that wait to be stored. On the event loop only.

    `call` asks the database; `told` hears what became of each update, in their order; `lost` of a room of which
    nobody knows whether all is stored: it ends, and browsers bring what is not.
    """

    def __init__(
        self,
        call: Callable[..., Awaitable[Any]],
        told: Callable[[Kept, dict[str, Any]], None],
        lost: Callable[[Room], None] = lambda room: room.end(COME_BACK),
    ) -> None:
        self._call = call
        self._told = told
        self._lost = lost
        self._waiting: deque[Kept] = deque()
        self._bytes = 0
        self._to_store = asyncio.Event()

    def has_place(self, *, is_new: bool) -> bool:
        """Whether one more may wait; one that brings nothing new may still where no other may."""
        most = MOST_UNSAVED if is_new else 2 * MOST_UNSAVED
        return len(self._waiting) < most and (self._bytes < MOST_UNSAVED_BYTES or not is_new)

    def add(self, kept: Kept) -> None:
        """Store this after what waits already."""
        self._waiting.append(kept)
        self._bytes += len(kept.content or b"")
        self._to_store.set()

    def left(self) -> list[dict[str, Any]]:
        """One batch of what waits, as `append_updates` takes it; nothing waits afterwards.

        Of a room that ended nothing: it may rest on what was refused.
        """
        rows = [_row(kept) for kept in self._waiting if kept.content is not None and not kept.room.is_over]
        self._waiting.clear()
        self._bytes = 0
        return rows[:MOST_IN_A_BATCH]

    async def work(self) -> None:
        """Store what waits, once there is something."""
        await self._to_store.wait()
        await self._collect()
        self._to_store.clear()
        if batch := self._next_batch():
            try:
                for kept, outcome in zip(batch, await self._append(batch), strict=True):
                    self._tell(kept, outcome)
            except Exception:
                log.exception("event=updates_lost count=%d", len(batch))
                for room in {kept.room for kept in batch if not kept.room.is_over}:
                    self._lost(room)
        if self._waiting:
            self._to_store.set()

    def _tell(self, kept: Kept, outcome: dict[str, Any]) -> None:
        try:
            self._told(kept, outcome)
        except Exception:  # that room alone is not what it should be
            log.exception("event=update_not_told workshop=%s", kept.room.workshop)
            if not kept.room.is_over:
                self._lost(kept.room)

    async def _collect(self) -> None:
        for _ in range(COLLECTS_IN_A_CROWD):
            await asyncio.sleep(COLLECT_S)
            if len(self._waiting) >= MOST_IN_A_BATCH or not all(kept.room.is_crowded for kept in self._waiting):
                return

    def _next_batch(self) -> list[Kept]:
        batch: list[Kept] = []
        size = 0
        while self._waiting and len(batch) < MOST_IN_A_BATCH and size < MOST_BYTES_IN_A_BATCH:
            kept = self._waiting.popleft()
            taken = len(kept.content or b"")
            self._bytes -= taken
            if not kept.room.is_over:
                batch.append(kept)
                size += taken
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
        "clients": kept.clients,
        "update": b64encode(kept.content or b"").decode(),
        "update_id": kept.update_id,
    }
