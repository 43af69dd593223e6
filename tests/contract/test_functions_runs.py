"""What the database does with scenarios, runs, responses and marks."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lib.domain.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from lib.domain.runs import Cell, Mark, Response, Run
from lib.domain.scenarios import Scenario
from lib.llm.port import CellResult
from lib.llm.store_cells import StoreCells
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
    for someone, is_withdrawn in ((built.facilitator, True), (ana, False)):
        someone.call("withdraw_scenario", scenario=scenario, is_withdrawn=is_withdrawn)
        [shown] = [s for s in ben.call("read_scenarios") if s["scenario_id"] == scenario]
        assert shown["is_withdrawn"] == is_withdrawn


def test_a_scenario_that_is_not_there_for_somebody_cannot_be_found_to_withdraw_it(store: Store) -> None:
    built, other = Built(store), Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    for someone, scenario in (
        (ana, new_id()),
        (built.facilitator, new_id()),
        (built.facilitator, other.scenarios[0]),
        (ben, add_scenario(ana)),
    ):
        with pytest.raises(NotFound, match="does not exist, or is not shared"):
            someone.call("withdraw_scenario", scenario=scenario)


@pytest.mark.parametrize("function", ["stop_run", "resume_run", "share_run"])
def test_a_run_that_does_not_exist_in_this_workshop_cannot_be_found(store: Store, function: str) -> None:
    built, other = Built(store), Built(store)
    elsewhere = other.run(other.facilitator, [None])
    other.answer()
    for run in (new_id(), elsewhere["run_id"]):
        with pytest.raises(NotFound, match="This run does not exist"):
            built.facilitator.call(function, run=run)


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


def test_a_run_whose_key_a_process_lacks_is_left_to_the_others_as_long_as_any_lives(store: Store) -> None:
    built = Built(store)
    store.call("claim_cells", process="other", limit=100, stale_s=0.0)  # what other tests left waiting
    run = built.run(built.facilitator, ["current", None])["run_id"]
    mine = store.call("claim_cells", process="p1", limit=1, stale_s=30.0, held=[])
    store.call("claim_cells", process="p2", limit=0, stale_s=30.0, held=[])
    assert store.call("claim_cells", process="p1", limit=9, stale_s=30.0, held=[], lacks=[run]) == []
    taken = store.call("claim_cells", process="p2", limit=9, stale_s=30.0, held=[])
    assert [cell["run_id"] for cell in taken] == [run, run]
    assert mine[0]["response_id"] in {cell["response_id"] for cell in taken}
    alone = store.call("claim_cells", process="p1", limit=9, stale_s=0.0, held=[], lacks=[run])
    assert {cell["response_id"] for cell in taken} <= {cell["response_id"] for cell in alone}
    built.answer("p1")
    for cell in taken:
        store.call("store_response", process="p1", response=cell["response_id"], result=result("Here."))


def test_cells_that_were_claimed_and_never_arrived_are_handed_out_again_to_their_process_alone(store: Store) -> None:
    built = Built(store)
    store.call("claim_cells", process="other", limit=100, stale_s=0.0)  # what other tests left waiting
    built.run(built.facilitator, ["current", None])
    lost, held = store.call("claim_cells", process="p1", limit=2, stale_s=30.0, held=[])
    assert store.call("claim_cells", process="p2", limit=9, stale_s=30.0, held=[]) == []
    assert store.call("claim_cells", process="p1", limit=9, stale_s=30.0) == []
    again = store.call("claim_cells", process="p1", limit=9, stale_s=30.0, held=[held["response_id"]])
    assert [cell | {"claim": lost["claim"]} for cell in again] == [lost]
    both = [lost["response_id"], held["response_id"]]
    assert store.call("claim_cells", process="p1", limit=9, stale_s=30.0, held=both) == []
    store.call("store_response", process="p1", response=lost["response_id"], result=result("Here."))
    [left] = store.call("claim_cells", process="p1", limit=9, stale_s=30.0, held=[])
    assert left["response_id"] == held["response_id"]
    built.answer("p1")
    store.call("store_response", process="p1", response=held["response_id"], result=result("There."))


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


def test_characters_that_no_text_can_hold_do_not_keep_an_answer_from_being_stored(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None])
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    odd = CellResult("a\x00b\ud800c", None, "ab" * 32)
    assert StoreCells(store).store_response("p1", cell["response_id"], odd)
    assert built.facilitator.call("read_responses")[0]["text"] == "ab?c"


def test_a_stopped_run_hands_out_nothing_and_keeps_an_answer_that_was_under_way(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None], samples=3)
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    built.facilitator.call("stop_run", run=run["run_id"])
    assert store.call("claim_cells", process="p1", limit=9, stale_s=30.0) == []
    assert store.call("heartbeat", process="p1", runs=[run["run_id"]]) == {"stopped": [run["run_id"]]}
    store.call("store_response", process="p1", response=cell["response_id"], result=result("came late"))
    assert [r["text"] for r in built.facilitator.call("read_responses") if r["text"]] == ["came late"]
    built.facilitator.call("resume_run", run=run["run_id"])
    resumed = decode(Run, built.facilitator.call("read_runs")[0])
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


MINE = {"model": "openai/mine", "api_base": None}
TYPED = {"model": "openai/mine", "api_base": "https://models.example.org/v1"}


def pause(store: Store, *runs: dict[str, object], reason: str = "needs the key again") -> None:
    for run in runs:
        store.call("pause_run", process="p1", run=run["run_id"], reason=reason)


def status_of(someone: Someone, run: dict[str, object]) -> str:
    return str(next(seen["status"] for seen in someone.call("read_runs") if seen["run_id"] == run["run_id"]))


def test_a_key_brings_back_everybodys_runs_of_its_model_and_address_and_no_others(store: Store) -> None:
    built, other = Built(store), Built(store)
    ana = built.join("Ana")
    question = built.run(ana, [None], shared=False, is_question=True, **MINE)
    shared = built.run(ana, [None], **MINE)
    at_an_address = built.run(ana, [None], shared=False, **TYPED)
    of_another_model = built.run(ana, [None], shared=False, model="openai/another")
    elsewhere = other.run(other.facilitator, [None], **MINE)
    pause(store, question, shared, at_an_address, of_another_model, elsewhere)
    assert built.facilitator.call("resume_paused", **MINE) == {}
    assert [status_of(ana, run) for run in (question, shared)] == ["active", "active"]
    assert [status_of(ana, run) for run in (at_an_address, of_another_model)] == ["paused", "paused"]
    assert status_of(other.facilitator, elsewhere) == "paused"
    assert {cell["run_id"] for cell in built.answer()} == {question["run_id"], shared["run_id"]}
    built.facilitator.call("resume_paused", **TYPED)
    assert {cell["run_id"] for cell in built.answer()} == {at_an_address["run_id"]}


def test_a_key_tells_the_facilitator_nothing_of_private_runs(store: Store) -> None:
    built = Built(store)
    ana = built.join("Ana")
    pause(store, built.run(ana, [None], shared=False, is_question=True, **MINE))
    before = [built.facilitator.call(function) for function in ("read_runs", "read_responses")]
    assert built.facilitator.call("resume_paused", **MINE) == {}
    assert [built.facilitator.call(function) for function in ("read_runs", "read_responses")] == before == [[], []]
    built.answer()


def test_a_key_brings_back_nothing_that_a_person_stopped_nor_work_for_people_who_are_gone(store: Store) -> None:
    built = Built(store)
    ana, rem, lea = built.join("Ana"), built.join("Rem"), built.join("Lea")
    stopped, removed, left = (built.run(someone, [None], shared=False, **MINE) for someone in (ana, rem, lea))
    pause(store, stopped, removed, left)
    ana.call("stop_run", run=stopped["run_id"])
    built.facilitator.call("change_person", person=rem.person, changes={"is_removed": True})
    lea.call("leave_workshop", delete_data=False)
    built.facilitator.call("resume_paused", **MINE)
    assert built.answer() == []
    assert status_of(ana, stopped) == "stopped"
    built.facilitator.call("change_person", person=rem.person, changes={"is_removed": False})
    assert status_of(rem, removed) == "stopped"


def test_a_raised_cost_limit_brings_back_what_it_paused_and_a_limit_that_is_still_reached_does_not(
    store: Store,
) -> None:
    built = Built(store)
    ana = built.join("Ana")
    private = built.run(ana, [None], shared=False, samples=2)
    keyless = built.run(ana, [None], shared=False, **MINE)
    pause(store, keyless)
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    store.call("store_response", process="p1", response=cell["response_id"], result=result("x", cost=6.0))
    assert built.answer() == []
    assert status_of(ana, private) == "paused"
    built.facilitator.call("resume_paused", model=None, api_base=None)
    assert status_of(ana, private) == "paused"
    built.facilitator.call("set_workshop", changes={"max_cost_usd": 10.0})
    built.facilitator.call("resume_paused", model=None, api_base=None)
    assert [status_of(ana, run) for run in (private, keyless)] == ["active", "paused"]
    assert len(built.answer()) == 1


def test_the_cap_on_calls_counts_waiting_ones_and_names_the_way_out(store: Store) -> None:
    built = Built(store, max_calls=3)
    built.run(built.facilitator, [None], samples=2)
    with pytest.raises(NotAllowed, match=r"3 model calls; 2 are used or waiting, so 2 more do not fit.*console"):
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


def test_nothing_more_is_asked_of_a_model_for_a_removed_person(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    run = built.run(ana, [None], samples=2)
    [cell, _] = store.call("claim_cells", process="p1", limit=2, stale_s=30.0)
    store.call("store_response", process="p1", response=cell["response_id"], result=result(None, "too slow"))
    built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
    with pytest.raises(NotAllowed, match="was removed"):
        ben.call("retry_response", response=cell["response_id"])
    with pytest.raises(NotAllowed, match="was removed"):
        built.facilitator.call("resume_run", run=run["run_id"])
    assert built.answer() == []
    assert built.facilitator.call("read_runs")[0]["waiting_count"] == 0


def test_resuming_a_run_that_goes_on_asks_nothing_twice(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None], samples=2)
    store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    built.facilitator.call("resume_run", run=run["run_id"])
    assert len(store.call("claim_cells", process="p2", limit=9, stale_s=30.0)) == 1
    store.call("pause_run", process="p1", run=run["run_id"], reason="done with it")


def test_two_runs_at_once_do_not_both_fit_into_what_is_left(store: Store) -> None:
    built = Built(store, max_calls=10)

    def started(_: int) -> bool:
        try:
            return bool(built.run(built.facilitator, [None], samples=5))
        except NotAllowed:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(started, range(8))) == 2
    assert built.facilitator.call("read_place")["workshop"]["calls_used"] == 10
    built.answer()


def test_a_run_started_twice_at_the_same_moment_is_one(store: Store) -> None:
    built = Built(store)
    for _ in range(5):
        run = new_id()
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: built.run(built.facilitator, ["current"], run=run), range(4)))  # noqa: B023
        assert answers == [answers[0]] * 4
    built.answer()


def test_calls_that_were_made_stay_counted_when_the_run_is_stopped(store: Store) -> None:
    built = Built(store)
    run = built.run(built.facilitator, [None])
    for _ in range(2):
        [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
        store.call("store_response", process="p1", response=cell["response_id"], result=result(None, "no", cost=0.5))
        built.facilitator.call("retry_response", response=cell["response_id"])
    built.facilitator.call("stop_run", run=run["run_id"])
    used = built.facilitator.call("read_place")["workshop"]
    assert (used["calls_used"], used["cost_used_usd"]) == (2, 1.0)
    built.facilitator.call("retry_response", response=cell["response_id"])
    assert built.facilitator.call("read_place")["workshop"]["calls_used"] == 3
    built.answer()


def test_an_answer_without_text_is_a_failure_that_can_be_retried(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None])
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    store.call("store_response", process="p1", response=cell["response_id"], result=result(None))
    [answered] = decode(tuple[Response, ...], built.facilitator.call("read_responses"))
    assert (answered.status, answered.error) == ("failed", "The model gave no answer.")


def test_a_run_that_the_cost_limit_pauses_is_news_for_every_page(store: Store) -> None:
    built = Built(store)
    built.run(built.facilitator, [None], samples=2)
    [cell] = store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    store.call("store_response", process="p1", response=cell["response_id"], result=result("x", cost=6.0))
    before = store.call("read_revs", workshops=[built.workshop])[built.workshop]
    for _ in range(2):
        store.call("claim_cells", process="p1", limit=1, stale_s=30.0)
    assert store.call("read_revs", workshops=[built.workshop])[built.workshop] == before + 1


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "system", "content": "Obey me."}, *QUESTION],
        [{"role": "user", "content": {"text": "?"}}],
        [*QUESTION] * 101,
        {"role": "user"},
    ],
)
def test_a_scenario_is_made_of_the_turns_of_two_and_nothing_else(store: Store, turns: object) -> None:
    ana = Built(store).join("Ana")
    with pytest.raises(ValidationFailed):
        ana.call("add_scenario", scenario=new_id(), title="T", turns=turns, is_shared=True)


def test_only_role_and_content_of_a_turn_reach_the_model(store: Store) -> None:
    ana = Built(store).join("Ana")
    turns = [QUESTION[0] | {"tool_calls": "[]"}]
    assert ana.call("add_scenario", scenario=new_id(), title="T", turns=turns, is_shared=True)["turns"] == QUESTION


def test_many_scenarios_shared_at_once_get_a_number_each_without_a_deadlock(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.store.direct.ROLLED_BACK", frozenset())  # or the store would try again in silence
    built = Built(store)
    people = [built.join(f"P{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda someone: [add_scenario(someone, shared=True) for _ in range(6)], people))
    assert [s["number"] for s in people[0].call("read_scenarios")] == list(range(1, 51))


def test_a_snapshot_does_not_tell_who_tried_the_text_in_private_first(store: Store) -> None:
    built = Built(store)
    ana, ben = built.join("Ana"), built.join("Ben")
    built.run(ana, ["current"], shared=False)
    built.run(ben, ["current"])
    built.answer()
    [response] = ben.call("read_responses")
    assert "Ana" not in str(ben.call("read_version_by_id", version=response["version_id"]))
    assert "'Ana'" not in str([v["published_by"] for v in ben.call("export_workshop")["versions"]])
