"""Which model a workshop uses: nothing counts before it has answered once."""

from typing import TYPE_CHECKING

from lib.domain.errors import ValidationFailed
from lib.domain.people import Credential
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import KeyMissing
from lib.llm.port import ModelSettings
from lib.services import leading, testing
from lib.store.port import Store

if TYPE_CHECKING:
    from lib.llm.engine import Engine, Trial


def try_and_choose(
    store: Store, engine: "Engine", credential: Credential, *, model: str, api_base: str | None = None, key: str = ""
) -> "Trial":
    """Ask the model one short question, and use it for the next runs if it answers.

    A typed key stays in this process's memory, and only if the model answered with it. Every run that waited for it
    goes on, private ones too.

    Raises:
        ValidationFailed: the name or the address cannot be taken, or the key is missing.
        ModelUnavailable: it did not answer; the workshop's model stays what it was.
        NotAllowed: whoever asks is no facilitator.
    """
    choice, keys = engine.catalogue.check(model, api_base), engine.catalogue.keys
    workshop = credential.workshop_id
    before = keys.get(workshop, choice.model, choice.api_base)
    if key.strip():
        keys.put(workshop, choice.model, choice.api_base, key)
    try:
        trial = engine.try_model(_settings_for(engine, credential, choice))
        leading.choose_model(store, credential, choice)
    except BaseException:
        keys.put(workshop, choice.model, choice.api_base, before)
        raise
    testing.resume_runs_that_waited(store, engine, credential, choice)
    return trial


def _settings_for(engine: "Engine", credential: Credential, choice: ModelChoice) -> ModelSettings:
    try:
        return engine.catalogue.settings_for(credential.workshop_id, choice.model, choice.api_base)
    except KeyMissing:
        raise ValidationFailed(
            f"{choice.model} needs a key, and none was given. Enter yours in the field for it, or choose a model that "
            "needs none."
        ) from None


def use_default(store: Store, credential: Credential) -> None:
    """Go back to the server's default model."""
    leading.choose_model(store, credential, None)


def is_chosen(current: ModelChoice | None, offered: ModelChoice, default: ModelChoice) -> bool:
    """Whether an offer is what the workshop uses now."""
    return (current or default) == offered
