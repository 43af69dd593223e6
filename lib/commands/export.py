"""The commands about one workshop: export takes it away, link makes a new secret link."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from lib.bootstrap import make_store
from lib.commands import configured
from lib.domain.errors import FolkmootError, NotFound, ValidationFailed
from lib.domain.ids import WorkshopId
from lib.security import hash_token, new_token
from lib.services.exporting import bundle_as_server
from lib.settings import Settings
from lib.store.port import Store

LOCAL_ADDRESS: Final = "http://localhost:8501"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`, which takes the parsed arguments and gives the exit code."""
    export = commands.add_parser(
        "export",
        help="take a workshop away as files",
        description="Write policy.md, system_prompt.txt, votes.csv, decisions.md and workshop.json, as an organizer "
        "would get them: nothing of rounds that are not revealed, no private texts, no codes, links or tokens. "
        "workshop.json lists under `withheld` what is missing and why. Exit code 0 = written, 1 = the database cannot "
        "be reached, 2 = bad input.",
    )
    export.add_argument("workshop_id", metavar="WORKSHOP_ID", help="the id in the workshop's address, after ?w=")
    export.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a folder that is new or empty")
    export.set_defaults(run=run_export)
    link = commands.add_parser(
        "link",
        help="make a new secret link when the old one is lost",
        description="Print a new secret link for the facilitator or the organizer of a workshop. The old link and "
        "every browser that came in by it are signed out. Whoever has the new link is that person.",
    )
    link.add_argument("workshop_id", metavar="WORKSHOP_ID", help="the id in the workshop's address, after ?w=")
    link.add_argument("--role", required=True, choices=("facilitator", "organizer"), help="whose link")
    link.set_defaults(run=run_link)


def run_export(arguments: argparse.Namespace) -> int:
    """Write the files of a workshop. 0 = written, 1 = no database, 2 = bad input."""
    folder: Path = arguments.out
    if folder.exists() and not folder.is_dir():
        return _complain(f"{folder} is a file. Give --out a folder that is new or empty.", 2)
    if folder.is_dir() and any(folder.iterdir()):
        return _complain(f"The folder {folder} is not empty. Nothing was written; give --out a new folder.", 2)

    def export(store: Store, settings: Settings, workshop_id: WorkshopId) -> None:
        bundle = bundle_as_server(store, workshop_id)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in bundle.files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
            print(folder / name)
        print("Withheld:")
        for sentence in bundle.withheld:
            print(f"- {sentence}")

    return _on_workshop(arguments.workshop_id, export)


def run_link(arguments: argparse.Namespace) -> int:
    """Print a new secret link. 0 = printed, 1 = no database, 2 = bad input."""

    def reissue(store: Store, settings: Settings, workshop_id: WorkshopId) -> None:
        token = new_token()
        store.call("reissue_link", workshop=workshop_id, role=arguments.role, token_hash=hash_token(token))
        print(f"{(settings.public_url or LOCAL_ADDRESS).rstrip('/')}/enter/{token}")
        print(f"The {arguments.role}'s old link does not work any more, and browsers that used it are signed out.")
        if not settings.public_url:
            print("If others reach this server at another address, put that in place of the one above.")

    return _on_workshop(arguments.workshop_id, reissue)


def _on_workshop(given_id: str, act: Callable[[Store, Settings, WorkshopId], None]) -> int:
    """Do something with a workshop on the configured database, and turn what goes wrong into one line and a code."""
    try:
        workshop_id = WorkshopId(str(UUID(given_id)))
    except ValueError:
        return _complain(f"{given_id!r} is no workshop id. It stands in the workshop's address, after ?w=.", 2)
    try:
        settings = configured.settings()
    except ValidationFailed as error:
        return _complain(" ".join(error.problems), 2)
    store = make_store(settings)
    try:
        act(store, settings, workshop_id)
    except NotFound:
        return _complain(f"No workshop has the id {workshop_id}. `doctor` tells which database is in use.", 2)
    except ValidationFailed as error:
        return _complain(str(error), 2)
    except FolkmootError as error:
        return _complain(str(error), 1)
    except OSError as error:
        return _complain(f"{error.filename} could not be written: {error.strerror}.", 2)
    finally:
        store.close()
    return 0


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
