"""What a change concerns, as pages hear of it: each act under its topic, and what may concern anything under all."""

from collections.abc import Callable
from typing import Any

import pytest

from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, new_id

Act = Callable[[Built, Someone], object]
SCENARIO = {"title": "Rent", "turns": [{"role": "user", "content": "May my landlord do that?"}], "is_shared": True}


def change_of(store: Store, built: Built, known: int = 0) -> dict[str, Any]:
    answer: dict[str, Any] = store.call("read_changes", known={built.workshop: known})[built.workshop]
    return answer


def settings(**changes: object) -> Act:
    return lambda built, _: built.facilitator.call("set_workshop", changes=changes)


def edits(built: Built, ana: Someone) -> None:
    revision = ana.call("read_policy")["policy"]["revision"]
    built.commit(ana, [*built.clauses, clause("Name the law.")], base=revision)


def votes(built: Built, ana: Someone) -> None:
    ana.vote(built.open_round()["items"][0]["item_id"], "agree")


def more_time(built: Built) -> object:
    return built.facilitator.call("extend_timer", seconds=60.0)


ACTS: dict[str, tuple[str, Act]] = {
    "another stage": ("place", settings(stage="vote")),
    "a countdown": ("place", settings(timer_seconds=60, timer_label="Talk")),
    "a lock": ("all", settings(editing_is_locked=True)),
    "a lock with a stage": ("all", settings(stage="vote", editing_is_locked=True)),
    "a newcomer": ("people", lambda built, _: built.join("Ben")),
    "an edit": ("policy", edits),
    "a version": ("policy", lambda built, _: built.publish()),
    "a scenario": ("test", lambda _, ana: ana.call("add_scenario", scenario=new_id(), **SCENARIO)),
    "a run": ("test", lambda built, ana: built.run(ana, [None])),
    "an open round": ("rounds", lambda built, _: built.open_round()),
    "a vote": ("votes", votes),
    "more time": ("place", lambda built, _: (settings(timer_seconds=60)(built, _), more_time(built))),
    "a decision": ("notes", lambda built, _: built.decide()),
    "a dissent": (
        "notes",
        lambda built, ana: ana.call("set_dissent", note=built.decide(), is_dissenting=True, words=""),
    ),
    "a comment": (
        "notes",
        lambda built, ana: ana.call(
            "add_comment", comment=new_id(), clause=built.clauses[0]["clause_id"], text="For whom?"
        ),
    ),
    "a suggestion": ("notes", lambda built, ana: built.suggest(ana, "Ask first.")),
    "an accepted suggestion": (
        "policy",
        lambda built, ana: built.accept(built.join("Ben"), built.suggest(ana, "Ask first."), "Ask first."),
    ),
    "a rough mark": (
        "policy",
        lambda built, ana: ana.call("set_rough", clause=built.clauses[0]["clause_id"], is_rough=True),
    ),
    "a call to a scenario": (
        "call",
        lambda built, _: built.facilitator.call(
            "call_everyone", call=new_id(), kind="scenario", target=built.scenarios[0]
        ),
    ),
    "a hidden name": (
        "all",
        lambda built, ana: built.facilitator.call("change_person", person=ana.person, changes={"name_is_hidden": True}),
    ),
    "a person who leaves": ("all", lambda _, ana: ana.call("leave_workshop", delete_data=True)),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_told_under_its_topic(store: Store, name: str) -> None:
    topic, act = ACTS[name]
    built = Built(store)
    ana = built.join("Ana")
    before = change_of(store, built)
    act(built, ana)
    after = change_of(store, built, before["rev"])
    assert after["rev"] > before["rev"]
    assert after["topics"][topic] == after["rev"] == max(after["topics"].values())


def test_whoever_knows_the_newest_number_is_told_no_more_than_that(store: Store) -> None:
    built = Built(store)
    rev = change_of(store, built)["rev"]
    assert change_of(store, built, rev) == {"rev": rev, "answers": 0}


def test_a_workshop_that_there_is_not_is_not_in_the_answer(store: Store) -> None:
    assert store.call("read_changes", known={new_id(): 0, "none": 0}) == {}


def test_the_notice_holds_what_everybody_may_know_and_nothing_else(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    opened = built.open_round("anonymous")
    ana.vote(opened["items"][0]["item_id"], "disagree", "Not like this.")
    assert change_of(store, built)["notice"] == {
        "stage": "draft",
        "editing_is_locked": False,
        "timer_ends_at": None,
        "timer_label": "",
        "timer_left_s": None,
        "agenda": None,
        "call": None,
        "spotlight": None,
        "latest_version_number": 1,
        "changed_since_version": False,
        "open_rounds": [{"round_id": opened["round_id"], "number": 1, "voted_count": 1, "eligible_count": 1}],
    }
