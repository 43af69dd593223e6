"""A database that is away: a sentence, nothing lost, and everything goes on when it is back."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from lib.store import embedded
from tests.e2e.conftest import Invite
from tests.e2e.person import IDLE
from tests.e2e.served import ServedApp

AWAY = "The database cannot be reached just now."
NOT_DONE = re.compile(
    "^(The database cannot be reached|The connection to the database broke).* What you typed is still here.$"
)
"""What stands where somebody did something that could not be done."""

REDRAWN_FOR_MS = 120_000
"""While the database is away the parts of the console take turns in looking for it, with hardly a rest."""


@pytest.fixture(scope="module")
def database(open_folder: Path) -> Iterator[Path]:
    """A PostgreSQL of the operator's, which tests stop and start."""
    folder = open_folder / f"given-{uuid4().hex[:6]}"
    embedded.start(folder)
    yield folder
    embedded.release(folder)


@pytest.fixture(scope="module")
def app(open_folder: Path, database: Path) -> Iterator[ServedApp]:
    """The app on that database, which is away when the app starts."""
    address = embedded.start(database)
    embedded.stop(database)
    served = ServedApp(open_folder / f"app-{uuid4().hex[:6]}", environment={"DATABASE_URL": address})
    served.folder.chmod(0o711)
    served.start()
    yield served
    served.end()
    assert address.split(":")[2].split("@")[0] not in served.log, "the password is in the log"
    assert not served.data.exists(), "a given database leaves the embedded one alone"


def test_an_app_without_its_database_starts_says_so_and_recovers(invite: Invite, database: Path) -> None:
    fay = invite("Fay")
    fay.open("/")
    fay.field("Title").fill("Patience")
    fay.field("Title").press("Tab")
    fay.settle()
    fay.press("Create the workshop")
    fay.sees(NOT_DONE)
    fay.look("away at the start")
    embedded.start(database)
    fay.page.wait_for_timeout(5_000)  # a failure is repeated for two seconds, so that nobody queues for the next try
    fay.press("Create the workshop")
    fay.sees("“Patience” is ready")
    fay.go("Open the console")
    fay.sees("Where is the group?")

    embedded.stop(database)
    fay.sees(AWAY)
    # Pressed as by somebody who waits for no rest: meanwhile each part of the page looks for the database by itself.
    fay.button("5 min").click()
    fay.sees(NOT_DONE)
    fay.page.wait_for_timeout(4_000)  # the box looks for the database every three seconds, and is drawn anew each time
    fay.sees(NOT_DONE)
    fay.page.wait_for_selector(IDLE, timeout=REDRAWN_FOR_MS)
    fay.look("away in the middle")
    embedded.start(database)
    fay.sees("The database is back. If what you did does not show, do it again.")
    fay.sees_not(NOT_DONE)
    fay.press("5 min")
    fay.sees(re.compile(r"^\d+:\d\d left$"))
    fay.sees_not(AWAY)
