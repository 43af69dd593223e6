"""Votes cast together: each caller gets its own answer, after the commit."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lib.domain.errors import FolkmootError, NotAllowed, RoundClosed, SignedOut, StoreUnavailable, ValidationFailed
from lib.domain.ids import ItemId, RoundId, WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Position
from lib.services.vote_batcher import VoteBatcher
from lib.services.voting import MAX_REASON_CHARS, cast_vote, close_round, read_results, reveal_round
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id


class CountingStore:
    """The real store, which counts the calls and can be told to be away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.batches: list[int] = []
        self.is_away = False
        self.gate: threading.Event | None = None

    def call(self, function: str, /, **arguments: Any) -> Any:
        if self.gate is not None:
            self.gate.wait(timeout=10)
        if self.is_away:
            raise StoreUnavailable("The database cannot be reached.")
        self.batches.append(len(arguments["votes"]))
        return self.store.call(function, **arguments)

    def close(self) -> None:
        pass


def who(someone: Someone) -> Credential:
    return Credential(WorkshopId(someone.workshop), someone.token_hash)


def item_of(opened: dict[str, Any]) -> ItemId:
    return ItemId(opened["items"][0]["item_id"])


def outcome(votes: VoteBatcher, someone: Someone, item: ItemId, position: Position, reason: str = "") -> str:
    try:
        cast_vote(votes, who(someone), item, position, reason)
    except FolkmootError as error:
        return type(error).__name__
    return "stored"


def test_votes_cast_at_once_share_calls_and_each_caller_learns_its_own_outcome(store: Store) -> None:
    built = Built(store)
    people = [built.join(f"Person {number}") for number in range(20)]
    item = item_of(built.open_round())
    counting = CountingStore(store)
    counting.gate = threading.Event()
    votes = VoteBatcher(counting)
    callers = [*people, built.facilitator, Someone(store, built.workshop, "unknown")]
    with ThreadPoolExecutor(len(callers)) as pool:
        done = [pool.submit(outcome, votes, someone, item, Position.AGREE) for someone in callers]
        counting.gate.set()
        outcomes = [one.result() for one in done]
    votes.close()
    assert outcomes == ["stored"] * 20 + [NotAllowed.__name__, SignedOut.__name__]
    assert sum(counting.batches) == 22
    assert len(counting.batches) < 22


def test_the_last_of_a_persons_votes_on_an_item_counts(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    votes = VoteBatcher(store)
    for position in (Position.AGREE, Position.CANNOT_JUDGE, Position.DISAGREE):
        cast_vote(votes, who(ana), item_of(opened), position, position.value)
    votes.close()
    facilitator = who(built.facilitator)
    close_round(store, facilitator, RoundId(opened["round_id"]))
    reveal_round(store, facilitator, RoundId(opened["round_id"]))
    [result] = read_results(store, who(ana))
    assert [(vote.position, vote.reason) for vote in result.votes] == [(Position.DISAGREE, "disagree")]


def test_a_vote_after_closing_is_refused_as_that(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round()
    close_round(store, who(built.facilitator), RoundId(opened["round_id"]))
    votes = VoteBatcher(store)
    with pytest.raises(RoundClosed, match="not counted"):
        cast_vote(votes, who(ana), item_of(opened), Position.AGREE)
    votes.close()


def test_a_repeated_request_counts_once_and_does_not_undo_a_later_vote(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    votes = VoteBatcher(store)
    requests = [new_id() for _ in range(3)]
    for request in requests:
        cast_vote(votes, who(ana), item, Position.AGREE, request_id=request)
    cast_vote(votes, who(ana), item, Position.DISAGREE, request_id=new_id())
    for request in requests:
        cast_vote(votes, who(ana), item, Position.AGREE, request_id=request)
    votes.close()
    assert [vote["position"] for vote in ana.call("read_rounds")[0]["my_votes"]] == ["disagree"]


def test_one_unreadable_vote_does_not_take_the_others_with_it(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    item = item_of(built.open_round())
    counting = CountingStore(store)
    counting.gate = threading.Event()
    votes = VoteBatcher(counting)
    with ThreadPoolExecutor(2) as pool:
        broken = pool.submit(outcome, votes, ana, item, Position.AGREE, "\ud800")
        whole = pool.submit(outcome, votes, ben, item, Position.AGREE)
        counting.gate.set()
    votes.close()
    assert (broken.result(), whole.result()) == (ValidationFailed.__name__, "stored")


def test_while_the_database_is_away_the_caller_is_told_and_the_next_vote_counts(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    counting = CountingStore(store)
    votes = VoteBatcher(counting)
    counting.is_away = True
    assert outcome(votes, ana, item, Position.AGREE) == StoreUnavailable.__name__
    counting.is_away = False
    assert outcome(votes, ana, item, Position.AGREE) == "stored"
    votes.close()


def test_closing_casts_what_is_waiting_and_takes_no_more(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    item = item_of(built.open_round())
    counting = CountingStore(store)
    counting.gate = threading.Event()
    votes = VoteBatcher(counting)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(outcome, votes, ana, item, Position.AGREE)
        while not votes._thread:
            pass
        closing = threading.Thread(target=votes.close)
        closing.start()
        counting.gate.set()
        assert waiting.result() == "stored"
        closing.join()
    assert outcome(votes, ana, item, Position.PASS) == StoreUnavailable.__name__
    votes.close()


@pytest.mark.parametrize(("reason", "item"), [("x" * (MAX_REASON_CHARS + 1), None), ("", "not-an-id")])
def test_a_vote_that_cannot_be_taken_is_refused_before_it_is_sent(store: Store, reason: str, item: str | None) -> None:
    counting = CountingStore(store)
    votes = VoteBatcher(counting)
    with pytest.raises(ValidationFailed):
        cast_vote(votes, Credential(WorkshopId(new_id()), "00"), ItemId(item or new_id()), Position.AGREE, reason)
    assert counting.batches == []
    votes.close()
