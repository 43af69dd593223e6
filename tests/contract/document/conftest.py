"""A process, a workshop and the routes on a test client: what the tests of the live document type into."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from lib import bootstrap
from lib.bootstrap import Application
from lib.live import stored_text
from lib.store.port import Store
from tests.support.document_pages import built_with_links, process, serving_routes
from tests.support.workshop_builder import Built


@pytest.fixture
def app(store: Store) -> Iterator[Application]:
    """A process on the database."""
    made = process(store)
    bootstrap.override(made)
    yield made
    bootstrap.override(None)
    made.rooms.close()


@pytest.fixture
def built(store: Store) -> Built:
    """A workshop whose facilitator and organizer can open the document, too."""
    return built_with_links(store)


@pytest.fixture
def client(app: Application) -> Iterator[TestClient]:
    """The routes of that process."""
    with serving_routes() as opened_client:
        yield opened_client


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy follows as soon as nobody has typed for a tenth of a second."""
    monkeypatch.setattr(stored_text, "REST_S", 0.1)
