"""A page says one thing at one server and another one at a second: all agree with the database. On both transports."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.ids import WorkshopId
from lib.live.member import BEGIN_ANEW
from lib.live.shared_text import SharedText
from lib.live.wire import UPDATE, sync_message
from lib.store.port import Store
from tests.support.document_pages import WITHIN_S, Page, opened, process, serving_routes, stored
from tests.support.workshop_builder import Built, Someone

EVES = 77


class Server:
    """One of several on the same database."""

    def __init__(self, store: Store, exits: ExitStack) -> None:
        self.app = process(store)
        exits.callback(bootstrap.override, None)
        exits.callback(self.app.rooms.close)
        bootstrap.override(self.app)
        self._client = exits.enter_context(serving_routes())

    @contextmanager
    def opens(
        self, workshop: str, someone: Someone, number: int | None = None, *, is_level: bool = True
    ) -> Iterator[Page]:
        """A page of somebody's on a line to it."""
        bootstrap.override(self.app)
        number_said = None if number is None else str(number)
        with opened(self._client, workshop, someone, number=number_said, is_level=is_level) as page:
            yield page


def says(page: Page, words: str, number: int = EVES) -> None:
    """Send words under a number, behind all others."""
    copy = SharedText([page.typist.doc.get_update()], client=number)
    page.socket.send_bytes(sync_message(UPDATE, copy.edit(f"{copy.text}{words}\n") or b""))


def have_heard(apps: Sequence[Application], store: Store, workshop: str) -> bool:
    """Whether one of the servers gave up what it had of the document, and the others know all of it."""
    seq = store.call("read_document_seqs", workshops=[workshop])[workshop]["seq"]
    rooms = [app.rooms.room(WorkshopId(workshop)) for app in apps]
    return None in rooms and all(room is None or room.seq == seq for room in rooms)


def test_two_servers_to_which_a_page_said_different_things_come_to_say_what_the_database_says(
    store: Store, built: Built
) -> None:
    eve, people = built.join("Eve"), (built.join("Ana"), built.join("Ben"))
    with ExitStack() as exits:
        servers = [Server(store, exits) for _ in range(2)]
        pages = [exits.enter_context(server.opens(built.workshop, eve, EVES)) for server in servers]
        for page, words in zip(pages, ("- Allow all.", "- Never, no."), strict=True):
            says(page, words)
        deadline = time.monotonic() + WITHIN_S
        while not have_heard([server.app for server in servers], store, built.workshop):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        reading = [
            exits.enter_context(server.opens(built.workshop, someone))
            for server, someone in zip(servers, people, strict=True)
        ]
        reading[0].types("- Written after.\n", len(reading[0].typist.text))
        reading[1].until(lambda typist: "Written after." in typist.text)
        assert reading[0].typist.text == reading[1].typist.text == stored(store, built.workshop)
        assert ("Allow all." in reading[0].typist.text) != ("Never, no." in reading[0].typist.text)


def test_of_who_writes_in_the_name_of_a_page_at_another_server_it_hears_and_no_word_of_its_own_goes_unsaid(
    store: Store, built: Built
) -> None:
    ana, eve = built.join("Ana"), built.join("Eve")
    with ExitStack() as exits:
        hers, other = (Server(store, exits) for _ in range(2))
        page = exits.enter_context(hers.opens(built.workshop, ana))
        reading = exits.enter_context(other.opens(built.workshop, built.join("Ben")))
        page.types("- Hers.\n")
        reading.until(lambda typist: "Hers." in typist.text)
        number = page.typist.client
        with other.opens(built.workshop, eve, number, is_level=False) as made_up:
            made_up.is_hung_up_on(BEGIN_ANEW.code)
            assert [one["reason"] for one in made_up.typist.refusals] == ["number"]
        with other.opens(built.workshop, eve) as brings:
            says(brings, "- Not hers.", number)
            page.is_hung_up_on(BEGIN_ANEW.code)
            assert [one["reason"] for one in page.typist.refusals] == ["number"]
        with hers.opens(built.workshop, ana) as again:
            again.types("- Hers again.\n")
            assert again.typist.text == stored(store, built.workshop)
