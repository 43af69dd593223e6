"""Writing the policy together, on a real database."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.domain.errors import ClauseConflict, Conflict, NotAllowed
from lib.domain.ids import ClauseId, WorkshopId
from lib.domain.people import Credential
from lib.domain.policy import NO_TAG, ClauseEventKind, Tag
from lib.policy.acts import (
    AddClause,
    EditClause,
    MoveClause,
    RestoreClause,
    TagClause,
    WithdrawClause,
)
from lib.policy.compare import ChangeKind
from lib.services import drafting
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id

HOW_MANY = 30


def credential(someone: Someone) -> Credential:
    return Credential(WorkshopId(someone.workshop), someone.token_hash)


def test_thirty_people_who_add_at_once_all_get_their_clause_in(store: Store) -> None:
    built = Built(store)
    people = [credential(built.join(f"Person {number}")) for number in range(HOW_MANY)]
    start = threading.Barrier(HOW_MANY)

    def add(number: int) -> None:
        start.wait()
        change = AddClause(ClauseId(new_id()), f"Rule {number}", NO_TAG, "Manner")
        drafting.change_policy(store, people[number], change, new_id())

    with ThreadPoolExecutor(HOW_MANY) as pool:
        list(pool.map(add, range(HOW_MANY)))
    policy = drafting.read_policy(store, people[0]).policy
    assert sorted(c.wording for c in policy.clauses[2:]) == sorted(f"Rule {n}" for n in range(HOW_MANY))
    assert sorted(clause.number for clause in policy.clauses) == list(range(1, HOW_MANY + 3))
    assert drafting.document_in(policy).ids == tuple(clause.clause_id for clause in policy.clauses)


def test_a_clauses_whole_life_is_in_its_history(store: Store) -> None:
    built = Built(store)
    ana = credential(built.join("Ana"))
    clause, first = ClauseId(new_id()), ClauseId(built.clauses[0]["clause_id"])
    for change in (
        AddClause(clause, "Be kind.", NO_TAG, "Manner"),
        EditClause(clause, "Be kind.", "Be kind and brief."),
        MoveClause(clause, "Manner", before=first),
        TagClause(clause, Tag(always=True)),
        WithdrawClause(clause),
        RestoreClause(clause, "Be kind and brief.", Tag(always=True), "Manner"),
    ):
        drafting.change_policy(store, ana, change, new_id())
    history = drafting.read_clause_history(store, ana, clause)
    assert [event.kind for event in history] == [
        ClauseEventKind.ADDED,
        ClauseEventKind.EDITED,
        ClauseEventKind.MOVED,
        ClauseEventKind.TAGGED,
        ClauseEventKind.WITHDRAWN,
        ClauseEventKind.RESTORED,
    ]
    live = next(c for c in drafting.read_policy(store, ana).policy.clauses if c.clause_id == clause)
    assert (live.number, live.tag, live.authors) == (3, Tag(always=True), ("Ana",))


def test_the_second_who_rewords_a_clause_gets_both_texts_and_others_merge(store: Store) -> None:
    built = Built(store)
    ana, ben = credential(built.join("Ana")), credential(built.join("Ben"))
    first, second = (ClauseId(row["clause_id"]) for row in built.clauses)
    drafting.change_policy(store, ana, EditClause(first, "Ask before you answer.", "Ask first."), new_id())
    drafting.change_policy(store, ben, EditClause(second, "Name a source.", "Name two."), new_id())
    with pytest.raises(ClauseConflict) as told:
        drafting.change_policy(store, ben, EditClause(first, "Ask before you answer.", "Ask twice."), new_id())
    assert (told.value.theirs, told.value.mine) == ("Ask first.", "Ask twice.")
    assert drafting.read_policy(store, ben).policy.text == "# Manner\n\n- Ask first.\n- Name two.\n"


def test_versions_are_compared_with_each_other_and_with_now(store: Store) -> None:
    built = Built(store)
    ana = credential(built.join("Ana"))
    drafting.publish_version(store, ana, 1, " first ", new_id())
    first = ClauseId(built.clauses[0]["clause_id"])
    drafting.change_policy(store, ana, EditClause(first, "Ask before you answer.", "Ask first."), new_id())
    with pytest.raises(Conflict, match="changed since"):
        drafting.publish_version(store, ana, 1, "", new_id())
    now = drafting.compare_versions(store, ana, 1, None)
    assert [change.kinds for change in now.changes] == [(ChangeKind.REWORDED,), ()]
    assert drafting.publish_version(store, ana, 2, "", new_id()).number == 2
    assert drafting.compare_versions(store, ana, 1, 2).text_diff == now.text_diff.replace("+++ now", "+++ v2")
    assert drafting.read_version(store, ana, 1).note == "first"


def test_a_locked_policy_and_an_organizer_change_nothing(store: Store) -> None:
    built = Built(store)
    ana = credential(built.join("Ana"))
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    for who in (ana, credential(built.organizer)):
        with pytest.raises(NotAllowed):
            drafting.change_policy(store, who, AddClause(ClauseId(new_id()), "New"), new_id())
    drafting.change_policy(store, credential(built.facilitator), AddClause(ClauseId(new_id()), "New"), new_id())
