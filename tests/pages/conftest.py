"""What page tests stand on: the router in AppTest, a real database, and a browser whose cookies the test chooses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib import bootstrap
from lib.bootstrap import Application, make_engine
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.samples import samples
from lib.security import cookie_name, hash_token, new_token
from lib.services import workshops
from lib.services.reading import Reader
from lib.services.workshops import NewWorkshop
from lib.settings import read_settings
from lib.store.port import Store

ROUTER = Path(__file__).resolve().parents[2] / "components" / "router.py"


@dataclass
class Browser:
    """The identity port of a test: a browser with the cookies it was given."""

    held: dict[str, str] = field(default_factory=dict)

    def cookies(self) -> Mapping[str, str]:
        return self.held

    def holds(self, workshop: str, role: Role, token: str) -> None:
        """Sign the browser in, beside whatever else it is."""
        self.held[cookie_name(role, workshop)] = token


@dataclass
class Moot:
    """A workshop from the sample with people in it, through the services."""

    store: Store
    new: NewWorkshop
    browser: Browser

    @property
    def workshop_id(self) -> WorkshopId:
        return self.new.workshop_id

    @property
    def facilitator(self) -> Credential:
        return Credential(self.workshop_id, hash_token(self.new.facilitator_token))

    def join(self, name: str) -> tuple[PersonId, str]:
        """A new participant's id and token."""
        person, token = PersonId(str(uuid4())), new_token()
        workshops.join_workshop(self.store, self.new.join_code, name, person_id=person, token=token)
        return person, token

    def sign_in(self, role: Role, token: str | None = None) -> None:
        """Let the test's browser be this role."""
        own = {Role.FACILITATOR: self.new.facilitator_token, Role.ORGANIZER: self.new.organizer_token}
        self.browser.holds(self.workshop_id, role, token or own[role])


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def app(store: Store, browser: Browser, tmp_path: Path) -> Iterator[Application]:
    """The application of this test: its database, its browser, and an engine that calls no model."""
    settings = read_settings({"FOLKMOOT_DATA_DIR": str(tmp_path)}, {})
    made = Application(settings, store, make_engine(settings, store), Reader(store), identity=browser)
    bootstrap.override(made)
    st.cache_resource.clear()
    yield made
    bootstrap.override(None)


@pytest.fixture
def moot(app: Application, browser: Browser) -> Moot:
    """A workshop that begins with the sample on legal questions."""
    starter = samples()[0].starter
    new = workshops.create_workshop(app.store, starter, max_calls=100, max_cost_usd=1.0)
    return Moot(app.store, new, browser)


@pytest.fixture
def open_at(app: Application) -> Callable[..., AppTest]:
    """Opens a page through the router, as `open_at("console", w=…)`; "lobby" is the default page."""

    def opened(name: str, **params: str) -> AppTest:
        test = AppTest.from_file(str(ROUTER), default_timeout=20)
        if name == "lobby":
            for key, value in params.items():
                test.query_params[key] = value
            return test.run()
        # AppTest switches pages only after a first run.
        test.run()
        for key, value in params.items():
            test.query_params[key] = value
        return test.switch_page(f"../pages/{name}.py").run()

    return opened


def said(test: AppTest) -> str:
    """Everything that the page says, as one text."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "text",
        "caption",
        "error",
        "warning",
        "info",
        "success",
    )
    return "\n".join(str(element.value) for kind in kinds for element in test.get(kind))
