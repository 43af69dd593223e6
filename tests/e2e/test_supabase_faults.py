"""A Supabase backend that dies, loses answers or is slow while a workshop goes on.

Nothing that was acknowledged is lost, nothing is done twice, and whoever is refused is told and can do it again. People
act here through the app's own services, a thread each, so that thousands of acts meet the faults; what they see of it
in a browser is shown by test_supabase_away.py.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.errors import StoreUnavailable
from lib.domain.ids import ClauseId, ItemId, ResponseId, ScenarioId, WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Position
from lib.domain.runs import MarkValue
from lib.policy.acts import AddClause
from lib.services.drafting import change_policy
from lib.services.drafts import save_draft
from lib.services.scenarios import add_scenario
from lib.services.testing import set_mark
from lib.services.voting import cast_vote
from lib.settings import Settings
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.support.faulty_proxy import FaultyProxy
from tests.support.openai_stub import OpenAIStub
from tests.support.supabase_lite import SupabaseLite
from tests.support.workshop_builder import Built, Someone, new_id

pytestmark = pytest.mark.long

SEED = 20261122
KILLS = 20
PEOPLE = 6
FAULTS_LAST_S = 60.0
ENDS_WITHIN_S = 120.0
CELLS = 8


@dataclass
class Workshop:
    """A workshop known past Supabase, with an open round and a finished response to mark."""

    built: Built
    people: list[Someone]
    items: list[str]
    version: str
    response: str


@dataclass
class Witness:
    """What one person was told is stored."""

    clauses: list[str] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    draft: tuple[int, str] = (0, "")
    votes: dict[str, tuple[str, str]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    acts: int = 0
    refusals: int = 0


class Member:
    """Somebody who acts again and again, and does what was refused once more, as the sentence on the page says."""

    def __init__(self, app: Application, workshop: Workshop, someone: Someone, chance: random.Random) -> None:
        self.witness = Witness()
        self._app = app
        self._workshop = workshop
        self._who = Credential(WorkshopId(someone.workshop), someone.token_hash)
        self._chance = chance
        self._name = someone.person[:8]

    def take_part(self, is_over: threading.Event) -> Witness:
        acts = (self._add_clause, self._add_scenario, self._save_draft, self._vote, self._vote, self._mark)
        while not is_over.is_set():
            self._chance.choice(acts)()
            time.sleep(self._chance.uniform(0.0, 0.1))
        return self.witness

    def lead(self, is_over: threading.Event) -> Witness:
        """The facilitator starts a run, and the next one when its calls can have been made."""
        while not is_over.is_set():
            run = new_id()
            self._insist(lambda run=run: self._start_run(run))  # type: ignore[misc]
            self.witness.runs.append(run)
            is_over.wait(self._chance.uniform(1.0, 3.0))
        return self.witness

    def _insist(self, act: Callable[[], object]) -> None:
        while True:
            try:
                act()
            except StoreUnavailable:
                self.witness.refusals += 1
                time.sleep(0.3)
            else:
                self.witness.acts += 1
                return

    def _text(self) -> str:
        return f"{self._name} says {self.witness.acts}."

    def _add_clause(self) -> None:
        change, request = AddClause(ClauseId(new_id()), self._text(), section="Manner"), new_id()
        self._insist(lambda: change_policy(self._app.store, self._who, change, request))
        self.witness.clauses.append(change.wording)

    def _add_scenario(self) -> None:
        scenario, text = ScenarioId(new_id()), self._text()
        self._insist(lambda: add_scenario(self._app.store, self._who, scenario, text, is_shared=True))
        self.witness.scenarios.append(text)

    def _save_draft(self) -> None:
        seq, text = self.witness.draft[0] + 1, self._text()
        self._insist(lambda: save_draft(self._app.store, self._who, "clause:new", text, seq))
        self.witness.draft = (seq, text)

    def _vote(self) -> None:
        item, position, reason = (
            self._chance.choice(self._workshop.items),
            self._chance.choice(list(Position)),
            self._text(),
        )
        request = new_id()  # a vote that is sent again is the same vote, as on the page
        self._insist(lambda: cast_vote(self._app.votes, self._who, ItemId(item), position, reason, request_id=request))
        self.witness.votes[item] = (position.value, reason)

    def _mark(self) -> None:
        clause = str(self._chance.choice(self._workshop.built.clauses)["clause_id"])
        value, response = self._chance.choice(list(MarkValue)), ResponseId(self._workshop.response)
        self._insist(lambda: set_mark(self._app.store, self._who, response, ClauseId(clause), value))
        self.witness.marks[clause] = value.value

    def _start_run(self, run: str) -> None:
        self._app.store.call(
            "start_run",
            workshop=self._who.workshop_id,
            token_hash=self._who.token_hash,
            run=run,
            versions=[self._workshop.version, None],
            scenarios=self._workshop.built.scenarios,
            model=self._app.settings.model,
            api_base=self._app.settings.api_base,
            samples=CELLS // 4,
            params={"max_tokens": 12},
            is_shared=True,
            is_question=False,
        )
        self._app.engine.wake()


@dataclass
class Backend:
    """A PostgreSQL of its own, with nothing switched off that makes it durable, and Supabase before it."""

    folder: Path
    address: str
    lite: SupabaseLite

    def kill_database(self) -> None:
        pid = int((self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        while embedded.is_running(self.folder):
            time.sleep(0.05)


@pytest.fixture
def backend(open_folder: Path) -> Iterator[Backend]:
    folder = open_folder / f"faults-{uuid4().hex[:6]}"
    address = embedded.start(folder)
    migrate(address)
    with SupabaseLite(address) as lite:
        yield Backend(folder, address, lite)
    embedded.release(folder)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStub]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-operator-0123456789")
    with OpenAIStub(latency_s=0.2) as provider:
        yield provider


@contextmanager
def app_on(url: str, stub: OpenAIStub, folder: Path) -> Iterator[Application]:
    app = bootstrap.build(
        Settings(
            folder,
            supabase_url=url,
            supabase_key=SupabaseLite.secret_key,
            model="openai/stub",
            api_base=stub.address,
            allow_private_models=True,
            concurrency=4,
        )
    )
    yield app
    app.close()


def a_workshop(address: str) -> Workshop:
    store = DirectStore(address)
    built = Built(store, max_calls=1_000_000)
    opened = built.open_round()
    version = built.facilitator.call("read_policy")["versions"][0]["version_id"]
    built.run(built.facilitator, [version])
    [cell] = built.answer()
    return Workshop(
        built,
        [built.join(f"Person {number}") for number in range(PEOPLE)],
        [item["item_id"] for item in opened["items"]],
        version,
        cell["response_id"],
    )


def take_part(
    app: Application, workshop: Workshop, trouble: Callable[[], None], heal: Callable[[], None]
) -> list[Witness]:
    """What everybody was told, when they have worked through all of the trouble and ended what they had begun."""
    is_over = threading.Event()
    members = [Member(app, workshop, one, random.Random(SEED + n)) for n, one in enumerate(workshop.people)]
    leader = Member(app, workshop, workshop.built.facilitator, random.Random(SEED))
    with ThreadPoolExecutor(PEOPLE + 1) as crowd:
        working: list[Future[Witness]] = [crowd.submit(one.take_part, is_over) for one in members]
        working.append(crowd.submit(leader.lead, is_over))
        try:
            trouble()
        finally:
            heal()
            is_over.set()
        return [one.result(ENDS_WITHIN_S) for one in working]


def check(address: str, workshop: Workshop, witnesses: list[Witness], stub: OpenAIStub) -> str:
    """Everything that was acknowledged is stored once, and nothing else. Gives the figures."""
    store = DirectStore(address)
    facilitator = Someone(store, workshop.built.workshop, workshop.built.facilitator.token)
    *told, leader = witnesses
    clauses = [one["wording"] for one in facilitator.call("read_policy")["policy"]["clauses"]]
    at_first = [one["wording"] for one in workshop.built.clauses]
    assert sorted(clauses) == sorted(at_first + [text for one in told for text in one.clauses])
    texts = [one["turns"][0]["content"] for one in facilitator.call("read_scenarios")]
    assert sorted(texts) == sorted(["Question 1?", "Question 2?"] + [text for one in told for text in one.scenarios])
    for someone, witness in zip(workshop.people, told, strict=True):
        mine = Someone(store, someone.workshop, someone.token, someone.person)
        [opened] = mine.call("read_rounds")
        kept = {vote["item_id"]: (vote["position"], vote["reason"]) for vote in opened["my_votes"]}
        assert kept == witness.votes
        draft = mine.call("read_drafts").get("clause:new", {"seq": 0, "text": ""})
        assert (draft["seq"], draft["text"]) == witness.draft
        marks = [one for one in mine.call("read_marks") if one["person_id"] == someone.person]
        of_mine = [(one["clause_id"], one["value"]) for one in marks]
        assert sorted(of_mine) == sorted(witness.marks.items())
    runs = finished_runs(facilitator, leader.runs)
    responses = [one for run in runs for one in facilitator.call("read_responses", scenario=None, run=run["run_id"])]
    assert {one["status"] for one in responses} == {"done"}
    assert len(stub.calls) == len(responses) == CELLS * len(leader.runs), "a call of the model was made twice"
    store.close()
    acts, refusals = sum(one.acts for one in witnesses), sum(one.refusals for one in witnesses)
    return (
        f"{acts} acts acknowledged, {refusals} refused and done again, {len(runs)} runs, {len(responses)} model calls"
    )


def finished_runs(facilitator: Someone, started: list[str]) -> list[dict[str, Any]]:
    """All runs that were started, each there once, when they have finished by themselves."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while True:
        runs = [one for one in facilitator.call("read_runs") if one["run_id"] in started]
        states = {one["status"] for one in runs}
        if states == {"finished"}:
            assert sorted(one["run_id"] for one in runs) == sorted(started)
            return runs
        assert states <= {"active", "finished"}
        assert time.monotonic() < deadline, "runs did not finish by themselves"
        time.sleep(0.5)


def test_twenty_kills_of_the_backend_lose_nothing_and_double_nothing(
    backend: Backend, stub: OpenAIStub, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    workshop = a_workshop(backend.address)

    def kill_and_start_again() -> None:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.5, 3.0))
            backend.lite.kill()
            if number % 2:
                backend.kill_database()
            time.sleep(chance.uniform(0.0, 2.0))
            if number % 2:
                embedded.start(backend.folder)
            backend.lite.start()

    with app_on(backend.lite.url, stub, tmp_path) as app:
        witnesses = take_part(app, workshop, kill_and_start_again, lambda: None)
        print(f"seed {SEED}, {KILLS} kills: {check(backend.address, workshop, witnesses, stub)}")
    assert sum(one.acts for one in witnesses) > 10 * KILLS, "the kills came before anybody could work"


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_answers_lost_after_the_write_lose_nothing_and_double_nothing(
    backend: Backend, stub: OpenAIStub, tmp_path: Path, share: float
) -> None:
    """At one in twenty the store's own repeats hide every loss; at every other one people are told, and press again."""
    workshop = a_workshop(backend.address)
    with FaultyProxy(backend.lite.port, seed=SEED) as proxy, app_on(proxy.url, stub, tmp_path) as app:
        proxy.lost_share, proxy.lost_shares = share, {"claim_cells": max(share, 0.3)}  # asked for rarely
        witnesses = take_part(app, workshop, lambda: time.sleep(FAULTS_LAST_S), proxy.heal)
        figures = check(backend.address, workshop, witnesses, stub)
        print(f"{proxy.lost.total()} of {proxy.calls.total()} answers lost ({dict(proxy.lost)}): {figures}")
    for function in ("cast_votes", "commit_policy", "save_draft", "set_mark", "claim_cells", "store_response"):
        assert proxy.lost[function], f"no answer of {function} was lost"
    assert (sum(one.refusals for one in witnesses) > 0) == (share == 0.5)


def test_slow_answers_and_those_that_nobody_waits_for_lose_nothing_and_double_nothing(
    backend: Backend, stub: OpenAIStub, tmp_path: Path
) -> None:
    workshop = a_workshop(backend.address)
    with FaultyProxy(backend.lite.port, seed=SEED) as proxy, app_on(proxy.url, stub, tmp_path) as app:
        proxy.slow_share, proxy.hung_share = 0.3, 0.02
        witnesses = take_part(app, workshop, lambda: time.sleep(FAULTS_LAST_S), proxy.heal)
        figures = check(backend.address, workshop, witnesses, stub)
        print(f"{proxy.slowed.total()} slow and {proxy.hung.total()} hung of {proxy.calls.total()} answers: {figures}")
    assert proxy.slowed
    assert proxy.hung
