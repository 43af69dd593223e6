"""A workshop with votes and marks that nobody may see yet, and a way to change them behind everybody's back."""

from dataclasses import dataclass
from typing import Any

from lib.store.direct import owner_connection
from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id

PLANTED = "planted-reason-7f3a"
TAMPERED = "tampered-reason-c41d"


@dataclass
class Planted:
    """Ana has voted and marked, Ben and another have voted too, Cleo has not."""

    built: Built
    ana: Someone
    ben: Someone
    cleo: Someone
    opened: dict[str, Any]
    response: str
    version: str
    run: str
    address: str
    decision: str = ""
    """Recorded on the round while it was open, with a dissent of Ben's own."""

    def close(self) -> None:
        """Close the round."""
        self.built.facilitator.call("close_round", round=self.opened["round_id"])

    def reveal(self) -> None:
        """Reveal the round."""
        self.built.facilitator.call("reveal_round", round=self.opened["round_id"])

    def tamper(self) -> None:
        """Turn Ana's votes and her marks since the opening into others, where only the database's owner can."""
        with owner_connection(self.address) as owner:
            where = f"where round_id = '{self.opened['round_id']}' and reason = '{PLANTED}'"
            owner.rows(
                f"update public.votes set position = 'disagree', reason = '{TAMPERED}', "
                f"cast_at = cast_at - interval '1 minute', request_id = 'other' {where}"
            )
            owner.rows(
                f"update public.marks set value = 'not_concerned' where person_id = '{self.ana.person}' "
                f"and clause_id = '{self.built.clauses[0]['clause_id']}'"
            )


def plant(store: Store, address: str, anonymity: str) -> Planted:
    """A round on a clause and a response, with votes cast, and a mark made since it opened."""
    built = Built(store)
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    version = built.publish()
    run = built.run(ana, [version["version_id"], None])
    cells = built.answer()
    response = next(c["response_id"] for c in cells if c["run_id"] == run["run_id"] and c["policy_text"])
    ben.call("set_mark", response=response, clause=built.clauses[1]["clause_id"], value="followed")
    clause = {"kind": "clause", "version_id": version["version_id"], "clause_id": built.clauses[0]["clause_id"]}
    opened = built.facilitator.call(
        "open_round",
        round=new_id(),
        question="Is this right?",
        anonymity=anonymity,
        items=[clause, {"kind": "response", "response_id": response}],
    )
    for item in opened["items"]:
        assert ana.vote(item["item_id"], "agree", PLANTED)["ok"]
        assert ben.vote(item["item_id"], "pass", "ben’s own")["ok"]
    built.others_vote(opened, 1)
    ana.call("set_mark", response=response, clause=built.clauses[0]["clause_id"], value="violated")
    decision = built.decide("We stop here.", about_kind="round", about_id=opened["round_id"])
    ben.call("set_dissent", note=decision, is_dissenting=True, words="Too early.")
    return Planted(built, ana, ben, cleo, opened, response, version["version_id"], run["run_id"], address, decision)
