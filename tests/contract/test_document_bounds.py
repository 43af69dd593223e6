"""Whoever types and deletes on and on to fill the document jams it for nobody. On both transports."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from lib import bootstrap
from lib.live import rooms
from lib.live.member import BEGIN_ANEW
from lib.live.wire import UPDATE, sync_message
from lib.store.port import Store
from tests.contract.test_document_policy import becomes, policy
from tests.support.document_pages import Page, built_with_links, opened, process, serving_routes, stored
from tests.support.workshop_builder import Built, Someone


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    made = process(store)
    bootstrap.override(made)
    with serving_routes() as opened_client:
        yield opened_client
    bootstrap.override(None)
    made.rooms.close()


@pytest.fixture
def built(store: Store) -> Built:
    return built_with_links(store)


def types_and_deletes(page: Page, times: int) -> None:
    """So many letters, each before all others, and all of them taken away again: in one message."""
    typist, before = page.typist, page.typist.doc.get_state()
    typist.is_asked = False
    for _ in range(times):
        typist.edit(0, 0, "x")
    typist.edit(0, times, "")
    typist.is_asked = True
    typist.sent += 1
    page.socket.send_bytes(sync_message(UPDATE, typist.doc.get_update(before)))


def bytes_stored(store: Store, workshop: str) -> int:
    known = store.call("open_document", workshop=workshop)
    return len(known["snapshot"]) + sum(len(one["update"]) for one in known["updates"])


def fills(client: TestClient, ana: Someone) -> None:
    with opened(client, ana.workshop, ana) as page:
        types_and_deletes(page, 3_000)
        page.until(lambda typist: typist.is_saved)
        page.is_hung_up_on(BEGIN_ANEW.code)


def test_a_document_whose_history_is_far_larger_than_its_text_begins_anew_from_it(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_PACKED_BYTES", 20_000)
    monkeypatch.setattr(rooms, "PACK_AFTER_BYTES", 20_000)
    monkeypatch.setattr(rooms, "MIND_EVERY_S", 0.05)
    ana, ben = built.join("Ana"), built.join("Ben")
    ids = [one["clause_id"] for one in policy(built)["clauses"]]
    with opened(client, built.workshop, ben) as page:
        page.types("- Written before.\n", len(page.typist.text))
        before = page.typist.text
    fills(client, ana)
    with opened(client, built.workshop, ben) as page:
        assert page.typist.text == before
        assert bytes_stored(store, built.workshop) < 2_000
        page.types("- Written after.\n", len(page.typist.text))
        wanted = page.typist.text
    becomes(built, lambda found: found["text"] == wanted)
    assert stored(store, built.workshop) == wanted
    assert [one["clause_id"] for one in policy(built)["clauses"]][: len(ids)] == ids


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_STORED_BYTES", 20_000), ("MOST_TYPED_EVER", 3_000), ("MOST_PAGES_EVER", 1)]
)
def test_a_document_that_was_too_large_when_it_was_opened_begins_anew_too(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    with opened(client, built.workshop, ana) as page:
        before = page.typist.text
        types_and_deletes(page, 3_000)
        page.until(lambda typist: typist.is_saved)
    assert bytes_stored(store, built.workshop) > 20_000
    bootstrap.application().rooms._rooms.clear()
    monkeypatch.setattr(rooms, bound, most)
    with opened(client, built.workshop, ben) as page:
        assert page.typist.text == before
        page.types("Written after. ")
    assert bytes_stored(store, built.workshop) < 2_000
