"""The library of scenarios: read it, add to it, share, withdraw, hide."""

from typing import Final

from lib.domain.errors import ValidationFailed
from lib.domain.ids import ScenarioId
from lib.domain.people import Credential
from lib.domain.scenarios import MAX_SCENARIO_CHARS, Scenario
from lib.services.reading import Reader
from lib.store.decode import decode
from lib.store.port import Store

TITLE_CHARS: Final = 60


def read_scenarios(reader: Reader, credential: Credential) -> tuple[Scenario, ...]:
    """All scenarios that this person may see, withdrawn ones included, shared ones first by number."""
    return reader.read(tuple[Scenario, ...], "read_scenarios", credential)


def add_scenario(
    store: Store, credential: Credential, scenario_id: ScenarioId, text: str, *, is_shared: bool
) -> Scenario:
    """Adds what a person says to the model as a scenario, titled by its first words. Sending it again is harmless.

    Raises:
        ValidationFailed: it is empty or too long.
    """
    content = text.replace("\0", "").strip()
    if not content:
        raise ValidationFailed("The scenario is empty. Write what a person would say to the model.")
    if len(content) > MAX_SCENARIO_CHARS:
        raise ValidationFailed(
            f"The scenario has {len(content):,} characters; at most {MAX_SCENARIO_CHARS:,} fit. Shorten it."
        )
    row = store.call(
        "add_scenario",
        **_who(credential),
        scenario=scenario_id,
        title=title_of(content),
        turns=[{"role": "user", "content": content}],
        is_shared=is_shared,
    )
    return decode(Scenario, row)


def title_of(text: str) -> str:
    """The first words of a scenario, at most 60 characters, cut between words.

    >>> title_of("May my landlord keep the deposit?  He says so.")
    'May my landlord keep the deposit?'
    """
    line = " ".join(text.split())
    for end in ("? ", ". ", "! "):
        head, found, _ = line.partition(end)
        if found and 10 <= len(head) < TITLE_CHARS:
            return head + end.strip()
    if len(line) <= TITLE_CHARS:
        return line
    return line[: TITLE_CHARS - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def share_scenario(store: Store, credential: Credential, scenario_id: ScenarioId) -> None:
    """Lets everyone in the workshop see a scenario of one's own."""
    store.call("share_scenario", **_who(credential), scenario=scenario_id)


def withdraw_scenario(store: Store, credential: Credential, scenario_id: ScenarioId, is_withdrawn: bool = True) -> None:
    """Takes a scenario out of the library, or puts it back. Responses to it stay."""
    store.call("withdraw_scenario", **_who(credential), scenario=scenario_id, is_withdrawn=is_withdrawn)


def hide_scenario(store: Store, credential: Credential, scenario_id: ScenarioId, is_hidden: bool) -> None:
    """Hides an abusive scenario from everyone but the facilitators, or shows it again."""
    store.call("hide_text", **_who(credential), kind="scenario", id=scenario_id, is_hidden=is_hidden)


def _who(credential: Credential) -> dict[str, str]:
    return {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
