"""One answer from its place in the queue to its end, word by word, as the engine writes it. Nobody asks in between."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from lib.domain.errors import NotFound, StoreUnavailable
from lib.domain.ids import ResponseId, RunId
from lib.domain.people import Credential
from lib.domain.runs import Response, ResponseStatus, Run, RunStatus
from lib.store.decode import decode
from lib.store.port import Store

if TYPE_CHECKING:
    from lib.llm.engine import Engine

LOOK_EVERY_S: Final = 1.0
"""What another server writes, or what waits for a key, only the database knows."""
REST_S: Final = 0.03
"""Words that come within this are handed on together."""


class Phase(StrEnum):
    """Where the answer is. `taken` = nobody has begun; `away` = the database cannot be asked whether it is finished."""

    TAKEN = "taken"
    QUEUED = "queued"
    READING = "reading"
    WRITING = "writing"
    SAVING = "saving"
    PAUSED = "paused"
    AWAY = "away"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


ENDS: Final = {
    ResponseStatus.DONE: Phase.DONE,
    ResponseStatus.FAILED: Phase.FAILED,
    ResponseStatus.STOPPED: Phase.STOPPED,
}


@dataclass(frozen=True)
class Step:
    """The answer as it stands. `text` is all of it so far; `reason` says why there is no more, or why it waits."""

    phase: Phase
    text: str = ""
    place: int | None = None
    wait_s: float | None = None
    reason: str = ""
    response_id: ResponseId | None = None
    model: str = ""

    @property
    def is_end(self) -> bool:
        """Whether nothing more comes."""
        return self.phase in ENDS.values()


async def follow(
    store: Store, engine: "Engine", credential: Credential, run_id: RunId, *, is_new: bool
) -> AsyncGenerator[Step, None]:
    """The one answer of a run, again whenever it has changed, and every second though it has not.

    `is_new` = the asker began the run just now, so that the engine is asked before the database. The engine does not
    know whose a run is: of any other one nothing is told before the database has said that the asker may read it.

    Raises:
        NotFound: the asker has no such run.
    """
    news, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop of a server that ends
            loop.call_soon_threadsafe(news.set)

    end = engine.watch_run(run_id, tell)
    try:
        is_known, is_theirs = not is_new, is_new
        while True:
            news.clear()
            live = engine.live_run(run_id) if is_theirs else ()
            if live:
                one = live[0]
                yield Step(_phase(one.state.value, one.text), one.text, one.place, one.expected_wait_s)
            elif is_known:
                step = await to_thread.run_sync(partial(_stored, store, credential, run_id))
                yield step
                if step.is_end:
                    return
                if not is_theirs and step.phase is not Phase.AWAY:
                    is_theirs = True
                    continue
            is_known = True
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK_EVERY_S)
                if live and live[0].text:
                    await asyncio.sleep(REST_S)
    finally:
        end()


def _phase(state: str, text: str) -> Phase:
    return Phase.READING if state == Phase.WRITING and not text else Phase(state)


def _stored(store: Store, credential: Credential, run_id: RunId) -> Step:
    who = {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
    try:
        found = decode(tuple[Response, ...], store.call("read_responses", **who, scenario=None, run=run_id))
        if not found:
            raise NotFound("This try is gone. Try again.")
        response = found[0]
        if response.status is not ResponseStatus.DONE:
            runs = decode(tuple[Run, ...], store.call("read_runs", **who))
            run = next((one for one in runs if one.run_id == run_id), None)
            if response.status is ResponseStatus.WAITING:
                is_paused = run is not None and run.status is RunStatus.PAUSED
                return Step(Phase.PAUSED if is_paused else Phase.TAKEN, reason=(run.pause_reason or "") if run else "")
            reason = response.error if response.status is ResponseStatus.FAILED else run.stop_reason if run else None
            return Step(ENDS[response.status], reason=reason or "", response_id=response.response_id)
    except StoreUnavailable as away:
        return Step(Phase.AWAY, reason=str(away))
    limit, written = response.params.get("max_tokens"), response.completion_tokens
    is_cut_off = limit is not None and written is not None and written >= limit
    reason = f"Cut off at the limit of {written:,} tokens." if is_cut_off else ""
    return Step(Phase.DONE, response.text or "", reason=reason, response_id=response.response_id, model=response.model)
