"""Everybody does everything at the same moment: no two functions wait for each other, and the counts stay whole."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from lib.domain.errors import FolkmootError, NotAllowed, SignedOut, StoreUnavailable
from lib.security import leading_hash
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, clause, hash_of, new_id, result

SECONDS = 3.0
PATIENCE_S = 60.0
THREADS = 9


class Crowd:
    """People of one workshop who act at random."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.built = Built(store, max_calls=100_000)
        self.people = [self.built.join(f"P{n}") for n in range(8)]
        self.note = new_id()
        self.acts: list[Callable[[random.Random, Someone], object]] = [
            self.commit,
            self.publish,
            self.restore,
            self.add_scenario,
            self.start,
            self.work,
            self.steer,
            self.mark,
            self.vote,
            self.vote,
            self.round,
            self.remove,
            self.come_and_go,
            self.touch,
            self.settle,
            self.replace_links,
            self.lead,
            self.write,
            self.write,
            self.lock_and_compact,
            self.point,
            self.talk,
            self.talk,
        ]
        store.call("seed_document", workshop=self.built.workshop, policy_revision=1, snapshot="AAA=")

    def commit(self, dice: random.Random, someone: Someone) -> None:
        policy = someone.call("read_policy")["policy"]
        clauses = [*self.built.clauses, clause(f"Clause {dice.random()}")]
        self.built.commit(someone, clauses, policy["revision"])

    def write(self, dice: random.Random, someone: Someone) -> None:
        batch = dice.choices([*self.people, self.built.facilitator], k=dice.randrange(1, 5))
        updates = [
            {
                "workshop": one.workshop,
                "token_hash": one.token_hash,
                "client": 7,
                "update": "AAAA",
                "update_id": new_id(),
            }
            for one in batch
        ]
        self.store.call("append_updates", updates=updates)

    def lock_and_compact(self, dice: random.Random, _: Someone) -> None:
        self.built.facilitator.call("set_workshop", changes={"editing_is_locked": dice.random() < 0.3})
        known = self.store.call("read_updates", workshop=self.built.workshop, since=-1)
        self.store.call("compact_document", workshop=self.built.workshop, through_seq=known["seq"], snapshot="AAA=")
        renewed = {"document": known["document"], "seq": known["seq"], "snapshot": "AAA="}
        self.store.call("renew_document", workshop=self.built.workshop, **renewed)

    def point(self, dice: random.Random, _: Someone) -> None:
        rows = [
            {
                "workshop": one.workshop,
                "token_hash": one.token_hash,
                "client": dice.randrange(20),
                "cursor": dice.choice([None, {}]),
            }
            for one in dice.choices([*self.people, self.built.facilitator], k=dice.randrange(5))
        ]
        workshops = [self.built.workshop][: dice.randrange(4)]
        process = f"p{dice.randrange(3)}"
        self.store.call("place_cursors", process=process, workshops=workshops, cursors=rows)
        self.store.call("read_cursors", known={self.built.workshop: {"p0": 0, "p1": 0}})

    def publish(self, _: random.Random, __: Someone) -> None:
        self.built.publish()

    def restore(self, dice: random.Random, someone: Someone) -> None:
        versions = someone.call("read_policy")["versions"]
        if versions:
            number = dice.choice(versions)["number"]
            someone.call("restore_version", number=number, base_revision=1, note="", request_id=new_id())
            someone.call("read_policy_news", revision=dice.randrange(5))

    def add_scenario(self, dice: random.Random, someone: Someone) -> None:
        turns = [{"role": "user", "content": "?"}]
        scenario = new_id()
        someone.call("add_scenario", scenario=scenario, title="T", turns=turns, is_shared=dice.random() < 0.5)
        someone.call("share_scenario", scenario=scenario)

    def start(self, dice: random.Random, someone: Someone) -> None:
        self.built.run(someone, ["current", None], shared=dice.random() < 0.7, samples=3)

    def work(self, dice: random.Random, _: Someone) -> None:
        process = f"p{dice.randrange(3)}"
        for cell in self.store.call("claim_cells", process=process, limit=4, stale_s=0.05):
            answer = result("x") if dice.random() < 0.6 else result(None, "failed")
            self.store.call("store_response", process=process, response=cell["response_id"], result=answer)
            if dice.random() < 0.2:
                self.store.call("pause_run", process=process, run=cell["run_id"], reason="no key")
        self.store.call("heartbeat", process=process, runs=[])

    def steer(self, dice: random.Random, someone: Someone) -> None:
        runs = someone.call("read_runs")
        if runs:
            run = dice.choice(runs)["run_id"]
            someone.call(dice.choice(["stop_run", "resume_run", "share_run"]), run=run)
            failed = [r for r in someone.call("read_responses", scenario=None, run=run) if r["status"] == "failed"]
            for response in failed:
                someone.call("retry_response", response=response["response_id"])

    def mark(self, dice: random.Random, someone: Someone) -> None:
        done = [r for r in someone.call("read_responses", scenario=None, run=None) if r["status"] == "done"]
        if done:
            first = self.built.clauses[0]["clause_id"]
            someone.call("set_mark", response=dice.choice(done)["response_id"], clause=first, value="followed")

    def vote(self, dice: random.Random, someone: Someone) -> None:
        for seen in someone.call("read_rounds"):
            if seen["status"] == "open":
                someone.vote(seen["items"][0]["item_id"], dice.choice(["agree", "disagree", "pass"]))

    def round(self, dice: random.Random, _: Someone) -> None:
        rounds = self.built.facilitator.call("read_rounds")
        waiting = [r for r in rounds if r["status"] != "revealed"]
        if len([r for r in waiting if r["status"] == "open"]) < 3:
            versions = self.built.facilitator.call("read_policy")["versions"]
            item = {"kind": "clause", "clause_id": self.built.clauses[0]["clause_id"]}
            self.built.facilitator.call(
                "open_round",
                round=new_id(),
                question="?",
                anonymity=dice.choice(["named", "anonymous"]),
                items=[item | {"version_id": versions[0]["version_id"]}] if versions else [],
            )
        for shown in waiting[:2]:
            self.built.facilitator.call("close_round", round=shown["round_id"])
            self.built.facilitator.call("reveal_round", round=shown["round_id"])

    def remove(self, dice: random.Random, someone: Someone) -> None:
        for is_removed in (True, False):
            self.built.facilitator.call("change_person", person=someone.person, changes={"is_removed": is_removed})

    def come_and_go(self, dice: random.Random, _: Someone) -> None:
        guest = self.built.join(f"Guest {dice.random()}")
        self.vote(dice, guest)
        self.start(dice, guest)
        guest.call("leave_workshop", delete_data=dice.random() < 0.7)

    def touch(self, dice: random.Random, _: Someone) -> None:
        people = [{"workshop": self.built.workshop, "token_hash": p.token_hash} for p in self.people]
        self.store.call("touch_people", people=dice.sample(people, len(people)))

    def settle(self, dice: random.Random, someone: Someone) -> None:
        self.built.facilitator.call("set_workshop", changes={"timer_seconds": dice.randrange(10, 100)})
        self.built.facilitator.call("resume_paused", model="stub", api_base=None)
        someone.call("read_place")
        someone.call("export_workshop")

    def lead(self, dice: random.Random, someone: Someone) -> None:
        agenda = self.built.facilitator.call("read_agenda")
        new = {"step_id": new_id(), "stage": "test", "title": "T", "minutes": 5, "note": ""}
        steps, revision = [*agenda["steps"][-5:], new], agenda["revision"]
        self.try_each(
            self.built.facilitator,
            ("set_agenda", {"base_revision": revision, "steps": steps, "request_id": new_id()}),
            ("go_to_step", {"seen": agenda["step_id"], "step": dice.choice(steps)["step_id"]}),
            ("pause_timer", {"is_paused": dice.random() < 0.5}),
            ("extend_timer", {"seconds": 60.0}),
            ("undo_act", {"act": (agenda["last_act"] or {}).get("act_id")}),
            ("add_note", {"note": self.note, "kind": "decision", "text": "X", "about_kind": None, "about_id": None}),
            ("edit_note", {"note": self.note, "text": f"{dice.random()}", "base_revision": dice.randrange(1, 40)}),
            ("withdraw_note", {"note": self.note, "is_withdrawn": dice.random() < 0.3}),
            ("call_everyone", {"call": self.note, "kind": "scenario", "target": self.built.scenarios[0]}),
            ("take_back_call", {"call": self.note}),
            ("stop_all_runs", {"stop": self.note}),
            ("resume_all_runs", {"stop": self.note}),
            ("grant_leading", {"person": someone.person, "is_granted": dice.random() < 0.7}),
            ("nudge_people", {"people": [one.person for one in self.people], "reason": "idle"}),
            ("take_back_nudges", {"people": [one.person for one in self.people]}),
            ("undo_agenda", {"base_revision": revision + 1, "request_id": new_id()}),
        )

        who = {"workshop": self.built.workshop, "token_hash": leading_hash(someone.token_hash)}
        with suppress(NotAllowed):  # somebody has just taken the right from them
            self.store.call("change_person", **who, person=dice.choice(self.people).person, changes={})
        is_dissenting = dice.random() < 0.6
        someone.call("set_dissent", note=self.note, is_dissenting=is_dissenting, words=f"{dice.random()}")

    def talk(self, dice: random.Random, someone: Someone) -> None:
        first = self.built.clauses[0]
        comment, wording = new_id(), f"Wording {dice.random()}"
        someone.call("add_comment", comment=comment, clause=first["clause_id"], text="So?")
        self.try_each(
            someone,
            ("edit_comment", {"comment": comment, "text": "So what?"}),
            ("withdraw_comment", {"comment": comment, "is_withdrawn": True}),
            ("set_rough", {"clause": first["clause_id"], "is_rough": dice.random() < 0.5}),
        )
        suggestion = self.built.suggest(someone, wording)
        other = dice.choice(self.people)
        with suppress(FolkmootError):
            self.built.accept(other, suggestion, wording)
        self.try_each(
            other,
            ("settle_suggestion", {"suggestion": suggestion, "state": "declined"}),
            ("settle_suggestion", {"suggestion": suggestion, "state": "open"}),
        )
        for function in ("read_beside", "read_suggestions"):
            other.call(function)

    def try_each(self, someone: Someone, *calls: tuple[str, dict[str, object]]) -> None:
        """Each of these, also when those before were refused because somebody was faster."""
        for function, arguments in calls:
            try:
                someone.call(function, **arguments)
            except StoreUnavailable:
                raise
            except FolkmootError:
                pass

    def replace_links(self, dice: random.Random, _: Someone) -> None:
        facilitator, organizer = self.built.facilitator, self.built.organizer
        for someone, role in ((facilitator, "facilitator"), (organizer, "organizer")):
            link = {"role": role, "token_hash": someone.token_hash}  # the same again, or the others could do nothing
            self.store.call("reissue_link", workshop=self.built.workshop, **link)
            facilitator.call("renew_link", role=role, new_token_hash=someone.token_hash)


def test_whatever_people_do_at_once_no_function_breaks_and_no_number_is_given_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.store.direct.ROLLED_BACK", frozenset())  # or a deadlock would be tried again in silence
    crowd = Crowd(store)
    crowd.built.publish()
    began = time.monotonic()
    done: dict[str, int] = {}

    def goes_on() -> bool:
        gone = time.monotonic() - began
        return gone < SECONDS or (len(done) < len({what.__name__ for what in crowd.acts}) and gone < PATIENCE_S)

    def act(seed: int) -> None:
        dice = random.Random(seed)
        while goes_on():
            what = dice.choice(crowd.acts)
            try:
                what(dice, dice.choice(crowd.people))
                done[what.__name__] = done.get(what.__name__, 0) + 1
            except StoreUnavailable:
                raise
            except FolkmootError:
                pass  # refused, as it may be: somebody was faster

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(act, range(THREADS)))
    assert set(done) == {what.__name__ for what in crowd.acts}, done
    read = crowd.built.facilitator.call
    versions = [v["number"] for v in read("read_policy")["versions"]]
    assert versions == list(range(len(versions), 0, -1))
    assert [r["number"] for r in read("read_rounds")] == list(range(len(read("read_rounds")), 0, -1))
    numbers = [s["number"] for s in read("read_scenarios")]
    assert numbers == list(range(1, len(numbers) + 1))
    document = store.call("read_updates", workshop=crowd.built.workshop, since=-1)
    assert [one["seq"] for one in document["updates"]] == list(range(document["snapshot_seq"] + 1, document["seq"] + 1))
    worded = {
        e["revision"]: e["wording"] for e in read("read_clause_history", clause=crowd.built.clauses[0]["clause_id"])
    }
    accepted = [one for one in read("read_suggestions") if one["state"] == "accepted"]
    assert accepted
    assert [worded[one["revision"]] for one in accepted] == [one["wording"] for one in accepted]
    for seen in read("read_results"):
        assert len(seen["votes"]) == seen["voted_count"]
        assert seen["voted_count"] <= seen["eligible_count"]


@pytest.mark.parametrize("role", ["facilitator", "organizer"])
def test_of_links_replaced_at_once_one_works_in_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr("lib.store.direct.ROLLED_BACK", frozenset())
    built = Built(store)
    together = threading.Barrier(THREADS)

    def replace(number: int) -> str:
        token_hash = hash_of(new_id())
        together.wait(PATIENCE_S)
        if number % 2:
            store.call("reissue_link", workshop=built.workshop, role=role, token_hash=token_hash)
        else:
            with suppress(SignedOut):  # the facilitator's own link may be replaced already
                built.facilitator.call("renew_link", role=role, new_token_hash=token_hash)
        return token_hash

    def works(token_hash: str) -> bool:
        with suppress(SignedOut):
            return bool(store.call("identify", token_hash=token_hash))
        return False

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(5):
            given = list(pool.map(replace, range(THREADS)))
            assert [works(token_hash) for token_hash in given].count(True) == 1
