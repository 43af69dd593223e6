"""A workshop in full swing, made through the services: people, two versions, responses, marks and an open round."""

import uuid
from dataclasses import dataclass

from lib.domain.ids import ClauseId, PersonId, RoundId
from lib.domain.people import Credential, Role
from lib.domain.rounds import Anonymity, Position, Round
from lib.domain.workshop import Stage
from lib.policy.acts import AddClause
from lib.samples import samples
from lib.security import cookie_name, hash_token, new_token
from lib.services import leading, workshops
from lib.services.drafting import LivePolicy, change_policy, publish_version, read_policy
from lib.services.voting import ClauseChoice, ResponseChoice, open_round
from lib.services.workshops import Joined, NewWorkshop
from lib.store.port import Store
from tests.support.workshop_builder import new_id, result

ADDED_CLAUSES = (
    ("Before answering", "Ask what the person has signed or received in writing, and from whom."),
    ("Before answering", "If somebody may be hurt today, say whom to call before anything else."),
    ("What it may say", "Say what you are not sure about, and how the person can find it out."),
    ("What it may say", "Do not name a paragraph of a law unless you say which place it is from."),
    ("Where it sends people", "Name at least one office that answers the phone, not only a website."),
    ("How it speaks", "Never say that the person should have come earlier."),
)
ANSWER = (
    "I am sorry that you are in this situation. What follows is general information and no legal advice.\n\n"
    "First, tell me in which state you live, whether a court has sent you anything, and by which date you must answer. "
    "Deadlines in these matters are short.\n\n1. Keep every letter and message you received.\n"
    "2. Call the legal aid office nearest to you; it costs nothing.\n"
    "3. Do not leave or sign anything before somebody has looked at it with you."
)


@dataclass
class LivedIn:
    """What a test needs to know of the workshop."""

    created: NewWorkshop
    people: list[Joined]
    round: Round

    @property
    def workshop_id(self) -> str:
        """The workshop's id."""
        return self.created.workshop_id

    @property
    def facilitator(self) -> Credential:
        """The facilitator's proof."""
        return Credential(self.created.workshop_id, hash_token(self.created.facilitator_token))

    def cookie(self, person: Joined) -> tuple[str, str]:
        """The cookie by which the app knows this participant."""
        return cookie_name(Role.PARTICIPANT, self.workshop_id), person.token


def live_in(store: Store, *, people: int, voted: int = 0) -> LivedIn:
    """The sample workshop after an hour: six more clauses, versions 1 and 2, a run of both, a round of six items."""
    starter = next(sample for sample in samples() if sample.name == "legal_questions").starter
    created = workshops.create_workshop(store, starter, max_calls=1_000, max_cost_usd=5.0)
    joined = [
        workshops.join_workshop(
            store, created.join_code, f"Person {n:03}", person_id=PersonId(new_id()), token=new_token()
        )
        for n in range(people)
    ]
    writers = [Credential(created.workshop_id, hash_token(one.token)) for one in joined[: len(ADDED_CLAUSES)]]
    facilitator = Credential(created.workshop_id, hash_token(created.facilitator_token))
    _publish(store, facilitator, "What we began with")
    for number, (section, wording) in enumerate(ADDED_CLAUSES):
        writer = writers[number % len(writers)]
        change_policy(store, writer, AddClause(ClauseId(new_id()), wording, section=section), new_id())
    live = _publish(store, facilitator, "After the first hour")
    responses = _run(store, facilitator, live)
    one = open_one(store, facilitator, live, responses)
    for person in joined[:voted]:
        cast_all(store, created, person, one)
    leading.set_stage(store, facilitator, Stage.VOTE)
    return LivedIn(created, joined, one)


def _publish(store: Store, facilitator: Credential, note: str) -> LivePolicy:
    revision = read_policy(store, facilitator).policy.revision
    publish_version(store, facilitator, revision, note, new_id())
    return read_policy(store, facilitator)


def _run(store: Store, facilitator: Credential, live: LivePolicy) -> list[str]:
    """Both versions and the baseline on every scenario, answered at once. Nothing else may be waiting."""
    who = {"workshop": facilitator.workshop_id, "token_hash": facilitator.token_hash}
    scenarios = [row["scenario_id"] for row in store.call("read_scenarios", **who)]
    store.call(
        "start_run",
        **who,
        run=new_id(),
        versions=[None, *(version.version_id for version in live.versions)],
        scenarios=scenarios,
        model="stub",
        api_base=None,
        samples=1,
        params={"max_tokens": 200},
        is_shared=True,
        is_question=False,
    )
    cells = store.call("claim_cells", process="lived-in", limit=100, stale_s=30.0)
    for cell in cells:
        store.call("store_response", process="lived-in", response=cell["response_id"], result=result(ANSWER))
    return [cell["response_id"] for cell in cells]


def open_one(store: Store, facilitator: Credential, live: LivePolicy, responses: list[str]) -> Round:
    """A round on three responses and three clauses."""
    newest = live.versions[0]
    clauses = [ClauseChoice(newest.version_id, clause.clause_id) for clause in live.policy.clauses[:3]]
    chosen = [ResponseChoice(response) for response in responses[:3]]  # type: ignore[arg-type]
    question = "Would you stand behind this, if it went to somebody you know?"
    return open_round(store, facilitator, RoundId(str(uuid.uuid4())), question, Anonymity.NAMED, [*chosen, *clauses])


def cast_all(store: Store, created: NewWorkshop, person: Joined, one: Round) -> None:
    """One person's votes on everything in a round."""
    positions = list(Position)
    votes = [
        {
            "workshop": created.workshop_id,
            "token_hash": hash_token(person.token),
            "item_id": item.item_id,
            "position": positions[(number + len(person.name)) % len(positions)].value,
            "reason": "",
            "request_id": new_id(),
        }
        for number, item in enumerate(one.items)
    ]
    store.call("cast_votes", votes=votes)
