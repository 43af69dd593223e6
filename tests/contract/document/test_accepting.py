"""A suggestion that is accepted while others type comes into the live document too, and nobody's words are lost."""

import pytest
from starlette.testclient import TestClient

from lib.domain.ids import ClauseId, SuggestionId, WorkshopId
from lib.domain.people import Credential
from lib.services import discussing
from lib.services.drafting import read_policy
from lib.services.reviewing import reading_from
from lib.store.port import Store
from tests.support.document_pages import opened, stored
from tests.support.workshop_builder import Built, Someone, new_id

pytestmark = pytest.mark.usefixtures("soon")
FIRST, BETTER = "Ask before you answer.", "Ask for the country before you answer."


def who(someone: Someone) -> Credential:
    return Credential(WorkshopId(someone.workshop), someone.token_hash)


def test_an_accepted_wording_and_what_is_typed_meanwhile_are_both_in_the_policy(
    client: TestClient, store: Store, built: Built
) -> None:
    ben, cleo = built.join("Ben"), built.join("Cleo")
    first = ClauseId(built.clauses[0]["clause_id"])
    discussing.suggest_wording(store, who(cleo), SuggestionId(new_id()), first, FIRST, BETTER)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("- Typed before.\n", at=len(ana.typist.text))
        [suggestion] = discussing.read_beside(reading_from(store, who(ben)), first).suggestions
        discussing.accept_suggestion(store, who(ben), suggestion, FIRST, new_id())
        ana.types("- Typed after.\n", at=len(ana.typist.text))
        ana.until(lambda typist: BETTER in typist.text)
        ana.until(lambda _: "Typed after." in read_policy(store, who(ben)).policy.text)
        assert ana.typist.text == stored(store, built.workshop)
    policy = read_policy(store, who(ben)).policy
    assert [one.wording for one in policy.clauses] == [BETTER, "Name a source.", "Typed before.", "Typed after."]
    assert policy.clauses[0].clause_id == first
    assert policy.clauses[0].authors == ("Facilitator", "Cleo", "Ben")
    history = ben.call("read_clause_history", clause=first)
    assert [(one["kind"], one["by"], one["suggested_by"]) for one in history] == [
        ("added", "Facilitator", None),
        ("edited", "Ben", "Cleo"),
    ]
