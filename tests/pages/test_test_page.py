"""The Test page as each kind of people, on a real database, with a model that answers at once or as it is told."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.scenario_words import scenario_label
from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.ids import PersonId, RunId, ScenarioId
from lib.domain.people import Credential, Role
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Place
from lib.live.hub import Seat
from lib.llm.catalogue import Catalogue
from lib.llm.engine import Engine
from lib.llm.store_cells import StoreCells
from lib.security import hash_token
from lib.services import scenarios, testing
from lib.services.reading import Reader
from lib.settings import read_settings
from lib.store.port import Store
from tests.pages.conftest import Browser, Moot, said
from tests.support.fake_models import FakeModel, refusal
from tests.support.page_visit import all_data_of, button_named

Open = Callable[..., AppTest]


@pytest.fixture
def model() -> FakeModel:
    answering = FakeModel()
    answering.gate.set()
    return answering


@pytest.fixture
def app(store: Store, browser: Browser, tmp_path: Path, model: FakeModel) -> Iterator[Application]:
    """The application of this test, whose engine works, with a model of the test's."""
    settings = read_settings({"FOLKMOOT_DATA_DIR": str(tmp_path)}, {})
    catalogue = Catalogue(operator_model="openai/fake", operator_api_base="http://127.0.0.1:9/v1", environment={})
    engine = Engine(catalogue, StoreCells(store), model=model)
    made = Application(settings, store, engine, Reader(store), identity=browser)
    bootstrap.override(made)
    st.cache_resource.clear()
    engine.start()
    yield made
    model.gate.set()
    engine.close()
    bootstrap.override(None)


@pytest.fixture
def ana(moot: Moot) -> Credential:
    """A participant, who is signed in in the test's browser."""
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    return Credential(moot.workshop_id, hash_token(token))


def eventually(claim: Callable[[], object], within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not claim():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def is_finished(app: Application, who: Credential) -> bool:
    app.reader.wrote(who)
    runs = testing.read_progress(app.reader, app.engine, who)
    return bool(runs) and all(one.run.waiting_count == 0 for one in runs)


def progress_of(page: AppTest) -> str:
    return "\n".join(element.proto.text for element in page.get("progress"))


def scenario_of(app: Application, who: Credential) -> ScenarioId:
    return scenarios.read_scenarios(app.reader, who)[0].scenario_id


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def press(page: AppTest, label: str) -> AppTest:
    page = next(button for button in page.button if button.label.startswith(label)).click().run()
    assert not page.exception
    return page


def ask(app: Application, who: Credential) -> RunId:
    run = RunId(str(uuid4()))
    testing.ask(
        app.store, app.engine, who, run, scenario_id=scenario_of(app, who), choice=testing.CURRENT, max_tokens=20
    )
    return run


def test_a_participant_finds_the_library_and_is_taught_the_first_step(
    moot: Moot, ana: Credential, open_at: Open
) -> None:
    page = open_at("test", w=moot.workshop_id)
    assert not page.exception
    [library] = page.radio
    assert [option.split(" ")[0] for option in library.options] == ["S1", "S2", "S3", "S4", "S5"]
    assert "A person says" in said(page)
    assert "once without any policy" in said(page)
    assert "Ask the model" in labels(page)


def test_asking_streams_nothing_lost_and_shows_both_responses_after_a_reload(
    moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    page = open_at("test", w=moot.workshop_id)
    press(page, "Ask the model")
    eventually(lambda: is_finished(app, ana))
    again = open_at("test", w=moot.workshop_id)
    assert not again.exception
    assert "The model answers with the policy" in said(again)
    assert "The model answers without any policy" in said(again)
    answers = [text.value for text in again.text if text.value.startswith("yes, ")]
    assert len(answers) == 2
    assert "Only you see this." in said(again)
    assert "**Cost**: \\$0\\.5000" in said(again)
    assert "**Policy**: Unpublished text" in said(again)


@pytest.mark.parametrize(("view", "button"), [("One scenario", "Ask the model"), ("Many at once", "Run in")])
def test_a_model_that_was_named_a_moment_ago_at_another_server_is_asked_once_its_asker_has_read_of_it(
    view: str, button: str, moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    page = open_at("test", w=moot.workshop_id)
    app.feed.tick()
    page.segmented_control(key="test_view").set_value(view).run()
    names = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    app.store.call("set_workshop", **names, changes={"model": "openai/other"})
    assert app.reader.read(Place, "read_place", ana).workshop.model is None  # this server has not heard of it yet
    press(page, button)
    asking = {"workshop": moot.workshop_id, "token_hash": ana.token_hash}
    assert app.store.call("read_runs", **asking) == []
    assert "openai/other. The model" in page.warning[0].value.replace("\\", "")
    press(page, button)
    assert [run["model"] for run in app.store.call("read_runs", **asking)] == ["openai/other"]


def test_while_the_model_writes_the_text_so_far_and_the_place_in_the_queue_show(
    moot: Moot, ana: Credential, app: Application, model: FakeModel, open_at: Open
) -> None:
    model.gate.clear()
    ask(app, ana)
    eventually(lambda: model.at_once == 2)
    page = open_at("test", w=moot.workshop_id)
    assert not page.exception
    assert [text.value for text in page.text if text.value.startswith("yes,")] == ["yes,", "yes,"]
    assert "Writing…" in said(page)


def test_ones_own_response_is_watched_without_a_look_by_the_clock(
    moot: Moot, ana: Credential, app: Application, model: FakeModel, open_at: Open
) -> None:
    woken: list[float] = []
    app.hub.sit(Seat(ana, PersonId("ana"), "test", lambda: woken.append(time.monotonic()), lambda reason: None))
    model.gate.clear()
    ask(app, ana)
    eventually(lambda: model.at_once == 2)
    page = open_at("test", w=moot.workshop_id)
    [drawn] = [one for name, one in all_data_of(page, "folkmoot_pulse").items() if "under_way" in name]
    assert drawn["again_ms"] is None
    before = len(woken)
    model.gate.set()
    eventually(lambda: app.hub.own(ana) > drawn["own"] and len(woken) > before)


def test_responses_are_private_until_they_are_shared(
    moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    run = ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    moot.browser.held.clear()
    moot.sign_in(Role.ORGANIZER)
    page = open_at("test", w=moot.workshop_id)
    assert not page.exception
    assert not [text for text in page.text if text.value.startswith("yes, ")]
    assert "Nobody has shared a response" in said(page)
    testing.share_run(app.store, ana, run)
    app.reader.wrote(moot.workshop_id)
    page = open_at("test", w=moot.workshop_id)
    assert len([text for text in page.text if text.value.startswith("yes, ")]) == 2
    assert "Ana asked" in said(page)


def test_an_organizer_reads_and_is_offered_no_act(moot: Moot, ana: Credential, app: Application, open_at: Open) -> None:
    run = ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    testing.share_run(app.store, ana, run)
    moot.browser.held.clear()
    moot.sign_in(Role.ORGANIZER)
    page = open_at("test", w=moot.workshop_id)
    keys = {button.key for button in page.button if button.key}
    assert not any(key.startswith(("ask", "share", "retry", "withdraw", "stop")) for key in keys)


def test_a_failed_call_shows_its_reason_and_can_be_retried(
    moot: Moot, ana: Credential, app: Application, model: FakeModel, open_at: Open
) -> None:
    question = scenarios.read_scenarios(app.reader, ana)[0].turns[-1].content
    model.errors[question] = refusal("timeout")
    ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    page = open_at("test", w=moot.workshop_id)
    assert "The model said no" in " ".join(warning.value for warning in page.warning)
    model.errors.clear()
    for _ in range(2):
        next(button for button in page.button if button.label == "Retry").click().run()
        eventually(lambda: is_finished(app, ana))
        page = open_at("test", w=moot.workshop_id)
    assert len([text for text in page.text if text.value.startswith("yes, ")]) == 2


def test_many_run_in_the_background_with_their_progress(
    moot: Moot, ana: Credential, app: Application, model: FakeModel, open_at: Open
) -> None:
    model.gate.clear()
    page = open_at("test", w=moot.workshop_id)
    page.segmented_control(key="test_view").set_value("Many at once").run()
    assert "= **10 calls**" in said(page)
    button_named(page, "Run in the background").click().run()
    assert not page.exception
    eventually(lambda: model.at_once == 8)
    page.run()
    assert "0 of 10 answered" in progress_of(page)
    model.gate.set()
    eventually(lambda: is_finished(app, ana))
    page.run()
    assert "10 of 10 answered" in progress_of(page)


def test_the_workshops_cap_is_said_in_words(moot: Moot, ana: Credential, app: Application, open_at: Open) -> None:
    names = {"workshop": moot.workshop_id, "token_hash": moot.facilitator.token_hash}
    app.store.call("set_workshop", **names, changes={"max_calls": 1})
    page = open_at("test", w=moot.workshop_id)
    page = press(page, "Ask the model")
    assert "1 model calls" in " ".join(error.value for error in page.error)


def test_what_a_model_writes_is_shown_as_text(
    moot: Moot, ana: Credential, app: Application, model: FakeModel, open_at: Open
) -> None:
    evil = "<script>alert(1)</script> **bold** [x](javascript:alert(1))"
    scenario = scenarios.add_scenario(app.store, ana, ScenarioId(str(uuid4())), evil, is_shared=False)
    page = open_at("test", w=moot.workshop_id, scenario=scenario.scenario_id)
    assert evil in [text.value for text in page.text]
    assert not [one for one in page.markdown if "<script>" in one.value.replace("\\<", "")]
    assert not any(one.allow_html for one in page.markdown)


def test_a_facilitator_hides_a_response_and_a_scenario_and_shows_them_again(
    moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    run = ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    testing.share_run(app.store, ana, run)
    app.reader.wrote(moot.workshop_id)
    moot.browser.held.clear()
    moot.sign_in(Role.FACILITATOR)
    page = open_at("test", w=moot.workshop_id)
    for hidden in (True, False):
        label = "Hide from others" if hidden else "Show to others again"
        assert labels(page).count(label) == (3 if hidden else 2)
        for _ in ("the scenario", "one of the two responses"):
            page = press(page, label)
        app.reader.wrote(moot.workshop_id)
        assert scenarios.read_scenarios(app.reader, ana)[0].is_hidden is hidden
        [read] = testing.read_answers(app.reader, app.engine, ana, scenario_of(app, ana))
        assert sum(one.text == "(hidden by the facilitator)" for one in read.answers) == hidden


def test_nobody_but_a_facilitator_is_offered_to_hide(
    moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    run = ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    testing.share_run(app.store, ana, run)
    app.reader.wrote(moot.workshop_id)
    page = open_at("test", w=moot.workshop_id)
    assert not [button.key for button in page.button if "from others" in button.label]


def test_a_run_says_how_many_calls_it_makes_with_the_baseline_named(moot: Moot, ana: Credential, open_at: Open) -> None:
    page = open_at("test", w=moot.workshop_id)
    page = page.button_group(key="test_view").set_value("Many at once").run()
    assert page.multiselect(key="run_choices").label == "Versions to run"
    assert "2 versions, the baseline among them, × 5 scenarios = **10 calls**" in said(page)


def opened_by_who_leads(moot: Moot, app: Application, open_at: Open) -> tuple[AppTest, Scenario]:
    """The third scenario on the page of somebody who leads, and that scenario."""
    moot.browser.held.clear()
    moot.sign_in(Role.FACILITATOR)
    third = scenarios.read_scenarios(app.reader, moot.facilitator)[2]
    page = open_at("test", w=moot.workshop_id, scenario=third.scenario_id)
    assert scenario_label(third) in said(page)
    return page, third


@pytest.mark.parametrize("act", ["Withdraw", "Hide from others", "Ask the model"])
def test_a_press_on_a_scenario_that_another_withdrew_meanwhile_does_nothing_to_any_other(
    act: str, moot: Moot, app: Application, open_at: Open
) -> None:
    page, third = opened_by_who_leads(moot, app, open_at)
    scenarios.withdraw_scenario(app.store, moot.facilitator, third.scenario_id, is_withdrawn=True)
    app.reader.wrote(moot.workshop_id)
    page = press(page, act)
    app.reader.wrote(moot.workshop_id)
    known = scenarios.read_scenarios(app.reader, moot.facilitator)
    assert [one.number for one in known if one.is_withdrawn] == [3]
    assert [one.number for one in known if one.is_hidden] == ([3] if act == "Hide from others" else [])
    assert app.store.call("read_runs", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash) == []
    assert scenario_label(third) in said(page)
    assert "This scenario was withdrawn" in said(page)
    assert "Put back into the library" in labels(page)


def test_a_scenario_that_was_withdrawn_while_it_was_open_leaves_the_list_as_another_is_chosen(
    moot: Moot, app: Application, open_at: Open
) -> None:
    page, third = opened_by_who_leads(moot, app, open_at)
    scenarios.withdraw_scenario(app.store, moot.facilitator, third.scenario_id, is_withdrawn=True)
    app.reader.wrote(moot.workshop_id)
    page.run()
    first = scenarios.read_scenarios(app.reader, moot.facilitator)[0]
    page.radio[0].set_value(first.scenario_id).run()
    page.run()
    assert [option.split(" ")[0] for option in page.radio[0].options] == ["S1", "S2", "S4", "S5"]
    assert scenario_label(first) in [one.value for one in page.subheader]
    assert "This scenario was withdrawn" not in said(page)


def test_a_late_press_does_not_show_again_what_another_has_just_hidden(
    moot: Moot, ana: Credential, app: Application, open_at: Open
) -> None:
    run = ask(app, ana)
    eventually(lambda: is_finished(app, ana))
    testing.share_run(app.store, ana, run)
    app.reader.wrote(moot.workshop_id)
    moot.browser.held.clear()
    moot.sign_in(Role.FACILITATOR)
    page = open_at("test", w=moot.workshop_id)
    scenario = scenario_of(app, ana)
    [read] = testing.read_answers(app.reader, app.engine, ana, scenario)
    response = read.answers[0].response.response_id
    for key, hide in (
        (f"hide_{scenario}", lambda: scenarios.hide_scenario(app.store, moot.facilitator, scenario, True)),
        (f"hide_{response}", lambda: testing.hide_response(app.store, moot.facilitator, response, True)),
    ):
        hide()
        app.reader.wrote(moot.workshop_id)
        page = page.button(key=key).click().run()
        assert not page.exception
    app.reader.wrote(moot.workshop_id)
    assert scenarios.read_scenarios(app.reader, ana)[0].is_hidden
    [read] = testing.read_answers(app.reader, app.engine, ana, scenario)
    assert [one.text for one in read.answers].count("(hidden by the facilitator)") == 1
    assert labels(page).count("Show to others again") == 2
