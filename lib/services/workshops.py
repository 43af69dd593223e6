"""Creating, finding, joining, leaving and deleting a workshop."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from lib.domain.errors import Conflict, ValidationFailed
from lib.domain.ids import ClauseId, PersonId, WorkshopId
from lib.domain.people import Credential, Person, Role, Viewer
from lib.domain.scenarios import Turn
from lib.domain.workshop import Place
from lib.policy.commit import clauses_for_commit
from lib.policy.parse import new_document
from lib.security import hash_token, new_join_code, new_token, read_join_code
from lib.store.decode import decode
from lib.store.port import Store

log = logging.getLogger("folkmoot.workshops")

MAX_TITLE_CHARS = 200
MAX_NAME_CHARS = 60
CODE_TRIES = 5


@dataclass(frozen=True)
class StarterScenario:
    """A scenario that a workshop begins with."""

    title: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class Starter:
    """What a workshop begins with."""

    title: str
    brief: str = ""
    policy_text: str = ""
    scenarios: tuple[StarterScenario, ...] = ()


@dataclass(frozen=True)
class NewWorkshop:
    """A workshop just created, with the only copy of its two secret tokens."""

    workshop_id: WorkshopId
    join_code: str
    facilitator_token: str = field(repr=False)
    organizer_token: str = field(repr=False)


@dataclass(frozen=True)
class FoundWorkshop:
    """What somebody with the join code may know before they join."""

    workshop_id: WorkshopId
    title: str
    brief: str
    code_is_open: bool
    model: str | None
    api_base: str | None = None


@dataclass(frozen=True)
class Joined:
    """A person who just joined, with the only copy of their token."""

    workshop_id: WorkshopId
    person_id: PersonId
    name: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Identity:
    """Whose token it is, and in which workshop."""

    workshop_id: WorkshopId
    workshop_title: str
    person_id: PersonId
    role: Role
    name: str


def create_workshop(store: Store, starter: Starter, *, max_calls: int, max_cost_usd: float) -> NewWorkshop:
    """A new workshop with a fresh join code and two secret tokens.

    Raises:
        ValidationFailed: the title, the brief or the policy cannot be taken.
        Conflict: no free join code was found, which does not happen by chance.
    """
    if not starter.title.strip():
        raise ValidationFailed("The title is empty. Name the workshop, such as “Legal questions, March”.")
    workshop = WorkshopId(str(uuid4()))
    facilitator, organizer = new_token(), new_token()
    scenarios = [_scenario_row(scenario) for scenario in starter.scenarios]
    clauses = clauses_for_commit(new_document(starter.policy_text, lambda: ClauseId(str(uuid4()))))
    for attempt in range(CODE_TRIES):
        code = new_join_code()
        try:
            store.call(
                "create_workshop",
                workshop=workshop,
                title=starter.title.strip(),
                brief=starter.brief.strip(),
                join_code=code,
                facilitator_hash=hash_token(facilitator),
                organizer_hash=hash_token(organizer),
                policy_text=starter.policy_text,
                clauses=clauses,
                scenarios=scenarios,
                max_calls=max_calls,
                max_cost_usd=max_cost_usd,
            )
        except Conflict:
            if attempt == CODE_TRIES - 1:
                raise
            continue
        log.info("event=workshop_created workshop=%s", workshop)
        return NewWorkshop(workshop, code, facilitator, organizer)
    raise AssertionError("unreachable")


def _scenario_row(scenario: StarterScenario) -> dict[str, Any]:
    return {
        "scenario_id": str(uuid4()),
        "title": scenario.title,
        "turns": [asdict(turn) for turn in scenario.turns],
    }


def find_workshop(store: Store, typed_code: str) -> FoundWorkshop:
    """The workshop that a typed or pasted join code opens.

    Raises:
        ValidationFailed: it has not the form of a code.
        NotFound: no workshop has this code.
    """
    return decode(FoundWorkshop, store.call("find_workshop", join_code=read_join_code(typed_code)))


def join_workshop(store: Store, typed_code: str, name: str, *, person_id: PersonId, token: str) -> Joined:
    """The person who joined under this name. Calling it again with the same id and token changes nothing.

    Raises:
        ValidationFailed: the name is empty or too long.
        Conflict: somebody of this name is already there.
        NotAllowed: the code is closed.
        NotFound: no workshop has this code.
    """
    clean = " ".join(name.split())
    if not clean:
        raise ValidationFailed("Your name is empty. Everyone in the workshop sees it beside what you write.")
    if len(clean) > MAX_NAME_CHARS:
        raise ValidationFailed(f"Your name has {len(clean)} characters; at most {MAX_NAME_CHARS} fit. Shorten it.")
    row = store.call(
        "join_workshop",
        join_code=read_join_code(typed_code),
        person=person_id,
        name=clean,
        token_hash=hash_token(token),
    )
    log.info("event=participant_joined workshop=%s", row["workshop_id"])
    return decode(Joined, {**row, "token": token})


def ask_back(store: Store, typed_code: str, name: str) -> None:
    """Tell the facilitator that somebody of this name lost their way back in."""
    store.call("ask_back", join_code=read_join_code(typed_code), name=" ".join(name.split()))


def identify(store: Store, token: str) -> Identity:
    """Whose token it is.

    Raises:
        SignedOut: it opens nothing (any more).
    """
    return decode(Identity, store.call("identify", token_hash=hash_token(token)))


def read_place(store: Store, credential: Credential) -> Place:
    """What the frame of every page shows.

    Raises:
        SignedOut: the token opens nothing any more, or the person left or was removed.
    """
    return decode(Place, store.call("read_place", **who(credential)))


def viewer_of(credential: Credential, place: Place) -> Viewer:
    """The person who is asking, from the place they read."""
    return Viewer(credential, place.me.person_id, place.me.role, place.me.name)


def read_people(store: Store, credential: Credential) -> tuple[Person, ...]:
    """The participants, in the order they joined."""
    return decode(tuple[Person, ...], store.call("read_people", **who(credential)))


def read_standing(store: Store, credentials: Sequence[Credential]) -> tuple[PersonId | None, ...]:
    """Who these are, in their order, in one call; None for whoever may not be there any more, or never might."""
    people = [{"workshop": one.workshop_id, "token_hash": one.token_hash} for one in credentials]
    return decode(tuple[PersonId | None, ...], store.call("read_standing", people=people))


def leave_workshop(store: Store, credential: Credential, *, delete_data: bool) -> None:
    """Leave for good; with `delete_data` one's votes, marks and private texts are deleted. Participants only."""
    store.call("leave_workshop", **who(credential), delete_data=delete_data)
    log.info("event=participant_left workshop=%s with_data=%s", credential.workshop_id, delete_data)


def delete_workshop(store: Store, credential: Credential, typed_title: str) -> None:
    """Delete the workshop with everything in it. Facilitators only.

    Raises:
        ValidationFailed: the typed title is not the workshop's.
    """
    store.call("delete_workshop", **who(credential), title=typed_title.strip())
    log.info("event=workshop_deleted workshop=%s", credential.workshop_id)


def who(credential: Credential) -> dict[str, str]:
    """The two arguments with which every function learns who is asking."""
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
