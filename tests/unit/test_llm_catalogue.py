"""Whose key a call is made with: a facilitator's own, the operator's, or none; never one for the other."""

import pytest

from lib.domain.errors import ValidationFailed
from lib.domain.ids import WorkshopId
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import EMBEDDED_LABEL, EMBEDDED_MODEL, OLLAMA_ADDRESS, Catalogue, KeyMissing, KeySource
from lib.llm.discover import find_better_models, ollama_models

HERE, THERE = WorkshopId("here"), WorkshopId("there")


def catalogue(**given: object) -> Catalogue:
    settings: dict[str, object] = {"environment": {}, "resolve": lambda host: ["8.8.8.8"], **given}
    return Catalogue(**settings)  # type: ignore[arg-type]


def test_the_embedded_model_is_the_default_and_is_named_as_what_it_is() -> None:
    offer = catalogue().describe(HERE, None)
    assert offer.choice == ModelChoice(EMBEDDED_MODEL)
    assert offer.label == EMBEDDED_LABEL
    assert "very small" in offer.label
    assert offer.key_source is KeySource.NONE


def test_the_embedded_models_settings_carry_no_key_of_anybody() -> None:
    settings = catalogue(environment={"OPENAI_API_KEY": "sk-operator"}).settings_for(HERE, EMBEDDED_MODEL, None)
    assert settings.api_key is None
    assert not settings.uses_operator_keys


@pytest.mark.parametrize("name", ["embedded", EMBEDDED_MODEL])
def test_the_embedded_model_can_be_named_in_one_word(name: str) -> None:
    ours = catalogue(operator_model=name, operator_api_base="http://10.0.0.1/v1")
    assert ours.default == ours.check(name, None) == ModelChoice(EMBEDDED_MODEL)
    assert ours.describe(None, ours.default).is_embedded


def test_of_a_server_of_ones_own_it_is_not_said_that_it_needs_no_key() -> None:
    ours, own = catalogue(), ModelChoice("openai/ours", "https://models.example/v1")
    assert ours.describe(HERE, own).key_source is KeySource.NOT_GIVEN
    ours.keys.put(HERE, own.model, own.api_base, "sk-mine")
    assert ours.describe(HERE, own).key_source is KeySource.FACILITATOR


def test_the_operators_default_uses_the_operators_keys_and_may_be_private() -> None:
    ours = catalogue(operator_model="openai/local", operator_api_base="http://10.0.0.1/v1")
    settings = ours.settings_for(HERE, "openai/local", "http://10.0.0.1/v1")
    assert settings.uses_operator_keys
    assert settings.may_be_private


@pytest.mark.parametrize(
    ("model", "api_base"),
    [("openai/other", "http://10.0.0.1/v1"), ("openai/local", "https://elsewhere.example/v1")],
)
def test_a_typed_model_or_address_never_uses_the_operators_keys(model: str, api_base: str) -> None:
    ours = catalogue(
        operator_model="openai/local",
        operator_api_base="http://10.0.0.1/v1",
        environment={"OPENAI_API_KEY": "sk-operator"},
    )
    settings = ours.settings_for(HERE, model, api_base)
    assert not settings.uses_operator_keys
    assert not settings.may_be_private
    assert settings.api_key is None


def test_a_hosted_model_that_the_operator_does_not_offer_needs_a_key() -> None:
    with pytest.raises(KeyMissing, match="needs the key again"):
        catalogue(environment={"OPENAI_API_KEY": "sk-operator"}).settings_for(HERE, "openai/gpt-5", None)


def test_a_facilitators_key_goes_to_its_workshop_model_and_address_only() -> None:
    ours = catalogue()
    ours.keys.put(HERE, "openai/gpt-5", None, " sk-mine ")
    assert ours.settings_for(HERE, "openai/gpt-5", None).api_key == "sk-mine"
    for workshop, model in ((THERE, "openai/gpt-5"), (HERE, "openai/gpt-4.1-mini")):
        with pytest.raises(KeyMissing):
            ours.settings_for(workshop, model, None)
    assert ours.settings_for(HERE, "openai/gpt-5", "https://elsewhere.example/v1").api_key is None


def test_a_key_for_a_hosted_model_goes_to_its_provider_whatever_the_operators_variables_say() -> None:
    ours = catalogue(environment={"OPENAI_BASE_URL": "http://10.0.0.1/v1"})
    ours.keys.put(HERE, "openai/gpt-5", None, "sk-mine")
    assert ours.settings_for(HERE, "openai/gpt-5", None).api_base == "https://api.openai.com/v1"


def test_a_facilitators_own_key_goes_before_the_operators() -> None:
    ours = catalogue(environment={"OPENAI_API_KEY": "sk-operator"})
    ours.keys.put(HERE, "openai/gpt-4.1-mini", None, "sk-mine")
    assert ours.settings_for(HERE, "openai/gpt-4.1-mini", None).api_key == "sk-mine"
    assert ours.settings_for(THERE, "openai/gpt-4.1-mini", None).uses_operator_keys


def test_keys_show_in_no_representation() -> None:
    ours = catalogue()
    ours.keys.put(HERE, "openai/gpt-5", None, "sk-mine")
    assert "sk-mine" not in repr(ours.keys)
    assert "sk-mine" not in repr(ours.settings_for(HERE, "openai/gpt-5", None))


@pytest.mark.parametrize(
    ("typed", "taken"),
    [("gpt-4o-mini", "openai/gpt-4o-mini"), (" openai/gpt-5 ", "openai/gpt-5"), ("claude-x", "anthropic/claude-x")],
)
def test_a_bare_name_gets_its_provider(typed: str, taken: str) -> None:
    assert catalogue().check(typed, None) == ModelChoice(taken)


@pytest.mark.parametrize("typed", ["", "no such model", "llama3", "bedrock/claude", "vertex_ai/gemini", "x" * 300])
def test_names_that_would_need_the_operators_credentials_or_are_none_are_refused(typed: str) -> None:
    with pytest.raises(ValidationFailed):
        catalogue().check(typed, None)


@pytest.mark.parametrize(
    ("typed", "address", "taken"),
    [
        ("mixtral", "https://m.example/v1/", ModelChoice("openai/mixtral", "https://m.example/v1")),
        ("openai/mixtral", "https://m.example/v1", ModelChoice("openai/mixtral", "https://m.example/v1")),
        ("ollama/llama3.2", "https://m.example", ModelChoice("openai/llama3.2", "https://m.example/v1")),
    ],
)
def test_a_typed_address_is_spoken_to_in_the_openai_dialect(typed: str, address: str, taken: ModelChoice) -> None:
    assert catalogue().check(typed, address) == taken


def test_a_typed_private_address_is_refused_unless_the_operator_allows_it() -> None:
    private = {"resolve": lambda host: ["192.168.0.7"]}
    with pytest.raises(ValidationFailed, match="FOLKMOOT_ALLOW_PRIVATE_MODELS"):
        catalogue(**private).check("openai/x", "http://nas.local/v1")
    assert catalogue(**private, allow_private=True).check("openai/x", "http://nas.local/v1").api_base


def test_what_is_found_on_this_machine_is_offered_by_name_without_any_key() -> None:
    ours = catalogue(environment={"ANTHROPIC_API_KEY": "sk-secret", "GROQ_API_KEY": " "})
    listing = b'{"models": [{"name": "llama3.2:3b"}, {"name": "nomic-embed-text"}]}'
    offers = find_better_models(ours, fetch=lambda address, timeout_s: listing)
    assert [offer.choice for offer in offers] == [
        ModelChoice("anthropic/claude-sonnet-5"),
        ModelChoice("ollama_chat/llama3.2:3b", OLLAMA_ADDRESS),
    ]
    assert "sk-secret" not in repr(offers)
    assert offers[0].key_source is KeySource.OPERATOR
    assert "Nobody outside this server" in offers[1].reader


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"models": [3]}', b"<html>"])
def test_something_else_that_listens_where_ollama_would_is_no_ollama(body: bytes) -> None:
    assert ollama_models(fetch=lambda address, timeout_s: body) == ()


def test_a_machine_without_ollama_offers_none() -> None:
    def refused(address: str, timeout_s: float) -> bytes:
        raise ConnectionRefusedError

    assert ollama_models(fetch=refused) == ()
