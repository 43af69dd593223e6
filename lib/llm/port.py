"""What the rest of the app knows of language models: one port to ask them, one port to the cells to answer."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lib.domain.ids import ResponseId, RunId
from lib.domain.runs import Cell


@dataclass(frozen=True)
class ModelSettings:
    """Which model, where, and with whose key.

    `api_key` None with `uses_operator_keys` means the provider's own variables in the environment of the server. None
    without it means that no key is sent at all, not even the operator's.
    """

    model: str
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    uses_operator_keys: bool = False
    may_be_private: bool = False
    """Whether `api_base` may lead into the server's own network."""


@dataclass(frozen=True)
class ChatRequest:
    """One question to a model. Parameters that are None are left to the provider."""

    settings: ModelSettings
    messages: tuple[Mapping[str, str], ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    total_timeout_s: float = 180.0


@dataclass(frozen=True)
class Completion:
    """A finished answer. Tokens are None where the provider does not count them; `cost_usd` None = unknown."""

    text: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_usd: float | None
    latency_s: float


@dataclass(frozen=True)
class TextPiece:
    """The next words of an answer that is being written."""

    text: str


@dataclass(frozen=True)
class Restart:
    """The call was repeated after a fault: what was written so far counts no more."""


StreamEvent = TextPiece | Restart | Completion


class ChatModel(Protocol):
    """Answers one request at a time, many at once. Every failure is a `ModelUnavailable` with a sentence."""

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer."""
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """The answer as it is written; the last event is the Completion."""
        ...

    async def close(self) -> None:
        """Let go of connections and processes."""
        ...


@dataclass(frozen=True)
class CellResult:
    """What became of one cell: a text, or a sentence that says why there is none."""

    text: str | None
    error: str | None
    prompt_hash: str | None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: float | None = None
    latency_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The form in which the database takes it: without the characters that PostgreSQL keeps in no text."""
        storable = {"text": _storable(self.text), "error": _storable(self.error)}
        return {**self.__dict__, **storable}


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\x00", "").encode("utf-8", "replace").decode()


class CellStore(Protocol):
    """Where cells wait for an answer and results are kept. Called from worker threads, several at a time.

    Raises StoreUnavailable while the database is away; the engine tries again.
    """

    def claim_cells(
        self, process: str, limit: int, stale_s: float, held: Collection[ResponseId], lacks: Collection[RunId]
    ) -> Sequence[Cell]:
        """Waiting cells that are now this process's, a person's own questions first.

        What the process claimed before and does not name in `held` never reached it, and comes again. The runs of
        `lacks`, whose key it has not, are left to other processes, if any lives.
        """
        ...

    def heartbeat(self, process: str, runs: Collection[RunId]) -> Collection[RunId]:
        """Says that the process lives; gives those of `runs` whose work must end."""
        ...

    def store_response(
        self, process: str, response_id: ResponseId, result: CellResult, claim: str | None = None
    ) -> bool:
        """Keeps a result; False if nobody wants it any more.

        The first answer counts, whoever brings it. A failure counts only under the claim it came of.
        """
        ...

    def pause_run(self, process: str, run_id: RunId, reason: str, request: str) -> None:
        """Says why nobody works on a run; once for each request."""
        ...
