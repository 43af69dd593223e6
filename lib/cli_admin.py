"""The commands that look after a server: migrate, stop, doctor."""

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from lib import cli_settings
from lib.bootstrap import make_engine, make_store
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.settings import Settings
from lib.store import embedded
from lib.store.migrations import known_migrations, migrate
from lib.store.port import Store

ROOT: Final = Path(__file__).resolve().parents[1]
ROOM_NEEDED_MB: Final = 200
DATABASES: Final = {
    "embedded": "embedded PostgreSQL",
    "given": "PostgreSQL of DATABASE_URL",
    "supabase": "Supabase project, PostgreSQL",
}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands; each sets `run`, which takes the parsed arguments and gives the exit code."""
    parser = commands.add_parser(
        "migrate",
        help="bring a database to the schema of this Folkmoot",
        description="Apply what is missing of supabase/migrations. The app does this by itself when it starts; use it "
        "where the app's own account may not change the schema. Safe to repeat.",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="postgresql://NAME:PASSWORD@HOST:PORT/DATABASE; without it DATABASE_URL, else the embedded database. "
        "A password given here shows in the list of processes; DATABASE_URL does not.",
    )
    parser.set_defaults(run=run_migrate)
    parser = commands.add_parser(
        "stop",
        help="stop the embedded database",
        description="Stop the embedded PostgreSQL, whoever is using it. It stops by itself with the last app that uses "
        "it, but stays up when the app was killed. Nothing is lost; the next start brings it back.",
    )
    parser.set_defaults(run=run_stop)
    parser = commands.add_parser(
        "doctor",
        help="say what is configured, what works and what does not",
        description="Check the settings, the database and the model, with one short call to the model. Shows no "
        "secret. Exit code 0 only if all works.",
    )
    parser.set_defaults(run=run_doctor)


def run_migrate(arguments: argparse.Namespace) -> int:
    """Bring the database to this schema. 0 = done, 1 = it refused, 2 = bad settings."""
    address = arguments.database_url
    if address is not None and not address.startswith(("postgresql://", "postgres://")):
        return _complain("--database-url must begin with postgresql://", 2)
    try:
        address = address or _configured_address(cli_settings.settings())
        applied = migrate(address)
    except ValidationFailed as error:
        return _complain(" ".join(error.problems), 2)
    except FolkmootError as error:
        return _complain(str(error), 1)
    print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")
    return 0


def _configured_address(settings: Settings) -> str:
    """Where the owner of the configured database connects; the embedded one is started for it."""
    if settings.owner_url is None and not settings.is_embedded:
        raise ValidationFailed(
            "The schema of a Supabase project is changed through its connection string. Set SUPABASE_DB_URL to it, or "
            "give it as --database-url."
        )
    return settings.owner_url or embedded.start(settings.data_dir)


def run_stop(arguments: argparse.Namespace) -> int:
    """Stop the embedded database. 0 = it is not running now, 1 = it could not be stopped, 2 = bad settings."""
    try:
        folder = cli_settings.settings().data_dir
        stopped = embedded.stop(folder)
    except ValidationFailed as error:
        return _complain(" ".join(error.problems), 2)
    except (FolkmootError, OSError) as error:
        return _complain(f"The embedded database could not be stopped: {error}", 1)
    print(f"Stopped the embedded database in {folder}." if stopped else f"No embedded database is running in {folder}.")
    return 0


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report. `is_fault` decides the exit code."""

    about: str
    said: str
    is_fault: bool = False

    def __str__(self) -> str:
        return f"{'FAULT' if self.is_fault else 'ok   '}  {self.about}: {self.said}"


def run_doctor(arguments: argparse.Namespace) -> int:
    """Print what is found, one line each. 0 = all works, 1 = something does not."""
    found_fault = False
    for finding in examine():
        print(finding, flush=True)
        found_fault = found_fault or finding.is_fault
    print("\nSomething does not work; see FAULT above." if found_fault else "\nAll works.")
    return int(found_fault)


def examine() -> Iterator[Finding]:
    """What is configured and whether it works, checked one after the other. No finding holds a secret."""
    yield _python()
    yield _packages()
    try:
        settings = cli_settings.settings()
        address = cli_settings.listening_address()
    except ValidationFailed as error:
        for problem in error.problems:
            yield Finding("Settings", problem, is_fault=True)
        return
    yield from _settings(settings, address)
    if settings.is_embedded:
        yield _checked("Data folder", lambda: _data_folder(settings.data_dir))
    store = make_store(settings)
    yield _checked("Database", lambda: _database(settings, store))
    yield _checked("Model", lambda: _model(settings))
    store.close()


def _python() -> Finding:
    is_fit = (3, 11) <= sys.version_info[:2] <= (3, 14)
    return Finding("Python", sys.version.split()[0] + ("" if is_fit else "; 3.11 to 3.14 is needed"), not is_fit)


def _packages() -> Finding:
    """Whether the packages are those that this version was tested with."""
    wrong = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name, _, wanted = line.partition("#")[0].strip().partition("==")
        if not wanted:
            continue
        try:
            installed = version(name.partition("[")[0])
        except PackageNotFoundError:
            installed = "missing"
        if installed != wanted:
            wrong.append(f"{name.partition('[')[0]} {installed} instead of {wanted}")
    if wrong:
        return Finding("Packages", f"{'; '.join(wrong)}. Run `pip install -r requirements.txt`.", is_fault=True)
    return Finding("Packages", "as pinned in requirements.txt")


def _settings(settings: Settings, address: str) -> Iterator[Finding]:
    files = ", ".join(str(file) for file in cli_settings.secrets_files())
    yield Finding("Settings", f"from the environment, then {files}" if files else "from the environment")
    public = settings.public_url or "not set: links carry the address under which each person opened the app"
    yield Finding("FOLKMOOT_PUBLIC_URL", public)
    yield _create_code(settings, address)
    keys = ", ".join(settings.provider_keys) or "none"
    yield Finding("Provider keys in the environment", keys)
    yield Finding(
        "Caps of a new workshop", f"{settings.max_calls:,} model calls, {settings.max_cost_usd:.2f} US dollars"
    )


def _create_code(settings: Settings, address: str) -> Finding:
    """Whether the app would start, as far as this code decides it."""
    if reason := settings.needs_create_code(address):
        said = (
            f"not set, so the app will not start. {reason} Such an address counts here when it is configured: "
            'address = "127.0.0.1" under [server] in .streamlit/config.toml, or STREAMLIT_SERVER_ADDRESS=127.0.0.1.'
        )
        return Finding("FOLKMOOT_CREATE_CODE", said, is_fault=True)
    return Finding(
        "FOLKMOOT_CREATE_CODE",
        "set" if settings.create_code else "not set: whoever reaches the app may create workshops",
    )


def _data_folder(folder: Path) -> str:
    existing = next(part for part in (folder, *folder.parents) if part.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < ROOM_NEEDED_MB and not (folder / "postgres").exists():
        raise ValidationFailed(f"{folder}: only {free_mb} MB are free; {ROOM_NEEDED_MB} MB are needed to begin.")
    return f"{folder}, {free_mb:,} MB free"


def _database(settings: Settings, store: Store) -> str:
    store.call("read_health")
    started = time.perf_counter()
    health = store.call("read_health")
    elapsed_ms = (time.perf_counter() - started) * 1000
    newest = max(migration.version for migration in known_migrations())
    if health["schema_version"] != newest:
        raise ValidationFailed(f"its schema is {health['schema_version']}, this code's {newest}. Run migrate.")
    kind = DATABASES[settings.database_kind]
    count = health["workshops"]
    return (
        f"{kind} {health['server_version']}, schema {newest}, {count} workshop{'' if count == 1 else 's'}, "
        f"answers in {elapsed_ms:.1f} ms"
    )


def _model(settings: Settings) -> str:
    engine = make_engine(settings, None)  # a server's waiting cells are the server's, which may have keys for them
    choice = engine.catalogue.default
    engine.start()
    try:
        trial = engine.try_model(engine.catalogue.settings_for(None, choice.model, choice.api_base))
    finally:
        engine.close()
    return f"{engine.catalogue.describe(None, choice).label}, answers in {trial.latency_s:.1f} s"


def _checked(about: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(about, check())
    except FolkmootError as error:
        return Finding(about, str(error), is_fault=True)
    except Exception as error:  # noqa: BLE001 - the doctor reports what it finds, whatever that is
        return Finding(about, f"an unexpected fault ({type(error).__name__})", is_fault=True)


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
