"""What a provider's refusal means, in a sentence that names the model and the way out and carries no secret."""

import re
from typing import Final

from lib.domain.errors import ModelUnavailable
from lib.llm.port import ModelSettings

MOST_CHARS_OF_PROVIDER: Final = 160
# Keys of all providers are long runs of letters and digits; so is nothing that a person needs to read here.
_LOOKS_SECRET: Final = re.compile(r"(?i)\b(?:sk|pk|key|gsk|xai|bearer|token)[-_ :=]\S+|[A-Za-z0-9_\-*]{24,}")
_NOISE: Final = re.compile(r"^(?:litellm\.\w+:?\s*|\w*(?:Exception|Error)\s*[-:]\s*)+")

_SENTENCES: Final = {
    "refused_key": "{model} refused the key. Enter a valid key for it, or choose another model.",
    "missing_key": "{model} needs a key, and none is set. Set the provider's key, or choose another model.",
    "unknown_model": "There is no model by the name {model} at this provider or address. Check the spelling, or choose "
    "another model.",
    "no_connection": "{model} cannot be reached{where}. Check the address and the network, then retry.",
    "timeout": "{model} did not finish in {timeout_s:.0f} seconds. Retry, or choose a quicker model.",
    "rate_limited": "{model} takes no more calls right now (its provider's limit). Wait a minute and retry, or run "
    "fewer calls at once.",
    "too_long": "The policy and the scenario together are too long for {model}. Shorten one of them, or choose a model "
    "that reads more.",
    "server_fault": "The provider of {model} had a fault of its own{status}. Retry in a minute.",
    "broke_off": "{model} broke off in the middle of its answer. Retry.",
    "empty": "{model} gave an empty answer. Retry, or choose another model.",
    "cut_short": "{model} used up all its {max_tokens} tokens before it began to answer. Allow longer answers, or "
    "choose a model that thinks less.",
    "filtered": "The provider of {model} withheld the answer (its content filter).",
}


def unavailable(
    kind: str,
    settings: ModelSettings,
    *,
    timeout_s: float = 0.0,
    status: int | None = None,
    max_tokens: int | None = None,
    detail: str = "",
) -> ModelUnavailable:
    """The error of a kind, with its sentence. An unknown kind quotes a little of what the provider said."""
    if kind not in _SENTENCES:
        quoted = redact(detail, settings.api_key)
        reason = f": {quoted}" if quoted else "."
        return ModelUnavailable(f"{settings.model} did not answer{_status(status)}{reason}", kind="other")
    where = f" at {settings.api_base}" if settings.api_base else ""
    sentence = _SENTENCES[kind].format(
        model=settings.model, where=where, timeout_s=timeout_s, status=_status(status), max_tokens=max_tokens
    )
    return ModelUnavailable(sentence, kind="refused_key" if kind == "missing_key" else kind)


def kind_of(error: BaseException) -> str:
    """What an exception of LiteLLM (or of what lies below it) means, judged by its class and its text.

    By name, because importing LiteLLM takes seconds; connection faults arrive as InternalServerError.
    """
    names = {cls.__name__ for cls in type(error).__mro__}
    text = str(error).lower()
    if ("context" in text and ("exceed" in text or "maximum" in text)) or "ContextWindowExceededError" in names:
        return "too_long"
    if "missing credentials" in text or "api_key client option must be set" in text:
        return "missing_key"
    if names & {"AuthenticationError", "PermissionDeniedError"}:
        return "missing_key" if "missing" in text and "key" in text else "refused_key"
    if "NotFoundError" in names or "provider not provided" in text or "model_not_found" in text:
        return "unknown_model"
    if "MidStreamFallbackError" in names or "incomplete chunked read" in text or "peer closed" in text:
        return "broke_off"
    if "RateLimitError" in names:
        return "rate_limited"
    if names & {"Timeout", "TimeoutError", "APITimeoutError"}:
        return "timeout"
    if "ContentPolicyViolationError" in names:
        return "filtered"
    if (
        "APIConnectionError" in names
        or "connection error" in text
        or "cannot connect" in text
        or "ConnectError" in names
    ):
        return "no_connection"
    if names & {"InternalServerError", "ServiceUnavailableError", "BadGatewayError"}:
        return "server_fault"
    return "other"


def redact(text: str, api_key: str | None) -> str:
    """At most one short line of a provider's text, without anything that could be a key."""
    if api_key:
        text = text.replace(api_key, "…")
    text = _NOISE.sub("", " ".join(text.split()))
    text = _LOOKS_SECRET.sub("…", text)
    return text if len(text) <= MOST_CHARS_OF_PROVIDER else text[: MOST_CHARS_OF_PROVIDER - 1] + "…"


def _status(status: int | None) -> str:
    return f" (status {status})" if status else ""
