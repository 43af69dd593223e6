"""Everything that the operator decides, read from the environment (and Streamlit's secrets) and checked at start."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import platformdirs

from lib.domain.errors import ValidationFailed
from lib.supabase_settings import wrong_key, wrong_project_url

DEFAULT_CONCURRENCY: Final = 8
DEFAULT_MAX_CALLS: Final = 2_000
DEFAULT_MAX_COST_USD: Final = 5.0
DEFAULT_MAX_TOKENS: Final = 400
ROOTS_DATA_DIR: Final = Path("/var/lib/folkmoot")
"""Where root keeps the data: PostgreSQL runs as another account then, which must not need to enter root's home."""

PROVIDER_KEYS: Final = frozenset(
    "OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY GOOGLE_API_KEY MISTRAL_API_KEY GROQ_API_KEY COHERE_API_KEY "
    "CO_API_KEY DEEPSEEK_API_KEY XAI_API_KEY OPENROUTER_API_KEY TOGETHERAI_API_KEY TOGETHER_API_KEY FIREWORKS_API_KEY "
    "FIREWORKS_AI_API_KEY PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY CEREBRAS_API_KEY NVIDIA_NIM_API_KEY "
    "DEEPINFRA_API_KEY AZURE_API_KEY AZURE_AI_API_KEY HUGGINGFACE_API_KEY REPLICATE_API_KEY AI21_API_KEY "
    "SAMBANOVA_API_KEY DASHSCOPE_API_KEY MOONSHOT_API_KEY ZAI_API_KEY AWS_ACCESS_KEY_ID AWS_BEARER_TOKEN_BEDROCK "
    "GOOGLE_APPLICATION_CREDENTIALS VERTEXAI_PROJECT WATSONX_APIKEY DATABRICKS_API_KEY LITELLM_PROXY_API_KEY".split()
)
"""The variables with which an operator gives LiteLLM a key that costs money."""

_UNSET_SUPABASE: Final = (
    "Set both (the address https://….supabase.co and the secret key are on the project's settings under API), or "
    "neither to use the embedded database."
)


@dataclass(frozen=True)
class Settings:
    """What the operator decided. Secrets are left out of its repr."""

    data_dir: Path
    database_url: str | None = field(default=None, repr=False)
    supabase_url: str | None = field(default=None, repr=False)
    supabase_key: str | None = field(default=None, repr=False)
    supabase_db_url: str | None = field(default=None, repr=False)
    """The connection string of the Supabase project's database, for its owner's work only: schema, moves, backups."""
    public_url: str | None = None
    create_code: str | None = field(default=None, repr=False)
    model: str | None = None
    api_base: str | None = None
    concurrency: int = DEFAULT_CONCURRENCY
    allow_private_models: bool = False
    max_calls: int = DEFAULT_MAX_CALLS
    """The cap on model calls that a new workshop begins with."""
    max_cost_usd: float = DEFAULT_MAX_COST_USD
    """The cap on known cost that a new workshop begins with."""
    max_tokens: int = DEFAULT_MAX_TOKENS
    """The longest answer that a model is asked for, in tokens."""
    provider_keys: tuple[str, ...] = ()
    """Names, never values, of the provider variables that are set."""

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_kind == "embedded"

    @property
    def database_kind(self) -> str:
        """One word for where the data lives: embedded, given or supabase."""
        return "supabase" if self.supabase_url else "given" if self.database_url else "embedded"

    @property
    def owner_url(self) -> str | None:
        """The address under which the database's owner connects; None = the embedded one, or Supabase without it."""
        return self.database_url or self.supabase_db_url

    def needs_create_code(self, bind_address: str) -> str | None:
        """Why this server may not start without FOLKMOOT_CREATE_CODE, or None if it may.

        `bind_address` is the address the server listens on; "" and 0.0.0.0 mean every address. A server whose operator
        pays for a model and that others can reach must not let strangers create workshops.
        """
        if self.create_code or not self.provider_keys or is_loopback(bind_address):
            return None
        return (
            f"A model key is configured ({', '.join(self.provider_keys)}) and the server listens on "
            f"{bind_address or 'every address'}, so anybody who reaches it could create workshops at your expense. "
            "Set FOLKMOOT_CREATE_CODE to a code that your facilitators know, or listen on this computer only "
            "(--server.address 127.0.0.1)."
        )


def read_settings(
    environment: Mapping[str, str] | None = None, streamlit_secrets: Mapping[str, Any] | None = None
) -> Settings:
    """The settings, from the environment first, then from the secrets.

    Raises:
        ValidationFailed: with a sentence for every setting that cannot be taken.
    """
    source = _Source(os.environ if environment is None else environment, streamlit_secrets or {})
    supabase_url, supabase_key = source.supabase()
    settings = Settings(
        data_dir=Path(source.text("FOLKMOOT_DATA_DIR") or default_data_dir()).expanduser(),
        database_url=source.connection("DATABASE_URL"),
        supabase_url=supabase_url,
        supabase_key=supabase_key,
        supabase_db_url=source.connection("SUPABASE_DB_URL"),
        public_url=source.address("FOLKMOOT_PUBLIC_URL", example="https://folkmoot.example.org"),
        create_code=source.text("FOLKMOOT_CREATE_CODE"),
        model=source.text("FOLKMOOT_MODEL"),
        api_base=source.address("FOLKMOOT_API_BASE", example="http://127.0.0.1:11434"),
        concurrency=source.whole("FOLKMOOT_CONCURRENCY", DEFAULT_CONCURRENCY, 1, 200),
        allow_private_models=source.yes_or_no("FOLKMOOT_ALLOW_PRIVATE_MODELS"),
        max_calls=source.whole("FOLKMOOT_MAX_CALLS", DEFAULT_MAX_CALLS, 0, 1_000_000),
        max_cost_usd=source.amount("FOLKMOOT_MAX_COST_USD", DEFAULT_MAX_COST_USD),
        max_tokens=source.whole("FOLKMOOT_MAX_TOKENS", DEFAULT_MAX_TOKENS, 1, 32_000),
        provider_keys=tuple(sorted(name for name in PROVIDER_KEYS if source.environment.get(name, "").strip())),
    )
    if settings.database_url and settings.supabase_url:
        source.problems.append(
            "DATABASE_URL and SUPABASE_URL are both set, and the workshops can live in one place only. Unset one of "
            "them. (The connection string of the Supabase project's own database belongs into SUPABASE_DB_URL.)"
        )
    if settings.api_base and not settings.model:
        source.problems.append(
            "FOLKMOOT_API_BASE is set without FOLKMOOT_MODEL. Set both, for example FOLKMOOT_MODEL=ollama/llama3.2, "
            "or neither to use the embedded model."
        )
    if source.problems:
        raise ValidationFailed(*source.problems)
    return settings


def default_data_dir() -> Path:
    """Where the data lives unless FOLKMOOT_DATA_DIR says otherwise: the system's folder for an account's data."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ROOTS_DATA_DIR
    return Path(platformdirs.user_data_path("folkmoot", appauthor=False))


def is_loopback(address: str) -> bool:
    """Whether only this computer can reach a server that listens there."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass
class _Source:
    """Reads single settings and gathers what is wrong with them."""

    environment: Mapping[str, str]
    secrets: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        value = self.environment.get(name, "").strip() or str(self.secrets.get(name, "")).strip()
        return value or None

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.problems.append(f"{name} is “{value}”, and must be a whole number from {least} to {most:,}.")
            return default
        return int(value)

    def amount(self, name: str, default: float) -> float:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", value):
            self.problems.append(f"{name} is “{value}”, and must be an amount in US dollars such as 2.50.")
            return default
        return float(value)

    def yes_or_no(self, name: str) -> bool:
        value = (self.text(name) or "0").lower()
        if value not in {"0", "1", "true", "false", "yes", "no"}:
            self.problems.append(f"{name} is “{value}”, and must be 1 or 0.")
        return value in {"1", "true", "yes"}

    def address(self, name: str, *, example: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            self.problems.append(f"{name} must be an address such as {example}, without anything after the path.")
        if parts.username or parts.password:
            self.problems.append(f"{name} must not carry a name or password.")
        return value.rstrip("/")

    def connection(self, name: str) -> str | None:
        value = self.text(name)
        if value is None or value.startswith(("postgresql://", "postgres://")):
            return value
        unset = " Unset it to use the embedded database." if name == "DATABASE_URL" else ""
        self.problems.append(
            f"{name} must begin with postgresql:// (postgresql://NAME:PASSWORD@HOST:PORT/DATABASE).{unset}"
        )
        return None

    def supabase(self) -> tuple[str | None, str | None]:
        """Address and secret key of the Supabase project; both None unless both can be taken."""
        url, key = self.text("SUPABASE_URL"), self.text("SUPABASE_SECRET_KEY")
        if not url and not key:
            if self.text("SUPABASE_DB_URL"):
                self.problems.append(f"SUPABASE_DB_URL is set without SUPABASE_URL. {_UNSET_SUPABASE}")
            return None, None
        before = len(self.problems)
        if key and (problem := wrong_key(key, url)):
            self.problems.append(problem)
        elif not url:
            self.problems.append(f"SUPABASE_SECRET_KEY is set without SUPABASE_URL. {_UNSET_SUPABASE}")
        elif not key:
            public = self.text("SUPABASE_KEY") or self.text("SUPABASE_ANON_KEY")
            public = public or self.text("SUPABASE_PUBLISHABLE_KEY")
            hint = " A publishable or anon key is not enough: the server needs the secret one." if public else ""
            self.problems.append(f"SUPABASE_URL is set without SUPABASE_SECRET_KEY.{hint} {_UNSET_SUPABASE}")
        if url and (problem := wrong_project_url(url)):
            self.problems.append(problem)
        elif url and url.startswith("http://") and not is_loopback(urlsplit(url).hostname or ""):
            self.problems.append("SUPABASE_URL must begin with https://, or the secret key would travel in the open.")
        return (None, None) if len(self.problems) > before or not url else (url.rstrip("/"), key)
