"""The command `doctor`: what is configured, what works, what does not, and the way out of each."""

import argparse
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from lib.bootstrap import make_engine
from lib.commands import configured
from lib.commands.doctor_database import examine_database
from lib.commands.finding import Finding, checked
from lib.domain.errors import ValidationFailed
from lib.settings import Settings

ROOT: Final = Path(__file__).resolve().parents[2]
ROOM_NEEDED_MB: Final = 200


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command; it sets `run`, which takes the parsed arguments and gives the exit code."""
    parser = commands.add_parser(
        "doctor",
        help="say what is configured, what works and what does not",
        description="Check the settings, the database, its clock and the model, with one short call to the model. "
        "Shows no secret. Exit code 0 only if all works; a warning does not change it.",
    )
    parser.set_defaults(run=run_doctor)


def run_doctor(arguments: argparse.Namespace) -> int:
    """Print what is found, one line each. 0 = all works, 1 = something does not."""
    found_fault = found_warning = False
    for finding in examine():
        print(finding, flush=True)
        found_fault = found_fault or finding.is_fault
        found_warning = found_warning or finding.is_warning
    if found_fault:
        print("\nSomething does not work; see FAULT above.")
    else:
        print("\nAll works, but see the warning above." if found_warning else "\nAll works.")
    return int(found_fault)


def examine() -> Iterator[Finding]:
    """What is configured and whether it works, checked one after the other. No finding holds a secret."""
    yield _python()
    yield _packages()
    try:
        settings = configured.settings()
        address = configured.listening_address()
    except ValidationFailed as error:
        for problem in error.problems:
            yield Finding("Settings", problem, is_fault=True)
        return
    yield from _settings(settings, address)
    if settings.is_embedded:
        yield checked("Data folder", lambda: _data_folder(settings.data_dir))
    yield from examine_database(settings)
    yield checked("Model", lambda: _model(settings))


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
    files = ", ".join(str(file) for file in configured.secrets_files())
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


def _model(settings: Settings) -> str:
    engine = make_engine(settings, None)  # a server's waiting cells are the server's, which may have keys for them
    choice = engine.catalogue.default
    engine.start()
    try:
        trial = engine.try_model(engine.catalogue.settings_for(None, choice.model, choice.api_base))
    finally:
        engine.close()
    return f"{engine.catalogue.describe(None, choice).label}, answers in {trial.latency_s:.1f} s"
