"""One workshop from its making to its deletion: what must go through on every PostgreSQL and with every owner."""

from lib.store.port import Store
from tests.support.workshop_builder import Built, clause, new_id


def walk_through(store: Store) -> None:
    """Draft, run, mark, vote blind, reveal, export and delete, with an assertion at each turn."""
    built = Built(store)
    ana, ben, cy = (built.join(name) for name in ("Ána", "Ben", "Cy"))
    ana.call("save_draft", field="clause", text="Say “please” 🗳️.", seq=1)
    assert ana.call("read_drafts")["clause"]["text"] == "Say “please” 🗳️."
    revision = ana.call("read_policy")["policy"]["revision"]
    built.clauses.append(clause("Say please.", section="Manner"))
    assert built.commit(ana, built.clauses, revision)["revision"] == revision + 1
    version = built.publish("With please")["version_id"]
    built.run(built.facilitator, [version, None])
    assert len(built.answer()) == 2
    [response, _] = ben.call("read_responses", scenario=built.scenarios[0], run=None)
    assert response["text"] == "An answer."
    ben.call("set_mark", response=response["response_id"], clause=built.clauses[0]["clause_id"], value="followed")
    assert len(ben.call("read_marks")) == 1
    opened = built.facilitator.call(
        "open_round",
        round=new_id(),
        question="Is this right?",
        anonymity="anonymous",
        items=[{"kind": "clause", "version_id": version, "clause_id": built.clauses[0]["clause_id"]}],
    )
    item = opened["items"][0]["item_id"]
    for person, position in ((ana, "agree"), (ben, "disagree"), (cy, "agree")):
        assert person.vote(item, position, "because")["ok"]
    for step in ("close_round", "reveal_round"):
        built.facilitator.call(step, round=opened["round_id"])
    [revealed] = built.organizer.call("read_results")
    assert revealed["round_id"] == opened["round_id"]
    assert built.organizer.call("export_workshop")
    assert store.call("read_health")["workshops"] >= 1
    built.facilitator.call("delete_workshop", title="Legal questions")
    assert store.call("read_revs", workshops=[built.workshop]) == {}
