"""What a facilitator does for the room: stage, locks, limits, and the people in it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from lib.domain.errors import NotAllowed
from lib.domain.ids import ClauseId, PersonId
from lib.domain.people import Credential, Nudged, Role
from lib.domain.workshop import ModelChoice, Stage
from lib.security import hash_token, new_join_code, new_token
from lib.services.workshops import read_place, who
from lib.store.port import Store

log = logging.getLogger("folkmoot.workshops")


def set_stage(store: Store, credential: Credential, stage: Stage) -> None:
    """Say where the group is. Facilitators only."""
    change_settings(store, credential, stage=stage.value)


def lock_editing(store: Store, credential: Credential, is_locked: bool) -> None:
    """Close the policy to changes, or open it again. Facilitators only."""
    change_settings(store, credential, editing_is_locked=is_locked)


def open_code(store: Store, credential: Credential, is_open: bool) -> None:
    """Let new people join with the code, or not. Facilitators only."""
    change_settings(store, credential, code_is_open=is_open)


def renew_code(store: Store, credential: Credential) -> str:
    """A new join code; the old one opens nothing any more. Facilitators only."""
    code = new_join_code()
    change_settings(store, credential, join_code=code, code_is_open=True)
    return code


def choose_model(store: Store, credential: Credential, choice: ModelChoice | None) -> None:
    """The model of the workshop's next runs; None = the server's default. Facilitators only."""
    change_settings(
        store, credential, model=choice.model if choice else None, api_base=choice.api_base if choice else None
    )


def set_caps(
    store: Store, credential: Credential, *, max_calls: int | None = None, max_cost_usd: float | None = None
) -> None:
    """The most that the workshop may ask of a model; None = as it is. Facilitators only."""
    caps = {"max_calls": max_calls, "max_cost_usd": max_cost_usd}
    if changes := {name: most for name, most in caps.items() if most is not None}:
        change_settings(store, credential, **changes)


def change_settings(store: Store, credential: Credential, **changes: Any) -> None:
    """Change settings of the workshop by the names that `set_workshop` knows. Facilitators only."""
    store.call("set_workshop", **who(credential), changes=changes)


def rename_person(store: Store, credential: Credential, person: PersonId, name: str) -> None:
    """Another name for a participant. Facilitators only. Raises Conflict if it is taken."""
    store.call("change_person", **who(credential), person=person, changes={"name": " ".join(name.split())})


def hide_name(store: Store, credential: Credential, person: PersonId, is_hidden: bool) -> None:
    """Show "name hidden" instead of an abusive name, or the name again. Facilitators only."""
    store.call("change_person", **who(credential), person=person, changes={"name_is_hidden": is_hidden})


def remove_person(store: Store, credential: Credential, person: PersonId, is_removed: bool) -> None:
    """Remove a participant, whose votes are then excluded, or take them back with their votes. Facilitators only."""
    store.call("change_person", **who(credential), person=person, changes={"is_removed": is_removed})
    log.info("event=person_removed workshop=%s is_removed=%s", credential.workshop_id, is_removed)


def hide_clause(store: Store, credential: Credential, clause: ClauseId, is_hidden: bool) -> None:
    """Hide a withdrawn clause from everyone but facilitators, or show it again. Facilitators only.

    Raises ValidationFailed while the clause is part of the policy: it is withdrawn first.
    """
    store.call("hide_text", **who(credential), kind="clause", id=clause, is_hidden=is_hidden)


def let_lead(store: Store, credential: Credential, person: PersonId, is_granted: bool) -> None:
    """Let a participant lead too, through their own link, or take that back at once.

    The facilitator with the secret link only; whoever was given the right may lay it down themselves.
    """
    store.call("grant_leading", **who(credential), person=person, is_granted=is_granted)
    log.info("event=co_facilitator workshop=%s is_granted=%s", credential.workshop_id, is_granted)


def nudge(store: Store, credential: Credential, people: Sequence[PersonId], reason: Nudged) -> int:
    """Put a quiet line on these people's pages, each at most once a minute; how many it reached. Facilitators only."""
    answer = store.call("nudge_people", **who(credential), people=list(people), reason=reason.value)
    return int(answer["nudged"])


def take_back_nudges(store: Store, credential: Credential, people: Sequence[PersonId]) -> None:
    """Take the line from these people's pages again, for whichever reason it is there. Facilitators only."""
    store.call("take_back_nudges", **who(credential), people=list(people))


def put_away_nudge(store: Store, credential: Credential) -> None:
    """Take the line from one's own page."""
    store.call("put_away_nudge", **who(credential))


@dataclass(frozen=True)
class NewLink:
    """A secret link before the database knows of it: asked for again with the same, it is the same link."""

    token: str
    request: str


def new_link() -> NewLink:
    """A link that nobody has yet."""
    return NewLink(new_token(), str(uuid4()))


def reissue_person(store: Store, credential: Credential, person: PersonId, link: NewLink) -> None:
    """Give a participant this link; all their older links and browsers are signed out. Facilitators only."""
    changes = {"token_hash": hash_token(link.token)}
    store.call("change_person", **who(credential), person=person, changes=changes, request=link.request)
    log.info("event=personal_link_replaced workshop=%s", credential.workshop_id)


def reissue_role_link(store: Store, credential: Credential, role: Role, link: NewLink) -> None:
    """Make this the link of the facilitator or the organizer; the older ones open nothing any more.

    Only a facilitator may ask: the database is asked first who this is.
    """
    me = read_place(store, credential).me
    if me.role is not Role.FACILITATOR or me.is_co_facilitator:
        raise NotAllowed("Only the facilitator with the secret link can replace one.")
    store.call(
        "reissue_link",
        workshop=credential.workshop_id,
        role=role.value,
        token_hash=hash_token(link.token),
        request=link.request,
    )
    log.info("event=role_link_replaced workshop=%s role=%s", credential.workshop_id, role.value)
