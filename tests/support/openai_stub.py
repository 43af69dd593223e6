"""A small model provider on 127.0.0.1 that speaks the OpenAI dialect and misbehaves on demand.

`with OpenAIStub() as stub:` gives `stub.address` (…/v1). `stub.latency_s` is the time to an answer; `stub.faults` is
what the next calls meet, in order, and `stub.fault` what all others do: "401", "404", "429", "500", "hang", "half"
(breaks off), "empty", "redirect", or None for an answer. A model named `fault-401` and so on meets that fault always.
"""

import asyncio
import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

REASONS = {
    200: "OK",
    302: "Found",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Server Error",
}
ERRORS = {
    "401": (401, "Incorrect API key provided: sk-secret-0123456789abcdef0123456789abcdef."),
    "404": (404, "The model does not exist or you do not have access to it."),
    "429": (429, "Rate limit reached for requests"),
    "500": (500, "The server had an error"),
    "400-context": (400, "This model's maximum context length is 10 tokens. However, your messages exceed it."),
}


@dataclass
class Call:
    """One request that the stub received."""

    path: str
    authorization: str
    body: dict[str, Any]


@dataclass
class OpenAIStub:
    """The provider; started by `with`."""

    latency_s: float = 0.0
    piece_delay_s: float = 0.0
    text: str = "A stub answers: this depends on the contract."
    wanted_key: str | None = None
    """The key without which every call is a 401."""
    fault: str | None = None
    retry_after: str | None = "0"
    faults: deque[str | None] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)
    most_at_once: int = 0
    hung_up: int = 0
    """Streams and answers that the caller did not wait for."""

    def __enter__(self) -> "OpenAIStub":
        self._at_once = 0
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._main, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    def _main(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512))
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.hung_up += 1
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1") if not reader.at_eof() else ""
        if not head:
            return False
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        call = Call(first.split(" ")[1], headers.get("authorization", ""), body)
        self.calls.append(call)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._answer(call, reader, writer)
        finally:
            self._at_once -= 1

    async def _answer(self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.popleft() if self.faults else self.fault
        model = str(call.body.get("model", ""))
        if model.startswith("fault-"):
            fault = model.removeprefix("fault-")
        if self.wanted_key is not None and call.authorization != f"Bearer {self.wanted_key}":
            fault = "401"
        if fault == "hang":
            await reader.read(1)  # until the caller gives up
            self.hung_up += 1
            return False
        await asyncio.sleep(self.latency_s)
        if fault == "redirect":
            await self._send(writer, 302, b"", "location: http://127.0.0.1:1/v1/chat/completions\r\n")
            return True
        if fault in ERRORS:
            status, message = ERRORS[fault]
            extra = f"retry-after: {self.retry_after}\r\n" if status == 429 and self.retry_after else ""
            await self._send(
                writer, status, json.dumps({"error": {"message": message, "code": status}}).encode(), extra
            )
            return True
        text = "" if fault == "empty" else self.text
        if call.body.get("stream"):
            return await self._stream(writer, text, model, fault == "half")
        if fault == "half":
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"id": ')
            await writer.drain()
            return False
        message = {"role": "assistant", "content": text}
        answer = {
            **self._frame(model, "chat.completion"),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": self._usage(text),
        }
        await self._send(writer, 200, json.dumps(answer).encode())
        return True

    async def _stream(self, writer: asyncio.StreamWriter, text: str, model: str, breaks_off: bool) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        pieces = [word if index == 0 else f" {word}" for index, word in enumerate(text.split(" "))]
        for piece in pieces[: len(pieces) // 2 if breaks_off else None]:
            await self._event(writer, model, {"delta": {"content": piece}, "finish_reason": None})
            await asyncio.sleep(self.piece_delay_s)
        if breaks_off:
            return False
        await self._event(writer, model, {"delta": {}, "finish_reason": "stop"})
        usage = {**self._frame(model, "chat.completion.chunk"), "choices": [], "usage": self._usage(text)}
        self._chunk(writer, f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _event(self, writer: asyncio.StreamWriter, model: str, choice: dict[str, Any]) -> None:
        chunk = {**self._frame(model, "chat.completion.chunk"), "choices": [{"index": 0, **choice}]}
        self._chunk(writer, f"data: {json.dumps(chunk)}\n\n")
        await writer.drain()

    @staticmethod
    def _chunk(writer: asyncio.StreamWriter, text: str) -> None:
        data = text.encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    @staticmethod
    def _frame(model: str, kind: str) -> dict[str, Any]:
        return {"id": "stub-1", "object": kind, "created": 1, "model": model}

    @staticmethod
    def _usage(text: str) -> dict[str, int]:
        words = len(text.split())
        return {"prompt_tokens": 12, "completion_tokens": words, "total_tokens": 12 + words}

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, status: int, body: bytes, extra: str = "") -> None:
        head = f"HTTP/1.1 {status} {REASONS.get(status, 'Bad')}\r\ncontent-type: application/json\r\n{extra}"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()


@contextmanager
def stub_in_a_process(latency_s: float) -> Iterator[str]:
    """The address of a provider in a process of its own, so that its work is not counted as the engine's."""
    command = [sys.executable, "-m", "tests.support.openai_stub", str(latency_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("end\n")


if __name__ == "__main__":
    with OpenAIStub(latency_s=float(sys.argv[1])) as provider:
        print(provider.address, flush=True)
        sys.stdin.readline()
