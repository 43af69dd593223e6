"""What the group works on, on the console: published, run, closed, revealed and shown to all without another page."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from components.console_bring import CHOOSE, NOT_A_PLACE, NOT_TO_SHOW
from lib.bootstrap import Application
from lib.domain.ids import ClauseId, RoundId, RunId
from lib.domain.people import Credential, Role
from lib.domain.rounds import Anonymity, Round
from lib.domain.runs import Run
from lib.domain.workshop import Workshop
from lib.policy.acts import AddClause, EditClause
from lib.security import hash_token, leading_hash
from lib.services import leading, testing, workshops
from lib.services.drafting import change_policy, publish_version, read_policy
from lib.services.voting import ClauseChoice, open_round
from lib.store.port import Store
from tests.pages.conftest import Moot, said
from tests.pages.fields import still_shows
from tests.support.may_be_away import MayBeAway, heard_again
from tests.support.page_visit import app_on, enter, visit
from tests.support.workshop_builder import Built

Open = Callable[..., AppTest]


def press(test: AppTest, label: str) -> AppTest:
    found = next(button for button in test.button if button.label == label).click().run()
    assert not found.exception
    return found


def words(test: AppTest) -> str:
    return said(test).replace("\\", "")


def can_publish(test: AppTest) -> dict[str, bool]:
    """What publishes the policy, and whether it can be pressed."""
    popovers = [one.proto.popover for one in test.get("popover")]
    return {one.label: not one.disabled for one in popovers if one.label.startswith("Publish")}


def room(app: Application, moot: Moot) -> Workshop:
    return workshops.read_place(app.store, moot.facilitator).workshop


def write(app: Application, moot: Moot, wording: str) -> None:
    clause = AddClause(ClauseId(str(uuid4())), wording, section="")
    change_policy(app.store, moot.facilitator, clause, str(uuid4()))
    app.reader.wrote(moot.workshop_id)


def a_round(app: Application, moot: Moot) -> Round:
    """A named round on the first clause of a first version, which Ana may vote in."""
    moot.join("Ana")
    publish_version(app.store, moot.facilitator, read_policy(app.store, moot.facilitator).policy.revision, "", "first")
    live = read_policy(app.store, moot.facilitator)
    chosen = [ClauseChoice(live.versions[0].version_id, live.policy.clauses[0].clause_id)]
    return open_round(app.store, moot.facilitator, RoundId(str(uuid4())), "So?", Anonymity.NAMED, chosen)


@pytest.fixture
def console(moot: Moot, open_at: Open) -> Callable[[], AppTest]:
    moot.sign_in(Role.FACILITATOR)
    return lambda: open_at("console", w=moot.workshop_id)


def test_the_policy_is_published_and_run_from_the_console(
    console: Callable[[], AppTest], app: Application, moot: Moot
) -> None:
    test = console()
    assert "10 clauses**, not published yet" in words(test)
    assert can_publish(test) == {"Publish version 1": True}
    assert "A version never changes again." in words(test)
    test = press(test, "Yes, publish version 1")
    assert "**v1**, nothing changed since" in words(test)
    assert can_publish(test) == {"Publish version 2": False}, "it rests in its place"
    test = press(test, "Run 5 scenarios on v1")
    [run] = app.store.call("read_runs", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash)
    assert (run["is_shared"], run["cell_count"]) == (True, 10)
    assert "Running on v1" in words(test)
    assert "0 of 10 answered" in words(test)
    test = next(button for button in test.button if button.key == f"console_stop_{run['run_id']}").click().run()
    assert "5 scenarios**, last run on v1 (stopped, 0 of 10 answered)" in words(test)
    assert "Run 5 scenarios on v1" not in [one.label for one in test.button]
    write(app, moot, "Say since when a law has held.")
    test = press(console(), "Yes, publish version 2")
    assert "= **10 calls**" in words(test)
    assert "Run 5 scenarios on v2" in [one.label for one in test.button]


def test_with_nothing_to_vote_on_the_console_says_that_it_begins_there_and_leads_nowhere_else(
    console: Callable[[], AppTest], open_at: Open, moot: Moot
) -> None:
    test = console()
    assert "There is nothing to vote on yet" in said(test)
    assert "Publish a version under **What the group works on**, and run it on scenarios there." in said(test)
    assert "on the Draft page" not in said(test)
    ways = ["Publish a version", "Run scenarios"]
    assert [link.proto.label for link in test.get("page_link") if link.proto.label in ways] == []
    vote = open_at("vote", w=moot.workshop_id)
    assert "Publish a version on the Draft page, then run it on scenarios." in said(vote)
    assert [link.proto.label for link in vote.get("page_link") if link.proto.label in ways] == ways
    test = press(console(), "Yes, publish version 1")
    assert "There is nothing to vote on yet" not in said(test)


def test_of_two_who_lead_and_press_run_at_once_the_second_is_told_whose_run_it_is(
    console: Callable[[], AppTest], app: Application, moot: Moot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pressed_a_moment_later(store: Store, *given: Any, **asked: Any) -> Run:
        person, token = moot.join("Ana")
        leading.let_lead(store, moot.facilitator, person, True)
        hers = Credential(moot.workshop_id, leading_hash(hash_token(token)))
        run_many(store, given[0], hers, RunId(str(uuid4())), **asked)
        return run_many(store, *given, **asked)

    run_many = testing.run_many
    test = press(console(), "Yes, publish version 1")
    monkeypatch.setattr(testing, "run_many", pressed_a_moment_later)
    test = press(test, "Run 5 scenarios on v1")
    [run] = app.store.call("read_runs", workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash)
    assert run["asked_by_name"] == "Ana"
    assert [one.value for one in test.toast] == ["Ana has just begun this run, and everyone sees what comes of it."]
    next(button for button in test.button if button.key == f"console_stop_{run['run_id']}").click().run()


def test_what_is_said_of_bringing_and_showing_a_response_fits_a_toast(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None])
    [answered] = built.answer(
        text="An answer with many more words than anybody reads in a toast, of which it shows three lines."
    )
    key = f"response:{answered['response_id']}"
    with app_on(store) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        at.selectbox(key="bring_to").set_value(key).run()
        at = press(at, "Bring everyone there")
        assert [one.value for one in at.toast] == ["Everyone is brought to a response to S1."]
        at = press(at, "Put it in the spotlight")
        assert [one.value for one in at.toast] == ["A response to S1 is before everyone, in the review."]


def test_what_all_was_run_on_once_is_not_offered_again_and_stands_while_the_database_is_away(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [built.publish()["version_id"]], scenarios=built.scenarios, samples=2)
    [hidden, *shown] = [cell["response_id"] for cell in built.answer()]
    built.facilitator.call("hide_text", kind="response", id=hidden, is_hidden=True)
    built.run(built.facilitator, [None])
    away = MayBeAway(store)
    with app_on(away) as browser:
        enter(browser, built, built.facilitator, "facilitator")
        at = visit("console", built.workshop)
        assert "Running without the policy" in words(at)
        built.answer(text="A late answer.")
        heard_again()
        at.run()
        stands = "2 scenarios**, all run on v1, last run without the policy"
        assert stands in words(at)
        [run_again] = [one for one in at.button if one.label.startswith("Run 2 scenarios")]
        assert run_again.disabled
        asked = [one for function, one in away.asked if function == "read_together" for one in one["reads"]]
        looked_up = {one["run"] for one in asked if one["function"] == "read_responses"}
        assert looked_up == {None}, "what the runs asked is taken from what the page reads anyway"
        named = [one for one in at.selectbox(key="bring_to").options if "sample" in one]
        assert len(named) == len(set(named)) == len(shown) + 1
        assert [one for one in named if one.endswith("without policy · sample 1: A late answer.")]
        away.is_away = True
        at.run()
        assert stands in words(at)


def test_how_much_was_changed_since_the_last_version_is_counted(
    console: Callable[[], AppTest], app: Application, moot: Moot
) -> None:
    a_round(app, moot)
    for wording in ("Say since when a law has held.", "Say who made it."):
        write(app, moot, wording)
    assert "Changed since v1: **2 clauses**" in words(console())


def test_a_round_is_closed_revealed_and_its_chart_shown_from_the_console(
    console: Callable[[], AppTest], app: Application, moot: Moot
) -> None:
    a_round(app, moot)
    test = console()
    assert "**Round 1 is open**: 0 of 1 eligible have voted" in words(test)
    test = press(test, "Yes, close round 1")
    assert "**Round 1 is closed**" in words(test)
    test = press(test, "Yes, reveal round 1")
    assert "**Round 1** is revealed" in words(test)
    test = press(test, "Put the chart in the spotlight")
    assert getattr(room(app, moot).spotlight, "label", "") == "Round 1"
    press(test, "Take the spotlight away")
    assert room(app, moot).spotlight is None


def test_what_was_chosen_for_everyone_stays_so_though_another_rewords_it(
    console: Callable[[], AppTest], app: Application, moot: Moot
) -> None:
    clause = read_policy(app.store, moot.facilitator).policy.clauses[0]
    test = console()
    chosen = test.selectbox(key="bring_to")
    before = next(one for one in chosen.options if one.startswith("C1 "))
    chosen.set_value(f"clause:{clause.clause_id}").run()
    change_policy(app.store, moot.facilitator, EditClause(clause.clause_id, clause.wording, "Be kind."), str(uuid4()))
    app.reader.wrote(moot.workshop_id)
    test.run()
    still_shows(test.selectbox(key="bring_to"), before)
    press(test, "Bring everyone there")
    assert getattr(room(app, moot).call, "target", "") == clause.clause_id


def test_one_list_brings_everyone_to_a_thing_or_shows_it_and_says_what_cannot_be(
    console: Callable[[], AppTest], app: Application, moot: Moot
) -> None:
    one = a_round(app, moot)
    for function in ("close_round", "reveal_round"):
        app.store.call(function, workshop=moot.workshop_id, token_hash=moot.facilitator.token_hash, round=one.round_id)
    test = console()
    assert CHOOSE in words(press(test, "Bring everyone there"))
    test.selectbox(key="bring_to").set_value(f"clause:{one.items[0].clause_id}").run()
    assert NOT_TO_SHOW in words(press(test, "Put it in the spotlight"))
    test.selectbox(key="bring_to").set_value(f"round:{one.round_id}").run()
    assert NOT_A_PLACE in words(press(test, "Bring everyone there"))
    press(test, "Put it in the spotlight")
    assert getattr(room(app, moot).spotlight, "target", "") == one.round_id
