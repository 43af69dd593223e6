"""One cell answered: messages made, model asked, result or reason given. Knows ports only."""

import logging
from typing import Any

from lib.domain.errors import ModelUnavailable
from lib.domain.runs import Cell
from lib.llm.live import LiveBoard
from lib.llm.port import CellResult, ChatModel, ChatRequest, Completion, ModelSettings, Restart, TextPiece
from lib.policy.prompt import messages, messages_hash

log = logging.getLogger("folkmoot.llm")

DEFAULT_MAX_TOKENS = 400


def request_for(cell: Cell, settings: ModelSettings, timeout_s: float) -> tuple[ChatRequest, str]:
    """What the model is sent for a cell, and the SHA-256 of its messages."""
    sent = messages(cell.policy_text, cell.turns)
    request = ChatRequest(
        settings,
        tuple(sent),
        max_tokens=int(cell.params.get("max_tokens") or DEFAULT_MAX_TOKENS),
        temperature=_number(cell.params.get("temperature")),
        top_p=_number(cell.params.get("top_p")),
        seed=cell.seed,
        total_timeout_s=timeout_s,
    )
    return request, messages_hash(sent)


async def answer(
    cell: Cell, settings: ModelSettings, model: ChatModel, board: LiveBoard, timeout_s: float
) -> CellResult:
    """The result of one cell. A failure is a result too.

    Only a person's own question is streamed: nobody watches the others being written.

    Raises:
        ModelUnavailable: with kind "refused_key", if no key was sent: the run waits for one then.
    """
    prompt_hash: str | None = None
    try:
        request, prompt_hash = request_for(cell, settings, timeout_s)
        completion = await (_streamed(request, model, cell, board) if cell.is_question else model.complete(request))
    except ModelUnavailable as error:
        if error.kind == "refused_key" and settings.api_key is None and not settings.uses_operator_keys:
            raise
        return CellResult(None, str(error), prompt_hash)
    except Exception as error:
        log.exception("event=answering_failed response=%s", cell.response_id)
        return CellResult(
            None,
            f"Folkmoot itself failed while asking the model ({type(error).__name__}). Retry; if it happens again, "
            "the server's log has the details.",
            prompt_hash,
        )
    return CellResult(
        completion.text,
        None,
        prompt_hash,
        completion.prompt_tokens,
        completion.completion_tokens,
        completion.cost_usd,
        round(completion.latency_s, 3),
    )


async def _streamed(request: ChatRequest, model: ChatModel, cell: Cell, board: LiveBoard) -> Completion:
    async for event in model.stream(request):
        match event:
            case TextPiece(text):
                board.add_text(cell.response_id, text)
            case Restart():
                board.clear_text(cell.response_id)
            case Completion():
                return event
    raise ModelUnavailable("The model broke off before its answer was complete. Retry.")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
