"""The server deletes a person's data for somebody who has no link any more, exactly as they would themselves."""

import json
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotFound, SignedOut, ValidationFailed
from lib.store.port import Store
from tests.support.full_workshop import FullWorkshop
from tests.support.workshop_builder import Built, Someone, new_id


def forget(store: Store, workshop: str, name: str, person: str | None = None) -> Any:
    return store.call("forget_person", workshop=workshop, name=name, person=person)


def seen_by_the_facilitator(full: FullWorkshop, gone: Someone) -> str:
    """Everything that the facilitator can read, without the ids and times that differ from workshop to workshop."""
    facilitator = full.built.facilitator
    place = facilitator.call("read_place")["workshop"]
    export = facilitator.call("export_workshop")
    counts = {key: len(value) for key, value in export.items() if isinstance(value, list)}
    rounds = [(one["turnout"], one["status"]) for one in facilitator.call("read_rounds")]
    results = [[(v["position"], v["person_name"]) for v in one["votes"]] for one in facilitator.call("read_results")]
    people = [(one["name"], one["role"]) for one in export["people"] if one["person_id"] != gone.person]
    people.sort()
    spent = (place["calls_used"], place["cost_used_usd"]) if "cost_used_usd" in place else place["calls_used"]
    return json.dumps([counts, rounds, results, people, spent])


def test_a_forgotten_person_is_gone_exactly_as_one_who_deletes_their_data(store: Store) -> None:
    themselves, forgotten = FullWorkshop(store), FullWorkshop(store)
    themselves.ben.call("leave_workshop", delete_data=True)
    before = forgotten.built.facilitator.call("read_place")["workshop"]["rev"]
    assert forget(store, forgotten.workshop, "  bEN ") == {}
    assert forgotten.built.facilitator.call("read_place")["workshop"]["rev"] > before
    assert seen_by_the_facilitator(forgotten, forgotten.ben) == seen_by_the_facilitator(themselves, themselves.ben)
    with pytest.raises(SignedOut):
        forgotten.ben.call("read_place")
    assert "Ben" not in json.dumps(forgotten.built.facilitator.call("export_workshop"))
    assert forgotten.built.join("Ben").call("read_place")["me"]["name"] == "Ben"
    assert forgotten.ana.call("read_place")["me"]["name"] == "Ana"


def test_who_left_or_was_removed_earlier_can_still_be_forgotten(store: Store) -> None:
    built = Built(store)
    left, removed = built.join("Lea"), built.join("Rem")
    left.call("leave_workshop", delete_data=False)
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    for name in ("Lea", "Rem"):
        assert name in json.dumps(built.facilitator.call("export_workshop"))
        forget(store, built.workshop, name)
        assert name not in json.dumps(built.facilitator.call("export_workshop"))
        with pytest.raises(NotFound, match="may be deleted already"):
            forget(store, built.workshop, name)


def test_of_several_with_one_name_nobody_is_forgotten_by_mistake(store: Store) -> None:
    built = Built(store)
    first = built.join("Ana")
    first.call("leave_workshop", delete_data=False)
    second = built.join("Ana")
    with pytest.raises(Conflict, match="2 people of this name") as refused:
        forget(store, built.workshop, "Ana")
    assert f"{first.person} (joined " in str(refused.value)
    assert "UTC, left)" in str(refused.value)
    assert f"{second.person} (joined " in str(refused.value)
    with pytest.raises(NotFound):
        forget(store, built.workshop, "Ben", second.person)
    forget(store, built.workshop, "Ana", first.person)
    assert second.call("read_place")["me"]["name"] == "Ana"
    forget(store, built.workshop, "Ana")
    with pytest.raises(SignedOut):
        second.call("read_place")


@pytest.mark.parametrize("name", ["Facilitator", "Organizer", "a former participant"])
def test_no_role_and_nobody_who_is_forgotten_already_can_be_forgotten(store: Store, name: str) -> None:
    built = Built(store)
    built.join("Ana").call("leave_workshop", delete_data=True)
    with pytest.raises(NotFound):
        forget(store, built.workshop, name)
    assert built.facilitator.call("read_place")["me"]["role"] == "facilitator"


def test_the_same_name_in_another_workshop_is_somebody_else(store: Store) -> None:
    here, elsewhere = Built(store), Built(store)
    ana = elsewhere.join("Ana")
    with pytest.raises(NotFound, match="No participant of this name"):
        forget(store, here.workshop, "Ana")
    with pytest.raises(NotFound, match="No such workshop"):
        forget(store, new_id(), "Ana")
    with pytest.raises(ValidationFailed, match="The name is empty"):
        forget(store, here.workshop, " ")
    assert ana.call("read_place")["me"]["name"] == "Ana"
