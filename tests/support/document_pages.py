"""Pages of the live document on a test client: for tests of the socket without a server process."""

import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from components.routes.headers import Guarded
from components.routes.table import ROUTES
from lib.bootstrap import Application, make_engine
from lib.live.shared_text import SharedText
from lib.security import new_token
from lib.services.reading import Reader
from lib.settings import read_settings
from lib.store.port import Store
from tests.support.typist import Typist
from tests.support.workshop_builder import Built, Someone, hash_of

SERVER = "http://moot.example"
OWN = {"Origin": SERVER}
WITHIN_S = 10.0


def process(store: Store) -> Application:
    settings = read_settings({}, {})
    return Application(settings, store, make_engine(settings, store), Reader(store))


def built_with_links(store: Store) -> Built:
    """A workshop whose facilitator and organizer hold links that a cookie can carry."""
    made = Built(store)
    for role in ("facilitator", "organizer"):
        token = new_token()
        store.call("reissue_link", workshop=made.workshop, role=role, token_hash=hash_of(token))
        setattr(made, role, Someone(store, made.workshop, token))
    return made


@contextmanager
def serving_routes() -> Iterator[TestClient]:
    """The app's own routes, without Streamlit."""
    served = Starlette(routes=list(ROUTES), middleware=[Middleware(Guarded, routes=ROUTES)])
    with TestClient(served, base_url=SERVER) as opened:
        yield opened


class Page:
    """A typist on a line of the test client."""

    def __init__(self, socket: WebSocketTestSession, typist: Typist) -> None:
        self.socket = socket
        self.typist = typist

    def send(self) -> None:
        for frame in self.typist.out:
            self.socket.send_bytes(frame)
        self.typist.out = []

    def until(self, is_so: Callable[[Typist], bool]) -> None:
        """Send and listen until something holds. The server speaks at least every 25 s, so nothing hangs."""
        deadline = time.monotonic() + WITHIN_S
        self.send()
        while not is_so(self.typist):
            assert time.monotonic() < deadline
            message = self.socket.receive()
            if message["type"] == "websocket.close":
                raise WebSocketDisconnect(message["code"], message.get("reason"))
            self.typist.hear(message["bytes"] if message.get("bytes") is not None else message["text"])
            self.send()

    def types(self, words: str, at: int = 0, count: int = 0) -> None:
        self.typist.edit(at, count, words)
        self.until(lambda typist: typist.is_saved)

    def is_hung_up_on(self, code: int) -> None:
        with pytest.raises(WebSocketDisconnect) as end:
            self.until(lambda _: False)
        assert end.value.code == code


def appends(page: Page, words: str) -> None:
    page.types(words, at=len(page.typist.text))


def replaces(page: Page, old: str, new: str) -> None:
    assert page.typist.text.count(old) == 1
    page.types(new, at=page.typist.text.index(old), count=len(old))


def adds(page: Page, after: str, words: str) -> None:
    assert page.typist.text.count(after) == 1
    page.types(words, at=page.typist.text.index(after) + len(after))


@contextmanager
def opened(
    client: TestClient,
    workshop: str,
    someone: Someone | None,
    *,
    role: str = "participant",
    typist: Typist | None = None,
    number: str | None = None,
    was: int | None = None,
    headers: dict[str, str] | None = None,
    is_level: bool = True,
    leads: bool = False,
) -> Iterator[Page]:
    """A page with the document open; with `is_level`, once it has all that there is and its own is stored.

    `leads` = it asks as facilitator, with no cookie but that of `role`.
    """
    typist = typist or Typist()
    client.cookies.clear()
    if someone is not None:
        client.cookies.set(f"folkmoot_{role}_{workshop}", someone.token)
    asks_as = "facilitator" if leads else role
    address = f"ws://moot.example/document?w={workshop}&role={asks_as}&client={number or typist.client}"
    address += "" if was is None else f"&was={was}"
    with client.websocket_connect(address, headers=OWN if headers is None else headers) as socket:
        page = Page(socket, typist)
        typist.connect()
        if is_level:
            page.until(lambda one: one.is_level and one.is_saved)
        yield page


def stored(store: Store, workshop: str) -> str:
    """What the database makes of its snapshot and updates."""
    known = store.call("open_document", workshop=workshop)
    return SharedText(b64decode(one) for one in [known["snapshot"], *(u["update"] for u in known["updates"])]).text
