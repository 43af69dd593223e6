"""SmolLM2-135M-Instruct by llama.cpp, in a child process of ours, asked through LiteLLM like any provider."""

import asyncio
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from lib.domain.errors import ModelUnavailable
from lib.llm.catalogue import EMBEDDED_LABEL, EMBEDDED_PARAMETERS
from lib.llm.port import ChatModel, ChatRequest, Completion, ModelSettings, StreamEvent

log = logging.getLogger("folkmoot.llm")

CONTEXT_TOKENS: Final = 8_192
"""What the model was trained for; policy, scenario and answer share it."""
START_TIMEOUT_S: Final = 60.0
MOST_THREADS: Final = 8
PATIENCE_S: Final = 300.0
"""A busy machine makes the model slow, but it cannot hang like a provider: its process is ours."""
NAME: Final = "smollm2-135m-instruct"
SHORT_LABEL: Final = EMBEDDED_LABEL.partition(":")[0]


class EmbeddedModel:
    """The embedded model. Its process starts with the first call, and again if it died."""

    def __init__(self, client: ChatModel, gguf: Path | None = None) -> None:
        self._client = client
        self._gguf = gguf
        self._child = _Child()
        self._starting = asyncio.Lock()

    async def warm_up(self) -> None:
        """Starts the process."""
        await self._settings()

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer."""
        for is_last in (False, True):
            try:
                done = await self._client.complete(await self._local(request))
                return replace(done, cost_usd=0.0)
            except ModelUnavailable as error:
                if is_last or not self._died(error):
                    raise self._named(error) from None
        raise AssertionError("unreachable")

    async def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """The answer as it is written."""
        try:
            async for event in self._client.stream(await self._local(request)):
                yield replace(event, cost_usd=0.0) if isinstance(event, Completion) else event
        except ModelUnavailable as error:
            raise self._named(error) from None

    async def close(self) -> None:
        """Ends the process."""
        await asyncio.to_thread(self._child.end)

    async def _local(self, request: ChatRequest) -> ChatRequest:
        return replace(
            request,
            settings=await self._settings(),
            total_timeout_s=max(request.total_timeout_s, PATIENCE_S),
            temperature=EMBEDDED_PARAMETERS["temperature"] if request.temperature is None else request.temperature,
            top_p=EMBEDDED_PARAMETERS["top_p"] if request.top_p is None else request.top_p,
        )

    async def _settings(self) -> ModelSettings:
        async with self._starting:
            if not self._child.is_alive:
                await asyncio.to_thread(self._child.start, self._gguf or _installed_gguf())
        return ModelSettings(f"openai/{NAME}", self._child.address, self._child.api_key, may_be_private=True)

    def _died(self, error: ModelUnavailable) -> bool:
        return error.kind == "no_connection" and not self._child.is_alive

    def _named(self, error: ModelUnavailable) -> ModelUnavailable:
        message = str(error).replace(f"openai/{NAME}", SHORT_LABEL).replace(self._child.address or "\0", "this server")
        if error.kind == "too_long":
            message = (
                f"The policy and the scenario together are too long for {SHORT_LABEL}, which reads at most "
                f"{CONTEXT_TOKENS:,} tokens (some {CONTEXT_TOKENS * 3 // 4:,} words), its answer included. Shorten "
                "one of them, or ask the facilitator to choose a larger model."
            )
        return ModelUnavailable(message, kind=error.kind)


def _installed_gguf() -> Path:
    try:
        import folkmoot_weights
    except ImportError:
        raise ModelUnavailable(
            f"The weights of {SHORT_LABEL} are not installed. Run pip install -r requirements.txt, or choose another "
            "model.",
            kind="unknown_model",
        ) from None
    path: Path = folkmoot_weights.GGUF
    return path


def thread_count() -> int:
    """How many threads the model gets: half of the cores that this process may use, within reason.

    llama.cpp's threads wait for each other at every step. On two busy cores two of them were ten times slower than one
    (3 instead of 48 to 69 tokens a second, measured at a load of 8), and pages and database need a core too.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores // 2, MOST_THREADS))


class _Child:
    """The process. It ends when its standard input does, so a killed parent takes it along."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._is_ended = False
        self.address: str | None = None
        self.api_key = ""

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None and self.address is not None

    def start(self, gguf: Path) -> None:
        """Starts the process and waits until it listens."""
        with self._lock:
            self._stop()
            if self._is_ended:
                raise ModelUnavailable(f"{SHORT_LABEL} was ended, because the app is closing.", kind="no_connection")
            self.api_key = secrets.token_urlsafe(24)
            # -P keeps this script's folder off the child's path.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("embedded_child.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                # Ctrl-C in the terminal is for the parent, which ends the child when it is done.
                start_new_session=True,
            )
            answer = self._handshake(self._process, gguf)
            self.address = f"{answer['address']}/v1" if "address" in answer else None
            if self.address is None:
                self._stop()
                reason = answer.get("error", "it gave no reason")
                log.error("event=embedded_model_failed reason=%s", reason)
                raise ModelUnavailable(
                    f"{SHORT_LABEL} could not be started ({reason}). Check that this machine has 500 MB of memory to "
                    "spare, or choose another model.",
                    kind="no_connection",
                )
            log.info("event=embedded_model_started pid=%s threads=%s", self._process.pid, thread_count())

    def end(self) -> None:
        """Ends the process for good."""
        with self._lock:
            self._is_ended = True
            self._stop()

    def _handshake(self, process: "subprocess.Popen[str]", gguf: Path) -> dict[str, str]:
        config = {
            "gguf": str(gguf),
            "name": NAME,
            "api_key": self.api_key,
            "threads": thread_count(),
            "context": CONTEXT_TOKENS,
        }
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Timer(START_TIMEOUT_S, process.kill)
        late.start()
        try:
            process.stdin.write(json.dumps(config) + "\n")
            process.stdin.flush()
            answer: dict[str, str] = json.loads(process.stdout.readline() or "{}")
            return answer
        except (OSError, ValueError) as error:
            return {"error": type(error).__name__}
        finally:
            late.cancel()

    def _stop(self) -> None:
        process, self._process, self.address = self._process, None, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    log.debug("event=pipe_already_closed")
        try:
            process.wait(1.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
