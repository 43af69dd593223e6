"""Any provider's model through LiteLLM. The only module that imports it, and only in a thread of its own."""

import asyncio
import importlib
import logging
import os
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final, TypeVar

from lib.domain.errors import ModelUnavailable
from lib.llm.catalogue import HOSTED
from lib.llm.port import ChatRequest, Completion, ModelSettings, Restart, StreamEvent, TextPiece
from lib.llm.provider_errors import kind_of, unavailable

log = logging.getLogger("folkmoot.llm")

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 10.0
TRIES: Final = 3
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 20.0
WORTH_A_RETRY: Final = frozenset({"rate_limited", "no_connection", "server_fault", "broke_off"})
NO_KEY: Final = "no-key"
"""Sent where no key is meant to be sent: an absent one would be looked up in the environment."""


class LiteLLMModel:
    """Asks the model that a request's settings name. Making one loads nothing."""

    def __init__(self, *, first_wait_s: float = FIRST_WAIT_S) -> None:
        self._first_wait_s = first_wait_s
        self._litellm: Any = None
        self._loading = asyncio.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    async def warm_up(self) -> None:
        """Loads LiteLLM, which takes seconds."""
        await self._load()

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer, after at most three tries."""

        async def once() -> Completion:
            began = time.monotonic()
            answer = await self._ask(request, stream=False)
            choice = answer.choices[0]
            text = _checked(choice.message.content, choice.finish_reason, request)
            return self._completion(text, answer, getattr(answer, "usage", None), began, request)

        await self._load()  # before the clock starts
        for attempt in range(1, TRIES + 1):
            try:
                return await _within(request, once)
            except ModelUnavailable as error:
                await self._wait_or_give_up(error, attempt)
        raise AssertionError("unreachable")

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """The answer as it is written. A fault before or in the middle of it begins the answer again."""
        await self._load()
        for attempt in range(1, TRIES + 1):
            has_begun = False
            try:
                async with aclosing(self._stream_once(request)) as events:
                    async for event in events:
                        has_begun = True
                        yield event
                return
            except ModelUnavailable as error:
                await self._wait_or_give_up(error, attempt)
                if has_begun:
                    yield Restart()

    async def close(self) -> None:
        """Closes the connections."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.close()
        if self._litellm is not None:
            try:
                await self._litellm.close_litellm_async_clients()
            except Exception:
                log.exception("event=closing_model_clients_failed")

    async def _stream_once(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        began = time.monotonic()
        pieces: list[str] = []
        usage: Any = None
        finish_reason: str | None = None

        async def next_chunk(chunks: Any) -> Any:
            return await anext(chunks, None)

        answer: Any = await _within(request, lambda: self._ask(request, stream=True))
        chunks = aiter(answer)
        while (chunk := await _within(request, lambda: next_chunk(chunks), began)) is not None:
            usage = getattr(chunk, "usage", None) or usage
            for choice in chunk.choices[:1]:
                finish_reason = choice.finish_reason or finish_reason
                if choice.delta.content:
                    pieces.append(choice.delta.content)
                    yield TextPiece(choice.delta.content)
        text = _checked("".join(pieces), finish_reason, request)
        yield self._completion(text, None, usage, began, request)

    async def _ask(self, request: ChatRequest, *, stream: bool) -> Any:
        litellm = await self._load()
        settings = request.settings
        arguments: dict[str, Any] = {
            "model": settings.model,
            "messages": [dict(message) for message in request.messages],
            "api_key": _key(settings),
            "api_base": settings.api_base,
            "timeout": importlib.import_module("httpx").Timeout(request.total_timeout_s, connect=CONNECT_TIMEOUT_S),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "top_p": request.top_p,
            "seed": request.seed,
            "max_retries": 0,
            "num_retries": 0,
            "drop_params": True,
        }
        if stream:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        if client := self._client(settings, request.total_timeout_s):
            arguments["client"] = client
        return await litellm.acompletion(**{key: value for key, value in arguments.items() if value is not None})

    def _client(self, settings: ModelSettings, timeout_s: float) -> Any:
        """A client of ours that reaches public addresses only, for typed ones; None where LiteLLM's own is right."""
        if settings.api_base is None or settings.may_be_private or settings.api_base in HOSTED.values():
            return None
        if not settings.model.startswith("openai/"):
            # Another dialect would go through a client of LiteLLM's, which calls whatever it is told to.
            raise unavailable("unknown_model", settings)
        key = (settings.api_base, _key(settings) or NO_KEY)
        if key not in self._clients:
            from lib.llm.public_transport import public_only_client

            openai = importlib.import_module("openai")
            self._clients[key] = openai.AsyncOpenAI(
                api_key=key[1],
                base_url=key[0],
                http_client=public_only_client(timeout_s, CONNECT_TIMEOUT_S),
                max_retries=0,
            )
        return self._clients[key]

    def _completion(self, text: str, answer: Any, usage: Any, began: float, request: ChatRequest) -> Completion:
        prompt = getattr(usage, "prompt_tokens", None)
        written = getattr(usage, "completion_tokens", None)
        return Completion(text, prompt, written, self._cost(request, answer, prompt, written), time.monotonic() - began)

    def _cost(self, request: ChatRequest, answer: Any, prompt: int | None, written: int | None) -> float | None:
        """US dollars by LiteLLM's price list, or None where it knows no price: never a guess, and never 0 for it."""
        settings = request.settings
        if settings.api_base is not None and settings.api_base not in HOSTED.values():
            return None
        try:
            if answer is not None:
                return float(self._litellm.completion_cost(completion_response=answer, model=settings.model))
            if prompt is None or written is None:
                return None
            costs = self._litellm.cost_per_token(model=settings.model, prompt_tokens=prompt, completion_tokens=written)
            return float(sum(costs))
        except Exception:  # noqa: BLE001 - LiteLLM raises plain Exceptions for models without a price
            return None

    async def _wait_or_give_up(self, error: ModelUnavailable, attempt: int) -> None:
        if error.kind not in WORTH_A_RETRY or attempt == TRIES:
            raise error
        asked_for = getattr(error, "retry_after_s", None)
        backoff_s = self._first_wait_s * 2 ** (attempt - 1) * random.uniform(0.8, 1.3)
        if asked_for is not None and asked_for > LONGEST_WAIT_S:
            raise error
        await asyncio.sleep(backoff_s if asked_for is None else asked_for)

    async def _load(self) -> Any:
        async with self._loading:
            if self._litellm is None:
                self._litellm = await asyncio.to_thread(_import_litellm)
        return self._litellm


def _import_litellm() -> Any:
    # Before the import: no price list from the network, and no .env file read into the environment.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    began = time.monotonic()
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.disable_streaming_logging = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
        # They quote what was sent, and what a provider answered, keys included.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    log.info("event=litellm_loaded seconds=%.1f", time.monotonic() - began)
    return litellm


async def _within(request: ChatRequest, act: Callable[[], Awaitable[T]], began: float | None = None) -> T:
    """What `act` gives inside the request's time, with every fault as a ModelUnavailable."""
    left_s = request.total_timeout_s - (time.monotonic() - began if began is not None else 0.0)
    try:
        async with asyncio.timeout(max(left_s, 0.0)):
            return await act()
    except ModelUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - providers' clients raise what they like
        status = getattr(error, "status_code", None)
        kind = kind_of(error)
        if kind == "other":
            log.info(
                "event=provider_fault model=%s error=%s status=%s", request.settings.model, type(error).__name__, status
            )
        found = unavailable(kind, request.settings, timeout_s=request.total_timeout_s, status=status, detail=str(error))
        found.retry_after_s = _retry_after_s(error)  # type: ignore[attr-defined]
        raise found from None


def _retry_after_s(error: Exception) -> float | None:
    response = getattr(error, "response", None)
    headers: Any = getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after")))
    except (TypeError, ValueError):
        return None


def _checked(text: str | None, finish_reason: str | None, request: ChatRequest) -> str:
    """The text, if it is one.

    Raises:
        ModelUnavailable: it is empty, withheld, or was never finished.
    """
    if finish_reason is None:
        raise unavailable("broke_off", request.settings)
    if finish_reason == "content_filter" and not text:
        raise unavailable("filtered", request.settings)
    if text is None or not text.strip():
        kind = "cut_short" if finish_reason == "length" else "empty"
        raise unavailable(kind, request.settings, max_tokens=request.max_tokens)
    return text


def _key(settings: ModelSettings) -> str | None:
    """The key to send; None = LiteLLM looks into the operator's environment."""
    if settings.api_key is not None:
        return settings.api_key
    if not settings.uses_operator_keys:
        return NO_KEY
    needs_none = settings.api_base is not None and settings.model.startswith("openai/")
    return NO_KEY if needs_none and not os.environ.get("OPENAI_API_KEY") else None
