"""The engine on the real database: cells are claimed, answered, saved, stopped, resumed, and survive a crash."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lib.domain.errors import NotAllowed, StoreUnavailable
from lib.domain.ids import ResponseId, RunId, ScenarioId
from lib.domain.people import Credential
from lib.domain.runs import MarkValue, ResponseStatus, RunStatus
from lib.llm import worker
from lib.llm.catalogue import NEEDS_KEY, Catalogue
from lib.llm.engine import Engine
from lib.llm.store_cells import StoreCells
from lib.services import choosing_model, scenarios, testing
from lib.services.reading import Reader
from lib.store.port import Store
from tests.support.fake_models import FakeModel, refusal
from tests.support.workshop_builder import Built, Someone, new_id

MODEL = "openai/fake"


class Bench:
    """A workshop, an engine with a fake model, and one participant."""

    def __init__(self, store: Store, **built: Any) -> None:
        self.built = Built(store, **built)
        self.store = store
        self.model = FakeModel()
        self.ana = self.built.join("Ana")
        self.reader = Reader(store)
        self.engines: list[Engine] = []
        self.engine = self.new_engine()

    def new_engine(self, store: Store | None = None, **operator: Any) -> Engine:
        settings = operator or {"operator_model": MODEL, "operator_api_base": "http://127.0.0.1:9/v1"}
        engine = Engine(Catalogue(environment={}, **settings), StoreCells(store or self.store), model=self.model)
        engine.start()
        self.engines.append(engine)
        return engine

    def ask(self, someone: Someone, question: str | None = None) -> RunId:
        run = RunId(new_id())
        testing.ask(
            self.store,
            self.engine,
            who(someone),
            run,
            scenario_id=ScenarioId(question or self.built.scenarios[0]),
            choice=testing.CURRENT,
            max_tokens=30,
        )
        return run

    def run_many(self, someone: Someone, choices: list[testing.PolicyChoice], *, samples: int = 1) -> RunId:
        run = RunId(new_id())
        testing.run_many(
            self.store,
            self.engine,
            who(someone),
            run,
            choices=choices,
            scenario_ids=[ScenarioId(one) for one in self.built.scenarios],
            samples=samples,
            is_shared=True,
            max_tokens=30,
        )
        return run

    def run(self, someone: Someone, run_id: RunId) -> testing.RunProgress:
        self.reader.wrote(who(someone))
        return next(p for p in testing.read_progress(self.reader, self.engine, who(someone)) if p.run.run_id == run_id)

    def answers(self, someone: Someone) -> tuple[testing.AnsweredRun, ...]:
        self.reader.wrote(who(someone))
        return testing.read_answers(self.reader, self.engine, who(someone), ScenarioId(self.built.scenarios[0]))

    def close(self) -> None:
        self.model.gate.set()
        for engine in self.engines:
            engine.close()


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    made = Bench(store)
    yield made
    made.close()


@pytest.fixture
def soon_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ended without a word is missed after a quarter of the time."""
    for name in ("HEARTBEAT_S", "STALE_S"):
        monkeypatch.setattr(worker, name, getattr(worker, name) / 4)


def who(someone: Someone) -> Credential:
    return Credential(someone.workshop, someone.token_hash)  # type: ignore[arg-type]


def eventually(claim: Callable[[], object], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def test_a_question_is_answered_with_the_policy_and_without_it_and_seen_by_its_asker_alone(bench: Bench) -> None:
    bench.ask(bench.ana)
    eventually(lambda: bench.model.at_once == 2)
    eventually(lambda: all(answer.text for answer in bench.answers(bench.ana)[0].answers))
    assert [answer.text for answer in bench.answers(bench.ana)[0].answers] == ["yes, ", "yes, "]
    bench.model.gate.set()
    eventually(lambda: not bench.answers(bench.ana)[0].is_under_way)
    informed, baseline = bench.answers(bench.ana)[0].answers
    assert (informed.response.is_baseline, baseline.response.is_baseline) == (False, True)
    assert informed.response.version_number is None
    assert informed.response.text == "yes, Question 1?"
    assert informed.response.params == {"max_tokens": 30}
    assert informed.response.prompt_hash != baseline.response.prompt_hash
    assert (informed.response.prompt_tokens, informed.response.cost_usd) == (3, 0.5)
    assert bench.answers(bench.built.facilitator) == ()
    assert bench.answers(bench.built.organizer) == ()


def test_the_policy_is_the_system_message_and_the_baseline_has_none(bench: Bench) -> None:
    bench.model.gate.set()
    bench.ask(bench.ana)
    eventually(lambda: len(bench.model.requests) == 2)
    sent = sorted((len(request.messages), request.messages[0]["content"]) for request in bench.model.requests)
    assert [count for count, _ in sent] == [1, 2]
    assert "Ask before you answer." in sent[1][1]


def test_sharing_lets_everyone_read_and_organizers_only_read(bench: Bench) -> None:
    bench.model.gate.set()
    run = bench.ask(bench.ana)
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    testing.share_run(bench.store, who(bench.ana), run)
    assert len(bench.answers(bench.built.organizer)) == 1
    with pytest.raises(NotAllowed):
        bench.ask(bench.built.organizer)


def test_several_versions_run_in_the_background_policy_by_policy(bench: Bench) -> None:
    bench.model.gate.set()
    version = bench.built.publish()["version_id"]
    run = bench.run_many(bench.ana, [version, None], samples=2)
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    progress = bench.run(bench.ana, run)
    assert (progress.run.cell_count, progress.run.done_count, progress.finished_count) == (8, 8, 8)
    responses = testing.read_run(bench.reader, who(bench.ana), run)
    assert [response.is_baseline for response in responses] == [False] * 4 + [True] * 4
    assert {response.sample for response in responses} == {1, 2}
    seeds = {(response.scenario_id, response.sample): response.seed for response in responses}
    assert len(set(seeds.values())) == 4


def test_a_failed_cell_shows_its_reason_and_is_retried(bench: Bench) -> None:
    bench.model.gate.set()
    bench.model.errors["Question 2?"] = refusal("timeout")
    run = bench.run_many(bench.ana, [None])
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    [failed] = testing.read_failed(bench.reader, who(bench.ana), run)
    assert failed.error == "The model said no (timeout)."
    assert bench.run(bench.ana, run).run.done_count == 1
    bench.model.errors.clear()
    testing.retry(bench.store, bench.engine, who(bench.ana), [failed.response_id])
    eventually(lambda: bench.run(bench.ana, run).run.done_count == 2)
    [_, again] = testing.read_run(bench.reader, who(bench.ana), run)
    assert (again.status, again.attempts, again.error) == (ResponseStatus.DONE, 2, None)


def test_a_stopped_run_keeps_what_is_answered_and_can_go_on(bench: Bench) -> None:
    run = bench.run_many(bench.ana, [testing.CURRENT, None], samples=5)
    eventually(lambda: bench.model.at_once == 8)
    testing.stop_run(bench.store, bench.engine, who(bench.ana), run)
    eventually(lambda: len(bench.model.cancelled) == 8)
    assert bench.run(bench.ana, run).run.status is RunStatus.STOPPED
    bench.model.gate.set()
    testing.resume_run(bench.store, bench.engine, who(bench.ana), run)
    eventually(lambda: bench.run(bench.ana, run).run.done_count == 20)


@pytest.mark.usefixtures("soon_missed")
def test_a_run_that_a_crash_left_behind_is_finished_by_the_next_process(store: Store) -> None:
    dead = Bench(store)
    run = dead.run_many(dead.ana, [None])
    eventually(lambda: dead.model.at_once == 2)
    for engine in dead.engines:  # as good as killed: nothing is saved, and nothing is heard of it any more
        engine.close()
    dead.model.gate.set()
    dead.new_engine()
    eventually(lambda: dead.run(dead.ana, run).run.status is RunStatus.FINISHED, within_s=30)
    dead.close()


def test_a_run_waits_for_the_facilitators_key_and_goes_on_when_it_is_entered(bench: Bench) -> None:
    facilitator = who(bench.built.facilitator)
    bench.model.gate.set()
    bench.built.facilitator.call("set_workshop", changes={"model": "openai/gpt-5", "api_base": None})
    run = bench.run_many(bench.built.facilitator, [None])
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.PAUSED)
    paused = bench.run(bench.ana, run).run
    assert paused.pause_reason == NEEDS_KEY
    assert testing.is_waiting_for_key(paused)
    assert bench.model.asked == []
    choosing_model.try_and_choose(bench.store, bench.engine, facilitator, model="openai/gpt-5", key="sk-mine")
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    assert {request.settings.api_key for request in bench.model.requests} == {"sk-mine"}


@pytest.mark.usefixtures("soon_missed")
def test_a_run_whose_key_died_with_its_server_waits_at_the_next_one_until_somebody_gives_the_key(store: Store) -> None:
    bench = Bench(store)
    facilitator, key = who(bench.built.facilitator), {"model": "openai/gpt-5", "key": "sk-mine"}
    bench.model.gate.set()
    choosing_model.try_and_choose(store, bench.engine, facilitator, **key)
    bench.model.gate.clear()
    bench.model.requests.clear()
    run = bench.run_many(bench.built.facilitator, [None, testing.CURRENT], samples=2)
    eventually(lambda: bench.model.at_once >= 2)
    bench.engine.close()  # as good as killed: nothing is saved, and the key was in its memory alone
    bench.model.gate.set()
    begun = len(bench.model.requests)
    following = bench.new_engine()
    eventually(lambda: testing.is_waiting_for_key(bench.run(bench.ana, run).run), within_s=30)
    assert len(bench.model.requests) == begun, "nobody is called without the key"
    choosing_model.try_and_choose(store, following, facilitator, **key)
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    assert bench.run(bench.ana, run).run.done_count == 2 * 2 * 2
    assert {request.settings.api_key for request in bench.model.requests} == {"sk-mine"}
    bench.close()


@pytest.mark.parametrize("api_base", [None, "https://93.184.216.34/v1"])
def test_a_participants_own_question_goes_on_by_itself_when_the_facilitator_enters_the_key(
    bench: Bench, api_base: str | None
) -> None:
    facilitator, model = who(bench.built.facilitator), "openai/gpt-5"
    bench.model.gate.set()
    bench.built.facilitator.call("set_workshop", changes={"model": model, "api_base": api_base})
    bench.model.errors["Question 1?"] = refusal("refused_key")  # an address may refuse a call that carries no key
    run = bench.ask(bench.ana)
    eventually(lambda: testing.is_waiting_for_key(bench.run(bench.ana, run).run))
    bench.model.errors.clear()
    bench.model.requests.clear()
    choosing_model.try_and_choose(bench.store, bench.engine, facilitator, model=model, api_base=api_base, key="sk-mine")
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    assert {request.settings.api_key for request in bench.model.requests} == {"sk-mine"}
    assert len({request.settings.api_base for request in bench.model.requests}) == 1
    assert bench.answers(bench.built.facilitator) == ()


def test_the_cap_on_calls_is_kept_and_said(store: Store) -> None:
    bench = Bench(store, max_calls=3)
    bench.model.gate.set()
    bench.ask(bench.ana)
    with pytest.raises(NotAllowed, match="3 model calls"):
        bench.ask(bench.ana)
    bench.close()


def test_a_database_that_fails_for_a_while_loses_no_answer(bench: Bench) -> None:
    class Flaky:
        is_away = False

        def call(self, function: str, /, **arguments: Any) -> Any:
            if self.is_away:
                raise StoreUnavailable("away")
            return bench.store.call(function, **arguments)

        def close(self) -> None:
            pass

    for engine in bench.engines:
        engine.close()
    flaky = Flaky()
    bench.engine = bench.new_engine(flaky)
    run = bench.run_many(bench.ana, [testing.CURRENT, None])
    # Were they claimed at the last moment by the engine that was closed, it is missed after some time.
    eventually(lambda: bench.model.at_once == 4, within_s=1.5 * worker.STALE_S)
    flaky.is_away = True
    bench.model.gate.set()
    eventually(lambda: "4 answers to save" in bench.engine.health())
    flaky.is_away = False
    eventually(lambda: bench.run(bench.ana, run).run.done_count == 4)
    assert len(bench.model.asked) == 4


def test_marks_carry_names_can_be_changed_and_taken_back(bench: Bench) -> None:
    bench.model.gate.set()
    run = bench.run_many(bench.ana, [testing.CURRENT])
    eventually(lambda: bench.run(bench.ana, run).run.status is RunStatus.FINISHED)
    response = testing.read_run(bench.reader, who(bench.ana), run)[0]
    version = testing.read_version(bench.reader, who(bench.ana), response.version_id)  # type: ignore[arg-type]
    clause = version.clauses[0].clause_id

    def marks(someone: Someone) -> list[tuple[str, MarkValue]]:
        bench.reader.wrote(who(someone))
        found = testing.read_marks(bench.reader, who(someone))
        return [(mark.person_name, mark.value) for mark in found.get(response.response_id, ())]

    ben = bench.built.join("Ben")
    testing.set_mark(bench.store, who(bench.ana), response.response_id, clause, MarkValue.FOLLOWED)
    testing.set_mark(bench.store, who(ben), response.response_id, clause, MarkValue.VIOLATED)
    testing.set_mark(bench.store, who(bench.ana), response.response_id, clause, MarkValue.NOT_CONCERNED)
    assert sorted(marks(ben)) == [("Ana", MarkValue.NOT_CONCERNED), ("Ben", MarkValue.VIOLATED)]
    testing.set_mark(bench.store, who(bench.ana), response.response_id, clause, None)
    assert marks(bench.built.organizer) == [("Ben", MarkValue.VIOLATED)]


def test_a_scenario_is_private_until_shared_and_added_once(bench: Bench) -> None:
    scenario = ScenarioId(new_id())
    for _ in range(2):
        scenarios.add_scenario(bench.store, who(bench.ana), scenario, "  I was fired. Can they? ", is_shared=False)

    def seen_by(someone: Someone) -> list[str]:
        bench.reader.wrote(who(someone))
        return [one.title for one in scenarios.read_scenarios(bench.reader, who(someone))]

    assert seen_by(bench.ana) == ["Case 1", "Case 2", "I was fired."]
    assert seen_by(bench.built.facilitator) == ["Case 1", "Case 2"]
    scenarios.share_scenario(bench.store, who(bench.ana), scenario)
    assert seen_by(bench.built.facilitator) == ["Case 1", "Case 2", "I was fired."]


def test_live_text_is_given_for_visible_responses_only(bench: Bench) -> None:
    bench.ask(bench.ana)
    eventually(lambda: bench.answers(bench.ana)[0].answers[0].text)
    assert bench.answers(bench.built.facilitator) == ()
    assert bench.engine.live([ResponseId(new_id())]) == {}
