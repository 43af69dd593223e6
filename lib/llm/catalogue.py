"""Which models there are for a workshop, and whose key a call is made with."""

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from lib.domain.errors import FolkmootError, ValidationFailed
from lib.domain.ids import WorkshopId
from lib.domain.workshop import ModelChoice
from lib.llm import addresses
from lib.llm.port import ModelSettings

EMBEDDED_MODEL: Final = "embedded/SmolLM2-135M-Instruct"
EMBEDDED_NAME: Final = "embedded"
"""What people write for it."""
EMBEDDED_LABEL: Final = "SmolLM2 135M, embedded: a real but very small model, for demonstration"
# The model card's own recommendation; at 0 so small a model repeats itself without end.
EMBEDDED_PARAMETERS: Final = {"temperature": 0.2, "top_p": 0.9}
OLLAMA_ADDRESS: Final = "http://127.0.0.1:11434"
NEEDS_KEY: Final = "needs the key again"

# Providers whose only credential is one key, so that a call with a facilitator's key cannot fall back on anything of
# the operator's. The address is given with the call, so that no variable of the operator's redirects the key.
HOSTED: Final[Mapping[str, str | None]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": None,
    "mistral": "https://api.mistral.ai/v1",
    "groq": "https://api.groq.com/openai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "xai": "https://api.x.ai/v1",
    "together_ai": "https://api.together.xyz/v1",
}
_BARE_NAMES: Final = (("gpt-", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"),
                      ("claude", "anthropic"), ("gemini", "gemini"), ("mistral", "mistral"))  # fmt: skip
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}")

OPERATOR_OFFERS: Final[Mapping[str, str]] = {
    "OPENAI_API_KEY": "openai/gpt-4.1-mini",
    "ANTHROPIC_API_KEY": "anthropic/claude-sonnet-5",
    "GEMINI_API_KEY": "gemini/gemini-3.5-flash",
    "MISTRAL_API_KEY": "mistral/mistral-medium-latest",
    "GROQ_API_KEY": "groq/openai/gpt-oss-120b",
    "DEEPSEEK_API_KEY": "deepseek/deepseek-v4-flash",
    "XAI_API_KEY": "xai/grok-4.3",
}
"""What is offered where the operator has set a provider's variable: capable, and with a price in LiteLLM 1.106.2."""


class KeySource(StrEnum):
    """Whose key pays for a model's calls."""

    NONE = "none"
    OPERATOR = "operator"
    FACILITATOR = "facilitator"
    NOT_GIVEN = "not given"
    """None was entered for a server of the facilitator's own, or none since this process began."""
    MISSING = "missing"
    """It needs one, and this process does not have it (any more)."""


@dataclass(frozen=True)
class ModelOffer:
    """A model as people read of it. `reader` is who gets to read policies and scenarios, in words."""

    choice: ModelChoice
    label: str
    key_source: KeySource
    reader: str
    is_embedded: bool = False

    @property
    def mark(self) -> str:
        """Stands for what people read of it: who was shown another model, or other readers, was shown another mark."""
        return sha256(f"{self.label}\n{self.reader}".encode()).hexdigest()[:12]


class KeyMissing(FolkmootError):
    """The run waits until the facilitator enters the key once more."""


class KeyRing:
    """Facilitators' keys, in the memory of this process and nowhere else. Thread-safe.

    A key belongs to a workshop, a model and an address, and is never sent elsewhere.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str, str | None], str] = {}
        self._lock = threading.Lock()

    def put(self, workshop_id: WorkshopId, model: str, api_base: str | None, key: str | None) -> None:
        """Keep a key, or forget it (None or blank)."""
        with self._lock:
            if key and key.strip():
                self._keys[(workshop_id, model, api_base)] = key.strip()
            else:
                self._keys.pop((workshop_id, model, api_base), None)

    def get(self, workshop_id: WorkshopId | None, model: str, api_base: str | None) -> str | None:
        """The key that was entered for exactly this, or None."""
        with self._lock:
            return self._keys.get((workshop_id or "", model, api_base))

    def __repr__(self) -> str:
        return f"KeyRing({len(self._keys)} keys)"


class Catalogue:
    """The models of this server: the operator's, the embedded one, and those that facilitators name."""

    def __init__(
        self,
        *,
        operator_model: str | None = None,
        operator_api_base: str | None = None,
        allow_private: bool = False,
        environment: Mapping[str, str] | None = None,
        resolve: addresses.Resolve = addresses.resolve,
    ) -> None:
        model = full_name(operator_model or EMBEDDED_NAME)
        self.default = ModelChoice(model, None if self.is_embedded(model) else operator_api_base)
        self.keys = KeyRing()
        self._allow_private = allow_private
        self._environment = os.environ if environment is None else environment
        self._resolve = resolve

    def is_embedded(self, model: str) -> bool:
        """Whether a name is that of the embedded model."""
        return model == EMBEDDED_MODEL

    def operator_offers(self) -> tuple[ModelChoice, ...]:
        """Models that the operator's provider variables open, without asking anybody over the network."""
        return tuple(
            ModelChoice(model) for name, model in OPERATOR_OFFERS.items() if self._environment.get(name, "").strip()
        )

    def is_operators(self, model: str, api_base: str | None) -> bool:
        """Whether a model is called on the operator's account: the default, an offer, or Ollama on this computer."""
        choice = ModelChoice(model, api_base)
        is_ollama = api_base == OLLAMA_ADDRESS and model.startswith("ollama_chat/")
        return choice == self.default or choice in self.operator_offers() or is_ollama

    def check(self, model: str, api_base: str | None) -> ModelChoice:
        """What a facilitator typed, as the model will be named and called. Looks the address up: not on a whim.

        Raises:
            ValidationFailed: the name or the address cannot be taken.
        """
        model, api_base = full_name(model.strip()), (api_base or "").strip() or None
        if self.is_embedded(model) or self.is_operators(model, api_base):
            return ModelChoice(model, None if self.is_embedded(model) else api_base)
        if not _MODEL_NAME.fullmatch(model):
            raise ValidationFailed(
                f"“{model[:80]}” is not the name of a model. Write provider/name, such as openai/gpt-4.1-mini."
            )
        if api_base is not None:
            return self._own_address(model, api_base)
        return ModelChoice(_hosted_name(model), None)

    def settings_for(self, workshop_id: WorkshopId | None, model: str, api_base: str | None) -> ModelSettings:
        """How a call to this model is made for this workshop.

        Raises:
            KeyMissing: it needs a key that this process does not have.
            ValidationFailed: the model cannot be called from here (any more).
        """
        if self.is_embedded(model):
            return ModelSettings(EMBEDDED_MODEL)
        key = self.keys.get(workshop_id, model, api_base)
        if key is None and self.is_operators(model, api_base):
            return ModelSettings(model, api_base, uses_operator_keys=True, may_be_private=True)
        if api_base is not None:
            return ModelSettings(model, api_base, key, may_be_private=self._allow_private)
        provider = _hosted_name(model).partition("/")[0]
        if key is None:
            raise KeyMissing(NEEDS_KEY)
        return ModelSettings(model, HOSTED[provider], key)

    def parameters(self, model: str) -> dict[str, float]:
        """What a model is sent beside the messages, unless somebody chooses otherwise; {} = the provider's own."""
        return dict(EMBEDDED_PARAMETERS) if self.is_embedded(model) else {}

    def describe(self, workshop_id: WorkshopId | None, choice: ModelChoice | None) -> ModelOffer:
        """A workshop's model (None = the server's default) in words."""
        choice = choice or self.default
        if self.is_embedded(choice.model):
            reader = "Nobody outside this server reads what you write: the model runs on it."
            return ModelOffer(choice, EMBEDDED_LABEL, KeySource.NONE, reader, is_embedded=True)
        key = self.keys.get(workshop_id, choice.model, choice.api_base)
        if choice.api_base == OLLAMA_ADDRESS:
            reader = "Nobody outside this server reads what you write: Ollama runs on the same computer."
            return ModelOffer(choice, f"{_bare(choice.model)}, by Ollama on this computer", KeySource.NONE, reader)
        # Without its scheme, or pages would make a link of it.
        place = urlsplit(choice.api_base).netloc if choice.api_base else choice.model.partition("/")[0]
        reader = f"The model's provider ({place}) reads the policy and the scenarios, but no names and no votes."
        return ModelOffer(choice, choice.model, self._key_source(choice, key), reader)

    def _key_source(self, choice: ModelChoice, key: str | None) -> KeySource:
        if key is not None:
            return KeySource.FACILITATOR
        if self.is_operators(choice.model, choice.api_base):
            return KeySource.OPERATOR
        return KeySource.NOT_GIVEN if choice.api_base else KeySource.MISSING

    def _own_address(self, model: str, api_base: str) -> ModelChoice:
        address = addresses.check_address(api_base, allow_private=self._allow_private, resolve=self._resolve)
        provider, _, name = model.partition("/")
        if provider in {"ollama", "ollama_chat"} and name:
            # Ollama speaks the OpenAI dialect under /v1, so one guarded client serves every typed address.
            return ModelChoice(f"openai/{name}", address if address.endswith("/v1") else f"{address}/v1")
        return ModelChoice(model if provider == "openai" and name else f"openai/{model}", address)


def full_name(model: str) -> str:
    """The name under which a model is stored and called.

    >>> full_name("embedded") == EMBEDDED_MODEL, full_name("openai/gpt-4.1-mini")
    (True, 'openai/gpt-4.1-mini')
    """
    return EMBEDDED_MODEL if model == EMBEDDED_NAME else model


def _hosted_name(model: str) -> str:
    """A model's name with its provider, which must be one that takes a single key."""
    provider, _, name = model.partition("/")
    if not name:
        found = next((owner for start, owner in _BARE_NAMES if model.startswith(start)), None)
        if found is None:
            raise ValidationFailed(
                f"“{model}” does not say whose model it is. Write provider/name, such as openai/gpt-4.1-mini, or give "
                "the address of a server that speaks the OpenAI dialect."
            )
        return f"{found}/{model}"
    if provider not in HOSTED:
        raise ValidationFailed(
            f"A key typed here works with {', '.join(sorted(HOSTED))}, or with the address of any server that speaks "
            f"the OpenAI dialect. For {provider} ask the operator to set FOLKMOOT_MODEL={model}."
        )
    return model


def _bare(model: str) -> str:
    return model.partition("/")[2] or model
