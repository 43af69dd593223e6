"""A call whose answer was lost is sent again, and meanwhile others went on: their acts stand, nothing is doubled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from lib.domain.errors import Conflict, NotAllowed, SignedOut, ValidationFailed
from lib.store.port import ONCE, SAFE_TO_REPEAT, Store, as_sent
from tests.support.workshop_builder import Built, Someone, clause, hash_of, new_id, result

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


CASES: dict[str, Callable[[Scene], Case]] = {
    case.__name__: case
    for case in (
        *(ask_back, set_workshop, change_person, hide_text, reissue_link, withdraw_scenario, set_mark, stop_run),
        *(resume_run, resume_paused, retry_response, pause_run, create_workshop, join_workshop, identify, save_draft),
        *(commit_policy, publish_version, add_scenario, share_scenario, start_run, share_run, open_round, close_round),
        *(reveal_round, cast_votes, claim_cells, heartbeat, store_response, touch_people),
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
