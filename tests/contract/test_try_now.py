"""“Try it now”: the text of this moment is tried before it rests, and the answer comes as it is written. Both ways."""

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from components.routes import try_now
from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.ids import WorkshopId
from lib.live import stored_text
from lib.llm.catalogue import Catalogue
from lib.llm.engine import Engine
from lib.llm.store_cells import StoreCells
from lib.security import new_token
from lib.services.reading import Reader
from lib.settings import read_settings
from lib.store.port import Store
from tests.support.document_pages import OWN, WITHIN_S, built_with_links, opened, serving_routes
from tests.support.fake_models import FakeModel, refusal
from tests.support.workshop_builder import Built, Someone, clause, new_id, text_of


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def app(store: Store, model: FakeModel) -> Iterator[Application]:
    catalogue = Catalogue(operator_model="openai/fake", operator_api_base="http://127.0.0.1:9/v1", environment={})
    engine = Engine(catalogue, StoreCells(store), model=model)
    engine.start()
    made = Application(read_settings({}, {}), store, engine, Reader(store))
    bootstrap.override(made)
    yield made
    bootstrap.override(None)
    model.gate.set()
    made.rooms.close()
    engine.close()


@pytest.fixture
def built(store: Store) -> Built:
    return built_with_links(store)


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    with serving_routes() as opened_client:
        yield opened_client


@pytest.fixture(autouse=True)
def _never_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy does not follow the text by itself while the test lasts."""
    monkeypatch.setattr(stored_text, "REST_S", 3600.0)
    monkeypatch.setattr(stored_text, "AT_MOST_S", 3600.0)


def asked(built: Built, **changes: Any) -> dict[str, Any]:
    run = {"workshop": built.workshop, "role": "participant", "scenario": built.scenarios[0], "run": new_id()}
    return run | changes


def sign_in(client: TestClient, someone: Someone, role: str = "participant") -> None:
    client.cookies.clear()
    client.cookies.set(f"folkmoot_{role}_{someone.workshop}", someone.token)


def tries(client: TestClient, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Every line of a try that was not refused."""
    answer = client.post("/try-now", json=body, headers=OWN)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def system_prompt(model: FakeModel) -> str:
    return str(model.requests[-1].messages[0]["content"])


def test_what_was_typed_a_moment_ago_is_tried_though_the_text_does_not_rest(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page:
        page.types("- Answer in rhymes.\n", at=len(page.typist.text))
        sign_in(client, ana)
        lines = tries(client, asked(built))
        assert "Answer in rhymes." in system_prompt(model)
        assert ana.call("read_policy")["policy"]["text"] == page.typist.text
    assert lines[0]["problem"] == ""
    assert lines[-1]["phase"] == "done"
    assert "".join(line.get("add", "") for line in lines) == "yes, Question 1?"


def test_a_try_is_a_private_run_of_its_asker_alone(client: TestClient, built: Built, model: FakeModel) -> None:
    model.gate.set()
    ana, ben = built.join("Ana"), built.join("Ben")
    sign_in(client, ana)
    body = asked(built)
    tries(client, body)
    [run] = ana.call("read_runs")
    assert (run["run_id"], run["is_shared"], run["is_question"], run["cell_count"]) == (body["run"], False, True, 1)
    assert ben.call("read_runs") == built.facilitator.call("read_runs") == []
    assert built.facilitator.call("read_place")["workshop"]["calls_used"] == 1


def test_the_words_come_before_the_answer_is_finished(
    client: TestClient, built: Built, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    follows = try_now.follow

    async def lets_the_model_go_on(*asked: Any, **options: Any) -> AsyncIterator[Any]:
        async for step in follows(*asked, **options):
            yield step
            if step.text:  # it was sent: what comes after it is asked for
                model.gate.set()

    monkeypatch.setattr(try_now, "follow", lets_the_model_go_on)
    sign_in(client, built.join("Ana"))
    lines = tries(client, asked(built))
    assert [line["add"] for line in lines if line.get("add")] == ["yes, ", "Question 1?"]


def test_the_same_try_sent_again_is_not_asked_twice_and_is_taken_up_after_a_reload(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    sign_in(client, built.join("Ana"))
    body = asked(built)
    tries(client, body)
    again, taken_up = tries(client, body), tries(client, body | {"is_again": True})
    assert len(model.requests) == 1
    assert again[-1]["add"] == taken_up[-1]["add"] == "yes, Question 1?"


def test_what_was_never_begun_or_is_anothers_cannot_be_taken_up(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    ana, ben = built.join("Ana"), built.join("Ben")
    sign_in(client, ana)
    body = asked(built)
    tries(client, body)
    sign_in(client, ben)
    for run in (body["run"], new_id()):
        last = tries(client, asked(built, run=run, is_again=True))[-1]
        assert (last["phase"], last["is_gone"]) == ("failed", True)
    assert len(model.requests) == 1


def test_nobody_reads_along_with_anothers_try_while_it_is_written(
    client: TestClient, app: Application, built: Built, model: FakeModel
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    sign_in(client, ana)
    body = asked(built)
    reading = threading.Thread(target=lambda: tries(client, body))
    reading.start()
    deadline = time.monotonic() + WITHIN_S
    while not [one for one in app.engine.live_run(body["run"]) if one.text]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sign_in(client, ben)
    lines = tries(client, body | {"is_again": True})
    assert [line.get("phase") for line in lines] == [None, "failed"]
    sign_in(client, Someone(ana.store, ana.workshop, new_token()))
    lines = tries(client, body | {"is_again": True})
    assert [line.get("phase") for line in lines] == [None, "failed"]
    model.gate.set()
    reading.join(WITHIN_S)


def test_a_text_that_cannot_be_the_policy_is_said_and_the_one_before_is_tried(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page:
        page.types("- " + "x" * 2_100 + "\n", at=len(page.typist.text))
        sign_in(client, ana)
        lines = tries(client, asked(built))
    assert "2,000" in lines[0]["problem"] or "2000" in lines[0]["problem"]
    assert "xxx" not in system_prompt(model)
    assert lines[-1]["phase"] == "done"


def test_a_failure_comes_with_its_reason(client: TestClient, built: Built, model: FakeModel) -> None:
    model.gate.set()
    model.errors["Question 1?"] = refusal()
    sign_in(client, built.join("Ana"))
    last = tries(client, asked(built))[-1]
    assert (last["phase"], last["reason"]) == ("failed", "The model said no (other).")


def test_a_try_can_be_stopped_by_its_asker(
    client: TestClient, app: Application, built: Built, model: FakeModel
) -> None:
    ana = built.join("Ana")
    sign_in(client, ana)
    body = asked(built)
    found: list[list[dict[str, Any]]] = []
    reading = threading.Thread(target=lambda: found.append(tries(client, body)))
    reading.start()
    deadline = time.monotonic() + WITHIN_S
    while not app.engine.live_run(body["run"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert client.post("/try-now/stop", json=body, headers=OWN).status_code == 200
    reading.join(WITHIN_S)
    assert found[0][-1]["phase"] == "stopped"
    assert ana.call("read_runs")[0]["status"] == "stopped"


def test_locked_editing_does_not_keep_anybody_from_trying(client: TestClient, built: Built, model: FakeModel) -> None:
    model.gate.set()
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    sign_in(client, built.join("Ana"))
    assert tries(client, asked(built))[-1]["phase"] == "done"


def test_whoever_may_not_ask_is_refused_in_words_and_no_call_is_made(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    ana, elsewhere = built.join("Ana"), Built(built.store)
    removed = built.join("Rem")
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})

    def refused(body: dict[str, Any], headers: dict[str, str] = OWN) -> int:
        answer = client.post("/try-now", json=body, headers=headers)
        assert answer.json()["message"]
        return answer.status_code

    client.cookies.clear()
    assert refused(asked(built)) == 401
    sign_in(client, removed)
    assert refused(asked(built)) == 401
    sign_in(client, built.organizer, "organizer")
    assert refused(asked(built, role="organizer")) == 403
    sign_in(client, ana)
    assert refused(asked(built), {"Origin": "https://evil.example"}) == 403
    assert refused(asked(built, workshop=elsewhere.workshop)) == 401
    assert refused(asked(built, scenario=elsewhere.scenarios[0])) == 404
    assert refused(asked(built, scenario=None)) == 400
    for body in (
        {},
        asked(built, run="x"),
        asked(built, workshop=7),
        asked(built, role="king"),
        asked(built, run=None),
    ):
        assert refused(body) == 400
    assert client.post("/try-now", content=b"x" * 5_000, headers=OWN).status_code == 400
    assert model.requests == []


def test_nothing_goes_to_another_model_than_the_page_named(
    client: TestClient, app: Application, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    shown = app.engine.catalogue.describe(WorkshopId(built.workshop), None).mark
    sign_in(client, built.join("Ana"))
    assert tries(client, asked(built, shown=shown))[-1]["phase"] == "done"
    built.facilitator.call("set_workshop", changes={"model": "openai/other", "api_base": "https://models.example/v1"})
    answer = client.post("/try-now", json=asked(built, shown=shown), headers=OWN)
    assert answer.status_code == 409
    assert "openai/other. The model's provider (models.example) reads the policy" in answer.json()["message"]
    assert len(model.requests) == 1


def test_the_cap_on_calls_counts_for_tries_too(client: TestClient, built: Built, model: FakeModel) -> None:
    model.gate.set()
    built.facilitator.call("set_workshop", changes={"max_calls": 1})
    sign_in(client, built.join("Ana"))
    tries(client, asked(built))
    answer = client.post("/try-now", json=asked(built), headers=OWN)
    assert answer.status_code == 403
    assert len(model.requests) == 1


def test_one_person_cannot_hold_many_lines_open(
    client: TestClient, built: Built, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.gate.set()
    monkeypatch.setattr(try_now, "MOST_AT_ONCE", 0)
    sign_in(client, built.join("Ana"))
    assert client.post("/try-now", json=asked(built), headers=OWN).status_code == 429
    monkeypatch.setattr(try_now, "MOST_AT_ONCE", 1)
    for _ in range(3):
        tries(client, asked(built))
    assert try_now._followed == {}


def test_forms_that_changed_the_policy_meanwhile_are_in_what_is_tried(
    client: TestClient, built: Built, model: FakeModel
) -> None:
    model.gate.set()
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page:
        page.types("Typed. ")
        clauses = [*built.clauses, clause("From a form.", section="Manner")]
        built.facilitator.call(
            "commit_policy", base_revision=1, text=text_of(clauses), clauses=clauses, request_id=new_id()
        )
        sign_in(client, ana)
        tries(client, asked(built))
    assert "Typed. " in system_prompt(model)
    assert "From a form." in system_prompt(model)
