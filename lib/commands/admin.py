"""The commands that look after a server's database: migrate, stop."""

import argparse
import sys

from lib.commands import configured
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.settings import Settings
from lib.store import embedded
from lib.store.migrations import Migration, as_script, known_migrations, migrate


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`, which takes the parsed arguments and gives the exit code."""
    parser = commands.add_parser(
        "migrate",
        help="bring a database to the schema of this Folkmoot",
        description="Apply what is missing of supabase/migrations. The app does this by itself when it starts, unless "
        "it uses a Supabase project without SUPABASE_DB_URL. Safe to repeat. Without --database-url it works on what "
        "is configured: DATABASE_URL, SUPABASE_DB_URL, else the embedded database.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="postgresql://NAME:PASSWORD@HOST:PORT/DATABASE. A password given here shows in the list of processes; in "
        "DATABASE_URL or SUPABASE_DB_URL it does not.",
    )
    parser.add_argument(
        "--print",
        action="store_true",
        dest="is_printed",
        help="change nothing and print the schema as one script, for the SQL editor of a project's dashboard",
    )
    parser.add_argument(
        "--after",
        metavar="VERSION",
        help="with --print: only what is newer than this version, which `doctor` names",
    )
    parser.set_defaults(run=run_migrate)
    parser = commands.add_parser(
        "stop",
        help="stop the embedded database",
        description="Stop the embedded PostgreSQL, whoever is using it. It stops by itself with the last app that uses "
        "it, but stays up when the app was killed. Nothing is lost; the next start brings it back.",
    )
    parser.set_defaults(run=run_stop)


def run_migrate(arguments: argparse.Namespace) -> int:
    """Bring the database to this schema. 0 = done, 1 = it refused, 2 = bad settings."""
    if arguments.is_printed or arguments.after:
        return _print_script(arguments)
    address = arguments.database_url
    if address is not None and not address.startswith(("postgresql://", "postgres://")):
        return _complain("--database-url must begin with postgresql://", 2)
    try:
        address = address or _configured_address(configured.settings())
        applied = migrate(address)
    except ValidationFailed as error:
        return _complain(" ".join(error.problems), 2)
    except FolkmootError as error:
        return _complain(str(error), 1)
    print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")
    return 0


def _print_script(arguments: argparse.Namespace) -> int:
    """Write the script to standard output. It needs no settings and no database."""
    if not arguments.is_printed or arguments.database_url:
        return _complain(
            "--after goes with --print, and --print without --database-url: it prints and applies nothing", 2
        )
    wanted: tuple[Migration, ...] = known_migrations()
    if arguments.after:
        if arguments.after not in {migration.version for migration in wanted}:
            return _complain(f"--after: this Folkmoot has no schema {arguments.after}. `doctor` names the version.", 2)
        wanted = tuple(migration for migration in wanted if migration.version > arguments.after)
    if not wanted:
        return _complain(f"Nothing is newer than {arguments.after}: that is this Folkmoot's schema.", 0)
    sys.stdout.write(as_script(wanted))
    return 0


def _configured_address(settings: Settings) -> str:
    """Where the owner of the configured database connects; the embedded one is started for it."""
    if settings.owner_url is None and not settings.is_embedded:
        raise ValidationFailed(
            "The schema of a Supabase project is changed through its connection string. Set SUPABASE_DB_URL to it, or "
            "run in the dashboard's SQL editor what `python -m lib.cli migrate --print` writes."
        )
    return settings.owner_url or embedded.start(settings.data_dir)


def run_stop(arguments: argparse.Namespace) -> int:
    """Stop the embedded database. 0 = it is not running now, 1 = it could not be stopped, 2 = bad settings."""
    try:
        folder = configured.settings().data_dir
        stopped = embedded.stop(folder)
    except ValidationFailed as error:
        return _complain(" ".join(error.problems), 2)
    except (FolkmootError, OSError) as error:
        return _complain(f"The embedded database could not be stopped: {error}", 1)
    print(f"Stopped the embedded database in {folder}." if stopped else f"No embedded database is running in {folder}.")
    return 0


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
