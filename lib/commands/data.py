"""The commands about the data itself: backup and restore, move to another database, forget a person."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from lib.bootstrap import make_store
from lib.commands import configured
from lib.commands.data_place import CONFIGURED, HOW_TO_NAME, check_schema, place_to_read, place_to_write
from lib.domain.errors import Conflict, FolkmootError, NotFound, ValidationFailed
from lib.store.direct import StatementFailed
from lib.store.moving.backup import restore_backup, write_backup
from lib.store.moving.backup_file import Kept, read_backup
from lib.store.moving.measure import Measures
from lib.store.moving.move import Moved, explained, move
from lib.store.moving.rows import titles

SAID: Final = {
    "people": ("person", "people"),
    "clauses": ("clause", "clauses"),
    "policy_versions": ("version", "versions"),
    "responses": ("response", "responses"),
    "marks": ("mark", "marks"),
    "rounds": ("round", "rounds"),
    "votes": ("vote", "votes"),
}
"""The tables whose counts say something to a person."""
KEEP_IT_SAFE: Final = (
    "The file holds everything that the database does: names, private texts, the hashes of the secret links, and the "
    "votes of rounds that are anonymous or not revealed yet. Keep it as you would keep the database."
)
ID_HELP: Final = "the id in the workshop's address, after ?w="


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`, which takes the parsed arguments and gives the exit code."""
    backup = commands.add_parser(
        "backup",
        help="write workshops to a file, with everything in them",
        description=f"Write workshops to one file, as they are at one moment; people may go on working. {KEEP_IT_SAFE} "
        "To take away what everybody may see, use `export` instead.",
    )
    backup.add_argument("workshop_ids", nargs="*", metavar="WORKSHOP_ID", help=f"{ID_HELP}; without one: all workshops")
    backup.add_argument("--out", required=True, type=Path, metavar="FILE", help="a new file; nothing is overwritten")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser(
        "restore",
        help="put workshops of a backup back",
        description="Put workshops of a file that `backup` wrote into the configured database: all that are asked for, "
        "or none. A workshop that is there already is never overwritten. Secret links of that time work again.",
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that `backup` wrote")
    restore.add_argument(
        "workshop_ids", nargs="*", metavar="WORKSHOP_ID", help="without one: all workshops of the file"
    )
    restore.set_defaults(run=run_restore)
    _add_move(commands)
    forget = commands.add_parser(
        "forget",
        help="delete a person's data, when nobody has their link any more",
        description="Do what “leave and delete my data” does in the app, for a participant who asks for it without a "
        "link: drafts, marks, votes, private scenarios and responses go, and the name. What they gave to the group "
        "stays under “a former participant”. Votes of a revealed anonymous round cannot be found any more. Asks first.",
    )
    forget.add_argument("workshop_id", metavar="WORKSHOP_ID", help=ID_HELP)
    forget.add_argument("name", metavar="NAME", help="the name under which the person joined")
    forget.add_argument("--person", metavar="ID", help="which person, where several had this name; asked for if needed")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(run=run_forget)


def _add_move(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "move",
        help="move workshops to another database, such as a Supabase project, and back",
        description="Copy workshops with all ids, numbers and links, make sure that they arrived whole and the same, "
        "then delete them where they were. Each workshop is locked while it moves: who writes at that moment waits, "
        "then reads that the workshop is gone here. On any failure it stays where it is. The target's schema is "
        f"brought up to date first. A place is {HOW_TO_NAME}",
    )
    parser.add_argument("workshop_ids", nargs="*", metavar="WORKSHOP_ID", help=ID_HELP)
    parser.add_argument("--all", action="store_true", help="all workshops of the source")
    parser.add_argument("--to", required=True, metavar="PLACE", help="the target")
    parser.add_argument("--from", dest="source", default=CONFIGURED, metavar="PLACE", help="the source; configured")
    parser.add_argument("--keep", action="store_true", help="copy only; two copies live on apart from each other")
    parser.set_defaults(run=run_move)


def run_backup(arguments: argparse.Namespace) -> int:
    """Write a backup. 0 = written, 1 = the database cannot be reached, 2 = bad input; then no file is left."""

    def act() -> None:
        with place_to_read(CONFIGURED) as connection:
            backup = write_backup(connection, _ids(arguments.workshop_ids), arguments.out, datetime.now(UTC))
        _list(backup.workshops)
        print(f"Wrote {_count(len(backup.workshops), 'workshop', 'workshops')} to {arguments.out}.\n{KEEP_IT_SAFE}")

    return _carefully(act)


def run_restore(arguments: argparse.Namespace) -> int:
    """Restore from a backup. 0 = done, 1 = the database cannot be reached, 2 = bad input; then nothing was written."""

    def act() -> None:
        backup = read_backup(arguments.file)
        with place_to_write(CONFIGURED) as connection:
            restored = restore_backup(connection, arguments.file, backup, _ids(arguments.workshop_ids))
        _list(restored)
        print(f"Restored {_count(len(restored), 'workshop', 'workshops')}, as of {backup.made_at}.")

    return _carefully(act)


def run_move(arguments: argparse.Namespace) -> int:
    """Move workshops. 0 = all moved, 1 = a database cannot be reached, 2 = bad input or a conflict; it says how far."""
    moved: list[Moved] = []

    def act() -> None:
        wanted = _ids(arguments.workshop_ids)
        if bool(wanted) == arguments.all:
            raise ValidationFailed("Name the workshops to move, or give --all, not both.")
        with place_to_read(arguments.source) as source, place_to_write(arguments.to) as target:
            check_schema(source)
            for workshop_id in wanted or titles(source):
                moved.append(move(source, target, workshop_id, keep=arguments.keep))
                _report(moved[-1], arguments.keep)

    code = _carefully(act)
    verb = "Copied" if arguments.keep else "Moved"
    print(f"{verb} {_count(len(moved), 'workshop', 'workshops')}{'' if code == 0 else ', then stopped'}.")
    return code


def run_forget(arguments: argparse.Namespace) -> int:
    """Delete a person's data. 0 = deleted, 1 = the database cannot be reached, 2 = bad input, or not confirmed."""

    def act() -> None:
        [workshop_id] = _ids([arguments.workshop_id])
        person = _ids([arguments.person], "person")[0] if arguments.person else None
        settings = configured.settings()
        if not arguments.yes and not _confirmed(
            f"Delete the data of “{arguments.name}” in workshop {workshop_id}? It cannot be undone. [y/N] "
        ):
            raise ValidationFailed("Nothing was deleted.")
        store = make_store(settings)
        try:
            store.call("forget_person", workshop=workshop_id, name=arguments.name, person=person)
        except Conflict as several:
            raise Conflict(f"{several} Give it as --person.") from several
        finally:
            store.close()
        print(
            f"Deleted the data of “{arguments.name}”. What they gave to the group stays under “a former participant”. "
            "Backups and exports that were made before still hold it."
        )

    return _carefully(act)


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise ValidationFailed("Nobody is there to be asked. Give --yes to delete without being asked.")
    return input(question).strip().lower() in {"y", "yes"}


def _report(moved: Moved, is_copy: bool) -> None:
    counts = f"{_counts(moved.measures)}; {moved.rows:,} rows"
    print(f"“{moved.title}” ({moved.workshop_id}): {counts}, the same there as here.")
    if moved.was_there:
        print("  It was there already, whole: an earlier move ended early. Now it is deleted here.")
    elif is_copy:
        print("  It is in both places now, and what changes in one does not change in the other.")


def _list(workshops: "list[Kept] | tuple[Kept, ...]") -> None:
    for kept in workshops:
        print(f"“{kept.title}” ({kept.workshop_id}): {_counts(kept.measures)}; {kept.rows:,} rows.")


def _counts(measures: Measures) -> str:
    return ", ".join(
        _count(measures[table].rows if table in measures else 0, one, many) for table, (one, many) in SAID.items()
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _ids(given: list[str], of_what: str = "workshop") -> list[str]:
    """The ids in the form in which the database writes them."""
    try:
        return [str(UUID(one)) for one in given]
    except ValueError:
        raise ValidationFailed(
            f"{' '.join(given)}: not every one is the id of a {of_what}, such as 6f1c0d4e-3f64-4c7e-9d0b-6a1f0c6b2d11."
        ) from None


def _carefully(act: Callable[[], None]) -> int:
    """Turns what goes wrong into one line and a code."""
    try:
        act()
    except (NotFound, ValidationFailed, Conflict) as error:
        return _complain(str(error), 2)
    except StatementFailed as failed:
        return _complain(str(explained(failed)), 1)
    except FolkmootError as error:
        return _complain(str(error), 1)
    except OSError as error:
        return _complain(f"{error.filename} cannot be read or written: {error.strerror}.", 2)
    return 0


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
