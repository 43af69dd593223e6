"""Whoever watches a run is told of every change of its answers, and of nothing else."""

from lib.domain.ids import ResponseId, RunId
from lib.llm.live import LiveBoard, LiveState

RUN, OTHER = RunId("run"), RunId("other")
ONE, TWO = ResponseId("one"), ResponseId("two")


def test_each_change_is_told_and_can_be_read_then() -> None:
    board = LiveBoard()
    heard: list[list[tuple[LiveState, str]]] = []
    board.watch(RUN, lambda: heard.append([(one.state, one.text) for one in board.read_run(RUN)]))
    board.set_state(ONE, LiveState.QUEUED, RUN)
    board.set_places({ONE: (1, 2.0)})
    board.set_state(ONE, LiveState.WRITING)
    board.add_text(ONE, "Yes")
    board.clear_text(ONE)
    board.remove(ONE)
    assert heard == [
        [(LiveState.QUEUED, "")],
        [(LiveState.QUEUED, "")],
        [(LiveState.WRITING, "")],
        [(LiveState.WRITING, "Yes")],
        [(LiveState.WRITING, "")],
        [],
    ]


def test_other_runs_are_not_told_of_and_not_read() -> None:
    board = LiveBoard()
    heard: list[str] = []
    board.watch(RUN, lambda: heard.append("run"))
    board.set_state(TWO, LiveState.QUEUED, OTHER)
    board.add_text(TWO, "No")
    assert heard == []
    assert board.read_run(RUN) == ()
    assert [one.response_id for one in board.read_run(OTHER)] == [TWO]


def test_whoever_went_away_is_told_nothing_more_and_the_others_are() -> None:
    board = LiveBoard()
    heard: list[str] = []
    first = board.watch(RUN, lambda: heard.append("first"))
    second = board.watch(RUN, lambda: heard.append("second"))
    board.set_state(ONE, LiveState.QUEUED, RUN)
    first()
    first()
    board.set_state(ONE, LiveState.WRITING)
    second()
    board.remove(ONE)
    assert heard == ["first", "second", "second"]
