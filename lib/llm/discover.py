"""What better models are at hand on this machine, by name; nothing is called that costs money."""

import json
import logging
from collections.abc import Callable
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import OLLAMA_ADDRESS, Catalogue, ModelOffer

log = logging.getLogger("folkmoot.llm")

Fetch = Callable[[str, float], bytes]


def fetch(address: str, timeout_s: float) -> bytes:
    """The body behind an address of this computer, asked for without any proxy."""
    with build_opener(ProxyHandler({})).open(address, timeout=timeout_s) as answer:
        body: bytes = answer.read(1_000_000)
        return body


def find_better_models(catalogue: Catalogue, *, fetch: Fetch = fetch) -> tuple[ModelOffer, ...]:
    """Models that this server could use instead of the embedded one: the operator's accounts, then Ollama's.

    Takes up to a second if something else listens where Ollama would: not for the script thread of every rerun.
    """
    choices = [
        *catalogue.operator_offers(),
        *(ModelChoice(name, OLLAMA_ADDRESS) for name in ollama_models(fetch=fetch)),
    ]
    if not catalogue.is_embedded(catalogue.default.model):
        choices.insert(0, catalogue.default)
    return tuple(catalogue.describe(None, choice) for choice in dict.fromkeys(choices))


def ollama_models(*, fetch: Fetch = fetch) -> tuple[str, ...]:
    """Names of the models that an Ollama server on this computer has, none if there is no such server."""
    try:
        listed = json.loads(fetch(f"{OLLAMA_ADDRESS}/api/tags", 0.7))["models"]
        names = [str(model["name"]) for model in listed if "embed" not in str(model["name"])]
    except (OSError, URLError, ValueError, KeyError, TypeError):
        log.debug("event=no_ollama")
        return ()
    return tuple(f"ollama_chat/{name}" for name in names)
