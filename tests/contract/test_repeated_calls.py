"""A call whose answer was lost is sent again, and meanwhile others went on: their acts stand, nothing is doubled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotAllowed, SignedOut, ValidationFailed
from lib.store.port import ONCE, SAFE_TO_REPEAT, Store, as_sent
from tests.support.workshop_builder import Built, Someone, clause, hash_of, new_id, result, text_of

Act = Callable[[], object]


@dataclass
class Case:
    """A call; what another does after it landed; and what then holds, before the repetition and after it."""

    arguments: dict[str, Any]
    another: Act
    after: Act
    expected: object


class Scene:
    """A workshop with a facilitator, Ana and Ben, in which every case finds what it needs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.built = Built(store)
        self.facilitator = self.built.facilitator
        self.ana, self.ben = self.built.join("Ana"), self.built.join("Ben")
        store.call("claim_cells", process=new_id(), limit=1000, stale_s=0.0)  # what other tests left waiting

    def as_person(self, someone: Someone, **arguments: Any) -> dict[str, Any]:
        return {"workshop": self.built.workshop, "token_hash": someone.token_hash, **arguments}

    def workshop(self, name: str) -> object:
        return self.facilitator.call("read_place")["workshop"][name]

    def person(self, someone: Someone) -> dict[str, Any]:
        return next(dict(p) for p in self.facilitator.call("read_people") if p["person_id"] == someone.person)

    def run(self, someone: Someone | None = None) -> str:
        return str(self.built.run(someone or self.ana, [None])["run_id"])

    def status(self, run: str) -> str:
        return next(str(one["status"]) for one in self.facilitator.call("read_runs") if one["run_id"] == run)

    def responses(self) -> list[dict[str, Any]]:
        return [dict(one) for one in self.facilitator.call("read_responses")]

    def claim(self, process: str = "p1") -> dict[str, Any]:
        [cell] = self.store.call("claim_cells", process=process, limit=9, stale_s=30.0, held=[])
        return dict(cell)

    def fail_one(self) -> str:
        self.run()
        cell = self.claim()
        self.store_failure(cell)
        return str(cell["response_id"])

    def store_failure(self, cell: dict[str, Any]) -> object:
        return self.store.call("store_response", **self.failure(cell))

    def failure(self, cell: dict[str, Any]) -> dict[str, Any]:
        return {
            "process": "p1",
            "response": cell["response_id"],
            "result": result(None, "too slow"),
            "claim": cell["claim"],
        }

    def answered(self) -> str:
        self.run()
        [cell] = self.built.answer()
        return str(cell["response_id"])

    def scenario(self) -> dict[str, Any]:
        given = self.facilitator.call("read_scenarios")
        return next(dict(one) for one in given if one["scenario_id"] == self.built.scenarios[0])

    def policy(self) -> dict[str, Any]:
        return dict(self.facilitator.call("read_policy"))

    def rounds(self) -> list[str]:
        return [str(one["status"]) for one in self.facilitator.call("read_rounds")]

    def works(self, token: str) -> bool:
        try:
            return bool(self.store.call("identify", token_hash=hash_of(token)))
        except SignedOut:
            return False


def ask_back(s: Scene) -> Case:
    return Case(
        {"join_code": s.built.code, "name": "Ana"},
        lambda: s.facilitator.call("change_person", person=s.ana.person, changes={"token_hash": hash_of(new_id())}),
        lambda: s.person(s.ana)["wants_back_at"],
        None,
    )


def set_workshop(s: Scene) -> Case:
    return Case(
        s.as_person(s.facilitator, changes={"stage": "test", "timer_seconds": 60}),
        lambda: s.facilitator.call("set_workshop", changes={"stage": "vote", "timer_seconds": None}),
        lambda: (s.workshop("stage"), s.workshop("timer_ends_at")),
        ("vote", None),
    )


def change_person(s: Scene) -> Case:
    return Case(
        s.as_person(s.facilitator, person=s.ana.person, changes={"name": "Anna", "is_removed": True}),
        lambda: s.facilitator.call("change_person", person=s.ana.person, changes={"name": "Ann", "is_removed": False}),
        lambda: (s.person(s.ana)["name"], s.person(s.ana)["is_removed"]),
        ("Ann", False),
    )


def hide_text(s: Scene) -> Case:
    text = {"kind": "response", "id": s.answered()}
    return Case(
        s.as_person(s.facilitator, **text, is_hidden=True),
        lambda: s.facilitator.call("hide_text", **text, is_hidden=False),
        lambda: [one["is_hidden"] for one in s.responses()],
        [False],
    )


def reissue_link(s: Scene) -> Case:
    older, newer = new_id(), new_id()
    link = {"workshop": s.built.workshop, "role": "organizer"}
    return Case(
        link | {"token_hash": hash_of(older)},
        lambda: s.store.call("reissue_link", **link, token_hash=hash_of(newer)),
        lambda: (s.works(older), s.works(newer)),
        (False, True),
    )


def withdraw_scenario(s: Scene) -> Case:
    scenario = s.built.scenarios[0]
    return Case(
        s.as_person(s.facilitator, scenario=scenario, is_withdrawn=True),
        lambda: s.facilitator.call("withdraw_scenario", scenario=scenario, is_withdrawn=False),
        lambda: s.scenario()["is_withdrawn"],
        False,
    )


def set_mark(s: Scene) -> Case:
    where = {"response": s.answered(), "clause": s.built.clauses[0]["clause_id"]}
    return Case(
        s.as_person(s.ana, **where, value="followed"),
        lambda: s.ana.call("set_mark", **where, value="violated"),
        lambda: [one["value"] for one in s.ana.call("read_marks")],
        ["violated"],
    )


def stop_run(s: Scene) -> Case:
    run = s.run()
    return Case(
        s.as_person(s.ana, run=run), lambda: s.facilitator.call("resume_run", run=run), lambda: s.status(run), "active"
    )


def resume_run(s: Scene) -> Case:
    run = s.run()
    s.ana.call("stop_run", run=run)
    return Case(
        s.as_person(s.ana, run=run), lambda: s.facilitator.call("stop_run", run=run), lambda: s.status(run), "stopped"
    )


def resume_paused(s: Scene) -> Case:
    run = s.run()

    def pause() -> object:
        return s.store.call("pause_run", process="p1", run=run, reason="needs the key")

    pause()
    return Case(s.as_person(s.facilitator, model="stub", api_base=None), pause, lambda: s.status(run), "paused")


def retry_response(s: Scene) -> Case:
    response = s.fail_one()
    return Case(
        s.as_person(s.ana, response=response),
        lambda: s.store_failure(s.claim()),
        lambda: [(one["status"], one["attempts"]) for one in s.responses()],
        [("failed", 2)],
    )


def pause_run(s: Scene) -> Case:
    run = s.run()
    return Case(
        {"process": "p1", "run": run, "reason": "needs the key"},
        lambda: s.ana.call("resume_run", run=run),
        lambda: s.status(run),
        "active",
    )


def create_workshop(s: Scene) -> Case:
    """Nobody has a link before its maker has the answer, so the only others are those who have the code."""
    made = Built(s.store)

    def join() -> object:
        return made.join("Cleo")

    return Case(
        {
            "workshop": made.workshop,
            "title": "Again",
            "brief": "",
            "join_code": made.code,
            "facilitator_hash": made.facilitator.token_hash,
            "organizer_hash": made.organizer.token_hash,
            "policy_text": "",
            "clauses": [],
            "scenarios": [],
            "max_calls": 1,
            "max_cost_usd": 1.0,
        },
        join,
        lambda: (made.facilitator.call("read_place")["workshop"]["title"], len(made.facilitator.call("read_people"))),
        ("Legal questions", 1),
    )


def join_workshop(s: Scene) -> Case:
    cleo, token = new_id(), new_id()
    return Case(
        {"join_code": s.built.code, "person": cleo, "name": "Cleo", "token_hash": hash_of(token)},
        lambda: s.facilitator.call("change_person", person=cleo, changes={"is_removed": True}),
        lambda: [p["is_removed"] for p in s.facilitator.call("read_people") if p["name"] == "Cleo"],
        [True],
    )


def identify(s: Scene) -> Case:
    return Case(
        {"token_hash": s.ana.token_hash},
        lambda: s.facilitator.call("change_person", person=s.ana.person, changes={"name": "Ann"}),
        lambda: s.person(s.ana)["name"],
        "Ann",
    )


def save_draft(s: Scene) -> Case:
    return Case(
        s.as_person(s.ana, field="f", text="older", seq=1),
        lambda: s.ana.call("save_draft", field="f", text="newer", seq=2),
        lambda: s.ana.call("read_drafts")["f"]["text"],
        "newer",
    )


def commit_policy(s: Scene) -> Case:
    mine, theirs = clause("Mine."), clause("Theirs.")
    request = new_id()
    return Case(
        s.as_person(s.ana, base_revision=1, text="- Mine.\n", clauses=[mine], request_id=request),
        lambda: s.built.commit(s.ben, [mine, theirs], base=2),
        lambda: (s.policy()["policy"]["revision"], [c["wording"] for c in s.policy()["policy"]["clauses"]]),
        (3, ["Mine.", "Theirs."]),
    )


def publish_version(s: Scene) -> Case:
    def another() -> object:
        s.built.commit(s.ben, [clause("Theirs.")], base=1)
        return s.built.publish("second")

    return Case(
        s.as_person(s.ana, base_revision=1, note="first", request_id=new_id()),
        another,
        lambda: [version["note"] for version in s.policy()["versions"]],
        ["second", "first"],
    )


def restore_version(s: Scene) -> Case:
    s.built.publish("first")
    s.built.commit(s.ben, [clause("Theirs.")], base=1)

    def another() -> object:
        revision = s.policy()["policy"]["revision"]
        s.built.commit(s.ben, [clause("Newer.")], base=revision)
        return s.built.publish("fourth")

    return Case(
        s.as_person(s.ana, number=1, base_revision=2, note="third", request_id=new_id()),
        another,
        lambda: [version["note"] for version in s.policy()["versions"]],
        ["fourth", "third", "As it was before v1 was restored", "first"],
    )


def add_scenario(s: Scene) -> Case:
    scenario, turns = new_id(), [{"role": "user", "content": "?"}]
    return Case(
        s.as_person(s.ana, scenario=scenario, title="Mine", turns=turns, is_shared=True),
        lambda: s.facilitator.call("withdraw_scenario", scenario=scenario, is_withdrawn=True),
        lambda: [c["is_withdrawn"] for c in s.ana.call("read_scenarios") if c["title"] == "Mine"],
        [True],
    )


def share_scenario(s: Scene) -> Case:
    scenario, turns = new_id(), [{"role": "user", "content": "?"}]
    s.ana.call("add_scenario", scenario=scenario, title="Mine", turns=turns, is_shared=False)
    return Case(
        s.as_person(s.ana, scenario=scenario),
        lambda: s.facilitator.call("withdraw_scenario", scenario=scenario, is_withdrawn=True),
        lambda: [(c["is_withdrawn"], c["number"]) for c in s.ben.call("read_scenarios") if c["title"] == "Mine"],
        [(True, 3)],
    )


def start_run(s: Scene) -> Case:
    run = new_id()
    return Case(
        s.as_person(
            s.ana,
            run=run,
            versions=[None],
            scenarios=s.built.scenarios[:1],
            model="stub",
            api_base=None,
            samples=1,
            params={},
            is_shared=True,
            is_question=False,
        ),
        lambda: s.facilitator.call("stop_run", run=run),
        lambda: [one["status"] for one in s.facilitator.call("read_runs")],
        ["stopped"],
    )


def share_run(s: Scene) -> Case:
    run = str(s.built.run(s.ana, [None], shared=False)["run_id"])
    return Case(
        s.as_person(s.ana, run=run), lambda: s.facilitator.call("stop_run", run=run), lambda: s.status(run), "stopped"
    )


def open_round(s: Scene) -> Case:
    opened = s.built.open_round()
    s.facilitator.call("close_round", round=opened["round_id"])
    another = new_id()
    items = [{"kind": "clause", "version_id": i["version_id"], "clause_id": i["clause_id"]} for i in opened["items"]]
    return Case(
        s.as_person(s.facilitator, round=another, question="?", anonymity="named", items=items),
        lambda: s.facilitator.call("close_round", round=another),
        s.rounds,
        ["closed", "closed"],
    )


def close_round(s: Scene) -> Case:
    opened = s.built.open_round()["round_id"]
    return Case(
        s.as_person(s.facilitator, round=opened),
        lambda: s.facilitator.call("reveal_round", round=opened),
        s.rounds,
        ["revealed"],
    )


def reveal_round(s: Scene) -> Case:
    opened = s.built.open_round()
    s.ana.vote(opened["items"][0]["item_id"], "agree", "because")
    s.facilitator.call("close_round", round=opened["round_id"])

    def votes() -> list[dict[str, Any]]:
        [revealed] = s.facilitator.call("read_results")
        return list(revealed["votes"])

    return Case(
        s.as_person(s.facilitator, round=opened["round_id"]),
        lambda: s.facilitator.call("hide_text", kind="reason", id=votes()[0]["vote_id"], is_hidden=True),
        lambda: [(one["position"], one["reason_is_hidden"]) for one in votes()],
        [("agree", True)],
    )


def cast_votes(s: Scene) -> Case:
    opened = s.built.open_round()
    item = opened["items"][0]["item_id"]
    vote = s.as_person(s.ana, item_id=item, position="agree", reason="", request_id=new_id())

    def vote_and_close() -> object:
        s.ana.vote(item, "disagree")
        return s.facilitator.call("close_round", round=opened["round_id"])

    return Case(
        {"votes": [vote]},
        vote_and_close,
        lambda: [vote["position"] for vote in s.ana.call("read_rounds")[0]["my_votes"]],
        ["disagree"],
    )


def claim_cells(s: Scene) -> Case:
    run = s.run()
    return Case(
        {"process": "p1", "limit": 9, "stale_s": 30.0, "held": [], "lacks": []},
        lambda: s.ana.call("stop_run", run=run),
        lambda: s.status(run),
        "stopped",
    )


def heartbeat(s: Scene) -> Case:
    run = s.run()
    return Case(
        {"process": "p1", "runs": [run]},
        lambda: s.ana.call("stop_run", run=run),
        lambda: s.status(run),
        "stopped",
    )


def store_response(s: Scene) -> Case:
    s.run()
    cell = s.claim()

    def retried() -> object:
        s.ana.call("retry_response", response=cell["response_id"])
        return s.claim()  # by the same process, and so waiting for its answer again

    return Case(
        s.failure(cell),
        retried,
        lambda: [(one["status"], one["attempts"]) for one in s.responses()],
        [("waiting", 2)],
    )


def touch_people(s: Scene) -> Case:
    return Case(
        {"people": [{"workshop": s.built.workshop, "token_hash": s.ana.token_hash}]},
        lambda: s.ana.call("leave_workshop", delete_data=True),
        lambda: [p["name"] for p in s.facilitator.call("read_people")],
        ["Ben"],
    )


def agenda_of(s: Scene, *titles: str) -> list[dict[str, Any]]:
    """These steps, as the whole agenda."""
    steps = [
        {"step_id": new_id(), "stage": stage, "title": title, "minutes": 5, "note": ""}
        for title, stage in zip(titles, ("test", "vote", "review"), strict=False)
    ]
    revision = s.facilitator.call("read_agenda")["revision"]
    s.facilitator.call("set_agenda", base_revision=revision, steps=steps, request_id=new_id())
    return steps


def titles_of(s: Scene) -> list[str]:
    return [one["title"] for one in s.facilitator.call("read_agenda")["steps"]]


def set_agenda(s: Scene) -> Case:
    [step] = agenda_of(s, "First")
    given = {"base_revision": 1, "steps": [step, step | {"step_id": new_id()}], "request_id": new_id()}
    return Case(s.as_person(s.facilitator, **given), lambda: agenda_of(s, "Other"), lambda: titles_of(s), ["Other"])


def undo_agenda(s: Scene) -> Case:
    agenda_of(s, "First")
    agenda_of(s, "Second")
    given = {"base_revision": 2, "request_id": new_id()}
    return Case(s.as_person(s.facilitator, **given), lambda: agenda_of(s, "Third"), lambda: titles_of(s), ["Third"])


def go_to_step(s: Scene) -> Case:
    first, second = (one["step_id"] for one in agenda_of(s, "First", "Second"))
    return Case(
        s.as_person(s.facilitator, seen=None, step=first),
        lambda: s.facilitator.call("go_to_step", seen=first, step=second),
        lambda: (s.workshop("stage"), dict(s.workshop("agenda"))["title"]),  # type: ignore[call-overload]
        ("vote", "Second"),
    )


def pause_timer(s: Scene) -> Case:
    s.facilitator.call("set_workshop", changes={"timer_seconds": 60})
    return Case(
        s.as_person(s.facilitator, is_paused=True),
        lambda: s.facilitator.call("pause_timer", is_paused=False),
        lambda: s.workshop("timer_left_s"),
        None,
    )


def extend_timer(s: Scene) -> Case:
    s.facilitator.call("set_workshop", changes={"timer_seconds": 60})
    s.facilitator.call("pause_timer", is_paused=True)
    before = float(str(s.workshop("timer_left_s")))
    return Case(
        s.as_person(s.facilitator, seconds=100.0),
        lambda: s.facilitator.call("extend_timer", seconds=10.0),
        lambda: round(float(str(s.workshop("timer_left_s"))) - before),
        110,
    )


def undo_act(s: Scene) -> Case:
    s.facilitator.call("set_workshop", changes={"stage": "test"})
    return Case(
        s.as_person(s.facilitator, act=s.facilitator.call("read_agenda")["last_act"]["act_id"]),
        lambda: s.facilitator.call("set_workshop", changes={"stage": "review"}),
        lambda: s.workshop("stage"),
        "review",
    )


def notes_of(s: Scene) -> list[tuple[str, bool, list[str]]]:
    """Every note's text, whether it is withdrawn, and the words of its dissents."""
    notes = s.facilitator.call("read_notes")
    return [(one["text"], one["is_withdrawn"], [d["words"] for d in one["dissents"]]) for one in notes]


def add_note(s: Scene) -> Case:
    note = new_id()
    given = {"note": note, "kind": "decision", "about_kind": None, "about_id": None, "text": "Keep it."}
    return Case(
        s.as_person(s.facilitator, **given),
        lambda: s.facilitator.call("edit_note", note=note, text="Drop it.", base_revision=1),
        lambda: notes_of(s),
        [("Drop it.", False, [])],
    )


def edit_note(s: Scene) -> Case:
    note = s.built.decide("One.")
    return Case(
        s.as_person(s.facilitator, note=note, text="Two.", base_revision=1),
        lambda: s.facilitator.call("edit_note", note=note, text="Three.", base_revision=2),
        lambda: notes_of(s),
        [("Three.", False, [])],
    )


def withdraw_note(s: Scene) -> Case:
    note = s.built.decide("One.")
    return Case(
        s.as_person(s.facilitator, note=note, is_withdrawn=True),
        lambda: s.facilitator.call("withdraw_note", note=note, is_withdrawn=False),
        lambda: notes_of(s),
        [("One.", False, [])],
    )


def set_dissent(s: Scene) -> Case:
    note = s.built.decide("One.")
    return Case(
        s.as_person(s.ana, note=note, is_dissenting=True, words="No.", base_revision=1),
        lambda: s.ana.call("set_dissent", note=note, is_dissenting=False, words=""),
        lambda: notes_of(s),
        [("One.", False, [])],
    )


def call_everyone(s: Scene) -> Case:
    first, second = new_id(), new_id()
    return Case(
        s.as_person(s.facilitator, call=first, kind="stage", target="test"),
        lambda: s.facilitator.call("call_everyone", call=second, kind="stage", target="vote"),
        lambda: (s.workshop("stage"), dict(s.workshop("call"))["call_id"]),  # type: ignore[call-overload]
        ("vote", second),
    )


def take_back_call(s: Scene) -> Case:
    call = {"call": new_id(), "kind": "stage", "target": "test"}
    s.facilitator.call("call_everyone", **call)
    return Case(
        s.as_person(s.facilitator, call=call["call"]),
        lambda: s.facilitator.call("call_everyone", **call),
        lambda: dict(s.workshop("call"))["call_id"],  # type: ignore[call-overload]
        call["call"],
    )


def set_spotlight(s: Scene) -> Case:
    spotlight = new_id()
    return Case(
        s.as_person(s.facilitator, spotlight=spotlight, kind="response", target=s.answered()),
        lambda: s.facilitator.call("end_spotlight", spotlight=spotlight),
        lambda: s.workshop("spotlight"),
        None,
    )


def end_spotlight(s: Scene) -> Case:
    given = {"spotlight": new_id(), "kind": "response", "target": s.answered()}
    s.facilitator.call("set_spotlight", **given)
    return Case(
        s.as_person(s.facilitator, spotlight=given["spotlight"]),
        lambda: s.facilitator.call("set_spotlight", **given),
        lambda: dict(s.workshop("spotlight"))["call_id"],  # type: ignore[call-overload]
        given["spotlight"],
    )


def grant_leading(s: Scene) -> Case:
    return Case(
        s.as_person(s.facilitator, person=s.ana.person, is_granted=True),
        lambda: s.facilitator.call("grant_leading", person=s.ana.person, is_granted=False),
        lambda: s.person(s.ana)["is_co_facilitator"],
        False,
    )


def nudge_people(s: Scene) -> Case:
    return Case(
        s.as_person(s.facilitator, people=[s.ana.person], reason="idle"),
        lambda: s.ana.call("put_away_nudge"),
        lambda: s.ana.call("read_place")["me"]["nudge"],
        None,
    )


def a_minute_later() -> object:
    return None  # another nudge comes a minute later at the earliest: see test_nudges.py


def take_back_nudges(s: Scene) -> Case:
    s.facilitator.call("nudge_people", people=[s.ana.person], reason="idle")
    return Case(
        s.as_person(s.facilitator, people=[s.ana.person]),
        a_minute_later,
        lambda: s.person(s.ana)["nudged_for"],
        None,
    )


def put_away_nudge(s: Scene) -> Case:
    s.facilitator.call("nudge_people", people=[s.ana.person], reason="idle")
    return Case(s.as_person(s.ana), a_minute_later, lambda: s.ana.call("read_place")["me"]["nudge"], None)


def stop_all_runs(s: Scene) -> Case:
    run, stop = s.run(), new_id()
    return Case(
        s.as_person(s.facilitator, stop=stop),
        lambda: s.facilitator.call("resume_all_runs", stop=stop),
        lambda: s.status(run),
        "active",
    )


def resume_all_runs(s: Scene) -> Case:
    run, stop = s.run(), new_id()
    s.facilitator.call("stop_all_runs", stop=stop)
    return Case(
        s.as_person(s.facilitator, stop=stop),
        lambda: s.facilitator.call("stop_all_runs", stop=stop),
        lambda: s.status(run),
        "stopped",
    )


def stored(s: Scene) -> list[str]:
    """The document's snapshot and its updates, in their order."""
    known = s.store.call("open_document", workshop=s.built.workshop)
    return [known["snapshot"], *(one["update"] for one in known["updates"])]


def update(s: Scene, someone: Someone, content: str) -> dict[str, Any]:
    return s.as_person(someone, client=len(content), update=content, update_id=new_id())


def seed_document(s: Scene) -> Case:
    return Case(
        {"workshop": s.built.workshop, "policy_revision": 1, "snapshot": "AAA="},
        lambda: s.store.call("append_updates", updates=[update(s, s.ben, "BBBB")]),
        lambda: stored(s),
        ["AAA=", "BBBB"],
    )


def append_updates(s: Scene) -> Case:
    s.store.call("seed_document", workshop=s.built.workshop, policy_revision=1, snapshot="AAA=")

    def add_and_lock() -> object:
        s.store.call("append_updates", updates=[update(s, s.ben, "BBBB")])
        return s.facilitator.call("set_workshop", changes={"editing_is_locked": True})

    return Case({"updates": [update(s, s.ana, "AAAA")]}, add_and_lock, lambda: stored(s), ["AAA=", "AAAA", "BBBB"])


def place_cursors(s: Scene) -> Case:
    def placed(process: str, client: int, someone: Someone) -> dict[str, Any]:
        cursor = s.as_person(someone, client=client, cursor={"anchor": {}, "head": {}})
        return {"process": process, "workshops": [s.built.workshop], "cursors": [cursor]}

    def cursors() -> list[list[str]]:
        found = s.store.call("read_cursors", known={s.built.workshop: {p: 0, q: 0}})[s.built.workshop]
        return [[one["name"] for one in found[process]["cursors"]] for process in (p, q)]

    p, q = new_id(), new_id()
    return Case(
        placed(p, 1, s.ana), lambda: s.store.call("place_cursors", **placed(q, 2, s.ben)), cursors, [["Ana"], ["Ben"]]
    )


def compact_document(s: Scene) -> Case:
    s.store.call("seed_document", workshop=s.built.workshop, policy_revision=1, snapshot="AAA=")
    s.store.call("append_updates", updates=[update(s, s.ana, "AAAA")])
    return Case(
        {"workshop": s.built.workshop, "through_seq": 1, "snapshot": "CCCC"},
        lambda: s.store.call("append_updates", updates=[update(s, s.ben, "BBBB")]),
        lambda: stored(s),
        ["CCCC", "BBBB"],
    )


def renew_document(s: Scene) -> Case:
    s.store.call("seed_document", workshop=s.built.workshop, policy_revision=1, snapshot="AAA=")
    s.store.call("append_updates", updates=[update(s, s.ana, "AAAA")])
    document = s.store.call("open_document", workshop=s.built.workshop)["document"]
    return Case(
        {"workshop": s.built.workshop, "document": document, "seq": 1, "snapshot": "CCCC"},
        lambda: s.store.call("append_updates", updates=[update(s, s.ben, "BBBB")]),
        lambda: stored(s),
        ["CCCC", "BBBB"],
    )


def commit_document(s: Scene) -> Case:
    s.store.call("seed_document", workshop=s.built.workshop, policy_revision=1, snapshot="AAA=")
    s.store.call("append_updates", updates=[update(s, s.ana, "AAAA")])
    clauses = [clause("Typed together.")]
    committed = {"seq": 1, "base_revision": 1, "text": "- Typed together.", "clauses": clauses, "person": s.ana.person}

    def commit() -> object:
        return s.built.commit(s.ben, [clause("Ben's own.")], 2)

    return Case(
        {"workshop": s.built.workshop, **committed},
        commit,
        lambda: (s.policy()["policy"]["revision"], s.policy()["policy"]["clauses"][0]["wording"]),
        (3, "Ben's own."),
    )


def merge_policy(s: Scene) -> Case:
    s.store.call("seed_document", workshop=s.built.workshop, policy_revision=1, snapshot="AAA=")
    s.built.commit(s.ben, [clause("Ben's own.")], 1)
    return Case(
        {"workshop": s.built.workshop, "base_revision": 1, "revision": 2, "update": "AAAA", "update_id": new_id()},
        lambda: s.store.call("append_updates", updates=[update(s, s.ben, "BBBB")]),
        lambda: stored(s),
        ["AAA=", "AAAA", "BBBB"],
    )


def said(s: Scene) -> list[tuple[str, bool]]:
    """Every comment's text on the first clause, and whether it is withdrawn."""
    seen = s.ana.call("read_beside_clause", clause=s.built.clauses[0]["clause_id"])
    return [(one["text"], one["is_withdrawn"]) for one in seen["comments"]]


def suggested(s: Scene) -> list[tuple[str, str]]:
    return [(one["wording"], one["state"]) for one in s.facilitator.call("read_suggestions")]


def comment_of_ana(s: Scene, text: str = "One.") -> str:
    comment = new_id()
    s.ana.call("add_comment", comment=comment, clause=s.built.clauses[0]["clause_id"], text=text)
    return comment


def add_comment(s: Scene) -> Case:
    comment = new_id()
    return Case(
        s.as_person(s.ana, comment=comment, clause=s.built.clauses[0]["clause_id"], text="One."),
        lambda: s.ana.call("edit_comment", comment=comment, text="Two."),
        lambda: said(s),
        [("Two.", False)],
    )


def edit_comment(s: Scene) -> Case:
    comment = comment_of_ana(s)
    return Case(
        s.as_person(s.ana, comment=comment, text="Two."),
        lambda: s.ana.call("edit_comment", comment=comment, text="Three."),
        lambda: said(s),
        [("Three.", False)],
    )


def withdraw_comment(s: Scene) -> Case:
    comment = comment_of_ana(s)
    return Case(
        s.as_person(s.ana, comment=comment, is_withdrawn=True),
        lambda: s.ana.call("withdraw_comment", comment=comment, is_withdrawn=False),
        lambda: said(s),
        [("One.", False)],
    )


def add_suggestion(s: Scene) -> Case:
    first, suggestion = s.built.clauses[0], new_id()
    given = {"suggestion": suggestion, "clause": first["clause_id"], "base_wording": first["wording"], "reason": ""}
    return Case(
        s.as_person(s.ana, **given, wording="Ask first."),
        lambda: s.ben.call("settle_suggestion", suggestion=suggestion, state="declined"),
        lambda: suggested(s),
        [("Ask first.", "declined")],
    )


def accept_suggestion(s: Scene) -> Case:
    suggestion = s.built.suggest(s.ana, "Ask first.")
    clauses = [s.built.clauses[0] | {"wording": "Ask first."}, s.built.clauses[1]]
    whole = {"base_revision": 1, "text": text_of(clauses), "clauses": clauses, "request_id": new_id()}
    return Case(
        s.as_person(s.ben, suggestion=suggestion, **whole),
        lambda: s.built.commit(s.ana, [s.built.clauses[0] | {"wording": "Ask kindly."}, s.built.clauses[1]], 2),
        lambda: (suggested(s), s.policy()["policy"]["revision"], s.policy()["policy"]["clauses"][0]["wording"]),
        ([("Ask first.", "accepted")], 3, "Ask kindly."),
    )


def settle_suggestion(s: Scene) -> Case:
    suggestion = s.built.suggest(s.ana, "Ask first.")
    return Case(
        s.as_person(s.ben, suggestion=suggestion, state="declined"),
        lambda: s.facilitator.call("settle_suggestion", suggestion=suggestion, state="open"),
        lambda: suggested(s),
        [("Ask first.", "open")],
    )


def set_rough(s: Scene) -> Case:
    first = s.built.clauses[0]["clause_id"]
    return Case(
        s.as_person(s.ana, clause=first, is_rough=True),
        lambda: s.ben.call("set_rough", clause=first, is_rough=False),
        lambda: s.policy()["policy"]["clauses"][0]["rough"],
        None,
    )


CASES: dict[str, Callable[[Scene], Case]] = {
    case.__name__: case
    for case in (
        *(ask_back, set_workshop, change_person, hide_text, reissue_link, withdraw_scenario, set_mark, stop_run),
        *(resume_run, resume_paused, retry_response, pause_run, create_workshop, join_workshop, identify, save_draft),
        *(commit_policy, publish_version, restore_version, add_scenario, share_scenario, start_run, share_run),
        *(open_round, close_round, reveal_round, cast_votes, claim_cells, heartbeat, store_response, touch_people),
        *(set_agenda, undo_agenda, go_to_step, pause_timer, extend_timer, undo_act),
        *(add_note, edit_note, withdraw_note, set_dissent),
        *(call_everyone, take_back_call, set_spotlight, end_spotlight, grant_leading, nudge_people),
        *(take_back_nudges, put_away_nudge),
        *(stop_all_runs, resume_all_runs),
        *(
            seed_document,
            append_updates,
            place_cursors,
            compact_document,
            renew_document,
            commit_document,
            merge_policy,
        ),
        *(add_comment, edit_comment, withdraw_comment, add_suggestion, accept_suggestion, settle_suggestion, set_rough),
    )
}


def test_every_call_that_is_repeated_has_a_case_here() -> None:
    assert set(CASES) == SAFE_TO_REPEAT


@pytest.mark.parametrize("function", sorted(SAFE_TO_REPEAT))
def test_what_another_did_before_a_call_was_repeated_stands_and_nothing_is_doubled(store: Store, function: str) -> None:
    scene = Scene(store)
    case = CASES[function](scene)
    sent, arguments = as_sent(function, case.arguments)
    first = store.call(sent, **arguments)
    case.another()
    assert case.after() == case.expected
    again = store.call(sent, **arguments)
    assert case.after() == case.expected
    if function in ONCE:
        assert first == again == {}
    if function == "cast_votes":
        assert again == [{"ok": True}], "a vote that counts is not called lost"


def test_a_call_with_a_request_of_its_own_is_an_act_of_its_own(store: Store) -> None:
    scene = Scene(store)
    for stage in ("test", "vote", "test"):
        scene.facilitator.call("set_workshop", changes={"stage": stage})
        assert scene.workshop("stage") == stage


def test_one_request_for_two_acts_or_by_two_people_takes_nothing_from_either(store: Store) -> None:
    scene, request = Scene(store), new_id()
    for stage in ("test", "vote"):
        scene.facilitator.call("set_workshop", changes={"stage": stage}, request=request)
        assert scene.workshop("stage") == stage
    with pytest.raises(NotAllowed):
        scene.ana.call("set_workshop", changes={"stage": "test"}, request=request)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"is_hiden": False, "is_hidden": ...}, "hide_text takes no is_hiden"),
        ({"is_hidden": ...}, "hide_text lacks its is_hidden"),
        ({"person": "x"}, "hide_text takes no person"),
    ],
)
def test_an_argument_that_is_misspelt_or_left_out_is_refused(
    store: Store, changed: dict[str, object], told: str
) -> None:
    scene = Scene(store)
    given = scene.as_person(scene.facilitator, kind="response", id=scene.answered(), is_hidden=False) | changed
    with pytest.raises(ValidationFailed, match=told):
        store.call("hide_text", **{name: value for name, value in given.items() if value is not ...})
    assert [one["is_hidden"] for one in scene.responses()] == [False]


def test_an_argument_that_the_function_can_do_without_may_be_left_out(store: Store) -> None:
    scene = Scene(store)
    scene.facilitator.call("withdraw_scenario", scenario=scene.built.scenarios[0])
    assert scene.scenario()["is_withdrawn"]


@pytest.mark.parametrize("ending", ["close_round", "reveal_round"])
@pytest.mark.parametrize("anonymity", ["named", "anonymous"])
def test_no_vote_that_counts_is_called_lost(store: Store, anonymity: str, ending: str) -> None:
    scene, request = Scene(store), new_id()
    cleo, late = scene.built.join("Cleo"), scene.built.join("Dan")
    opened = scene.built.open_round(anonymity=anonymity)
    item = opened["items"][0]["item_id"]
    for someone in (scene.ana, scene.ben, cleo):
        someone.vote(item, "agree", "because", request)
    for function in ("close_round", "reveal_round")[: 1 + (ending == "reveal_round")]:
        scene.facilitator.call(function, round=opened["round_id"])
    again = scene.ana.vote(item, "agree", "because", request)
    if (anonymity, ending) == ("anonymous", "reveal_round"):
        assert again["error"] == "PT410"
        assert "A vote that arrived before is counted" in again["message"]
    else:
        assert again == {"ok": True}
        assert "was not counted" in scene.ana.vote(item, "disagree")["message"]
    assert "was not counted" in late.vote(item, "agree", "because", request)["message"], "somebody else's request"


def test_a_request_that_was_refused_is_not_remembered(store: Store) -> None:
    scene, request = Scene(store), new_id()
    response = scene.fail_one()
    scene.ana.call("retry_response", response=response)
    with pytest.raises(Conflict):
        scene.ana.call("retry_response", response=response, request=request)
    scene.store_failure(scene.claim())
    scene.ana.call("retry_response", response=response, request=request)
    assert [one["attempts"] for one in scene.responses()] == [3]


def test_a_response_of_a_server_that_lost_its_cell_neither_doubles_nor_overwrites_one(store: Store) -> None:
    scene = Scene(store)
    scene.run()
    lost = scene.claim("p1")
    cells = store.call("claim_cells", process="p2", limit=1000, stale_s=0.0, held=[])
    [taken] = [cell for cell in cells if cell["response_id"] == lost["response_id"]]
    assert scene.store_failure(lost) == {"stored": False}, "a failure of who lost the cell ends nobody's attempt"
    late = {"response": lost["response_id"], "result": result("late")}
    mine = {"response": lost["response_id"], "result": result("mine")}
    assert store.call("store_response", process="p2", claim=taken["claim"], **mine) == {"stored": True}
    assert store.call("store_response", process="p1", claim=lost["claim"], **late) == {"stored": False}
    assert [one["text"] for one in scene.responses()] == ["mine"]


def test_the_first_answer_counts_whoever_brings_it(store: Store) -> None:
    scene = Scene(store)
    scene.run()
    lost = scene.claim("p1")
    store.call("claim_cells", process="p2", limit=1000, stale_s=0.0, held=[])
    where = {"response": lost["response_id"], "claim": lost["claim"]}
    assert store.call("store_response", process="p1", **where, result=result("first")) == {"stored": True}
    assert store.call("store_response", process="p2", **where, result=result("second")) == {"stored": False}
    assert [one["text"] for one in scene.responses()] == ["first"]
