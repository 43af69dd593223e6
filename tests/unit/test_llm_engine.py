"""The engine with a fake model and a fake store: order, limits, live text, stops, and a database that goes away."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lib.domain.errors import ModelUnavailable
from lib.domain.ids import ResponseId, RunId, WorkshopId
from lib.domain.runs import Cell
from lib.llm import worker
from lib.llm.catalogue import EMBEDDED_MODEL, NEEDS_KEY, Catalogue
from lib.llm.engine import TRIAL_TIMEOUT_S, Engine
from lib.llm.live import LiveState
from lib.llm.port import CellResult
from lib.policy.prompt import messages, messages_hash
from tests.support.fake_models import FakeCells, FakeModel, cell, refusal

OPERATOR = {"operator_model": "openai/fake", "operator_api_base": "http://127.0.0.1:9/v1"}


@contextmanager
def running(model: FakeModel, cells: FakeCells | None = None, **settings: Any) -> Iterator[Engine]:
    engine = Engine(Catalogue(environment={}, **OPERATOR), cells, model=model, **settings)
    engine.start()
    try:
        yield engine
    finally:
        model.gate.set()
        engine.close()


def eventually(claim: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)


def gather(engine: Engine, cells: list[Cell]) -> dict[str, CellResult]:
    results: dict[str, CellResult] = {}
    engine.submit(cells, lambda one, result: results.update({one.response_id: result}))
    return results


def test_a_cell_is_answered_with_the_hash_of_what_was_sent() -> None:
    model = FakeModel()
    model.gate.set()
    asked = cell("a", policy_text="- Be brief.", params={"max_tokens": 7, "temperature": 0.5})
    with running(model) as engine:
        results = gather(engine, [asked])
        eventually(lambda: results)
    sent = messages("- Be brief.", asked.turns)
    assert results["a"] == CellResult("yes, a", None, messages_hash(sent), 3, 2, 0.5, 0.01)
    [request] = model.requests
    assert list(request.messages) == sent
    assert (request.max_tokens, request.temperature, request.seed) == (7, 0.5, 1)


def test_no_endpoint_gets_more_calls_at_once_than_allowed() -> None:
    model = FakeModel()
    with running(model, concurrency=3) as engine:
        results = gather(engine, [cell(str(n)) for n in range(12)])
        eventually(lambda: model.at_once == 3)
        model.gate.set()
        eventually(lambda: len(results) == 12)
    assert model.most_at_once == 3


def test_the_embedded_model_takes_one_call_at_a_time() -> None:
    model = FakeModel()
    model.gate.set()
    with running(model, concurrency=8) as engine:
        results = gather(engine, [cell(str(n), model=EMBEDDED_MODEL, api_base=None) for n in range(5)])
        eventually(lambda: len(results) == 5)
    assert model.most_at_once == 1


def test_a_persons_own_question_goes_before_background_cells_and_runs_keep_their_order() -> None:
    model = FakeModel()
    with running(model, concurrency=1) as engine:
        gather(engine, [cell("a1", run="a"), cell("a2", run="a")])
        eventually(lambda: model.asked)
        gather(engine, [cell("b1", run="b")])
        results = gather(engine, [cell("a3", run="a"), cell("mine", run="q", is_question=True)])
        waiting = [ResponseId("mine"), ResponseId("a2"), ResponseId("a3"), ResponseId("b1")]
        eventually(lambda: [one.place for one in engine.live(waiting).values()] == [1, 2, 3, 4])
        model.gate.set()
        eventually(lambda: len(results) == 2)
        eventually(lambda: len(model.asked) == 5)
    assert model.asked == ["a1", "mine", "a2", "a3", "b1"]


def test_a_question_shows_its_text_while_it_is_written_and_nothing_once_it_is_stored() -> None:
    model = FakeModel()
    cells = FakeCells([cell("q", is_question=True)])
    with running(model, cells) as engine:
        eventually(lambda: engine.live([ResponseId("q")]) and engine.live([ResponseId("q")])[ResponseId("q")].text)
        live = engine.live([ResponseId("q"), ResponseId("unknown")])
        assert live == {ResponseId("q"): live[ResponseId("q")]}
        assert (live[ResponseId("q")].state, live[ResponseId("q")].text) == (LiveState.WRITING, "yes, ")
        model.gate.set()
        eventually(lambda: not engine.live([ResponseId("q")]))
    assert cells.results["q"].text == "yes, q"


def test_a_waiting_run_knows_how_many_of_others_come_first_and_how_long_it_takes() -> None:
    model = FakeModel()
    with running(model, concurrency=1) as engine:
        gather(engine, [cell(f"a{n}", run="a") for n in range(3)])
        gather(engine, [cell(f"b{n}", run="b") for n in range(2)])
        eventually(lambda: engine.run_queue(RunId("b")))
        queue = engine.run_queue(RunId("b"))
        assert queue is not None
        assert (queue.cells_ahead, queue.begins_in_s, queue.done_in_s) == (2, None, None)
        model.gate.set()
        eventually(lambda: engine.run_queue(RunId("b")) is None)


def test_one_cells_failure_is_a_result_and_the_others_go_on() -> None:
    model = FakeModel(errors={"b": refusal("timeout"), "c": RuntimeError("a fault of ours")})
    model.gate.set()
    cells = FakeCells([cell("a"), cell("b"), cell("c"), cell("d")])
    with running(model, cells):
        eventually(lambda: len(cells.results) == 4)
    assert cells.results["b"].error == "The model said no (timeout)."
    assert cells.results["b"].prompt_hash
    assert "RuntimeError" in str(cells.results["c"].error)
    assert "a fault of ours" not in str(cells.results["c"].error)
    assert cells.results["d"].text == "yes, d"


def test_new_cells_are_taken_up_at_once_when_the_engine_is_woken() -> None:
    model = FakeModel()
    model.gate.set()
    cells = FakeCells()
    with running(model, cells) as engine:
        eventually(lambda: cells.processes)
        cells.waiting.append(cell("a"))
        engine.wake()
        eventually(lambda: cells.results, within_s=1.0)


def test_a_stopped_run_ends_its_calls_and_leaves_the_queue() -> None:
    model = FakeModel()
    cells = FakeCells([cell("a1", run="a"), cell("a2", run="a"), cell("b1", run="b")])
    with running(model, cells, concurrency=1) as engine:
        eventually(lambda: model.asked == ["a1"])
        engine.drop_run(RunId("a"))
        eventually(lambda: model.cancelled == ["a1"])
        model.gate.set()
        eventually(lambda: "b1" in cells.results)
        assert engine.live([ResponseId("a1"), ResponseId("a2")]) == {}
    assert set(cells.results) == {"b1"}
    assert "a2" not in model.asked


def test_a_run_that_another_process_stopped_is_dropped_with_the_next_heartbeat() -> None:
    model = FakeModel()
    cells = FakeCells([cell("a1", run="a")])
    with running(model, cells):
        eventually(lambda: model.asked)
        cells.stopped.add(RunId("a"))
        eventually(lambda: model.cancelled == ["a1"])


def test_answers_wait_for_a_database_that_is_away_and_none_is_lost() -> None:
    model = FakeModel()
    cells = FakeCells([cell(str(n)) for n in range(20)])
    with running(model, cells, concurrency=20) as engine:
        eventually(lambda: model.at_once == 20)
        cells.is_away = True
        model.gate.set()
        eventually(lambda: cells.failed_calls >= 20)
        assert cells.results == {}
        assert engine.live([ResponseId("3")])[ResponseId("3")].state is LiveState.SAVING
        assert "database away" in engine.health() or "20 answers to save" in engine.health()
        cells.is_away = False
        eventually(lambda: len(cells.results) == 20)
    assert {result.text for result in cells.results.values()} == {f"yes, {n}" for n in range(20)}


@pytest.mark.parametrize("in_hand", [0, 3])
def test_a_database_that_is_away_is_said_to_be_until_it_has_answered(
    monkeypatch: pytest.MonkeyPatch, in_hand: int
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT_S", 0.02)
    model = FakeModel()
    cells = FakeCells([cell(str(n)) for n in range(in_hand)])
    with running(model, cells) as engine:
        eventually(lambda: model.at_once == in_hand)
        cells.is_away = True
        model.gate.set()  # what is in hand cannot be saved either, so nothing is claimed
        eventually(lambda: "database away" in engine.health())
        for _ in range(60):
            assert "database away" in engine.health()
            time.sleep(0.01)
        cells.is_away = False
        eventually(lambda: "database away" not in engine.health())


def test_cells_of_a_claim_whose_answer_was_lost_come_with_the_next_one_and_none_is_asked_twice() -> None:
    model = FakeModel()
    cells = FakeCells([cell("a")])
    with running(model, cells) as engine:
        eventually(lambda: model.asked == ["a"])
        cells.loses_next_claim = True
        cells.waiting.append(cell("b"))
        engine.wake()
        eventually(lambda: model.asked == ["a", "b"])
        model.gate.set()
        eventually(lambda: len(cells.results) == 2)
    assert model.asked == ["a", "b"]


def test_a_cell_that_is_in_hand_is_not_asked_twice() -> None:
    model = FakeModel()
    cells = FakeCells([cell("a"), cell("a")])
    with running(model, cells):
        eventually(lambda: model.asked)
        model.gate.set()
        eventually(lambda: cells.results)
    assert model.asked == ["a"]


def test_a_run_without_its_key_is_paused_and_asks_nobody() -> None:
    model = FakeModel()
    model.gate.set()
    cells = FakeCells([cell("a", run="a", model="openai/gpt-5", api_base=None), cell("b", run="b")])
    with running(model, cells):
        eventually(lambda: cells.paused and cells.results)
    assert cells.paused == {"a": NEEDS_KEY}
    assert model.asked == ["b"]


def test_an_address_that_refuses_a_call_without_a_key_pauses_the_run() -> None:
    model = FakeModel(errors={"a": refusal("refused_key")})
    model.gate.set()
    cells = FakeCells([cell("a", model="openai/typed", api_base="https://m.example/v1")])
    with running(model, cells):
        eventually(lambda: cells.paused)
    assert cells.paused == {"run": NEEDS_KEY}
    assert cells.results == {}


def test_a_wrong_key_is_a_result_of_each_cell() -> None:
    model = FakeModel(errors={"a": refusal("refused_key")})
    model.gate.set()
    cells = FakeCells([cell("a", model="openai/typed", api_base="https://m.example/v1")])
    engine = Engine(Catalogue(environment={}), cells, model=model)
    engine.catalogue.keys.put(WorkshopId("workshop"), "openai/typed", "https://m.example/v1", "sk-wrong")
    engine.start()
    eventually(lambda: cells.results)
    engine.close()
    assert cells.results["a"].error == "The model said no (refused_key)."


def test_closing_saves_what_is_finished_ends_the_rest_and_happens_once() -> None:
    model = FakeModel()
    cells = FakeCells([cell("a")])
    engine = Engine(Catalogue(environment={}, **OPERATOR), cells, model=model)
    engine.start()
    engine.start()
    eventually(lambda: model.asked)
    began = time.monotonic()
    engine.close()
    engine.close()
    assert time.monotonic() - began < 5
    assert model.is_closed
    assert cells.results == {}
    assert engine.health() == "not running"


def test_a_model_that_stays_silent_when_it_is_tried_is_given_up_in_twenty_seconds_with_the_way_out() -> None:
    assert TRIAL_TIMEOUT_S <= 20
    model = FakeModel()
    with running(model, trial_timeout_s=0.3) as engine:
        began = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"openai/fake at http.* did not answer.*Test it once more.*another"):
            engine.try_model(engine.catalogue.settings_for(None, "openai/fake", OPERATOR["operator_api_base"]))
        assert time.monotonic() - began < 3
        eventually(lambda: model.cancelled)


def test_a_model_that_refuses_when_it_is_tried_says_why() -> None:
    question = "Answer with one short sentence: are you ready?"
    model = FakeModel(errors={question: refusal("rate_limited")})
    model.gate.set()
    with running(model) as engine, pytest.raises(ModelUnavailable, match="rate_limited"):
        engine.try_model(engine.catalogue.settings_for(None, "openai/fake", OPERATOR["operator_api_base"]))


def test_an_engine_that_does_not_run_says_so() -> None:
    engine = Engine(Catalogue(environment={}))
    engine.wake()
    with pytest.raises(ModelUnavailable, match="not running"):
        engine.try_model(engine.catalogue.settings_for(None, EMBEDDED_MODEL, None))
