"""What a note can be about: what the group looks at just now first, then rounds, clauses, scenarios and responses."""

from collections.abc import Collection, Mapping

import streamlit as st

from components.ballot_state import read_rounds
from components.frame import Page
from components.policy_view import clause_label
from components.round_choices import named_response, shown_to_all, told_apart
from lib.domain.ids import ScenarioId
from lib.domain.notes import About, ThingKind
from lib.domain.rounds import ItemKind
from lib.domain.runs import Response
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Call, CallKind, Place, Workshop
from lib.services.drafting import LivePolicy

NOTHING = ""
NAME_CHARS = 60
GONE = "Something that is not there any more"
KINDS = [one.value for one in ThingKind]


def subjects(page: Page, *, to_show: bool = False, chosen: Collection[str] = ()) -> dict[str, str]:
    """The things by their key, such as "clause:<id>", each with its name; "" is nothing in particular.

    Of the responses those that are or were voted on, of what is withdrawn from the policy nothing: but for what a link
    named and what is `chosen` already. `to_show`: all that everyone sees, without what is withdrawn.
    """
    wanted = set() if to_show else {asked_for(), *chosen}
    found = {NOTHING: "Nothing in particular"}
    rounds = read_rounds(page)
    found |= {f"round:{one.round_id}": _name(f"Round {one.number}", one.question) for one in rounds}
    policy = page.read(LivePolicy, "read_policy").policy
    for clause in (*policy.clauses, *policy.withdrawn):
        if not clause.is_withdrawn or f"clause:{clause.clause_id}" in wanted:
            name = _name(clause_label(clause), clause.wording)
            found[f"clause:{clause.clause_id}"] = f"{name} (withdrawn)" if clause.is_withdrawn else name
    library = [one for one in page.read(tuple[Scenario, ...], "read_scenarios") if one.is_shared]
    scenarios = {one.scenario_id: one for one in library if not (to_show and one.is_withdrawn)}
    found |= {f"scenario:{one.scenario_id}": _name(f"S{one.number}", one.title) for one in scenarios.values()}
    for item in (item for one in rounds for item in one.items):
        is_left_out = to_show and item.scenario_id not in scenarios
        if item.kind is ItemKind.RESPONSE and item.response_id and not is_left_out:
            found[f"response:{item.response_id}"] = _name(item.label, item.scenario_title)
    if to_show or any(one.startswith("response:") and one not in found for one in wanted):
        shown = _responses(page, scenarios)
        found |= {key: name for key, name in shown.items() if (to_show or key in wanted) and key not in found}
    return dict(zip(found, told_apart(found.values()), strict=True))


def subjects_of_notes(page: Page, chosen: Collection[str]) -> dict[str, str]:
    """The same, with what the group looks at just now before all others, whether or not it was ever voted on.

    What is `chosen` stays there whatever others do, so that no note comes to be about something else unseen.
    """
    named = subjects(page, chosen=chosen)
    now = under_discussion(page.read(Place, "read_place").workshop)
    found = {**{key: named.get(key, name) for key, name in now.items()}, **named}
    found |= {key: GONE for key in chosen if key not in found and key.partition(":")[0] in KINDS}
    return dict(zip(found, told_apart(found.values()), strict=True))


def under_discussion(workshop: Workshop) -> dict[str, str]:
    """What everyone was called to and what is in the spotlight, by key with its name, the newer one first."""
    return {key_of(one): _name(one.label, one.title) for one in newest_first(workshop)}


def newest_first(workshop: Workshop) -> list[Call]:
    """The call to a thing and the spotlight, as far as they are there."""
    calls = [one for one in (workshop.call, workshop.spotlight) if one and one.kind is not CallKind.STAGE]
    return sorted(calls, key=lambda one: one.at, reverse=True)


def key_of(call: Call) -> str:
    """The key of what is called to or shown."""
    return f"{call.kind.value}:{call.target}"


def in_short(subject: str, name: str) -> str:
    """A thing of this key and name in so few words that a button can say them; "" for nothing in particular.

    >>> in_short("response:17", "S3 A brother sent away · v1 · sample 1: Yes."), in_short("round:4", "Round 2 And now?")
    ('a response to S3', 'round 2')
    >>> in_short("clause:5", "C7 Ask first."), in_short("", "Nothing in particular")
    ('C7', '')
    """
    kind, _, thing_id = subject.partition(":")
    if not thing_id:
        return ""
    if name.startswith(GONE):
        return "something gone"
    first, *more = name.split()
    if kind == ThingKind.ROUND.value:
        return " ".join((first.lower(), *more[:1]))
    return f"a response to {first}" if kind == ThingKind.RESPONSE.value else first


def asked_for() -> str:
    """The thing that a link to this page named; "" for none."""
    return str(st.query_params.get("about") or NOTHING)


def drop_asked_for() -> None:
    """What the link was followed for is done: this page is one without a link again."""
    st.query_params.pop("about", None)


def about_of(subject: str) -> About | None:
    """The thing behind a key.

    >>> about_of("clause:17")
    About(kind=<ThingKind.CLAUSE: 'clause'>, thing_id='17')
    """
    kind, _, thing_id = subject.partition(":")
    return About(ThingKind(kind), thing_id) if thing_id else None


def _responses(page: Page, scenarios: Mapping[ScenarioId, Scenario]) -> dict[str, str]:
    """What models answered for everyone to see, the newest version first."""
    every = page.read(tuple[Response, ...], "read_responses", scenario=None, run=None)
    shown = shown_to_all(every, scenarios)
    return {f"response:{one.response_id}": named_response(one, scenarios[one.scenario_id]) for one in shown}


def _name(label: str, words: str) -> str:
    flat = " ".join(words.split())
    return f"{label} {flat if len(flat) <= NAME_CHARS else flat[: NAME_CHARS - 1] + '…'}".strip()
