"""Everybody is asked to one thing and goes there with one press; what is in the spotlight is the same for all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.people import Role
from lib.domain.workshop import CallKind
from lib.services import agenda as agendas
from lib.services import calling, workshops
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.support.lived_in import LivedIn, live_in
from tests.support.page_visit import app_on, visit, words_of
from tests.support.workshop_builder import new_id

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def rows(app: Application, moot: Moot, function: str) -> list[dict[str, str]]:
    return list(app.store.call(function, workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash))


@pytest.fixture
def ana(moot: Moot) -> None:
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)


@pytest.mark.usefixtures("ana")
def test_a_participant_is_asked_goes_there_and_is_asked_no_more(moot: Moot, app: Application, open_at: Open) -> None:
    scenario = rows(app, moot, "read_scenarios")[2]
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.SCENARIO, scenario["scenario_id"])
    test = open_at("draft", w=moot.workshop_id)
    assert "Facilitator asks you to look at **S3 “" in said(test)
    test = press(test, "Go there")
    assert test.radio(key=f"scenario_choice_{moot.workshop_id}").value == scenario["scenario_id"]
    assert "Go there" not in labels(test)


@pytest.mark.usefixtures("ana")
def test_whoever_stays_is_not_asked_again_until_the_next_call(moot: Moot, app: Application, open_at: Open) -> None:
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "vote")
    test = press(open_at("draft", w=moot.workshop_id), "Not now")
    assert "Go there" not in labels(test)
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "vote")
    app.reader.wrote(moot.workshop_id)
    assert "asks you to come to **Vote**" in said(test.run())


@pytest.mark.usefixtures("ana")
def test_whoever_is_at_the_stage_already_is_not_asked(moot: Moot, app: Application, open_at: Open) -> None:
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "draft")
    assert "Go there" not in labels(open_at("draft", w=moot.workshop_id))


@pytest.mark.usefixtures("ana")
def test_whoever_stood_there_is_not_asked_back_when_they_leave(moot: Moot, app: Application, open_at: Open) -> None:
    test = open_at("vote", w=moot.workshop_id)
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "vote")
    app.reader.wrote(moot.workshop_id)
    test = test.run().switch_page("../pages/draft.py").run()
    assert not test.exception
    assert "Go there" not in labels(test)


@pytest.mark.usefixtures("ana")
def test_a_call_is_over_for_whoever_comes_long_after_it(moot: Moot, app: Application, open_at: Open) -> None:
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "vote")
    stays = open_at("draft", w=moot.workshop_id)
    bootstrap.override(replace(app, clock=lambda: datetime.now(UTC) + timedelta(minutes=3)))
    assert "Go there" not in labels(open_at("draft", w=moot.workshop_id))
    assert "Go there" in labels(stays.run()), "whoever was here is asked still"


@pytest.mark.usefixtures("ana")
def test_what_was_declined_is_not_asked_again_when_a_newer_call_is_undone(
    moot: Moot, app: Application, open_at: Open
) -> None:
    def told(test: AppTest) -> AppTest:
        app.reader.wrote(moot.workshop_id)
        return test.run()

    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "vote")
    test = press(open_at("draft", w=moot.workshop_id), "Not now")
    calling.call_everyone(app.store, moot.facilitator, new_id(), CallKind.STAGE, "review")
    test = press(told(test), "Not now")
    last = agendas.read_agenda(app.store, moot.facilitator).last_act
    assert last is not None
    agendas.undo_act(app.store, moot.facilitator, last.act_id)
    call = workshops.read_place(app.store, moot.facilitator).workshop.call
    assert call is not None
    assert call.target == "vote", "the older call is there again"
    assert "Go there" not in labels(told(test))


def test_a_call_is_made_and_taken_back_on_the_console(moot: Moot, app: Application, open_at: Open) -> None:
    moot.sign_in(Role.FACILITATOR)
    scenario = rows(app, moot, "read_scenarios")[0]["scenario_id"]
    test = open_at("console", w=moot.workshop_id)
    test.selectbox(key="bring_to").set_value(f"scenario:{scenario}").run()
    test = press(test, "Bring everyone there")
    call = workshops.read_place(app.store, moot.facilitator).workshop.call
    assert call is not None
    assert (call.kind, call.target) == (CallKind.SCENARIO, scenario)
    press(test, "Take the call back")
    assert workshops.read_place(app.store, moot.facilitator).workshop.call is None


def test_the_scenario_itself_has_the_same_button_for_who_leads_alone(
    moot: Moot, app: Application, open_at: Open
) -> None:
    moot.sign_in(Role.FACILITATOR)
    press(open_at("test", w=moot.workshop_id), "Bring everyone here")
    call = workshops.read_place(app.store, moot.facilitator).workshop.call
    assert call is not None
    assert call.label == "S1"
    moot.browser.held.clear()
    _, token = moot.join("Ana")
    moot.sign_in(Role.PARTICIPANT, token)
    assert "Bring everyone here" not in labels(open_at("test", w=moot.workshop_id))


@pytest.fixture(scope="module")
def lived_in(store: Store) -> LivedIn:
    return live_in(store, people=4, voted=4)


def test_the_response_in_the_spotlight_is_before_everyone_until_it_is_taken_away(
    store: Store, lived_in: LivedIn
) -> None:
    with app_on(store) as browser:
        browser.held = {f"folkmoot_facilitator_{lived_in.workshop_id}": lived_in.created.facilitator_token}
        visit_test = visit("test", lived_in.workshop_id)
        at = press(visit_test, "Put it in the spotlight")
        browser.held = dict([lived_in.cookie(lived_in.people[0])])
        assert "In the spotlight" in words_of(visit("draft", lived_in.workshop_id))
        seen = words_of(visit("review", lived_in.workshop_id))
        assert "In the spotlight: S1 · " in seen
        assert "general information and no legal advice" in seen
        browser.held = {f"folkmoot_facilitator_{lived_in.workshop_id}": lived_in.created.facilitator_token}
        press(at.run(), "Take the spotlight away")
        bootstrap.application().reader.wrote(lived_in.created.workshop_id)  # in a running app the feed tells
        browser.held = dict([lived_in.cookie(lived_in.people[0])])
        assert "In the spotlight" not in words_of(visit("review", lived_in.workshop_id))


def test_the_chart_of_a_revealed_round_is_the_same_for_all(store: Store, lived_in: LivedIn) -> None:
    who = {"workshop": lived_in.workshop_id, "token_hash": lived_in.facilitator.token_hash}
    for function in ("close_round", "reveal_round"):
        store.call(function, **who, round=lived_in.round.round_id)
    calling.spotlight_round(store, lived_in.facilitator, new_id(), lived_in.round.round_id)
    with app_on(store) as browser:
        for person in lived_in.people[:2]:
            browser.held = dict([lived_in.cookie(person)])
            at = visit("review", lived_in.workshop_id)
            assert "In the spotlight: Round 1" in words_of(at)
            assert "4 of 4" in words_of(at)
