"""Both kinds of models behind one port: the embedded one, and everything that LiteLLM reaches."""

import asyncio
from collections.abc import AsyncIterator

from lib.llm.catalogue import EMBEDDED_MODEL
from lib.llm.embedded_model import EmbeddedModel
from lib.llm.litellm_model import LiteLLMModel
from lib.llm.port import ChatRequest, Completion, StreamEvent


class AllModels:
    """Answers with the model that the request's settings name. Making one loads nothing."""

    def __init__(self) -> None:
        self._litellm = LiteLLMModel()
        self._embedded = EmbeddedModel(self._litellm)

    async def complete(self, request: ChatRequest) -> Completion:
        """The whole answer."""
        return await self._for(request).complete(request)

    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """The answer as it is written."""
        return self._for(request).stream(request)

    async def warm_up(self, model: str) -> None:
        """Loads LiteLLM, and the embedded model if that is the one."""
        await self._litellm.warm_up()
        if model == EMBEDDED_MODEL:
            await self._embedded.warm_up()

    async def close(self) -> None:
        """Ends the embedded model's process and all connections."""
        await asyncio.gather(self._embedded.close(), self._litellm.close())

    def _for(self, request: ChatRequest) -> "EmbeddedModel | LiteLLMModel":
        return self._embedded if request.settings.model == EMBEDDED_MODEL else self._litellm
