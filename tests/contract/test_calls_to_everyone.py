"""Where everybody is called, and what is in the spotlight: one of each, before everyone, taken back at will."""

from typing import Any

import pytest

from lib.domain.errors import NotAllowed, NotFound, ValidationFailed
from lib.store.port import Store
from tests.contract.test_notes import things
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


def shop(someone: Someone) -> dict[str, Any]:
    return dict(someone.call("read_place")["workshop"])


def call_to(built: Built, kind: str, target: str) -> str:
    call = new_id()
    built.facilitator.call("call_everyone", call=call, kind=kind, target=target)
    return call


def spotlight(built: Built, kind: str, target: str) -> str:
    light = new_id()
    built.facilitator.call("set_spotlight", spotlight=light, kind=kind, target=target)
    return light


def undo(built: Built) -> str:
    act = built.facilitator.call("read_agenda")["last_act"]
    built.facilitator.call("undo_act", act=act["act_id"])
    return str(act["what"])


def test_everyone_reads_where_they_are_called_and_by_whom(built: Built) -> None:
    ana = built.join("Ana")
    found = things(built)
    for kind in ("clause", "scenario", "response"):
        call = call_to(built, kind, found[kind][0])
        for someone in (ana, built.organizer, built.facilitator):
            seen = shop(someone)["call"]
            assert (seen["call_id"], seen["kind"], seen["target"]) == (call, kind, found[kind][0])
            assert (seen["label"], seen["by"]) == (found[kind][1], "Facilitator")
            assert "by_person" not in seen
    assert shop(ana)["call"]["scenario_id"] == built.scenarios[0]


def told_text(built: Built) -> str:
    """What the pages of everybody show at once, before they are drawn."""
    notice = built.store.call("read_changes", known={built.workshop: 0})[built.workshop]["notice"]
    return str(notice["call"]["text"])


def test_what_stands_in_it_is_told_to_everyone_unless_it_is_hidden(built: Built) -> None:
    found = things(built)
    for kind in ("clause", "scenario", "response"):
        call_to(built, kind, found[kind][0])
        assert told_text(built).strip()
        assert "text" not in shop(built.facilitator)["call"]
        if kind == "clause":
            continue  # one that can be hidden is in the policy no more, and nobody is called to it
        built.facilitator.call("hide_text", kind=kind, id=found[kind][0], is_hidden=True)
        assert told_text(built) == ""
        built.facilitator.call("hide_text", kind=kind, id=found[kind][0], is_hidden=False)
        assert told_text(built).strip()
    built.facilitator.call("hide_text", kind="scenario", id=built.scenarios[0], is_hidden=True)
    assert told_text(built) == ""  # nor what was answered to a hidden scenario
    call_to(built, "stage", "vote")
    assert told_text(built) == ""


def test_calling_to_a_stage_moves_the_group_there_and_taking_back_moves_it_back(built: Built) -> None:
    call_to(built, "stage", "vote")
    assert shop(built.organizer)["stage"] == "vote"
    assert undo(built) == "call"
    assert (shop(built.organizer)["stage"], shop(built.organizer)["call"]) == ("draft", None)


def test_a_call_is_taken_back_unless_another_came_meanwhile(built: Built) -> None:
    first = call_to(built, "stage", "test")
    second = call_to(built, "stage", "vote")
    built.facilitator.call("take_back_call", call=first)
    assert shop(built.facilitator)["call"]["call_id"] == second
    built.facilitator.call("take_back_call", call=second)
    assert shop(built.facilitator)["call"] is None
    assert undo(built) == "call_ended"
    assert shop(built.facilitator)["call"]["call_id"] == second


def topic_revs(built: Built) -> dict[str, int]:
    return dict(built.store.call("read_changes", known={built.workshop: 0})[built.workshop]["topics"])


def test_a_call_is_over_when_the_group_goes_on_to_another_stage(built: Built) -> None:
    steps = [
        {"step_id": new_id(), "stage": stage, "title": stage, "minutes": 5, "note": ""} for stage in ("vote", "review")
    ]
    built.facilitator.call("set_agenda", base_revision=0, steps=steps, request_id=new_id())
    first = call_to(built, "stage", "vote")
    built.facilitator.call("set_workshop", changes={"stage": "vote"})
    built.facilitator.call("go_to_step", seen=None, step=steps[0]["step_id"])
    assert shop(built.organizer)["call"]["call_id"] == first, "the group is still there"
    before = topic_revs(built).get("call", 0)
    built.facilitator.call("go_to_step", seen=steps[0]["step_id"], step=steps[1]["step_id"])
    assert shop(built.organizer)["call"] is None
    assert topic_revs(built)["call"] > before, "the pages that ask people there hear of it"

    second = call_to(built, "clause", built.clauses[0]["clause_id"])
    built.facilitator.call("set_workshop", changes={"stage": "draft"})
    assert shop(built.organizer)["call"] is None
    assert undo(built) == "stage"
    assert (shop(built.organizer)["stage"], shop(built.organizer)["call"]["call_id"]) == ("review", second)


def test_a_response_and_the_chart_of_a_revealed_round_can_be_in_the_spotlight(built: Built) -> None:
    ana = built.join("Ana")
    found = things(built)
    light = spotlight(built, "response", found["response"][0])
    assert shop(ana)["spotlight"]["label"] == "S1 · without policy"
    for function in ("close_round", "reveal_round"):
        with pytest.raises(NotFound, match="a round revealed"):
            spotlight(built, "round", found["round"][0])
        built.facilitator.call(function, round=found["round"][0])
    second = spotlight(built, "round", found["round"][0])
    built.facilitator.call("end_spotlight", spotlight=light)
    assert shop(ana)["spotlight"]["label"] == "Round 1"
    built.facilitator.call("end_spotlight", spotlight=second)
    assert shop(ana)["spotlight"] is None
    assert undo(built) == "spotlight_ended"
    assert shop(ana)["spotlight"]["call_id"] == second


@pytest.mark.parametrize("kind", ["clause", "scenario", "response"])
def test_nobody_is_called_to_what_they_cannot_see(store: Store, built: Built, kind: str) -> None:
    private = built.run(built.join("Ana"), [None], shared=False)
    mine = next(c["response_id"] for c in built.answer() if c["run_id"] == private["run_id"])
    elsewhere = things(Built(store))[kind][0]
    for target in (elsewhere, new_id(), "no id", None, *([mine] if kind == "response" else [])):
        with pytest.raises(NotFound, match="not shared with everyone"):
            built.facilitator.call("call_everyone", call=new_id(), kind=kind, target=target)
        if kind == "response" and target not in ("no id",):
            with pytest.raises(NotFound):
                built.facilitator.call("set_spotlight", spotlight=new_id(), kind=kind, target=target)
    assert shop(built.facilitator)["call"] is None


def test_what_is_no_stage_or_kind_is_refused(built: Built) -> None:
    for kind, target in (("stage", "lunch"), ("round", new_id()), ("page", "draft"), (None, "draft")):
        with pytest.raises(ValidationFailed):
            built.facilitator.call("call_everyone", call=new_id(), kind=kind, target=target)


def test_only_who_leads_calls_and_shows(built: Built) -> None:
    response = things(built)["response"][0]
    for someone in (built.join("Ana"), built.organizer):
        for function, given in (
            ("call_everyone", {"call": new_id(), "kind": "stage", "target": "test"}),
            ("take_back_call", {"call": new_id()}),
            ("set_spotlight", {"spotlight": new_id(), "kind": "response", "target": response}),
            ("end_spotlight", {"spotlight": new_id()}),
        ):
            with pytest.raises(NotAllowed):
                someone.call(function, **given)


def test_a_hidden_response_stays_hidden_in_the_spotlight(built: Built) -> None:
    ana = built.join("Ana")
    response, _ = things(built)["response"]
    spotlight(built, "response", response)
    built.facilitator.call("hide_text", kind="response", id=response, is_hidden=True)
    assert shop(ana)["spotlight"]["target"] == response
    [seen] = [r for r in ana.call("read_responses", scenario=None, run=None) if r["response_id"] == response]
    assert seen["text"] == "(hidden by the facilitator)"
