"""The people and the app of the tests of the live text."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import WebSocketRoute

from lib.live.member import BEGIN_ANEW, COME_BACK
from lib.live.wire import SYNC, UPDATE
from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite
from tests.e2e.live_text import (
    joins,
)
from tests.e2e.person import Person
from tests.e2e.served import ServedApp


@pytest.fixture(scope="module")
def database_address(shared_database_address: str) -> str:
    """The app's database, into which the tests look."""
    return shared_database_address


@pytest.fixture(scope="module")
def app(served: tuple[ServedApp, DirectStore]) -> ServedApp:
    return served[0]


@pytest.fixture
def facilitator(invite: Invite) -> Person:
    person = invite("Facilitator")
    person.open("/")
    person.press("Create the workshop")
    person.sees("is ready")
    return person


@pytest.fixture
def ana(link: str, invite: Invite) -> Person:
    return joins(invite("Ana"), link)


@pytest.fixture
def ben(link: str, invite: Invite) -> Person:
    return joins(invite("Ben", looks_closely=False), link)


@dataclass
class Doorkeeper:
    """Lines between a page and the server, and what of a page is not let through at the door."""

    turns_away_all: bool = False
    """Nobody comes in."""
    turns_away_edits: bool = False
    """Whoever types is told to begin anew, and not why."""
    hides_what_is_saved: bool = False
    """Nobody hears that what they typed is saved."""
    hangs_up_at_a_refusal: bool = False
    """The line is lost as soon as a refusal was said on it."""
    hides_who_hangs_up: bool = False
    """The server takes a line for open though the page has lost it."""
    lines: int = 0

    def minds(self, line: WebSocketRoute) -> None:
        self.lines += 1
        if self.turns_away_all:
            line.close(code=COME_BACK.code)
            return
        server = line.connect_to_server()

        def hand_on(said: str | bytes) -> None:
            if self.turns_away_all:
                line.close(code=COME_BACK.code)
            elif self.turns_away_edits and said[:2] == bytes((SYNC, UPDATE)):
                line.close(code=BEGIN_ANEW.code)
            else:
                server.send(said)

        def hand_back(said: str | bytes) -> None:
            if not (self.hides_what_is_saved and isinstance(said, str) and '"saved"' in said):
                line.send(said)
            if self.hangs_up_at_a_refusal and isinstance(said, str) and '"refused"' in said:
                line.close(code=COME_BACK.code)

        line.on_message(hand_on)
        line.on_close(lambda _code, _reason: None if self.hides_who_hangs_up else server.close())
        server.on_message(hand_back)


@pytest.fixture
def door() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture
def minded(link: str, invite: Invite, door: Doorkeeper) -> Person:
    """Somebody whose lines go by the door."""
    person = invite("Ana")
    person.page.route_web_socket(re.compile(r"/document\?"), door.minds)
    return joins(person, link)
