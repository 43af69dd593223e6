"""A workshop with people in it, each at a browser of their own, for tests that begin when everybody is there."""

import re
from typing import Any

from playwright.sync_api import expect

from lib.security import new_token
from lib.store.direct import DirectStore
from tests.e2e.conftest import PHONE, Invite
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import Built, Someone, hash_of

SOON_MS = 60_000
ON_A_PHONE = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}


class Room:
    """A workshop whose people come in with the link that is theirs."""

    def __init__(self, app: ServedApp, store: DirectStore, invite_to: Invite) -> None:
        self.app, self.built, self.invite_to = app, Built(store), invite_to
        token = new_token()
        store.call("reissue_link", workshop=self.built.workshop, role="facilitator", token_hash=hash_of(token))
        self.built.facilitator = Someone(store, self.built.workshop, token)

    def facilitator(self, name: str, page: str = "console", **browser: Any) -> Person:
        """The facilitator at a page."""
        return self._comes_in(name, "facilitator", self.built.facilitator.token, page, browser)

    def participant(self, name: str, page: str, **browser: Any) -> Person:
        """A new participant at a page."""
        return self._comes_in(name, "participant", self.built.join(name).token, page, browser)

    def asks(self, stub: OpenAIStub) -> None:
        """From now on the workshop's runs ask this model."""
        self.built.facilitator.call("set_workshop", changes={"model": "openai/stub", "api_base": stub.address})

    def _comes_in(self, name: str, role: str, token: str, page: str, browser: dict[str, Any]) -> Person:
        person = self.invite_to(self.app, name, **browser)
        cookie = f"folkmoot_{role}_{self.built.workshop}"
        person.context.add_cookies([{"name": cookie, "value": token, "url": self.app.url}])
        person.open(f"/{page}?w={self.built.workshop}")
        return person


def reads(person: Person, text: str | re.Pattern[str]) -> None:
    """Wait until a text shows, by itself."""
    expect(person.page.get_by_text(text).locator("visible=true").first).to_be_visible(timeout=SOON_MS)


def press(person: Person, name: str | re.Pattern[str]) -> None:
    """Press a button that shows, and wait for what it does."""
    person.page.get_by_role("button", name=name).locator("visible=true").first.click()
    person.settle()


def choose(person: Person, label: str, words: str) -> None:
    """Choose an option of a list. Whatever others do to the page meanwhile, the list stays open."""
    box = person.page.get_by_role("combobox", name=re.compile(label))
    option = person.page.get_by_role("option", name=re.compile(f"^{words} "))
    box.click()
    box.fill(words)
    option.first.click()
    expect(box).to_have_value(re.compile(f"^{words} "))
