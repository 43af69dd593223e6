"""Makes workshops, people and policies through the Store port, the way the services do."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from lib.security import new_token
from lib.store.port import Store


def new_id() -> str:
    """A fresh random UUID in text form."""
    return str(uuid.uuid4())


def hash_of(token: str) -> str:
    """The SHA-256 that the database knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass
class Someone:
    """A person of a workshop, who calls functions as themselves."""

    store: Store
    workshop: str
    token: str
    person: str = ""

    @property
    def token_hash(self) -> str:
        """The hash that goes with every call."""
        return hash_of(self.token)

    def call(self, function: str, **arguments: Any) -> Any:
        """The answer of a function called as this person."""
        return self.store.call(function, workshop=self.workshop, token_hash=self.token_hash, **arguments)

    def vote(self, item: str, position: str, reason: str = "", request: str | None = None) -> dict[str, Any]:
        """The outcome of casting one vote."""
        [outcome] = self.store.call(
            "cast_votes",
            votes=[
                {
                    "workshop": self.workshop,
                    "token_hash": self.token_hash,
                    "item_id": item,
                    "position": position,
                    "reason": reason,
                    "request_id": request or new_id(),
                }
            ],
        )
        return dict(outcome)


@dataclass
class Built:
    """A workshop with its facilitator, its organizer, two clauses and two scenarios."""

    store: Store
    workshop: str = field(default_factory=new_id)
    code: str = field(default_factory=lambda: uuid.uuid4().hex[:8].upper())
    clauses: list[dict[str, Any]] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=lambda: [new_id(), new_id()])
    max_calls: int = 100

    def __post_init__(self) -> None:
        self.facilitator = Someone(self.store, self.workshop, f"facilitator-{self.workshop}")
        self.organizer = Someone(self.store, self.workshop, f"organizer-{self.workshop}")
        self.clauses = [clause("Ask before you answer.", section="Manner"), clause("Name a source.", section="Manner")]
        self.store.call(
            "create_workshop",
            workshop=self.workshop,
            title="Legal questions",
            brief="What should the model say?",
            join_code=self.code,
            facilitator_hash=self.facilitator.token_hash,
            organizer_hash=self.organizer.token_hash,
            policy_text=text_of(self.clauses),
            clauses=self.clauses,
            scenarios=[
                {"scenario_id": s, "title": f"Case {n}", "turns": [{"role": "user", "content": f"Question {n}?"}]}
                for n, s in enumerate(self.scenarios, 1)
            ],
            max_calls=self.max_calls,
            max_cost_usd=5.0,
        )

    def join(self, name: str) -> Someone:
        """A new participant."""
        person, token = new_id(), new_token()
        self.store.call("join_workshop", join_code=self.code, person=person, name=name, token_hash=hash_of(token))
        return Someone(self.store, self.workshop, token, person)

    def commit(self, someone: Someone, clauses: list[dict[str, Any]], base: int, request: str | None = None) -> Any:
        """The answer of committing these clauses as the whole policy."""
        return someone.call(
            "commit_policy",
            base_revision=base,
            text=text_of(clauses),
            clauses=clauses,
            request_id=request or new_id(),
        )

    def publish(self, note: str = "") -> dict[str, Any]:
        """The header of a new version of the policy as it stands."""
        revision = self.facilitator.call("read_policy")["policy"]["revision"]
        return dict(self.facilitator.call("publish_version", base_revision=revision, note=note, request_id=new_id()))

    def run(
        self, someone: Someone, versions: list[str | None], *, shared: bool = True, **changes: Any
    ) -> dict[str, Any]:
        """A started run on the first scenario."""
        settings: dict[str, Any] = {
            "run": new_id(),
            "versions": versions,
            "scenarios": self.scenarios[:1],
            "model": "stub",
            "api_base": None,
            "samples": 1,
            "params": {"max_tokens": 50},
            "is_shared": shared,
            "is_question": False,
        }
        return dict(someone.call("start_run", **(settings | changes)))

    def answer(self, process: str = "p1", text: str = "An answer.") -> list[dict[str, Any]]:
        """The cells that were waiting in any workshop, each answered with the same text."""
        cells = self.store.call("claim_cells", process=process, limit=100, stale_s=30.0)
        for cell in cells:
            self.store.call("store_response", process=process, response=cell["response_id"], result=result(text))
        return list(cells)

    def answer_run(self, run: dict[str, Any], text: str = "An answer.") -> list[str]:
        """The ids of a run's responses, each answered with this text, whoever has claimed it: an app may have."""
        responses = [one["response_id"] for one in self.facilitator.call("read_responses", run=run["run_id"])]
        for one in responses:
            self.store.call("store_response", process="p1", response=one, result=result(text))
        return responses

    def others_vote(self, opened: dict[str, Any], count: int = 2) -> None:
        """So many more people join and pass on the round's first item: anonymous rounds need three voters."""
        for number in range(count):
            self.join(f"Another {number}").vote(opened["items"][0]["item_id"], "pass")

    def decide(self, text: str = "Keep it.", kind: str = "decision", **about: str) -> str:
        """The id of a decision that the facilitator has just recorded."""
        note = new_id()
        about_what = {"about_kind": about.get("about_kind"), "about_id": about.get("about_id")}
        self.facilitator.call("add_note", note=note, kind=kind, text=text, **about_what)
        return note

    def suggest(self, someone: Someone, wording: str) -> str:
        """The id of a new suggestion for the first clause as it was at the beginning."""
        first, suggestion = self.clauses[0], new_id()
        base = {"clause": first["clause_id"], "base_wording": first["wording"]}
        someone.call("add_suggestion", suggestion=suggestion, **base, wording=wording, reason="")
        return suggestion

    def accept(self, someone: Someone, suggestion: str, wording: str, base: int | None = None) -> Any:
        """The answer of accepting this wording for the first clause, the others being as at the beginning."""
        clauses = [self.clauses[0] | {"wording": wording}, *self.clauses[1:]]
        return someone.call(
            "accept_suggestion",
            suggestion=suggestion,
            base_revision=base or someone.call("read_policy")["policy"]["revision"],
            text=text_of(clauses),
            clauses=clauses,
            request_id=new_id(),
        )

    def open_round(self, anonymity: str = "named", *, items: int = 1) -> dict[str, Any]:
        """An open round on the first clauses of a new version."""
        version = self.publish()
        return dict(
            self.facilitator.call(
                "open_round",
                round=new_id(),
                question="Is this right?",
                anonymity=anonymity,
                items=[
                    {"kind": "clause", "version_id": version["version_id"], "clause_id": c["clause_id"]}
                    for c in self.clauses[:items]
                ],
            )
        )


def clause(wording: str, *, section: str = "", clause_id: str | None = None) -> dict[str, Any]:
    """One clause as `commit_policy` takes it."""
    return {"clause_id": clause_id or new_id(), "wording": wording, "always": False, "when": None, "section": section}


def text_of(clauses: list[dict[str, Any]]) -> str:
    """A policy text made of these clauses."""
    return "# Manner\n\n" + "".join(f"- {c['wording']}\n" for c in clauses)


def result(text: str | None, error: str | None = None, cost: float | None = 0.0) -> dict[str, Any]:
    """A finished model call as `store_response` takes it."""
    return {
        "text": text,
        "error": error,
        "prompt_hash": "ab" * 32,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost_usd": cost,
        "latency_s": 0.5,
    }
