"""What the database does with scenarios, runs, responses and marks."""

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.runs import Cell, Mark, Response, Run
from lib.domain.scenarios import Scenario
from lib.store.decode import decode
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id, result

QUESTION = [{"role": "user", "content": "May I?"}]


def add_scenario(someone: Someone, *, shared: bool = False) -> str:
    scenario = new_id()
    someone.call("add_scenario", scenario=scenario, title="Mine", turns=QUESTION, is_shared=shared)
    return scenario


def test_a_private_scenario_is_its_makers_alone_until_shared(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    scenario = add_scenario(ana)
    mine = decode(tuple[Scenario, ...], ana.call("read_scenarios"))[-1]
    assert (mine.is_shared, mine.number) == (False, None)
    for someone in (ben, built.facilitator, built.organizer):
        assert scenario not in str(someone.call("read_scenarios"))
        assert scenario not in str(someone.call("export_workshop"))
    with pytest.raises(NotFound):
        ben.call("share_scenario", scenario=scenario)
    assert ana.call("share_scenario", scenario=scenario)["number"] == 3
    assert scenario in str(ben.call("read_scenarios"))


def test_a_scenario_ends_with_a_persons_turn_and_is_not_endless(store: Store) -> None:
    ana = Built(store).join("Ana")
    for turns in ([], [*QUESTION, {"role": "assistant", "content": "Yes."}], [{"role": "user", "content": "x" * 8001}]):
        with pytest.raises(ValidationFailed):
            ana.call("add_scenario", scenario=new_id(), title="T", turns=turns, is_shared=True)


def test_a_scenario_is_withdrawn_by_its_maker_or_the_facilitator(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    scenario = add_scenario(ana, shared=True)
    with pytest.raises(NotAllowed):
        ben.call("withdraw_scenario", scenario=scenario)
    assert built.facilitator.call("withdraw_scenario", scenario=scenario)["is_withdrawn"]
    assert not ana.call("withdraw_scenario", scenario=scenario, is_withdrawn=False)["is_withdrawn"]


def test_a_run_on_unpublished_text_is_stamped_with_a_snapshot_of_it(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, ["current", None])
    built.commit(ana, built.clauses[:1], 1)
    built.answer()
    answered = decode(tuple[Response, ...], ana.call("read_responses"))
    assert [(r.is_baseline, r.version_number, r.status) for r in answered] == [
        (False, None, "done"),
        (True, None, "done"),
    ]
    snapshot = ana.call("read_version_by_id", version=answered[0].version_id)
    assert [c["wording"] for c in snapshot["clauses"]] == ["Ask before you answer.", "Name a source."]
    assert ana.call("read_policy")["versions"] == []


def test_running_the_same_unpublished_text_again_shares_the_snapshot_and_a_published_text_needs_none(
    store: Store,
) -> None:
    built = Built(store)
    for _ in range(2):
        built.run(built.facilitator, ["current"])
    version = built.publish()
    assert len({r["version_id"] for r in built.facilitator.call("read_responses")}) == 1
    built.run(built.facilitator, ["current"])
    assert built.facilitator.call("read_responses")[-1]["version_id"] == version["version_id"]


def test_a_cell_tells_a_worker_all_it_needs_and_is_claimed_once(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, ["current", None], scenarios=built.scenarios)
    cells = [
        c
        for c in decode(tuple[Cell, ...], store.call("claim_cells", process="p1", limit=100, stale_s=30.0))
        if c.run_id == run["run_id"]
    ]
    assert [c.policy_text is None for c in cells] == [False, False, True, True]
    assert cells[0].turns == ({"role": "user", "content": "Question 1?"},)
    assert cells[0].seed == cells[2].seed
    assert store.call("claim_cells", process="p2", limit=100, stale_s=30.0) == []
    taken_over = store.call("claim_cells", process="p2", limit=100, stale_s=0.0)
    assert {c.response_id for c in cells} <= {c["response_id"] for c in taken_over}
    built.answer("p2")


def test_a_persons_question_comes_before_background_cells(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None], samples=5)
    question = built.run(built.join("Ana"), [None], is_question=True, shared=False)
    [first] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    assert first["run_id"] == question["run_id"]
    built.answer()


def test_a_private_question_is_seen_by_its_asker_alone_until_shared(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    scenario = add_scenario(ana)
    run = built.run(ana, [None], shared=False, scenarios=[scenario])
    built.answer(text="For Ana only")
    for someone in (ben, built.facilitator, built.organizer):
        assert "For Ana only" not in str(someone.call("read_responses"))
        assert someone.call("read_runs") == []
    assert "For Ana only" in str(ana.call("read_responses"))
    with pytest.raises(NotAllowed):
        ben.call("share_run", run=run["run_id"])
    ana.call("share_run", run=run["run_id"])
    assert "For Ana only" in str(ben.call("read_responses"))
    assert scenario in str(ben.call("read_scenarios"))


def test_a_shared_run_needs_shared_scenarios_and_own_versions(store: Store) -> None:
    built, other = Built(store), Built(store)
    ana = built.join("Ana")
    with pytest.raises(NotFound, match="private"):
        built.run(ana, [None], scenarios=[add_scenario(ana)])
    with pytest.raises(NotFound, match="version"):
        built.run(ana, [other.publish()["version_id"]])
    with pytest.raises(ValidationFailed, match="at least one"):
        built.run(ana, [])


def test_a_failed_call_is_kept_beside_the_others_and_can_be_retried(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None], scenarios=built.scenarios)
    first, second = store.call("claim_cells", process="p1", limit=2, stale_s=30.0)
    store.call("store_response", process="p1", response=first["response_id"], result=result("Fine."))
    store.call("store_response", process="p1", response=second["response_id"], result=result(None, "too slow"))
    state = decode(Run, built.facilitator.call("read_runs")[0])
    assert (state.status, state.done_count, state.failed_count) == ("finished", 1, 1)
    built.facilitator.call("retry_response", response=second["response_id"])
    with pytest.raises(Conflict):
        built.facilitator.call("retry_response", response=second["response_id"])
    built.answer()
    assert decode(Run, built.facilitator.call("read_runs")[0]).done_count == 2
    assert built.facilitator.call("read_place")["workshop"]["calls_used"] == 3
    assert run["cell_count"] == 2


def test_storing_a_response_twice_keeps_the_first(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None])
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    arguments = {"process": "p1", "response": cell["response_id"]}
    assert store.call("store_response", **arguments, result=result("first")) == {"stored": True}
    assert store.call("store_response", **arguments, result=result("second")) == {"stored": False}
    assert built.facilitator.call("read_responses")[0]["text"] == "first"


def test_a_stopped_run_hands_out_nothing_and_keeps_an_answer_that_was_under_way(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None], samples=3)
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    built.facilitator.call("stop_run", run=run["run_id"])
    assert store.call("claim_cells", process="p1", limit=9, stale_s=30.0) == []
    assert store.call("heartbeat", process="p1", runs=[run["run_id"]]) == {"stopped": [run["run_id"]]}
    store.call("store_response", process="p1", response=cell["response_id"], result=result("came late"))
    assert [r["text"] for r in built.facilitator.call("read_responses") if r["text"]] == ["came late"]
    resumed = decode(Run, built.facilitator.call("resume_run", run=run["run_id"]))
    assert (resumed.status, resumed.waiting_count, resumed.done_count) == ("active", 2, 1)
    built.answer()


def test_a_paused_run_says_why_and_resumes(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None])
    store.call("pause_run", process="p1", run=run["run_id"], reason="needs the key again")
    paused = decode(Run, built.facilitator.call("read_runs")[0])
    assert (paused.status, paused.pause_reason) == ("paused", "needs the key again")
    assert built.answer() == []
    built.facilitator.call("resume_run", run=run["run_id"])
    assert len(built.answer()) == 1


def test_the_cap_on_calls_counts_waiting_ones_and_names_the_way_out(store: Store) -> None:
    built = Built(store, max_calls=3)
    built.run(built.facilitator, [None], samples=2)
    with pytest.raises(NotAllowed, match="3 model calls; 2 are used or waiting, so 2 more do not fit.*console"):
        built.run(built.facilitator, [None], samples=2)
    built.answer()


def test_a_reached_cost_limit_refuses_new_runs_and_pauses_the_waiting_ones(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None], samples=2)
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    store.call("store_response", process="p1", response=cell["response_id"], result=result("x", cost=6.0))
    assert built.answer() == []
    assert "cost limit" in built.facilitator.call("read_runs")[0]["pause_reason"]
    with pytest.raises(NotAllowed, match="cost limit"):
        built.run(built.facilitator, [None])


def test_marks_are_named_changeable_and_taken_back(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, ["current"])
    [cell] = built.answer()
    where = {"response": cell["response_id"], "clause": built.clauses[0]["clause_id"]}
    ana.call("set_mark", **where, value="followed")
    ana.call("set_mark", **where, value="violated")
    [mark] = decode(tuple[Mark, ...], built.organizer.call("read_marks"))
    assert (mark.person_name, mark.value) == ("Ana", "violated")
    ana.call("set_mark", **where, value=None)
    assert ana.call("read_marks") == []
    with pytest.raises(NotAllowed):
        built.facilitator.call("set_mark", **where, value="followed")


def test_a_hidden_response_is_hidden_everywhere_but_from_the_facilitator(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    built.run(ana, ["current"])
    [cell] = built.answer(text="abusive")
    built.facilitator.call("hide_text", kind="response", id=cell["response_id"], is_hidden=True)
    for function in ("read_responses", "export_workshop"):
        assert "abusive" not in str(ana.call(function))
        assert "abusive" in str(built.facilitator.call(function))
