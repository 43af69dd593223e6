"""The socket of the open pages, on both transports: who may listen, what they hear, and who is hung up on."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from components.routes import live
from components.routes.headers import Guarded
from components.routes.table import ROUTES
from lib import bootstrap
from lib.bootstrap import Application, make_engine
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Round
from lib.live import hub
from lib.security import new_token
from lib.services.reading import Reader
from lib.settings import read_settings
from lib.store.port import Store
from lib.store.ready import ReadyStore
from tests.support.workshop_builder import Built, Someone

SERVER = "http://moot.example"
OWN = {"Origin": SERVER}
WITHIN_S = 5.0


@pytest.fixture
def app(store: Store) -> Iterator[Application]:
    """A process on the database, which hears of changes as the app does."""
    settings = read_settings({}, {})
    ready = ReadyStore(lambda: store)
    made = Application(settings, ready, make_engine(settings, ready), Reader(ready))
    bootstrap.override(made)
    made.feed.start()
    yield made
    bootstrap.override(None)
    made.feed.close()


@pytest.fixture
def built(store: Store) -> Built:
    return Built(store)


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    served = Starlette(routes=list(ROUTES), middleware=[Middleware(Guarded, routes=ROUTES)])
    with TestClient(served, base_url=SERVER) as opened:
        yield opened


@contextmanager
def listening(
    client: TestClient,
    workshop: str,
    someone: Someone | None,
    *,
    role: str = "participant",
    page: str = "draft",
    headers: dict[str, str] | None = None,
) -> Iterator[WebSocketTestSession]:
    client.cookies.clear()
    if someone is not None:
        client.cookies.set(f"folkmoot_{role}_{workshop}", someone.token)
    address = f"ws://moot.example/live?w={workshop}&role={role}&page={page}"
    with client.websocket_connect(address, headers=OWN if headers is None else headers) as socket:
        yield socket


def hears(socket: WebSocketTestSession, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first pulse of that kind."""
    for _ in range(20):
        pulse: dict[str, Any] = socket.receive_json()
        if is_it(pulse):
            return pulse
    raise AssertionError("no such pulse came")


def rev_of(store: Store, built: Built) -> int:
    return int(store.call("read_revs", workshops=[built.workshop])[built.workshop])


def is_refused(client: TestClient, workshop: str, someone: Someone | None, **asked: Any) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, listening(client, workshop, someone, **asked):
        pass
    assert refused.value.code == live.REFUSED.code


def is_hung_up_on(socket: WebSocketTestSession, code: int) -> None:
    with pytest.raises(WebSocketDisconnect) as end:
        for _ in range(20):
            socket.receive_json()
    assert end.value.code == code


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_page_hears_how_things_are_and_then_of_every_change(client: TestClient, store: Store, built: Built) -> None:
    with listening(client, built.workshop, built.join("Ana")) as socket:
        hears(socket, lambda pulse: pulse["rev"] == rev_of(store, built))
        built.facilitator.call("set_workshop", changes={"stage": "vote"})
        hears(socket, lambda pulse: pulse["rev"] == rev_of(store, built))


def test_of_an_open_round_a_pulse_tells_a_bare_count_and_nothing_else(
    client: TestClient, store: Store, built: Built
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    opened = built.open_round("anonymous")
    with listening(client, built.workshop, ana) as socket:
        before = hears(socket, lambda pulse: pulse["rev"] == rev_of(store, built))
        ben.vote(opened["items"][0]["item_id"], "disagree", "Not like this.")
        after = hears(socket, lambda pulse: pulse["rev"] > before["rev"])
    assert set(after) == {"rev", "topics", "notice", "is_away", "spread_ms", "pause_ms", "own"}
    [round_before], [round_after] = before["notice"].pop("open_rounds"), after["notice"].pop("open_rounds")
    assert round_before == {"round_id": opened["round_id"], "number": 1, "voted_count": 0, "eligible_count": 2}
    assert round_after == round_before | {"voted_count": 1}
    assert after["notice"] == before["notice"]
    assert after["topics"] == before["topics"] | {"votes": after["rev"]}


def test_of_an_open_round_travels_that_somebody_has_voted_and_not_how_often_they_answer(
    client: TestClient, app: Application, store: Store, built: Built
) -> None:
    ana, ben, cleo = built.join("Ana"), built.join("Ben"), built.join("Cleo")
    first, second = (one["item_id"] for one in built.open_round("anonymous", items=2)["items"])
    ben_here = Credential(WorkshopId(built.workshop), ben.token_hash)

    def answers_of_ben() -> list[object]:
        [one] = app.reader.read(tuple[Round, ...], "read_rounds", ben_here)
        return sorted(vote.position.value for vote in one.my_votes)

    with listening(client, built.workshop, ana) as socket:
        before = hears(socket, lambda pulse: pulse["rev"] == rev_of(store, built))
        ben.vote(first, "disagree", "Not like this.")
        assert hears(socket, lambda pulse: pulse["rev"] > before["rev"])["topics"]["votes"] == before["rev"] + 1
        for position in ("pass", "agree", "agree"):
            ben.vote(first, position)
            eventually(lambda position=position: answers_of_ben() == [position])
        ben.vote(second, "pass")
        eventually(lambda: answers_of_ben() == ["agree", "pass"])
        assert rev_of(store, built) == before["rev"] + 1
        cleo.vote(second, "agree")
        heard = socket.receive_json()
    assert heard["topics"] == before["topics"] | {"votes": before["rev"] + 2}, "the next thing that is heard"
    assert heard["rev"] == before["rev"] + 2, "no gap tells how much went unheard"


def test_a_new_stage_and_what_else_everybody_sees_comes_with_the_pulse(client: TestClient, built: Built) -> None:
    ana = built.join("Ana")
    with listening(client, built.workshop, ana) as socket:
        built.facilitator.call("set_workshop", changes={"stage": "review", "timer_seconds": 60, "timer_label": "Talk"})
        heard = hears(socket, lambda pulse: pulse["notice"] and pulse["notice"]["stage"] == "review")
        assert heard["topics"]["place"] == heard["rev"] > heard["topics"].get("all", 0)
        assert heard["notice"]["timer_label"] == "Talk"
        assert heard["notice"]["timer_ends_ms"] / 1000 == pytest.approx(time.time() + 60, abs=30)
        built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
        heard = hears(socket, lambda pulse: pulse["notice"]["editing_is_locked"])
        assert heard["topics"]["all"] == heard["rev"], "who may edit stands in other parts of the page too"
        version = built.publish()
        heard = hears(socket, lambda pulse: pulse["notice"]["latest_version_number"] == version["number"])
        assert not heard["notice"]["changed_since_version"]


def test_what_is_read_after_a_pulse_is_at_least_as_new(client: TestClient, app: Application, built: Built) -> None:
    ana = built.join("Ana")
    with listening(client, built.workshop, ana) as socket:
        for stage in ("vote", "review", "test", "draft"):
            before = app.reader.known_rev(built.workshop)  # type: ignore[arg-type]
            built.facilitator.call("set_workshop", changes={"stage": stage})
            pulse = hears(socket, lambda pulse: pulse["rev"] > before)  # noqa: B023
            assert app.reader.known_rev(built.workshop) >= pulse["rev"]  # type: ignore[arg-type]


def test_nobody_listens_without_the_cookie_of_somebody_there(client: TestClient, store: Store, built: Built) -> None:
    ana, elsewhere = built.join("Ana"), Built(store)
    zoe = elsewhere.join("Zoe")
    stranger = Someone(store, built.workshop, new_token(), str(uuid4()))
    malformed = Someone(store, built.workshop, "x", str(uuid4()))
    for someone in (None, zoe, stranger, malformed):
        is_refused(client, built.workshop, someone)
    is_refused(client, elsewhere.workshop, ana)
    with listening(client, built.workshop, ana) as socket:
        assert socket.receive_json()


def test_a_change_elsewhere_is_not_heard_here(client: TestClient, store: Store, built: Built) -> None:
    elsewhere = Built(store)
    zoe = elsewhere.join("Zoe")
    with listening(client, built.workshop, built.join("Ana")) as socket, ExitStack() as exits:
        hears(socket, lambda pulse: pulse["rev"] == rev_of(store, built))
        there = exits.enter_context(listening(client, elsewhere.workshop, zoe))
        hears(there, lambda pulse: pulse["rev"] == rev_of(store, elsewhere))
        elsewhere.facilitator.call("set_workshop", changes={"stage": "vote"})
        hears(there, lambda pulse: pulse["rev"] == rev_of(store, elsewhere))
        built.facilitator.call("set_workshop", changes={"stage": "review"})
        assert socket.receive_json()["rev"] == rev_of(store, built), "the next that came is one's own workshop's"


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {}])
def test_no_other_site_listens_with_the_cookie_of_somebody(
    client: TestClient, built: Built, headers: dict[str, str]
) -> None:
    is_refused(client, built.workshop, built.join("Ana"), headers=headers)


@pytest.mark.parametrize("asked", [{"page": "nowhere"}, {"page": ""}, {"role": "owner"}, {"role": ""}])
def test_an_address_that_names_no_page_or_role_is_refused(
    client: TestClient, built: Built, asked: dict[str, str]
) -> None:
    is_refused(client, built.workshop, built.join("Ana"), **asked)


def test_whoever_is_removed_is_cut_off_at_once_and_not_let_in_again(client: TestClient, built: Built) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    with listening(client, built.workshop, ben) as stays, listening(client, built.workshop, ana) as socket:
        assert socket.receive_json()
        built.facilitator.call("change_person", person=ana.person, changes={"is_removed": True})
        is_hung_up_on(socket, hub.NOT_A_MEMBER.code)
        before = hears(stays, lambda pulse: pulse["rev"] > 0)["rev"]
        built.facilitator.call("set_workshop", changes={"stage": "review"})
        hears(stays, lambda pulse: pulse["rev"] > before)
    is_refused(client, built.workshop, ana)


@pytest.mark.parametrize("act", ["leaves", "gets a new link", "sees the workshop deleted"])
def test_an_old_token_is_cut_off_whatever_ended_it(client: TestClient, built: Built, act: str) -> None:
    ana = built.join("Ana")
    with listening(client, built.workshop, ana) as socket:
        assert socket.receive_json()
        if act == "leaves":
            ana.call("leave_workshop", delete_data=False)
        elif act == "gets a new link":
            built.facilitator.call("change_person", person=ana.person, changes={"token_hash": "f" * 64})
        else:
            title = built.facilitator.call("read_place")["workshop"]["title"]
            built.facilitator.call("delete_workshop", title=title)
        is_hung_up_on(socket, hub.NOT_A_MEMBER.code)


def test_a_page_says_which_one_it_is(client: TestClient, app: Application, built: Built) -> None:
    with listening(client, built.workshop, built.join("Ana"), page="draft") as socket:
        assert socket.receive_json()
        [seat] = app.hub.seats(built.workshop)  # type: ignore[arg-type]
        assert seat.page == "draft"
        opened_at = seat.acted_at
        socket.send_json({"page": "vote"})
        eventually(lambda: seat.page == "vote")
        assert seat.acted_at > opened_at


def test_a_co_facilitators_page_is_told_until_the_right_is_taken_back(
    client: TestClient, app: Application, built: Built
) -> None:
    ana = built.join("Ana")
    built.facilitator.call("grant_leading", person=ana.person, is_granted=True)
    client.cookies.clear()
    client.cookies.set(f"folkmoot_participant_{built.workshop}", ana.token)
    address = f"ws://moot.example/live?w={built.workshop}&role=facilitator&page=console"
    with client.websocket_connect(address, headers=OWN) as socket:
        assert socket.receive_json()
        built.facilitator.call("grant_leading", person=ana.person, is_granted=False)
        is_hung_up_on(socket, hub.NOT_A_MEMBER.code)


GARBAGE = ["", "hello", "[]", "null", "{}", '{"page": 1}', '{"page": "nowhere"}', "[" * 190, '{"page": "vote"', "\x00"]


@pytest.mark.parametrize("text", GARBAGE)
def test_whoever_sends_garbage_is_hung_up_on_and_nobody_else_notices(
    client: TestClient, app: Application, store: Store, built: Built, text: str
) -> None:
    with listening(client, built.workshop, built.join("Ben")) as other:
        with listening(client, built.workshop, built.join("Ana")) as socket:
            socket.send_text(text)
            is_hung_up_on(socket, live.NOT_UNDERSTOOD.code)
        eventually(lambda: len(app.hub.seats(built.workshop)) == 1)  # type: ignore[arg-type]
        hears(other, lambda pulse: pulse["rev"] == rev_of(store, built))


@pytest.mark.parametrize(
    ("send", "code"),
    [
        (lambda socket: socket.send_bytes(b"\xff\x00"), live.NOT_TEXT.code),
        (lambda socket: socket.send_text(json.dumps({"page": "v" * 500})), live.TOO_LONG.code),
        (lambda socket: socket.send_text("x" * 1_000_000), live.TOO_LONG.code),
        (lambda socket: [socket.send_json({"page": "vote"}) for _ in range(50)], live.TOO_MUCH.code),
    ],
    ids=["bytes", "long", "huge", "flood"],
)
def test_bytes_and_large_or_many_messages_end_the_socket(
    client: TestClient, built: Built, send: Callable[[WebSocketTestSession], Any], code: int
) -> None:
    with listening(client, built.workshop, built.join("Ana")) as socket:
        send(socket)
        is_hung_up_on(socket, code)


def test_one_page_too_many_lets_the_oldest_go(
    client: TestClient, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "MOST_SEATS_EACH", 2)
    ana = built.join("Ana")
    with ExitStack() as exits:
        sockets = [exits.enter_context(listening(client, built.workshop, ana)) for _ in range(3)]
        is_hung_up_on(sockets[0], hub.TOO_MANY_PAGES.code)
        assert sockets[2].receive_json()


def test_whoever_has_a_page_open_is_present_without_looking(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = built.join("Ana")

    def seen_at() -> str:
        [person] = built.facilitator.call("read_people")
        return str(person["last_seen_at"])

    before = seen_at()
    with listening(client, built.workshop, ana) as socket:
        assert socket.receive_json()
        monkeypatch.setattr(app.feed, "_touched_at", 0.0)
        eventually(lambda: seen_at() > before)
    eventually(lambda: not app.hub.present())
