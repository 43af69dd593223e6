"""A workshop with something in every table: the hardest case for whoever copies it."""

from lib.store.port import Store
from tests.support.workshop_builder import Built, Someone, new_id, result

ODD_TEXT = "Zoë “quotes” \\ back\\nslash %s {x} \t tab\r\nline\u2028separator \x01 👩‍🏫 ١٢٣ '; drop table votes; -- \""
"""What breaks whoever quotes by hand."""


class FullWorkshop:
    """Two versions, private and shared runs, marks, rounds of every kind and state, drafts, people who went."""

    def __init__(self, store: Store) -> None:
        self.built = Built(store)
        self.store = store
        self.ana, self.ben, self.cleo = (self.built.join(name) for name in ("Ana", "Ben", "Cleo"))
        self._draft()
        self._run()
        self.open_item = self._vote()
        self._let_people_go()

    @property
    def workshop(self) -> str:
        """The workshop's id."""
        return self.built.workshop

    @property
    def people(self) -> tuple[Someone, ...]:
        """Everybody whose link works."""
        return (self.ana, self.ben, self.cleo, self.built.facilitator, self.built.organizer)

    def _draft(self) -> None:
        built = self.built
        built.facilitator.call(
            "set_workshop",
            changes={
                "stage": "vote",
                "timer_seconds": 90.5,
                "timer_label": ODD_TEXT,
                "model": "stub",
                "brief": ODD_TEXT,
            },
        )
        built.publish("first")
        built.commit(self.ana, [built.clauses[0] | {"wording": ODD_TEXT, "when": "it rains"}, built.clauses[1]], 1)
        built.publish(ODD_TEXT)
        built.commit(self.ben, [built.clauses[0] | {"wording": "Withdraws the other."}], 2)
        built.facilitator.call("hide_text", kind="clause", id=built.clauses[1]["clause_id"], is_hidden=True)
        self.ana.call("save_draft", field="clause", text=ODD_TEXT, seq=2**40)

    def _run(self) -> None:
        built = self.built
        shared = built.run(self.ana, [None, "current"])
        private = built.run(self.ben, ["current"], shared=False)
        cells = self.store.call("claim_cells", process="p1", limit=100, stale_s=30.0)
        mine = [cell for cell in cells if cell["run_id"] in (shared["run_id"], private["run_id"])]
        for number, cell in enumerate(mine):
            answer = result(ODD_TEXT, cost=(0.1 + 0.2) / (number + 3))
            self.store.call("store_response", process="p1", response=cell["response_id"], result=answer)
        self.response = next(cell["response_id"] for cell in mine if cell["run_id"] == shared["run_id"])
        self.ana.call("set_mark", response=self.response, clause=built.clauses[0]["clause_id"], value="violated")
        built.run(self.cleo, ["current"], scenarios=built.scenarios)
        turns = [{"role": "user", "content": ODD_TEXT}]
        self.ben.call("add_scenario", scenario=new_id(), title="Mine alone", turns=turns, is_shared=False)

    def _vote(self) -> str:
        for anonymity, ending in (("anonymous", "reveal"), ("named", "reveal"), ("anonymous", "close"), ("named", "")):
            items = [{"kind": "response", "response_id": self.response}]
            opened = self.built.facilitator.call(
                "open_round", round=new_id(), question=ODD_TEXT, anonymity=anonymity, items=items
            )
            item = str(opened["items"][0]["item_id"])
            for person, position in ((self.ana, "agree"), (self.ben, "disagree"), (self.cleo, "cannot_judge")):
                assert person.vote(item, position, f"{anonymity} {ODD_TEXT}") == {"ok": True}
            if ending:
                self.built.facilitator.call("close_round", round=opened["round_id"])
            if ending == "reveal":
                self.built.facilitator.call("reveal_round", round=opened["round_id"])
        return item

    def _let_people_go(self) -> None:
        removed, hidden, left, forgotten = (self.built.join(name) for name in ("Rem", "Hid", "Lea", "For"))
        self.built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
        self.built.facilitator.call("change_person", person=hidden.person, changes={"name_is_hidden": True})
        left.call("leave_workshop", delete_data=False)
        forgotten.call("leave_workshop", delete_data=True)
