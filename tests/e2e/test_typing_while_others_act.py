"""Whatever others do, nobody's text is lost, nobody's cursor moves, and no field jumps away under its typist."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from lib.domain.errors import FolkmootError
from lib.security import hash_token, new_token
from lib.store.direct import DirectStore
from tests.e2e.conftest import PHONE, Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, Someone, clause, new_id

TYPED = "Rough words, written while everybody else does something, and not yet done."
STAGES = ("test", "vote", "review", "draft")
TYPES_FOR_MS = 3_500
MOVED_PX = 2.0
NARROW = {"viewport": PHONE, "user_agent": "Mobile phone (Mobi)"}
WIDE = {"viewport": {"width": 1280, "height": 800}}


@dataclass
class Others:
    """A group that does all that a group can do, over and over, until it is stopped."""

    built: Built
    done: list[str] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.ben = self.built.join("Ben")
        self.version_id = self.ben.call("read_policy")["versions"][0]["version_id"]
        self.run = self.built.run(self.ben, [self.version_id])
        self.built.answer()
        self.response = self.ben.call("read_responses", run=self.run["run_id"])[0]["response_id"]

    def acts(self) -> Iterator[Callable[[], object]]:
        """The acts in turn, for ever."""
        facilitator, ben, built = self.built.facilitator, self.ben, self.built
        for number in count():
            yield lambda number=number: facilitator.call(
                "set_workshop", changes={"stage": STAGES[number % 4], "timer_seconds": 600, "timer_label": "Talk"}
            )
            yield lambda number=number: self.edit(f"Another clause, number {number}.")
            yield lambda: built.publish()
            yield lambda number=number: built.join(f"Guest {number}")
            yield lambda number=number: ben.call(
                "add_scenario",
                scenario=new_id(),
                title=f"Later {number}",
                turns=[{"role": "user", "content": "And then?"}],
                is_shared=True,
            )
            yield lambda number=number: ben.call(
                "set_mark",
                response=self.response,
                clause=built.clauses[0]["clause_id"],
                value=("followed", "violated")[number % 2],
            )
            yield self.vote
            yield self.open_or_close
            yield lambda: built.run(ben, [self.version_id])
            yield lambda: built.answer(text="What the model said.")
            yield lambda number=number: facilitator.call(
                "change_person", person=ben.person, changes={"name_is_hidden": bool(number % 2)}
            )

    def edit(self, wording: str) -> None:
        """Ben adds a clause."""
        self.built.clauses.append(clause(wording, section="Manner"))
        revision = self.ben.call("read_policy")["policy"]["revision"]
        self.built.commit(self.ben, self.built.clauses, base=revision)

    def vote(self) -> None:
        """Ben changes his vote in every open round."""
        for one in self.ben.call("read_rounds"):
            if one["status"] == "open":
                self.ben.vote(one["items"][0]["item_id"], ("agree", "disagree")[len(self.done) % 2])

    def open_or_close(self) -> None:
        """The facilitator closes all rounds but the first, or opens one more."""
        rounds = self.ben.call("read_rounds")
        later = [one["round_id"] for one in rounds if one["status"] == "open" and one["number"] > 1]
        for round_id in later:
            self.built.facilitator.call("close_round", round=round_id)
        if not later:
            item = {"kind": "clause", "version_id": self.version_id, "clause_id": self.built.clauses[0]["clause_id"]}
            opening = {"question": "And this?", "anonymity": "named", "items": [item]}
            self.built.facilitator.call("open_round", round=new_id(), **opening)

    def go_on(self) -> None:
        """Act until stopped, about eight times a second."""
        for act in self.acts():
            if self.stopped.wait(0.12):
                return
            with suppress(FolkmootError):  # nothing new to publish; they go on
                act()
                self.done.append("")


@dataclass(frozen=True)
class Writing:
    """Somebody before a field of a page: how they get to it, and the field that they type in."""

    role: str
    page: str
    find: Callable[[Person], Locator]
    view: dict[str, Any] = field(default_factory=lambda: WIDE)
    typed: str = TYPED
    begins_with_round: bool = True


def ace(label: str) -> Callable[[Person], Locator]:
    return lambda person: person.page.frame_locator(f"iframe[title='{label}']").locator("textarea.ace_text-input")


def labelled(label: str, *steps: Callable[[Person], object]) -> Callable[[Person], Locator]:
    def find(person: Person) -> Locator:
        for step in steps:
            step(person)
        return person.field(re.compile(label))

    return find


def presses(name: str) -> Callable[[Person], object]:
    return lambda person: person.page.get_by_role("button", name=re.compile(name)).first.click()


def chooses(name: str) -> Callable[[Person], object]:
    return lambda person: person.page.get_by_role("radio", name=re.compile(name)).first.click()


def opens(name: str) -> Callable[[Person], object]:
    return lambda person: person.page.get_by_text(re.compile(name)).first.click()


def picks(label: str, option: str) -> Callable[[Person], object]:
    def pick(person: Person) -> None:
        person.page.get_by_role("combobox", name=re.compile(label)).first.click()
        person.page.get_by_role("option", name=option).first.click()

    return pick


def tab(name: str) -> Callable[[Person], object]:
    return lambda person: person.page.get_by_role("tab", name=name).click()


WRITINGS = {
    "a clause in Ace": Writing("participant", "draft", ace("Your clause")),
    "a clause on a phone": Writing("participant", "draft", labelled("^Your clause"), NARROW),
    "a new wording": Writing("participant", "draft", labelled("^Your wording of C1", presses("^Edit C1")), NARROW),
    "a condition": Writing("participant", "draft", labelled("^Only when…$", chooses("^Only when")), NARROW),
    "a note on a version": Writing("facilitator", "draft", labelled("^Note on version", opens("^Publish version"))),
    "a scenario": Writing("participant", "test", labelled("^What a person says", opens("^Add a scenario"))),
    "a reason": Writing("participant", "vote", labelled("^Your reason", presses("^Add a reason"))),
    "a question for a round": Writing("facilitator", "vote", labelled("^Question", opens("^Open a round"))),
    "the question of the first round": Writing("facilitator", "vote", labelled("^Question"), begins_with_round=False),
    "what a countdown is for": Writing("facilitator", "console", labelled("^What for")),
    "a model's name": Writing("facilitator", "console", labelled("^Model \\(", tab("Model"), opens("^Another"))),
    "a section that is new": Writing(
        "participant", "draft", labelled("^Name of the new section", picks("^Section it goes to", "A new section…"))
    ),
    "a section's new name": Writing(
        "participant", "draft", labelled("^New name of", presses("^Rename")), typed=TYPED[:60]
    ),
    "a person's new name": Writing(
        "facilitator", "console", labelled("^Name$", picks("^Choose a person", "Ben")), typed=TYPED[:40]
    ),
    "an address of a model": Writing("facilitator", "console", labelled("^Address", tab("Model"), opens("^Another"))),
    "a limit": Writing("facilitator", "console", labelled("^Most model calls", tab("Model")), typed="123456789012"),
    "the workshop's brief": Writing("facilitator", "console", labelled("^Brief", tab("Workshop"))),
    "the workshop's title": Writing("facilitator", "console", labelled("^Title", tab("Workshop"))),
}


@pytest.fixture(scope="module")
def served(open_folder: Path, database_address: str) -> Iterator[tuple[ServedApp, DirectStore]]:
    with serving(new_app(open_folder, {"DATABASE_URL": database_address})) as app:
        store = DirectStore(database_address)
        yield app, store
        store.close()


def at_page(person: Person, app: ServedApp, someone: Someone, role: str, page: str) -> None:
    if role == "facilitator":
        someone.token = new_token()
        someone.store.call("reissue_link", workshop=someone.workshop, role=role, token_hash=hash_token(someone.token))
    cookie = f"folkmoot_{role}_{someone.workshop}"
    person.context.add_cookies([{"name": cookie, "value": someone.token, "url": app.url}])
    person.open(f"/{page}?w={someone.workshop}")


STATE = """element => {
  const owner = element.ownerDocument
  const frame = owner.defaultView.frameElement  // Ace's own field follows the cursor: its frame must not move
  const root = frame ? frame : element
  return { top: root.getBoundingClientRect().top, isFocused: element.getRootNode().activeElement === element }
}"""


def at_rest(person: Person, place: Locator) -> dict[str, Any]:
    """Where the field stands once what was opened around it has stopped moving."""
    person.settle()
    seen: list[dict[str, Any]] = []
    while len(seen) < 3 or seen[-1] != seen[-3]:
        place.scroll_into_view_if_needed()  # typing would do it
        seen.append(place.evaluate(STATE))
        person.page.wait_for_timeout(250)
        assert len(seen) < 40, "the field does not come to rest"
    return seen[-1]


@pytest.mark.parametrize("name", WRITINGS)
def test_what_somebody_types_stands_as_typed_and_where_it_was(
    name: str, served: tuple[ServedApp, DirectStore], invite_to: Invite
) -> None:
    writing = WRITINGS[name]
    app, store = served
    built = Built(store)
    if writing.begins_with_round:
        built.open_round()
    else:
        built.publish()
    others = Others(built)
    someone = built.join("Ana") if writing.role == "participant" else built.facilitator
    person = invite_to(app, "Ana", looks_closely=False, **writing.view)
    at_page(person, app, someone, writing.role, writing.page)
    place = writing.find(person)
    place.focus()
    expect(place).to_be_focused()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.press("Delete")
    before = at_rest(person, place)
    with ThreadPoolExecutor(1) as thread:
        acting = thread.submit(others.go_on)
        try:
            person.page.keyboard.type(writing.typed, delay=TYPES_FOR_MS / len(writing.typed))
            after = place.evaluate(STATE)
        finally:
            others.stopped.set()
            acting.result(60)
    assert len(others.done) > 10, "the others did hardly anything"
    assert after["isFocused"]
    assert stands_in(person, place, name) == writing.typed
    assert abs(after["top"] - before["top"]) <= MOVED_PX, "the field moved away under the typist"


def stands_in(person: Person, place: Locator, name: str) -> str:
    if not name.endswith("in Ace"):
        return place.input_value()
    frame = person.page.frame_locator("iframe[title='Your clause']")
    return " ".join(" ".join(frame.locator(".ace_line").all_inner_texts()).split())
