"""Others: a group that does all that a group can do, over and over, while somebody types."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import Any

from lib.domain.discussion import Suggestion
from lib.domain.errors import FolkmootError, NotFound
from lib.domain.ids import ClauseId, WorkshopId
from lib.domain.people import Credential
from lib.domain.policy import Clause, Tag
from lib.policy.acts import AddClause, TagClause
from lib.services.discussing import accept_suggestion
from lib.services.drafting import change_policy
from lib.store.decode import decode
from tests.support.workshop_builder import Built, Someone, new_id

STAGES = ("test", "vote", "review", "draft")
ACT_EVERY_S = 0.15
ACTS_TO_SEE = ("stage", "edit", "publish", "vote", "comment", "accept")
MUSTS_BEFORE_ANOTHER = 4
Act = Callable[[], object]


@dataclass
class Done:
    """What was done since somebody began to look."""

    wanted: frozenset[str]
    names: list[str] = field(default_factory=list)
    rev: int = 0
    """How far the workshop was when nothing was missing any more; 0 before that."""

    @property
    def missing(self) -> set[str]:
        """What of the acts that everybody counts on is not among it."""
        return {*self.wanted} - {*self.names}


@dataclass
class Others:
    """What they do comes from `acts`; `go_on` does it, in a thread of its own."""

    built: Built
    also: tuple[str, ...] = ()
    """What must be seen besides, since it touches what is being written."""
    done: Done = field(init=False)
    stopped: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.begin_anew()
        self.ben = self.built.join("Ben")
        self.version_id = self.ben.call("read_policy")["versions"][0]["version_id"]
        self.run = self.built.run(self.ben, [self.version_id])
        [self.response] = self.built.answer_run(self.run)
        self.decision = self.built.decide("We keep it for now.")
        self.steps = [
            {"step_id": new_id(), "stage": stage, "title": f"Step of {stage}", "minutes": 9, "note": "Say why."}
            for stage in STAGES
        ]
        self.plan()

    def acts(self) -> Iterator[tuple[str, Act]]:
        """The acts with their names, for ever: first what must be seen, and some of all the others in between."""
        musts, others = self.musts(), self.whatever_else()
        while True:
            for _ in range(MUSTS_BEFORE_ANOTHER if self.missing else 0):
                yield next(musts)
            yield next(others)

    def musts(self) -> Iterator[tuple[str, Act]]:
        """What everybody's workshop is made of, over and over."""
        for number in count():
            yield "stage", self.go_to_next_stage
            yield "edit", lambda number=number: self.add_clause(f"Another clause, number {number}.")
            yield "publish", lambda: self.built.publish()
            yield "open or close", self.open_or_close
            yield "vote", lambda number=number: self.vote(number)
            yield from (named for named in self.all_else(number) if named[0] in self.also)
            yield from self.talk(number)

    def whatever_else(self) -> Iterator[tuple[str, Act]]:
        """All else that they can do, over and over."""
        for number in count():
            yield from self.all_else(number)

    def all_else(self, number: int) -> Iterator[tuple[str, Act]]:
        """The same once."""
        facilitator, ben, built = self.built.facilitator, self.ben, self.built
        yield "join", lambda: built.join(f"Guest {new_id()[:8]}")
        scenario = {"title": f"Later {number}", "turns": [{"role": "user", "content": "And then?"}], "is_shared": True}
        yield "scenario", lambda: ben.call("add_scenario", scenario=new_id(), **scenario)
        mark = {"clause": built.clauses[0]["clause_id"], "value": ("followed", "violated")[number % 2]}
        yield "mark", lambda: ben.call("set_mark", response=self.response, **mark)
        yield "run", lambda: built.run(ben, [self.version_id])
        yield "answer", lambda: built.answer(text="What the model said.")
        yield from self.lead(number)
        for name, changes in (
            ("hide a name", {"name_is_hidden": bool(number % 2)}),
            ("rename", {"name": f"Ben the {number + 2}th"}),
        ):
            yield name, lambda changes=changes: facilitator.call("change_person", person=ben.person, changes=changes)
        yield "tag", lambda: self.tag(f"somebody asks for the {number + 2}th time")

    def go_to_next_stage(self) -> None:
        """The facilitator moves everybody to another stage, with a new countdown."""
        now = self.built.facilitator.call("read_place")["workshop"]["stage"]
        changes = {"stage": STAGES[(STAGES.index(now) + 1) % 4], "timer_seconds": 600, "timer_label": "Talk"}
        self.built.facilitator.call("set_workshop", changes=changes)

    def lead(self, number: int) -> Iterator[tuple[str, Act]]:
        """What those who lead do from their consoles."""
        lead, built = self.built.facilitator.call, self.built
        step = self.steps[number % len(self.steps)]["step_id"]
        yield "step", lambda: lead("go_to_step", seen=lead("read_agenda")["step_id"], step=step)
        yield "pause", lambda: lead("pause_timer", is_paused=bool(number % 2))
        scenario = {"kind": "scenario", "target": built.scenarios[number % 2]}
        yield "call", lambda: lead("call_everyone", call=new_id(), **scenario)
        response = {"kind": "response", "target": self.response}
        yield "spotlight", lambda: lead("set_spotlight", spotlight=new_id(), **response)
        about = {"about_kind": "clause", "about_id": str(built.clauses[0]["clause_id"])}
        yield "decide", lambda: built.decide(f"Decided as number {number}.", **about)
        yield "reword a decision", lambda: self.reword_decision(f"We keep it, said {number} times.")
        dissent = {"is_dissenting": not number % 2, "words": "I would not."}
        yield "dissent", lambda: self.ben.call("set_dissent", note=self.decision, **dissent)
        everyone = [one["person_id"] for one in lead("read_people")]
        yield "nudge", lambda: lead("nudge_people", people=everyone, reason="idle")
        yield "undo", lambda: lead("undo_act", act=lead("read_agenda")["last_act"]["act_id"])
        yield "stop all", lambda: lead("stop_all_runs", stop=new_id())
        yield "plan", lambda: self.plan(f"Say why, {number} times.", minutes=10 + number)
        words = {"title": f"Legal questions, part {number}", "brief": f"Brief number {number}."}
        changes = {**words, "max_calls": 101 + number, "max_cost_usd": 6.0 + number}
        yield "settings", lambda: lead("set_workshop", changes=changes)

    def talk(self, number: int) -> Iterator[tuple[str, Act]]:
        """What Ben says and suggests beside the first clause, what the facilitator accepts, and how rough it is."""
        first, suggestion = self.built.clauses[0]["clause_id"], new_id()
        wording = f"Ask first, {number} times.\n\n- Always.\n- And again." * (1 + number % 3)
        yield "comment", lambda: self.ben.call("add_comment", comment=new_id(), clause=first, text="So?\n" * 4)
        yield (
            "suggest",
            lambda: self.ben.call(
                "add_suggestion",
                suggestion=suggestion,
                clause=first,
                base_wording=self.wording(first),
                wording=wording,
                reason="Why.",
            ),
        )
        yield "rough", lambda: self.ben.call("set_rough", clause=first, is_rough=not number % 2)
        yield "accept", lambda: self.accept(suggestion, first)

    def wording(self, clause_id: str) -> str:
        """What a clause says now."""
        clauses = self.ben.call("read_policy")["policy"]["clauses"]
        return next(str(one["wording"]) for one in clauses if one["clause_id"] == clause_id)

    def accept(self, suggestion: str, clause_id: str) -> None:
        """The facilitator takes up what Ben suggested."""
        beside = self.ben.call("read_beside_clause", clause=clause_id)["suggestions"]
        found = next(one for one in decode(tuple[Suggestion, ...], beside) if one.suggestion_id == suggestion)
        credential = credential_of(self.built.facilitator)
        accept_suggestion(self.built.store, credential, found, self.wording(clause_id), new_id())

    def add_clause(self, wording: str) -> None:
        """Ben adds a clause."""
        change = AddClause(ClauseId(new_id()), wording, section="Manner")
        change_policy(self.built.store, credential_of(self.ben), change, new_id())

    def tag(self, when: str) -> None:
        """Ben says for the first clause when it applies."""
        clauses = self.ben.call("read_policy")["policy"]["clauses"]
        first = decode(Clause, next(one for one in clauses if one["clause_id"] == self.built.clauses[0]["clause_id"]))
        change = TagClause(first.clause_id, Tag(always=False, when=when), first.tag)
        change_policy(self.built.store, credential_of(self.ben), change, new_id())

    def plan(self, note: str = "Say why.", **changes: Any) -> None:
        """Somebody else who leads changes every step of the agenda."""
        steps = [one | {"note": note, **changes} for one in self.steps]
        revision = self.built.facilitator.call("read_agenda")["revision"]
        self.built.facilitator.call("set_agenda", base_revision=revision, steps=steps, request_id=new_id())

    def reword_decision(self, text: str) -> None:
        """Somebody else who leads rewords the decision."""
        lead = self.built.facilitator.call
        revision = next(one["revision"] for one in lead("read_notes") if one["note_id"] == self.decision)
        lead("edit_note", note=self.decision, text=text, base_revision=revision)

    def vote(self, number: int) -> None:
        """In every open round Ben changes his vote, and somebody new votes: of a first vote alone pages hear."""
        rounds = [one for one in self.ben.call("read_rounds") if one["status"] == "open"]
        if not rounds:
            raise NotFound("No round is open.")
        voter = self.built.join(f"Voter {number}")
        for one in rounds:
            for someone in (self.ben, voter):
                cast = someone.vote(one["items"][0]["item_id"], ("agree", "disagree")[number % 2])
                assert "ok" in cast, cast

    def open_or_close(self) -> None:
        """The facilitator closes all rounds but the first, or opens one more."""
        rounds = self.ben.call("read_rounds")
        later = [one["round_id"] for one in rounds if one["status"] == "open" and one["number"] > 1]
        for round_id in later:
            self.built.facilitator.call("close_round", round=round_id)
        if not later:
            item = {"kind": "clause", "version_id": self.version_id, "clause_id": self.built.clauses[0]["clause_id"]}
            opening = {"question": "And this?", "anonymity": "named", "items": [item]}
            self.built.facilitator.call("open_round", round=new_id(), **opening)

    def go_on(self) -> None:
        """Act until stopped, several times a second."""
        for name, act in self.acts():
            if self.stopped.wait(ACT_EVERY_S):
                return
            done = self.done
            with suppress(FolkmootError):  # nothing new to publish; they go on
                act()
                done.names.append(name)
            if not done.missing and not done.rev:
                done.rev = self.rev

    def begin_anew(self) -> None:
        """From here on everything must be seen once more."""
        self.done = Done(frozenset((*ACTS_TO_SEE, *self.also)))

    @property
    def rev(self) -> int:
        """How far the workshop is."""
        return int(self.built.store.call("read_revs", workshops=[self.built.workshop])[self.built.workshop])

    @property
    def missing(self) -> set[str]:
        """What of the acts that everybody counts on was not done yet."""
        return self.done.missing


def credential_of(someone: Someone) -> Credential:
    """What a service asks of somebody."""
    return Credential(WorkshopId(someone.workshop), someone.token_hash)
