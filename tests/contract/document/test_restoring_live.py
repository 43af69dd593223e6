"""A version is restored while others type into the live document: no word of theirs is lost. On both transports."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.testclient import TestClient

from lib.bootstrap import Application
from lib.domain.errors import ValidationFailed
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.services.restoring import Restored, restore_version
from lib.store.port import Store
from tests.support.document_pages import WITHIN_S, Page, appends, opened, process, replaces, stored
from tests.support.document_policy import becomes, ids, policy, rests
from tests.support.workshop_builder import Built, Someone, new_id


@pytest.fixture
def built(built: Built) -> Built:
    """A workshop with a version to go back to."""
    built.publish("first")
    return built


def restore(app: Application, someone: Someone, number: int) -> Restored:
    who = Credential(WorkshopId(someone.workshop), someone.token_hash)
    return restore_version(app.store, app.rooms, who, number, base_revision=1, name="", request_id=new_id())


def text_of_version(built: Built, number: int) -> str:
    return str(built.facilitator.call("read_version", number=number)["text"])


def types_before(page: Page, word: str, new: str) -> None:
    page.types(new, at=page.typist.text.index(word))


def test_what_was_typed_a_moment_before_is_in_the_version_that_is_published_first(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests(monkeypatch, is_at_rest=False)
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page:
        appends(page, "- Typed just now.\n")
        typed = page.typist.text
        done = restore(app, ana, 1)
    assert done.published_before is not None
    assert text_of_version(built, 2) == typed
    assert policy(built)["text"] == text_of_version(built, 3) == text_of_version(built, 1)


def test_nothing_is_restored_while_what_is_written_could_not_be_published_first(
    client: TestClient, app: Application, built: Built
) -> None:
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page:
        appends(page, f"- {'Far too long. ' * 200}\n")
        with pytest.raises(ValidationFailed, match="Nothing was restored, since the text is not the policy yet"):
            restore(app, ana, 1)
        assert "Far too long." in page.typist.text
    assert [one["number"] for one in built.facilitator.call("read_policy")["versions"]] == [1]


@contextmanager
def another_server(store: Store) -> Iterator[Application]:
    """A process in which nobody has a document open."""
    loop = asyncio.new_event_loop()
    runs = threading.Thread(target=loop.run_forever)
    runs.start()
    made = process(store)
    made.rooms.live_on(loop)
    yield made
    made.rooms.close()
    loop.call_soon_threadsafe(loop.stop)
    runs.join(WITHIN_S)
    loop.close()


def test_what_was_typed_a_moment_before_counts_at_a_server_where_nobody_has_the_document_open(
    client: TestClient, app: Application, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests(monkeypatch, is_at_rest=False)
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page, another_server(store) as other:
        appends(page, "- Typed just now.\n")
        done = restore(other, ana, 1)
        typed = page.typist.text
    assert done.published_before is not None
    assert text_of_version(built, 2) == typed


@pytest.mark.usefixtures("soon")
def test_while_a_third_restores_two_go_on_typing_and_every_word_is_in_the_text_or_in_a_version(
    client: TestClient, app: Application, store: Store, built: Built
) -> None:
    known = ids(policy(built))
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.join("Ben")) as ben,
    ):
        replaces(ana, "- Name a source.\n", "")
        ben.until(lambda typist: typist.text == ana.typist.text)
        becomes(built, lambda now: len(now["clauses"]) == 1)
        restored: list[Restored] = []
        restoring = threading.Thread(target=lambda: restored.append(restore(app, built.facilitator, 1)))
        restoring.start()
        for number in range(10):
            types_before(ana, "before", f"a{number} ")
            types_before(ben, "answer", f"b{number} ")
        restoring.join(WITHIN_S)
        words = [f"{who}{number}" for who in "ab" for number in range(10)]
        before = text_of_version(built, restored[0].restored.number - 1) if restored[0].restored.number else ""
        for page in (ana, ben):
            page.until(lambda typist: "Name a source." in typist.text)
            page.until(lambda typist: all(word in typist.text or word in before for word in words))
        # What was typed before is undone with the rest, and stands in the version; what came after stands in the text.
        after = [word for word in words if word not in before]
        ana.until(lambda typist: all(word in typist.text for word in after))
        ben.until(lambda typist: typist.text == ana.typist.text)
        found = becomes(built, lambda now: now["text"] == ana.typist.text)
        assert stored(store, built.workshop) == ana.typist.text
    assert ids(found) == known


def test_the_open_document_says_what_the_restored_version_says(
    client: TestClient, app: Application, store: Store, built: Built
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        appends(ana, "- Be brief.\n")
        restore(app, built.facilitator, 1)
        ana.until(lambda typist: typist.text == text_of_version(built, 1))
        restore(app, built.facilitator, 2)
        ana.until(lambda typist: "Be brief." in typist.text)
        assert stored(store, built.workshop) == ana.typist.text == text_of_version(built, 2)
