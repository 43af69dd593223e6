"""What every model does through the port: LiteLLM against a provider that misbehaves, and the embedded model."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.domain.errors import ModelUnavailable
from lib.llm.catalogue import EMBEDDED_MODEL
from lib.llm.litellm_model import LiteLLMModel
from lib.llm.models import AllModels
from lib.llm.port import ChatRequest, Completion, ModelSettings, Restart, StreamEvent, TextPiece
from tests.support.openai_stub import OpenAIStub

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-very-secret-0123456789abcdefghijkl"


@pytest.fixture(scope="module")
def stub() -> Iterator[OpenAIStub]:
    with OpenAIStub() as provider:
        yield provider


def request(
    stub: OpenAIStub, model: str = "fine", *, timeout_s: float = 20.0, may_be_private: bool = True
) -> ChatRequest:
    stub.calls.clear()
    stub.faults.clear()
    settings = ModelSettings(f"openai/{model}", stub.address, KEY, may_be_private=may_be_private)
    messages = ({"role": "system", "content": "- Be brief."}, {"role": "user", "content": "May I?"})
    return ChatRequest(settings, messages, max_tokens=20, temperature=0.5, seed=3, total_timeout_s=timeout_s)


def complete(asked: ChatRequest) -> Completion:
    async def once() -> Completion:
        model = LiteLLMModel(first_wait_s=0.01)
        try:
            return await model.complete(asked)
        finally:
            await model.close()

    return asyncio.run(once())


def stream(asked: ChatRequest) -> list[StreamEvent]:
    async def once() -> list[StreamEvent]:
        model = LiteLLMModel(first_wait_s=0.01)
        try:
            return [event async for event in model.stream(asked)]
        finally:
            await model.close()

    return asyncio.run(once())


def fault(asked: ChatRequest, *, streamed: bool) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        if streamed:
            stream(asked)
        else:
            complete(asked)
    return caught.value


def test_an_answer_carries_its_tokens_and_its_time_and_no_invented_cost(stub: OpenAIStub) -> None:
    answer = complete(request(stub))
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == (stub.text, 12, 8)
    assert answer.cost_usd is None
    assert 0 < answer.latency_s < 20


def test_what_is_sent_is_what_was_asked_with_the_key_of_the_call(stub: OpenAIStub) -> None:
    complete(request(stub))
    [call] = stub.calls
    assert call.authorization == f"Bearer {KEY}"
    assert call.body["messages"] == [
        {"role": "system", "content": "- Be brief."},
        {"role": "user", "content": "May I?"},
    ]
    assert (call.body["max_tokens"], call.body["temperature"], call.body["seed"]) == (20, 0.5, 3)
    assert KEY not in os.environ.values()


def test_a_stream_gives_the_text_piece_by_piece_and_ends_with_the_whole(stub: OpenAIStub) -> None:
    *pieces, last = stream(request(stub))
    assert isinstance(last, Completion)
    assert (last.text, last.completion_tokens) == (stub.text, 8)
    assert len(pieces) == 8
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextPiece)) == stub.text


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("model", "kind", "calls"),
    [
        ("fault-401", "refused_key", 1),
        ("fault-404", "unknown_model", 1),
        ("fault-429", "rate_limited", 3),
        ("fault-500", "server_fault", 3),
        ("fault-empty", "empty", 1),
        ("fault-400-context", "too_long", 1),
    ],
)
def test_every_fault_is_one_sentence_that_names_the_model_and_no_key(
    stub: OpenAIStub, model: str, kind: str, calls: int, streamed: bool
) -> None:
    error = fault(request(stub, model), streamed=streamed)
    assert error.kind == kind
    assert f"openai/{model}" in str(error)
    assert "sk-" not in str(error)
    assert "litellm" not in str(error).lower()
    assert len(str(error)) < 300
    assert len(stub.calls) == calls


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_provider_that_hangs_is_given_up_in_time(stub: OpenAIStub, streamed: bool) -> None:
    asked = request(stub, "fault-hang", timeout_s=1.0)
    complete(request(stub))  # LiteLLM is loaded: what follows is the waiting alone
    began = time.monotonic()
    error = fault(asked, streamed=streamed)
    assert error.kind == "timeout"
    assert time.monotonic() - began < 5


def test_an_answer_that_breaks_off_is_no_answer(stub: OpenAIStub) -> None:
    assert fault(request(stub, "fault-half"), streamed=False).kind in ("no_connection", "broke_off")
    assert fault(request(stub, "fault-half"), streamed=True).kind == "broke_off"


def test_a_stream_that_broke_off_begins_again(stub: OpenAIStub) -> None:
    asked = request(stub)
    stub.faults.append("half")
    events = stream(asked)
    assert any(isinstance(event, Restart) for event in events)
    after = events[[isinstance(event, Restart) for event in events].index(True) + 1 : -1]
    assert "".join(event.text for event in after if isinstance(event, TextPiece)) == stub.text


def test_a_provider_that_asks_to_wait_is_waited_for(stub: OpenAIStub) -> None:
    asked = request(stub)
    complete(asked)
    stub.faults.append("429")
    stub.retry_after = "1"
    began = time.monotonic()
    assert complete(asked).text == stub.text
    assert 0.9 < time.monotonic() - began < 6
    stub.retry_after = "0"


def test_a_typed_address_is_checked_when_it_is_called_not_only_when_it_was_typed(stub: OpenAIStub) -> None:
    error = fault(request(stub, may_be_private=False), streamed=False)
    assert error.kind == "no_connection"
    assert stub.calls == []


def test_a_call_without_a_key_sends_none_of_the_operators(stub: OpenAIStub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-operator")
    asked = request(stub)
    complete(ChatRequest(ModelSettings("openai/fine", stub.address, None, may_be_private=True), asked.messages))
    assert "sk-operator" not in stub.calls[-1].authorization


def test_a_missing_key_and_an_unknown_provider_are_told_apart(stub: OpenAIStub) -> None:
    asked = request(stub)
    error = fault(
        ChatRequest(ModelSettings("openai/gpt-4o-mini", uses_operator_keys=True), asked.messages), streamed=False
    )
    assert error.kind == "refused_key"
    assert "needs a key" in str(error)
    error = fault(ChatRequest(ModelSettings("no-such-model", uses_operator_keys=True), asked.messages), streamed=False)
    assert error.kind == "unknown_model"


def test_the_embedded_model_answers_for_nothing_and_says_when_a_policy_is_too_long() -> None:
    async def talk() -> tuple[Completion, str]:
        models = AllModels()
        try:
            short = ({"role": "user", "content": "Say hello."},)
            answer = await models.complete(ChatRequest(ModelSettings(EMBEDDED_MODEL), short, max_tokens=8))
            long = ({"role": "system", "content": "word " * 9000}, *short)
            with pytest.raises(ModelUnavailable) as caught:
                await models.complete(ChatRequest(ModelSettings(EMBEDDED_MODEL), long, max_tokens=8))
            return answer, str(caught.value)
        finally:
            await models.close()

    answer, refused = asyncio.run(talk())
    assert answer.text
    assert answer.cost_usd == 0.0
    assert answer.prompt_tokens
    assert "too long for SmolLM2 135M, embedded" in refused
    assert "8,192" in refused


def test_the_embedded_models_process_comes_back_after_it_was_killed() -> None:
    async def talk() -> str:
        models = AllModels()
        asked = ChatRequest(ModelSettings(EMBEDDED_MODEL), ({"role": "user", "content": "Say hello."},), max_tokens=4)
        try:
            await models.complete(asked)
            child = models._embedded._child._process
            assert child is not None
            child.kill()
            child.wait()
            return (await models.complete(asked)).text
        finally:
            await models.close()

    assert asyncio.run(talk())


PARENT = """
import asyncio, sys, time
from lib.llm.catalogue import EMBEDDED_MODEL
from lib.llm.models import AllModels

async def main():
    models = AllModels()
    await models._embedded.warm_up()
    print(models._embedded._child._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_the_embedded_models_process_dies_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
