"""What a person takes away, each as the asker may see it."""

from dataclasses import dataclass
from typing import Any

from lib.domain.discussion import Suggestion
from lib.domain.ids import WorkshopId
from lib.domain.notes import Note
from lib.domain.people import Credential
from lib.domain.policy import Clause
from lib.domain.rounds import RoundResult
from lib.exports.decisions_md import decisions_md
from lib.exports.votes_csv import votes_csv
from lib.exports.workshop_json import workshop_json
from lib.policy.prompt import system_prompt
from lib.services.voting import read_results
from lib.store.decode import decode
from lib.store.port import Store

POLICY_FILE = "policy.md"
PROMPT_FILE = "system_prompt.txt"
VOTES_FILE = "votes.csv"
DECISIONS_FILE = "decisions.md"
WORKSHOP_FILE = "workshop.json"


@dataclass(frozen=True)
class Bundle:
    """All files of an export by name, and what is withheld from them, in sentences."""

    files: dict[str, str]
    withheld: tuple[str, ...]


def policy_markdown(store: Store, credential: Credential, version: int | None = None) -> str:
    """The live policy, or a published version, exactly as it was written."""
    return _policy_text(store, credential, version)


def policy_as_prompt(store: Store, credential: Credential, version: int | None = None) -> str:
    """The live policy, or a published version, as the system message that a model gets."""
    return system_prompt(_policy_text(store, credential, version))


def votes_table(store: Store, credential: Credential) -> str:
    """The votes of the revealed rounds as CSV."""
    return votes_csv(read_results(store, credential))


def decisions_text(store: Store, credential: Credential) -> str:
    """Decisions with their dissents, notes, accepted suggestions and rough clauses, as Markdown."""
    who = {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
    reads = [{"function": f} for f in ("read_place", "read_notes", "read_suggestions", "read_policy")]
    place, notes, suggestions, live = store.call("read_together", **who, reads=reads)
    return _decisions(place["workshop"]["title"], notes, suggestions, live["policy"]["clauses"])


def workshop_as_json(store: Store, credential: Credential) -> str:
    """The workshop as the asker may see it, with a list of what is withheld and why."""
    export = store.call("export_workshop", workshop=credential.workshop_id, token_hash=credential.token_hash)
    return workshop_json(export, secrets=(credential.token_hash,))


def bundle_as_server(store: Store, workshop_id: WorkshopId) -> Bundle:
    """Everything that an organizer could take away, for the command line.

    Raises:
        NotFound: no workshop has this id.
    """
    export: dict[str, Any] = store.call("export_as_server", workshop=workshop_id)
    text = export["policy"]["text"]
    revealed = [entry for entry in export["rounds"] if entry["status"] == "revealed"]
    return Bundle(
        files={
            POLICY_FILE: text,
            PROMPT_FILE: system_prompt(text),
            VOTES_FILE: votes_csv(decode(tuple[RoundResult, ...], revealed)),
            DECISIONS_FILE: _decisions(
                export["workshop"]["title"], export["notes"], export["suggestions"], export["policy"]["clauses"]
            ),
            WORKSHOP_FILE: workshop_json(export),
        },
        withheld=tuple(f"{entry['what']}: {entry['why']}" for entry in export["withheld"]),
    )


def _decisions(title: str, notes: Any, suggestions: Any, clauses: Any) -> str:
    return decisions_md(
        title,
        decode(tuple[Note, ...], notes),
        decode(tuple[Suggestion, ...], suggestions),
        decode(tuple[Clause, ...], clauses),
    )


def _policy_text(store: Store, credential: Credential, version: int | None) -> str:
    who = {"workshop": credential.workshop_id, "token_hash": credential.token_hash}
    if version is None:
        return str(store.call("read_policy", **who)["policy"]["text"])
    return str(store.call("read_version", **who, number=version)["text"])
