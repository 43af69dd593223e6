"""Whoever types and deletes on and on to fill the document jams it for nobody. On both transports."""

import pytest
from starlette.testclient import TestClient

from lib.bootstrap import Application
from lib.live import rooms
from lib.live.member import BEGIN_ANEW
from lib.live.wire import UPDATE, sync_message
from lib.store.port import Store
from tests.support.document_pages import Page, opened, stored
from tests.support.document_policy import becomes, ids, policy
from tests.support.workshop_builder import Built, Someone


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
    known = ids(policy(built))
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
    assert ids(policy(built))[: len(known)] == known


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_STORED_BYTES", 20_000), ("MOST_TYPED_EVER", 3_000), ("MOST_PAGES_EVER", 1)]
)
def test_a_document_that_was_too_large_when_it_was_opened_begins_anew_too(
    client: TestClient,
    app: Application,
    store: Store,
    built: Built,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    most: int,
) -> None:
    ana, ben = built.join("Ana"), built.join("Ben")
    with opened(client, built.workshop, ana) as page:
        before = page.typist.text
        types_and_deletes(page, 3_000)
        page.until(lambda typist: typist.is_saved)
    assert bytes_stored(store, built.workshop) > 20_000
    app.rooms._rooms.clear()
    monkeypatch.setattr(rooms, bound, most)
    with opened(client, built.workshop, ben) as page:
        assert page.typist.text == before
        page.types("Written after. ")
    assert bytes_stored(store, built.workshop) < 2_000
