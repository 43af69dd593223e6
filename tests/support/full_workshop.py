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
        self._lead()
        self._write_together()
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
        self._type()

    def _type(self) -> None:
        document = {"workshop": self.workshop, "snapshot": "AAA=", "policy_revision": 3}
        self.store.call("seed_document", **document)
        for someone in (self.ana, self.ben, self.built.facilitator):
            sent = {"token_hash": someone.token_hash, "client": 2**52, "update": "/+8B", "update_id": new_id()}
            self.store.call("append_updates", updates=[sent | {"workshop": self.workshop}])

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

    def _lead(self) -> None:
        lead, built = self.built.facilitator.call, self.built
        steps = [{"step_id": new_id(), "stage": s, "title": ODD_TEXT[:90], "minutes": 7.5} for s in ("draft", "vote")]
        lead("set_agenda", base_revision=0, steps=steps, request_id=new_id())
        lead("go_to_step", seen=None, step=steps[1]["step_id"])
        lead("pause_timer", is_paused=True)
        lead("call_everyone", call=new_id(), kind="clause", target=built.clauses[0]["clause_id"])
        lead("set_spotlight", spotlight=new_id(), kind="response", target=self.response)
        note = built.decide(ODD_TEXT, about_kind="response", about_id=self.response)
        lead("edit_note", note=note, text=f"{ODD_TEXT} Reworded.", base_revision=1)
        self.ana.call("set_dissent", note=note, is_dissenting=True, words=ODD_TEXT)
        lead("grant_leading", person=self.ana.person, is_granted=True)
        first, kept, hidden = built.clauses[0]["clause_id"], new_id(), new_id()
        for comment in (kept, hidden):
            self.ana.call("add_comment", comment=comment, clause=first, text=ODD_TEXT)
        self.ana.call("edit_comment", comment=kept, text=f"{ODD_TEXT} Reworded.")
        self.ana.call("withdraw_comment", comment=kept, is_withdrawn=True)
        lead("hide_text", kind="comment", id=hidden, is_hidden=True)
        self.ben.call("set_rough", clause=first, is_rough=True)
        suggestions = [built.suggest(self.ana, f"{ODD_TEXT} {n}") for n in range(3)]
        self.ben.call("settle_suggestion", suggestion=suggestions[0], state="declined")
        accepted = [built.clauses[0] | {"wording": f"{ODD_TEXT} 1"}]
        whole = {"text": f"- {ODD_TEXT} 1", "clauses": accepted, "request_id": new_id()}
        self.cleo.call("accept_suggestion", suggestion=suggestions[1], base_revision=3, **whole)
        lead("nudge_people", people=[self.cleo.person], reason="idle")

    def _write_together(self) -> None:
        """Two people write in one clause of the document, after a form."""
        given = {"workshop": self.workshop}
        form = {"base_revision": 3, "revision": 4, "update": "/+8B", "update_id": new_id(), "client": 2**51}
        assert self.store.call("merge_policy", **given, **form)["is_new"]
        who = {"by": [self.ana.person, self.ben.person], "words_of": [self.cleo.person], "typed_over": True}
        together = [self.built.clauses[0] | {"wording": "Written together."} | who]
        made = {"seq": 4, "base_revision": 4, "text": "- Written together.", "clauses": together}
        assert self.store.call("commit_document", **given, **made, person=self.ben.person)["is_new"]

    def _let_people_go(self) -> None:
        removed, hidden, left, forgotten = (self.built.join(name) for name in ("Rem", "Hid", "Lea", "For"))
        self.built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
        self.built.facilitator.call("change_person", person=hidden.person, changes={"name_is_hidden": True})
        left.call("leave_workshop", delete_data=False)
        forgotten.call("leave_workshop", delete_data=True)
