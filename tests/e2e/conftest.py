"""A real server, a real browser, and people who each have a context of their own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from lib.store.direct import DirectStore
from tests.e2e.live_text import link_of, new_link
from tests.e2e.person import SLOW_MS, Person
from tests.e2e.served import ServedApp, chromium
from tests.support.openai_stub import OpenAIStub

ARTIFACTS = Path(__file__).with_name("artifacts")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

Invite = Callable[..., Person]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, for each module one: while Playwright runs its loop here, nobody else can run theirs."""
    expect.set_options(timeout=SLOW_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def app_of_all(open_folder: Path) -> Iterator[ServedApp]:
    with serving(new_app(open_folder, {"FOLKMOOT_MAX_TOKENS": "24"})) as served:
        yield served


@pytest.fixture(scope="module")
def app(app_of_all: ServedApp) -> Iterator[ServedApp]:
    """The app on embedded PostgreSQL and the embedded model, whose answers are kept short."""
    with free_of_faults(app_of_all):
        yield app_of_all
        app_of_all.start_if_it_ended()


@pytest.fixture(scope="session")
def served_to_all(open_folder: Path, shared_database_address: str) -> Iterator[tuple[ServedApp, DirectStore]]:
    environment = {"DATABASE_URL": shared_database_address, "FOLKMOOT_ALLOW_PRIVATE_MODELS": "1"}
    with serving(new_app(open_folder, environment)) as app:
        store = DirectStore(shared_database_address)
        yield app, store
        store.close()


@pytest.fixture(scope="module")
def served(served_to_all: tuple[ServedApp, DirectStore]) -> Iterator[tuple[ServedApp, DirectStore]]:
    """An app on a PostgreSQL of somebody's own, with the Store on it. Other modules' workshops are in it too."""
    with free_of_faults(served_to_all[0]):
        yield served_to_all
        served_to_all[0].start_if_it_ended()


@pytest.fixture
def invite_to(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Invite]:
    """Gives people browsers of their own at an app; at the end nobody may have met an error."""
    people: list[Person] = []
    artifacts = ARTIFACTS / request.node.name

    def invite_one(
        app: ServedApp, name: str, *, viewport: Any = LAPTOP, looks_closely: bool = True, **context: Any
    ) -> Person:
        opened = browser.new_context(viewport=viewport, **context)
        opened.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.url)
        person = Person(
            *(name, opened, opened.new_page(), app.url, artifacts, looks_closely), must_never_receive=app.secrets
        )
        people.append(person)
        return person

    yield invite_one
    for person in people:
        if not person.has_left:
            person.leave()
    complaints = [complaint for person in people for complaint in person.complaints]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def held() -> Iterator[OpenAIStub]:
    """A model that answers nothing for as long as the test lasts, so that a run is under way until it is stopped."""
    with OpenAIStub(fault="hang") as provider:
        yield provider


@pytest.fixture
def link(request: pytest.FixtureRequest) -> str:
    """The join link of the facilitator who is at a browser, or of a new workshop whose facilitator is at none."""
    if "facilitator" in request.fixturenames:
        return link_of(request.getfixturevalue("facilitator"))
    return new_link(request.getfixturevalue("store"))


@pytest.fixture
def invite(app: ServedApp, invite_to: Invite) -> Invite:
    """The same at the module's app."""
    return partial(invite_to, app)


def new_app(open_folder: Path, environment: Mapping[str, str], secrets: tuple[str, ...] = (), **how: Any) -> ServedApp:
    """An app with a folder of its own, which the account that PostgreSQL runs as can enter."""
    served = ServedApp(open_folder / f"app-{uuid4().hex[:6]}", environment=environment, secrets=secrets, **how)
    served.folder.chmod(0o711)
    return served


@contextmanager
def free_of_faults(app: ServedApp) -> Iterator[None]:
    """Whatever is done meanwhile, the app's log holds no new fault and no secret at the end."""
    before = app.log
    yield
    said = app.log.removeprefix(before)
    print(said[-5_000:])  # pytest shows it where something failed
    faults = app.faults_in(said)
    assert not faults, "\n".join(faults)


@contextmanager
def serving(served: ServedApp) -> Iterator[ServedApp]:
    """The app while it runs; at the end its log holds no fault and no secret."""
    with free_of_faults(served):
        served.start()
        try:
            yield served
        finally:
            served.end()
