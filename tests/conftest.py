"""What every layer of tests stands on: a real PostgreSQL of its own, thrown away at the end."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from lib.store import embedded
from lib.store.direct import DirectStore, owner_connection
from lib.store.migrations import migrate
from lib.store.port import Store

TEMPLATE = "folkmoot_template"
MAY_BE_SKIPPED = {
    # Runs as root only; everybody else gets an ordinary account's server, which all other tests use then.
    "tests/contract/test_embedded.py::test_root_is_told_when_the_servers_account_cannot_enter",
    # Needs a project of the hosted service, which whoever runs the tests has to name (docs/deploy.md).
    "tests/contract/test_live_project.py::test_the_contract_suite_is_run_on_a_project_of_the_hosted_service",
}
"""Every other skip fails the run: what was not tested must not look like a pass."""
_skipped: set[str] = set()
_numbers = count(1)


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        """Let time pass, such as `forward(seconds=30)`."""
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at nine in the morning until it is put forward."""
    return Clock()


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder outside every home, which the account that PostgreSQL runs as (if the tests run as root) can enter."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-tests-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture(scope="session")
def server_address(open_folder: Path) -> Iterator[str]:
    """The address of an embedded PostgreSQL whose database `folkmoot_template` has the schema."""
    folder = open_folder / "server"
    address = embedded.start(folder)
    with owner_connection(address) as owner:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            owner.rows(f"alter system set {setting}")
        owner.rows("select pg_reload_conf()")
        owner.rows(f"create database {TEMPLATE}")
    migrate(at_database(address, TEMPLATE))
    yield address
    embedded.release(folder)


@pytest.fixture(scope="session")
def shared_database_address(server_address: str) -> str:
    """The address of a database with the schema, for modules whose tests care for their own workshops only."""
    return _new_database(server_address, TEMPLATE)


@pytest.fixture(scope="module")
def database_address(server_address: str) -> str:
    """The address of a database that has the schema and nothing else, new for every test module."""
    return _new_database(server_address, TEMPLATE)


@pytest.fixture
def empty_database_address(server_address: str) -> str:
    """The address of a database without anything in it, new for every test."""
    return _new_database(server_address, "template1")


@pytest.fixture(scope="module")
def store(database_address: str) -> Iterator[Store]:
    """The Store on the module's own database."""
    opened = DirectStore(database_address)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_settings_of_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        ours = name.startswith(("FOLKMOOT_", "SUPABASE_")) and not name.startswith(("FOLKMOOT_TEST_", "SUPABASE_TEST_"))
        if ours or name == "DATABASE_URL" or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)


def at_database(address: str, name: str) -> str:
    """The same server's address with another database."""
    head, _, query = address.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _new_database(server_address: str, template: str) -> str:
    name = f"test_{next(_numbers)}"
    with owner_connection(server_address) as owner:
        owner.rows(f"create database {name} template {template}")
    return at_database(server_address, name)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note every test that was skipped."""
    if report.skipped and not hasattr(report, "wasxfail") and "[live" not in report.nodeid:
        _skipped.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run for a skip that is not on the list."""
    if _skipped - MAY_BE_SKIPPED and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which skips are not on the list."""
    for nodeid in sorted(_skipped - MAY_BE_SKIPPED):
        terminalreporter.write_line(f"skipped, and not on the list in tests/conftest.py: {nodeid}", red=True)
