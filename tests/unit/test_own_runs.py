"""Who asked a model is told as it writes: their own pages, at most once a second, until it is over."""

import time
from collections.abc import Callable, Iterator

import pytest

from lib.domain.ids import PersonId, ResponseId, RunId, WorkshopId
from lib.domain.people import Credential
from lib.live import own_runs
from lib.live.hub import Hub, Seat
from lib.live.own_runs import OwnRuns
from lib.llm.live import LiveBoard, LiveState, RunQueue

HERE, RUN, ONE = WorkshopId("here"), RunId("run"), ResponseId("one")
ANA, BEN = Credential(HERE, "ana"), Credential(HERE, "ben")
WITHIN_S = 20.0


class Page:
    """An open page of somebody."""

    def __init__(self, hub: Hub, credential: Credential) -> None:
        self.hub, self.woken = hub, 0
        self.seat = Seat(credential, PersonId(credential.token_hash), "test", self.wake, lambda reason: None)
        hub.sit(self.seat)

    def wake(self) -> None:
        self.woken += 1

    @property
    def own(self) -> int:
        return self.hub.pulse(self.seat).own


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def board() -> LiveBoard:
    return LiveBoard()


@pytest.fixture
def runs(hub: Hub, board: LiveBoard, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRuns]:
    monkeypatch.setattr(own_runs, "EVERY_S", 0.05)
    made = OwnRuns(hub, board.watch, lambda run: bool(board.read_run(run)) or board.run_queue(run) is not None)
    yield made
    made.close()


def becomes(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_many_words_are_one_word_to_every_own_page_and_none_to_others(
    hub: Hub, board: LiveBoard, runs: OwnRuns
) -> None:
    mine, also_mine, others = Page(hub, ANA), Page(hub, ANA), Page(hub, BEN)
    runs.follow(ANA, RUN)
    runs.follow(ANA, RUN)
    board.set_state(ONE, LiveState.WRITING, RUN)
    for word in "Ask which office was asked first .".split():
        board.add_text(ONE, word)
    becomes(lambda: mine.woken == also_mine.woken == 1)
    first = mine.own
    assert first == also_mine.own == hub.own(ANA) > 0
    board.add_text(ONE, "Then")
    becomes(lambda: mine.own > first)
    assert (others.woken, others.own) == (0, 0)


def test_a_place_in_the_queue_that_moves_is_told_too(hub: Hub, board: LiveBoard, runs: OwnRuns) -> None:
    mine = Page(hub, ANA)
    runs.follow(ANA, RUN)
    board.set_runs({RUN: RunQueue(cells_ahead=4, begins_in_s=8.0, done_in_s=9.0)})
    becomes(lambda: mine.woken == 1)
    board.set_runs({RUN: RunQueue(cells_ahead=4, begins_in_s=8.0, done_in_s=9.0)})
    board.set_runs({RUN: RunQueue(cells_ahead=3, begins_in_s=6.0, done_in_s=7.0)})
    becomes(lambda: mine.woken == 2)


def test_what_is_over_is_followed_no_more(hub: Hub, board: LiveBoard, runs: OwnRuns) -> None:
    mine = Page(hub, ANA)
    runs.follow(ANA, RUN)
    board.set_state(ONE, LiveState.WRITING, RUN)
    board.remove(ONE)
    becomes(lambda: mine.woken == 1 and not board._watchers)


def test_whose_line_was_lost_for_a_while_hears_on(hub: Hub, board: LiveBoard, runs: OwnRuns) -> None:
    mine = Page(hub, ANA)
    runs.follow(ANA, RUN)
    board.set_state(ONE, LiveState.WRITING, RUN)
    becomes(lambda: mine.woken == 1)
    hub.leave(mine.seat)
    assert hub.own(ANA) == 0, "what was known of somebody who left is forgotten"
    board.add_text(ONE, "Yes")
    becomes(lambda: not runs._due)
    again = Page(hub, ANA)
    board.add_text(ONE, ", but")
    becomes(lambda: again.woken == 1)
    assert again.own > 0


def test_of_many_runs_that_never_moved_the_oldest_are_let_go(board: LiveBoard, runs: OwnRuns) -> None:
    for number in range(own_runs.MOST_EACH + 5):
        runs.follow(ANA, RunId(f"run {number}"))
    assert len(board._watchers) == own_runs.MOST_EACH
