"""All model calls of a workshop are stopped in one act, each asker reads why, and the act can be taken back."""

from typing import Any

import pytest

from lib.domain.errors import NotAllowed
from lib.domain.runs import CallQueue
from lib.store.decode import decode
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id, result


@pytest.fixture
def built(store: Store) -> Built:
    store.call("claim_cells", process=new_id(), limit=1000, stale_s=0.0)  # what other tests left waiting
    return Built(store)


def queue(built: Built) -> CallQueue:
    return decode(CallQueue, built.facilitator.call("read_queue"))


def stop_all(built: Built) -> str:
    stop = new_id()
    built.facilitator.call("stop_all_runs", stop=stop)
    return stop


def runs(someone: Someone) -> dict[str, dict[str, Any]]:
    return {one["run_id"]: dict(one) for one in someone.call("read_runs")}


def test_the_queue_names_shared_runs_and_only_counts_private_ones(store: Store, built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    shared = built.run(ana, [None, "current"], samples=2)["run_id"]
    built.run(ben, [None], shared=False, samples=3)
    [claimed] = store.call("claim_cells", process="p-queue", limit=1, stale_s=30.0)
    assert claimed["run_id"] == shared
    seen = queue(built)
    assert (seen.waiting, seen.running, seen.private_waiting, seen.private_running) == (6, 1, 3, 0)
    [one] = seen.runs
    assert (one.asked_by_name, one.waiting_count, one.running_count, one.cell_count) == ("Ana", 3, 1, 4)
    assert "Ben" not in str(built.facilitator.call("read_queue"))


def test_shared_and_private_runs_are_stopped_and_each_asker_reads_why(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    shared = built.run(ana, [None])["run_id"]
    private = built.run(ben, [None], shared=False)["run_id"]
    stop = stop_all(built)
    for someone, run in ((ana, shared), (ben, private)):
        seen = runs(someone)[run]
        assert (seen["status"], seen["stop_reason"]) == (
            "stopped",
            "Facilitator stopped all model calls of the workshop.",
        )
    assert private not in runs(built.facilitator)
    after = queue(built)
    assert (after.waiting, after.running, after.runs) == (0, 0, ())
    assert after.last_stop is not None
    assert (after.last_stop.stop_id, after.last_stop.by, after.last_stop.calls) == (stop, "Facilitator", 2)


def test_what_was_answered_or_stopped_before_is_not_touched(built: Built) -> None:
    ana = built.join("Ana")
    done = built.run(ana, [None])["run_id"]
    built.answer()
    mine = built.run(ana, [None])["run_id"]
    ana.call("stop_run", run=mine)
    stop_all(built)
    seen = runs(ana)
    assert (seen[done]["status"], seen[mine]["status"], seen[mine]["stop_reason"]) == ("finished", "stopped", None)
    assert queue(built).last_stop is None


def test_undoing_it_lets_go_on_what_it_stopped_and_nothing_else(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    shared, again, halted = (built.run(ana, [None])["run_id"] for _ in range(3))
    private = built.run(ben, [None], shared=False)["run_id"]
    stop = stop_all(built)
    ana.call("resume_run", run=again)
    ana.call("stop_run", run=again)
    built.facilitator.call("resume_all_runs", stop=stop)
    seen = runs(ana)
    assert [seen[one]["status"] for one in (shared, again, halted)] == ["active", "stopped", "active"]
    assert (runs(ben)[private]["status"], runs(ben)[private]["stop_reason"]) == ("active", None)
    assert queue(built).last_stop is None
    built.facilitator.call("resume_all_runs", stop=stop)
    assert runs(ana)[again]["status"] == "stopped", "its asker stopped it since"


def test_a_call_that_was_under_way_keeps_its_answer_and_is_ended_by_the_heartbeat(store: Store, built: Built) -> None:
    run = built.run(built.join("Ana"), [None])["run_id"]
    [cell] = store.call("claim_cells", process="p-late", limit=1, stale_s=30.0)
    stop_all(built)
    assert store.call("heartbeat", process="p-late", runs=[run]) == {"stopped": [run]}
    late = {"process": "p-late", "response": cell["response_id"], "claim": cell["claim"]}
    assert store.call("store_response", **late, result=result("late")) == {"stored": True}
    assert store.call("claim_cells", process="p-late", limit=9, stale_s=30.0) == []


def test_undoing_it_keeps_to_the_limits_and_leaves_out_whoever_was_removed(built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    mine, theirs = built.run(ana, [None])["run_id"], built.run(ben, [None])["run_id"]
    stop = stop_all(built)
    built.facilitator.call("set_workshop", changes={"max_calls": 0})
    with pytest.raises(NotAllowed, match="more do not fit"):
        built.facilitator.call("resume_all_runs", stop=stop)
    built.facilitator.call("set_workshop", changes={"max_calls": 100})
    built.facilitator.call("change_person", person=ben.person, changes={"is_removed": True})
    built.facilitator.call("resume_all_runs", stop=stop)
    seen = runs(built.facilitator)
    assert (seen[mine]["status"], seen[theirs]["status"]) == ("active", "stopped")


def test_only_who_leads_and_only_in_their_own_workshop(store: Store, built: Built) -> None:
    other = Built(store)
    run = other.run(other.facilitator, [None])["run_id"]
    stop_all(built)
    assert runs(other.facilitator)[run]["status"] == "active"
    stop = stop_all(other)
    built.facilitator.call("resume_all_runs", stop=stop)
    assert runs(other.facilitator)[run]["status"] == "stopped"
    for someone in (built.join("Ana"), built.organizer):
        for function, given in (
            ("read_queue", {}),
            ("stop_all_runs", {"stop": stop}),
            ("resume_all_runs", {"stop": stop}),
        ):
            with pytest.raises(NotAllowed):
                someone.call(function, **given)
