"""A facilitator's choice of a model, on a provider that refuses, knows no such model, or answers."""

from collections.abc import Iterator

import pytest

from lib.domain.errors import ModelUnavailable, NotAllowed, ValidationFailed
from lib.domain.people import Credential
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import Catalogue
from lib.llm.engine import Engine
from lib.services import workshops
from lib.services.choosing_model import try_and_choose
from lib.store.port import Store
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import Built, Someone

KEY = "sk-very-secret-0123456789abcdefghijkl"


@pytest.fixture(scope="module")
def stub() -> Iterator[OpenAIStub]:
    with OpenAIStub() as provider:
        yield provider


TRIAL_S = 12.0
"""The first call of a process loads LiteLLM, which takes seconds on a busy machine."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    # One for all: the end of a second one would close the connections of the first, which LiteLLM shares in a process.
    made = Engine(Catalogue(environment={}, allow_private=True), trial_timeout_s=TRIAL_S)
    made.start()
    yield made
    made.close()


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def who(someone: Someone) -> Credential:
    return Credential(someone.workshop, someone.token_hash)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "words"),
    [("fault-401", "refused the key"), ("fault-404", "no model by the name openai/fault-404")],
)
def test_a_model_that_does_not_answer_is_not_used_and_its_key_is_forgotten(
    store: Store, engine: Engine, stub: OpenAIStub, built: Built, model: str, words: str
) -> None:
    with pytest.raises(ModelUnavailable, match=words) as refused:
        try_and_choose(store, engine, who(built.facilitator), model=model, api_base=stub.address, key=KEY)
    assert "sk-" not in str(refused.value)
    assert workshops.read_place(store, who(built.facilitator)).workshop.model is None
    assert engine.catalogue.keys.get(who(built.facilitator).workshop_id, f"openai/{model}", stub.address) is None


def test_a_provider_that_hangs_is_given_up_and_what_was_used_before_stays(
    store: Store, engine: Engine, stub: OpenAIStub, built: Built
) -> None:
    words = r"openai/fault-hang at .* did not answer the test question in \d+ s\."
    with pytest.raises(ModelUnavailable, match=words):
        try_and_choose(store, engine, who(built.facilitator), model="fault-hang", api_base=stub.address, key=KEY)
    assert workshops.read_place(store, who(built.facilitator)).workshop.model is None


def test_a_model_that_answers_is_used_with_the_key_that_it_answered_to(
    store: Store, engine: Engine, stub: OpenAIStub, built: Built
) -> None:
    stub.calls.clear()
    try_and_choose(store, engine, who(built.facilitator), model="fine", api_base=stub.address, key=KEY)
    assert [call.authorization for call in stub.calls] == [f"Bearer {KEY}"]
    chosen = workshops.read_place(store, who(built.facilitator)).workshop.model
    assert chosen == ModelChoice("openai/fine", stub.address)
    settings = engine.catalogue.settings_for(who(built.facilitator).workshop_id, chosen.model, chosen.api_base)
    assert settings.api_key == KEY


def test_a_hosted_model_without_a_key_is_told_what_to_enter(store: Store, engine: Engine, built: Built) -> None:
    with pytest.raises(ValidationFailed, match=r"openai/gpt-4.1-mini needs a key.*Enter"):
        try_and_choose(store, engine, who(built.facilitator), model="gpt-4.1-mini")
    assert workshops.read_place(store, who(built.facilitator)).workshop.model is None


def test_a_participant_chooses_no_model_and_leaves_no_key(
    store: Store, engine: Engine, stub: OpenAIStub, built: Built
) -> None:
    ana = built.join("Ana")
    with pytest.raises(NotAllowed):
        try_and_choose(store, engine, who(ana), model="mine", api_base=stub.address, key=KEY)
    assert engine.catalogue.keys.get(who(ana).workshop_id, "openai/mine", stub.address) is None
