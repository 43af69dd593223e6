"""Everybody is asked to one thing and goes there with one press; what is in the spotlight is the same for all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components import brought
from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.people import Role
from lib.domain.workshop import CallKind
from lib.services import agenda as agendas
from lib.services import calling, workshops
from lib.services.workshops import who
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.support.lived_in import LivedIn, live_in
from tests.support.page_visit import app_on, enter, visit, words_of
from tests.support.workshop_builder import Built, new_id

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label.startswith(label)).click().run()
    assert not found.exception
    return found


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def view(test: AppTest) -> str:
    """The view of the page that is chosen."""
    return str(next(one.value for one in test.segmented_control if one.label == "What to show"))


def choose(test: AppTest, wanted: str) -> AppTest:
    found = next(one for one in test.segmented_control if one.label == "What to show").set_value(wanted).run()
    assert not found.exception
    return found


def called(app: Application, moot: Moot, test: AppTest, kind: CallKind, target: str) -> AppTest:
    """The page after everybody was called, as it is drawn for whoever is there."""
    calling.call_everyone(app.store, moot.facilitator, new_id(), kind, target)
    app.reader.wrote(moot.workshop_id)
    found = test.run()
    assert not found.exception
    return found


def stays_at(page: str, test: AppTest, **params: str) -> AppTest:
    """The page again, or after a link to it: AppTest does not follow where a script leaves for."""
    test.switch_page(f"../pages/{page}.py")
    test.query_params.update(params)
    found = test.run()
    assert not found.exception
    return found


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


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser says that nothing is being typed: whoever is called is taken along."""
    monkeypatch.setattr(brought, "is_at_rest", lambda: True)


@pytest.mark.usefixtures("ana")
def test_whoever_goes_to_a_scenario_from_many_at_once_sees_it(moot: Moot, app: Application, open_at: Open) -> None:
    scenario = rows(app, moot, "read_scenarios")[2]["scenario_id"]
    test = choose(open_at("test", w=moot.workshop_id), "Many at once")
    test = press(called(app, moot, test, CallKind.SCENARIO, scenario), "Go there")
    assert view(test) == "One scenario"
    assert test.radio(key=f"scenario_choice_{moot.workshop_id}").value == scenario
    assert view(choose(test, "Many at once").run()) == "Many at once", "it is theirs to change again"


@pytest.mark.usefixtures("ana", "at_rest")
def test_whoever_is_brought_from_many_at_once_sees_the_scenario_and_goes_back_to_many(
    moot: Moot, app: Application, open_at: Open
) -> None:
    scenario = rows(app, moot, "read_scenarios")[0]["scenario_id"]
    test = choose(open_at("test", w=moot.workshop_id), "Many at once")
    test = called(app, moot, test, CallKind.SCENARIO, scenario)
    assert "brought everyone here" in said(test)
    assert test.radio(key=f"scenario_choice_{moot.workshop_id}").value == scenario
    assert view(press(test, "Back to where I was").run()) == "Many at once"


@pytest.mark.usefixtures("ana", "at_rest")
def test_whoever_is_brought_from_many_at_once_to_another_page_goes_back_to_many(
    moot: Moot, app: Application, open_at: Open
) -> None:
    test = choose(open_at("test", w=moot.workshop_id), "Many at once")
    test = stays_at("vote", called(app, moot, test, CallKind.STAGE, "vote"))
    test = stays_at("test", press(test, "Back to where I was"))
    assert view(test) == "Many at once"
    assert view(stays_at("test", stays_at("vote", test))) == "One scenario", "a later visit begins as ever"


@pytest.mark.usefixtures("ana", "at_rest")
@pytest.mark.parametrize("place", ["draft", "review"])
def test_whoever_is_brought_to_a_clause_sees_it_and_finds_the_versions_again(
    moot: Moot, app: Application, open_at: Open, place: str
) -> None:
    clause = app.store.call("read_policy", **who(moot.facilitator))["policy"]["clauses"][0]["clause_id"]
    test = stays_at(place, choose(open_at("draft", w=moot.workshop_id), "Versions"))
    test = stays_at("draft", called(app, moot, test, CallKind.CLAUSE, clause))
    assert "brought everyone here" in said(test)
    assert view(test) == "Write together"
    test = press(test, "Back to where I was")
    assert view(stays_at("draft", test)) == "Versions"


@pytest.mark.usefixtures("ana", "at_rest")
def test_whoever_is_brought_to_a_clause_keeps_a_view_in_which_it_stands(
    moot: Moot, app: Application, open_at: Open
) -> None:
    clause = app.store.call("read_policy", **who(moot.facilitator))["policy"]["clauses"][0]["clause_id"]
    test = choose(open_at("draft", w=moot.workshop_id), "Clauses")
    assert view(called(app, moot, test, CallKind.CLAUSE, clause)) == "Clauses"
    assert "Back to where I was" not in labels(test)


@pytest.mark.usefixtures("ana")
def test_whoever_follows_a_link_to_a_clause_sees_it(moot: Moot, app: Application, open_at: Open) -> None:
    clause = app.store.call("read_policy", **who(moot.facilitator))["policy"]["clauses"][0]["clause_id"]
    test = stays_at("review", choose(open_at("draft", w=moot.workshop_id), "Versions"))
    assert view(stays_at("draft", test)) == "Versions"
    assert view(stays_at("draft", stays_at("review", test), clause=clause)) == "Write together"


def withdraw(app: Application, moot: Moot, scenario: str) -> None:
    app.store.call("withdraw_scenario", **who(moot.facilitator), scenario=scenario, is_withdrawn=True)
    app.reader.wrote(moot.workshop_id)


@pytest.mark.usefixtures("ana", "at_rest")
def test_a_withdrawn_scenario_stands_before_whoever_was_brought_to_it(
    moot: Moot, app: Application, open_at: Open
) -> None:
    first, second, third = (one["scenario_id"] for one in rows(app, moot, "read_scenarios")[:3])
    key = f"scenario_choice_{moot.workshop_id}"
    withdraw(app, moot, second)
    test = called(app, moot, open_at("test", w=moot.workshop_id), CallKind.SCENARIO, second)
    assert test.radio(key=key).value == second
    assert "withdrawn from the library" in said(test)
    test = called(app, moot, test, CallKind.SCENARIO, third)
    assert not [one for one in test.radio(key=key).options if one.startswith("S2 ")]
    withdraw(app, moot, third)
    assert test.run().radio(key=key).value == third, "withdrawn while the call stands"
    test = press(test, "Back to where I was").run()
    assert test.radio(key=key).value == second
    assert test.radio(key=key).set_value(first).run().radio(key=key).value == first


def test_the_console_offers_no_withdrawn_scenario_and_none_of_its_responses(store: Store) -> None:
    built = Built(store)
    first, second = built.scenarios
    built.run(built.facilitator, [None], scenarios=[first, second])
    built.answer()
    answers = {one["scenario_id"]: one["response_id"] for one in built.facilitator.call("read_responses")}
    items = [{"kind": "response", "response_id": one} for one in answers.values()]
    built.facilitator.call("open_round", round=new_id(), question="Right?", anonymity="named", items=items)
    built.facilitator.call("withdraw_scenario", scenario=first, is_withdrawn=True)
    with app_on(store) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        offered = "\n".join(at.selectbox(key="bring_to").options)
        assert "S2 Case 2" in offered
        assert offered.count("Case 2") == 2
        assert "Case 1" not in offered
        about = "\n".join(option for box in at.selectbox for option in box.options if box.key != "bring_to")
        assert "Case 1" in about, "a note can be about it still"


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
