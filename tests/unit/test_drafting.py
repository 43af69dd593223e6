"""How a change finds its way past others' changes, on a store that is changed under it."""

from typing import Any

import pytest

from lib.domain.errors import ClauseConflict, Conflict, NotAllowed
from lib.domain.ids import ClauseId, WorkshopId
from lib.domain.people import Credential
from lib.policy.acts import AddClause, EditClause, MoveClause, WithdrawClause
from lib.services.drafting import TRIES, change_policy

ME = Credential(WorkshopId("w"), "hash")
A, NEW = ClauseId("a"), ClauseId("new")


def row(clause_id: str, wording: str) -> dict[str, Any]:
    tag = {"always": False, "when": None}
    return {"clause_id": clause_id, "number": 1, "wording": wording, "tag": tag, "section": ""}


class BusyStore:
    """A policy that somebody else extends before each of the first `others` commits."""

    def __init__(self, others: int = 0, refusal: Exception | None = None) -> None:
        self.text, self.rows, self.revision = "- one\n", [row("a", "one")], 1
        self.others, self.refusal = others, refusal
        self.commits: list[dict[str, Any]] = []

    def call(self, function: str, /, **arguments: Any) -> Any:
        if function == "read_policy":
            policy = {"text": self.text, "revision": self.revision, "clauses": self.rows, "withdrawn": []}
            return {"policy": policy, "versions": []}
        return self._commit(**arguments)

    def close(self) -> None:
        pass

    def _commit(self, **arguments: Any) -> dict[str, int]:
        if self.refusal:
            raise self.refusal
        if self.others:
            self.others -= 1
            self.revision += 1
            self.text += f"- theirs {self.revision}\n"
            self.rows = [*self.rows, row(f"t{self.revision}", f"theirs {self.revision}")]
        if arguments["base_revision"] != self.revision:
            raise Conflict("moved on")
        self.commits.append(arguments)
        self.revision += 1
        return {"revision": self.revision}


def test_a_change_is_made_again_on_the_newer_text_until_it_is_in() -> None:
    store, pauses = BusyStore(others=3), []
    assert change_policy(store, ME, AddClause(NEW, "mine"), "r", pause=pauses.append) == 5
    assert pauses == [1, 2, 3]
    assert store.commits[0]["text"] == "- one\n- theirs 2\n- theirs 3\n- theirs 4\n- mine\n"
    assert store.commits[0]["request_id"] == "r"


def test_it_gives_up_after_many_tries_and_says_so() -> None:
    store, pauses = BusyStore(others=TRIES + 1), []
    with pytest.raises(Conflict, match="moved on"):
        change_policy(store, ME, AddClause(NEW, "mine"), "r", pause=pauses.append)
    assert len(pauses) == TRIES - 1
    assert store.commits == []


def test_a_conflict_about_the_same_clause_is_told_at_once() -> None:
    with pytest.raises(ClauseConflict) as told:
        change_policy(BusyStore(), ME, EditClause(A, "an older wording", "mine"), "r")
    assert (told.value.theirs, told.value.mine) == ("one", "mine")


def test_a_refusal_is_not_tried_again() -> None:
    with pytest.raises(NotAllowed, match="locked"):
        change_policy(BusyStore(refusal=NotAllowed("locked")), ME, AddClause(NEW, "mine"), "r", pause=pytest.fail)


def test_a_change_that_is_in_already_is_not_committed_again() -> None:
    store = BusyStore()
    assert change_policy(store, ME, WithdrawClause(ClauseId("long gone")), "r") == 1
    assert store.commits == []


def test_a_move_tells_the_history_which_clause_moved() -> None:
    store = BusyStore()
    change_policy(store, ME, AddClause(NEW, "mine"), "r")
    store.text, store.rows = store.commits[0]["text"], [row("a", "one"), row("new", "mine")]
    change_policy(store, ME, MoveClause(NEW, "", before=A), "r2")
    assert [(c["clause_id"], c["moved"]) for c in store.commits[1]["clauses"]] == [("new", True), ("a", False)]


def test_a_registry_that_does_not_fit_the_text_follows_the_text() -> None:
    store = BusyStore()
    store.text = "- brand new words\n- one\n"
    change_policy(store, ME, AddClause(NEW, "mine"), "r")
    ids = [clause["clause_id"] for clause in store.commits[0]["clauses"]]
    assert (ids[1], ids[2], len(ids)) == ("a", "new", 3)
