"""Collects the votes of one process for a moment and casts them in one call, so that a burst is one transaction."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.people import Credential
from lib.domain.rounds import CastVote
from lib.store.port import Store, refusal

COLLECT_S: Final = 0.005
MOST_IN_A_BATCH: Final = 400
ANSWER_TIMEOUT_S: Final = 60.0

log = logging.getLogger("folkmoot.votes")


@dataclass(frozen=True)
class _Waiting:
    credential: Credential
    vote: CastVote
    done: Future[None]


class VoteBatcher:
    """Casts votes from any number of threads. A caller gets its answer after the commit. Thread-safe.

    While one batch is on its way the next one gathers, so the wait adapts to the database. The thread is made with
    the first vote.
    """

    def __init__(self, store: Store, *, collect_s: float = COLLECT_S) -> None:
        self._store = store
        self._collect_s = collect_s
        self._waiting: deque[_Waiting] = deque()
        self._something = threading.Condition()
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def cast(self, credential: Credential, vote: CastVote) -> None:
        """Cast one vote; when this returns, it is in the database.

        Raises:
            FolkmootError: what the database refused, for this vote alone.
            StoreUnavailable: nothing is known to be written; sending the same vote again is safe.
        """
        waiting = _Waiting(credential, vote, Future())
        with self._something:
            if self._is_closing:
                raise StoreUnavailable("The server is stopping. Your vote was not sent; vote again in a moment.")
            self._waiting.append(waiting)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="folkmoot-votes", daemon=True)
                self._thread.start()
            self._something.notify()
        try:
            waiting.done.result(timeout=ANSWER_TIMEOUT_S)
        except TimeoutError:
            raise StoreUnavailable("The database did not answer in time. Vote again; it counts once.") from None

    def close(self) -> None:
        """Cast what is waiting, then take no more. Calling it twice is harmless."""
        with self._something:
            self._is_closing = True
            self._something.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while batch := self._next_batch():
            self._cast_together(batch)

    def _next_batch(self) -> list[_Waiting]:
        """The votes gathered since the last batch; empty once closed."""
        with self._something:
            while not self._waiting and not self._is_closing:
                self._something.wait()
            if self._waiting and not self._is_closing and len(self._waiting) < MOST_IN_A_BATCH:
                self._something.wait_for(self._is_full, timeout=self._collect_s)
            return [self._waiting.popleft() for _ in range(min(MOST_IN_A_BATCH, len(self._waiting)))]

    def _is_full(self) -> bool:
        return self._is_closing or len(self._waiting) >= MOST_IN_A_BATCH

    def _cast_together(self, batch: list[_Waiting]) -> None:
        # One order in every process, so that two batches with the same people never wait for each other. The sort is
        # stable: of two votes of one person on one item the later one still comes last.
        batch.sort(key=lambda waiting: (waiting.credential.token_hash, waiting.vote.item_id))
        try:
            outcomes = self._outcomes(batch)
        except StoreUnavailable as error:
            for waiting in batch:
                waiting.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the thread must outlive any fault, and every caller is told
            self._cast_apart(batch, error)
        else:
            for waiting, outcome in zip(batch, outcomes, strict=True):
                _answer(waiting, outcome)

    def _cast_apart(self, batch: list[_Waiting], error: Exception) -> None:
        """One vote that the database cannot even read must not take the others with it."""
        log.warning("event=vote_batch_failed votes=%d reason=%s", len(batch), type(error).__name__)
        for waiting in batch:
            try:
                _answer(waiting, self._outcomes([waiting])[0])
            except FolkmootError as refused:
                waiting.done.set_exception(refused)
            except Exception as alone:  # noqa: BLE001 - as above; the log names the kind, never the vote
                log.error("event=vote_failed reason=%s", type(alone).__name__)
                waiting.done.set_exception(StoreUnavailable("Your vote may not be stored. Vote again; it counts once."))

    def _outcomes(self, batch: Sequence[_Waiting]) -> list[dict[str, Any]]:
        outcomes: list[dict[str, Any]] = self._store.call("cast_votes", votes=[_row(waiting) for waiting in batch])
        if len(outcomes) != len(batch):
            raise StoreUnavailable("The database answered for another number of votes. Vote again; it counts once.")
        return outcomes


def _row(waiting: _Waiting) -> dict[str, str]:
    return {
        "workshop": waiting.credential.workshop_id,
        "token_hash": waiting.credential.token_hash,
        "item_id": waiting.vote.item_id,
        "position": waiting.vote.position.value,
        "reason": waiting.vote.reason,
        "request_id": waiting.vote.request_id,
    }


def _answer(waiting: _Waiting, outcome: dict[str, Any]) -> None:
    if outcome.get("ok"):
        waiting.done.set_result(None)
        return
    message = str(outcome.get("message", "The vote was refused."))
    waiting.done.set_exception(refusal(outcome.get("error"), message, {}) or StoreUnavailable(message))
