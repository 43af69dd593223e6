"""Cursors of several servers in memory: each tells what changed, and shows what the others told."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest

from lib.domain.errors import StoreUnavailable
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.live import sharing
from lib.live.audience import COLOURS, Audience
from lib.live.elsewhere import Elsewhere, OtherServers
from lib.live.member import Member, Writer
from lib.live.room import Room
from lib.live.shared_text import seed_of
from lib.live.sharing import Sharing
from lib.live.wire import Presence, awareness_message, message_in

WORKSHOP = WorkshopId("w")
OPENED = {
    **{"document": "d", "seq": 0, "snapshot_seq": 0, "policy_seq": 0, "policy_revision": 1, "document_revision": 1},
    **{"editing_is_locked": False, "clients": {}, "updates": []},
}


def cursor(clock: int = 0) -> dict[str, Any]:
    end = {"type": None, "tname": None, "item": {"client": 1, "clock": clock}, "assoc": -1}
    return {"anchor": end, "head": end}


def page(client: int, name: str) -> Member:
    writer = Writer(PersonId(name.lower()), Role.PARTICIPANT, name)
    return Member(Credential(WORKSHOP, name), writer, client, time.monotonic)


def seen_by(member: Member, shown: dict[int, Any]) -> dict[int, Any]:
    """Whom a page shows where, after all that waits for it; added to what it showed before."""
    for frame in member.outbox.take_now():
        message = message_in(frame) if isinstance(frame, bytes) else None
        for one in message if isinstance(message, list) else []:
            shown.pop(one.client, None)
            if one.state is not None:
                shown[one.client] = one.state
    return shown


class Database:
    """What the servers have told, as `place_cursors` and `read_cursors` keep it."""

    def __init__(self) -> None:
        self.servers: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self._numbers = count(100, 100)
        self.is_away = False

    def place(self, process: str, workshops: Sequence[str], cursors: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        if not workshops:
            self.servers.pop(process, None)
            return {}
        if process in self.servers:
            self.servers[process]["number"] += bool(cursors)
        known = self.servers.setdefault(process, {"number": next(self._numbers), "rows": {}})
        for one in cursors:
            known["rows"].pop(one["client"], None)
            if one["cursor"] is not None:
                row = {"client": one["client"], "person_id": one["token_hash"].lower(), "name": one["token_hash"]}
                known["rows"][one["client"]] = (known["number"], row | {"cursor": one["cursor"]})
        return {WORKSHOP: known["number"]}

    def read(self, known: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
        asked = {process: number for process, number in known[WORKSHOP].items() if process in self.servers}
        return {
            WORKSHOP: {
                process: {
                    "number": self.servers[process]["number"],
                    "clients": list(self.servers[process]["rows"]),
                    "cursors": [row for at, row in self.servers[process]["rows"].values() if at > number],
                }
                for process, number in asked.items()
            }
        }


class Server:
    """A process with one document open."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.room = Room(WORKSHOP, OPENED, [seed_of("One.\n")], keep=lambda _kept: None)
        self.sharing = Sharing(self)

    def open_rooms(self) -> list[Room]:
        return [self.room]

    async def call(self, function: str, **arguments: Any) -> Any:
        self.database.calls.append(function)
        if self.database.is_away:
            raise StoreUnavailable("away")
        if function == "place_cursors":
            return self.database.place(**arguments)
        return self.database.read(**arguments)

    def works(self) -> None:
        """Hear of the others, and exchange what there is."""
        numbers = {process: known["number"] for process, known in self.database.servers.items()}
        self.sharing.heard(self.room, numbers)
        asyncio.run(self.sharing.work())

    def points(self, member: Member, clock: int, where: dict[str, Any] | None) -> None:
        state = {} if where is None else {"cursor": where}
        self.room.hear(member, awareness_message([Presence(member.client, clock, state)]))


@pytest.fixture(autouse=True)
def _rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "BEAT_S", 3600.0)


def two_servers() -> tuple[Database, Server, Server, Member, Member]:
    database = Database()
    here, there = Server(database), Server(database)
    ana, ben = page(1, "Ana"), page(2, "Ben")
    here.room.join(ana)
    there.room.join(ben)
    for server in (here, there, here):
        server.works()
    return database, here, there, ana, ben


def test_a_cursor_is_seen_at_the_other_server_with_its_name_until_it_goes() -> None:
    _, here, there, ana, ben = two_servers()
    here.points(ana, 1, cursor())
    here.works()
    there.works()
    who = {"person": "ana", "name": "Ana", "colour": 1}
    assert (shown := seen_by(ben, {})) == {1: {"user": who, "cursor": cursor()}}
    there.room.join(late := page(3, "Cleo"))
    assert seen_by(late, {}) == shown
    here.points(ana, 2, cursor(5))
    for server in (here, there):
        server.works()
    assert seen_by(ben, shown)[1]["cursor"] == cursor(5)
    here.room.leave(ana)
    for server in (here, there):
        server.works()
    assert seen_by(ben, shown) == {}


def test_the_cursors_of_a_server_that_is_lost_go_at_once_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    database, here, there, ana, ben = two_servers()
    here.points(ana, 1, cursor())
    here.works()
    there.works()
    assert list(shown := seen_by(ben, {})) == [1]
    database.servers.pop(here.sharing.process)
    there.works()
    assert seen_by(ben, shown) == {}
    monkeypatch.setattr(sharing, "BEAT_S", 0.0)
    here.works()  # it was only slow: all of it is told again
    here.works()
    there.works()
    assert list(seen_by(ben, shown)) == [1]


def test_nothing_is_written_while_nobody_moves_or_no_other_server_is_there() -> None:
    database, here, there, ana, _ = two_servers()
    here.points(ana, 1, cursor())
    here.works()
    there.works()
    database.calls.clear()
    for server in (here, there) * 3:
        server.works()
    assert database.calls == []
    database.servers.pop(there.sharing.process)
    here.points(ana, 2, cursor(7))
    here.works()
    assert database.calls == []


def test_whoever_goes_while_the_database_is_away_leaves_no_cursor_behind() -> None:
    database, here, there, ana, ben = two_servers()
    here.points(ana, 1, cursor())
    here.works()
    there.works()
    assert list(shown := seen_by(ben, {})) == [1]
    database.is_away = True
    here.room.join(page(9, "Zoe"))
    here.room.leave(ana)
    with pytest.raises(StoreUnavailable):
        here.works()
    database.is_away = False
    here.works()
    there.works()
    assert seen_by(ben, shown) == {}


def test_a_name_that_changed_is_shown_although_the_cursor_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "NAMES_EVERY_S", 0.0)
    database, here, there, ana, ben = two_servers()
    here.points(ana, 1, cursor())
    here.works()
    there.works()
    database.servers[here.sharing.process]["rows"][1][1]["name"] = "name hidden"
    there.works()
    assert (shown := seen_by(ben, {}))[1]["user"]["name"] == "Ana"
    there.room.other_servers.may_be_renamed = True
    there.works()
    assert seen_by(ben, shown)[1]["user"]["name"] == "name hidden"


@pytest.mark.parametrize(
    "odd",
    [
        {"cursor": {"anchor": {}}},
        {"cursor": cursor() | {"name": "Facilitator"}},
        {"cursor": {"anchor": {"item": {"client": "x", "clock": 1}}, "head": {}}},
        {"cursor": None},
        {"client": -1},
        {"client": 2**60},
        {"client": "7"},
    ],
)
def test_what_no_browser_of_ours_says_is_not_passed_on(odd: dict[str, Any]) -> None:
    others = OtherServers()
    others.hear({"p": 5})
    good = {"client": 7, "person_id": "ana", "name": "Ana", "cursor": cursor()}
    clients = [7, odd.get("client", 8)]
    others.learn({"p": {"number": 5, "clients": clients, "cursors": [good, good | {"client": 8} | odd]}})
    assert list(others.cursors()) == [7]
    others.learn({"q": {"number": 5, "clients": [9], "cursors": [good | {"client": 9}]}})
    assert list(others.cursors()) == [7]  # nobody said that this server is there


def elsewhere(name: str) -> Elsewhere:
    return Elsewhere(PersonId(name.lower()), name, cursor())


def test_people_at_other_servers_have_colours_of_their_own_which_they_keep() -> None:
    audience = Audience()
    audience.add(ana := page(1, "Ana"))
    audience.show_elsewhere({2: elsewhere("Ben"), 3: elsewhere("Cleo"), 4: elsewhere("Ana")})
    audience.add(dan := page(5, "Dan"))
    assert (ana.colour, dan.colour) == (0, 3)
    assert audience.colours == {"ana": 0, "ben": 1, "cleo": 2, "dan": 3}
    audience.show_elsewhere({3: elsewhere("Cleo")})
    audience.show_elsewhere({3: elsewhere("Cleo"), 9: elsewhere("Ben")})
    assert audience.colours["ben"] == 1
    audience.add(ben := page(6, "Ben"))
    assert ben.colour == 1
    everybody = {100 + number: elsewhere(f"Person {number}") for number in range(COLOURS - 4)}
    audience.show_elsewhere({3: elsewhere("Cleo")} | everybody)
    assert sorted(audience.colours.values()) == list(range(COLOURS))


def test_a_page_that_comes_here_from_another_server_is_shown_once_where_it_is_now() -> None:
    audience = Audience()
    audience.add(ana := page(1, "Ana"))
    audience.show_elsewhere({2: elsewhere("Ben")})
    audience.add(ben := page(2, "Ben"))
    assert seen_by(ana, {}) == {}
    audience.hear(ben, [Presence(2, 1, {"cursor": cursor(3)})])
    audience.show_elsewhere({2: elsewhere("Ben")})
    audience.show_elsewhere({})
    assert seen_by(ana, {})[2]["cursor"] == cursor(3)
