"""The app is killed while people vote, mark, add scenarios and runs go on: what showed is there, runs go on alone."""

import contextlib
import random
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from lib.llm.catalogue import EMBEDDED_MODEL, EMBEDDED_PARAMETERS
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.conftest import LAPTOP
from tests.e2e.person import IDLE
from tests.e2e.served import ServedApp
from tests.support.workshop_builder import Built, Someone, hash_of, new_id

KILLS = 20
SEED = 20260303
POSITIONS = {"Agree": "agree", "Pass": "pass", "Disagree": "disagree", "Cannot judge": "cannot_judge"}
RUN_GOES_ON_WITHIN_S = 240
ACT_WITHIN_MS = 8_000
"""How long an act may take to show; after a kill it is how long is waited in vain."""


@dataclass
class Witness:
    """What a page has shown as stored, over all lives of the app; and what was tried without an answer."""

    votes: dict[str, str] = field(default_factory=dict)
    tried_votes: dict[str, set[str]] = field(default_factory=dict)
    scenarios: set[str] = field(default_factory=set)
    marks: int = 0
    responses: dict[str, str] = field(default_factory=dict)
    unsent: str = ""
    confirmed: int = 0


@dataclass
class Room:
    """The workshop, and the browsers of its two participants, which live through all kills."""

    built: Built
    round: dict[str, Any]
    ana: Someone
    ben: Someone
    browsers: dict[str, BrowserContext]


@pytest.mark.long
def test_twenty_kills_lose_no_vote_no_mark_no_scenario_and_no_response(
    app_on_data: ServedApp, browser: Browser
) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    app, witness = app_on_data, Witness()
    app.start()
    migrate(embedded.start(app.data))
    room = _room(app, browser)
    for number in range(KILLS):
        _start_run(app, room)
        who, name, work = (("Ana", "vote", _vote), ("Ben", "test", _test))[number % 2]
        page = _page(room.browsers[who], app, room, name)
        killer = threading.Timer(chance.uniform(0.5, 6.0), app.kill)
        killer.start()
        try:
            work(page, room, witness, chance, killer)
        except (Error, AssertionError):
            if killer.is_alive():
                raise  # This went wrong before the kill.
        killer.join()
        _check(app, room, witness)
        app.start()
    for context in room.browsers.values():
        context.close()
    _runs_go_on_by_themselves(app, room)
    _check(app, room, witness)
    print(f"{witness.confirmed} acts were confirmed, {len(witness.responses)} responses came")
    assert witness.confirmed > KILLS, "the kills came before anybody could work"


@pytest.fixture
def app_on_data(open_folder: Any) -> Iterator[ServedApp]:
    """An app with short answers and a folder of its own, whose database is stopped at the end."""
    app = ServedApp(open_folder / f"kill-{uuid4().hex[:6]}", environment={"FOLKMOOT_MAX_TOKENS": "12"})
    app.folder.chmod(0o711)
    yield app
    app.end()
    embedded.release(app.data)


def _room(app: ServedApp, browser: Browser) -> Room:
    store = DirectStore(embedded.start(app.data))
    built = Built(store, max_calls=1000)
    people = []
    for name in ("Ana", "Ben"):
        someone = Someone(store, built.workshop, new_id().replace("-", "")[:22], new_id())
        store.call(
            "join_workshop", join_code=built.code, person=someone.person, name=name, token_hash=hash_of(someone.token)
        )
        people.append(someone)
    opened = built.open_round()
    contexts = {}
    for name, someone in zip(("Ana", "Ben"), people, strict=True):
        context = browser.new_context(viewport=LAPTOP)  # type: ignore[arg-type]
        cookie = f"folkmoot_participant_{built.workshop}"
        context.add_cookies([{"name": cookie, "value": someone.token, "url": app.url}])
        contexts[name] = context
    store.close()
    return Room(built, opened, people[0], people[1], contexts)


def _start_run(app: ServedApp, room: Room) -> None:
    """A shared run that is under way when the kill comes."""
    with _store(app) as store:
        facilitator = _again(store, room.built.facilitator)
        newest = facilitator.call("read_policy")["versions"][0]["version_id"]
        facilitator.call(
            "start_run",
            run=new_id(),
            versions=[newest, None],
            scenarios=room.built.scenarios,
            model=EMBEDDED_MODEL,
            api_base=None,
            samples=2,
            params={"max_tokens": 12, **EMBEDDED_PARAMETERS},
            is_shared=True,
            is_question=False,
        )


def _page(context: BrowserContext, app: ServedApp, room: Room, name: str) -> Page:
    for page in context.pages:
        page.close()
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{app.url}/{name}?w={room.built.workshop}")
    page.wait_for_selector(IDLE)
    page.set_default_timeout(ACT_WITHIN_MS)
    return page


def _vote(page: Page, room: Room, witness: Witness, chance: random.Random, killer: threading.Timer) -> None:
    items = [item["item_id"] for item in room.round["items"]]
    while killer.is_alive():
        item = chance.choice(items)
        label = chance.choice(list(POSITIONS))
        if witness.votes.get(item) == POSITIONS[label]:
            continue
        box = page.locator(f".st-key-ballot_{item}")
        witness.tried_votes.setdefault(item, set()).add(POSITIONS[label])
        box.get_by_role("radio", name=re.compile(label)).click()
        expect(box.get_by_text(re.compile(f"Your vote: {label}"))).to_be_visible(timeout=ACT_WITHIN_MS)
        witness.votes[item] = POSITIONS[label]
        witness.tried_votes[item].clear()
        witness.confirmed += 1


def _test(page: Page, room: Room, witness: Witness, chance: random.Random, killer: threading.Timer) -> None:
    field_ = page.get_by_label("What a person says to the model")
    opener = page.get_by_text("Add a scenario", exact=True)
    if not field_.is_visible():
        opener.click()
    field_.wait_for()
    if witness.unsent:
        # The same browser brings back what the server never had; a handed-over text may have arrived instead.
        expect(field_).to_have_value(re.compile(f"^$|^{re.escape(witness.unsent)}$"))
    while killer.is_alive():
        _mark(page, witness, chance)
        text = f"May I {chance.choice(('leave', 'keep', 'sign', 'copy'))} it, question {chance.randrange(10**6)}?"
        field_.fill(text)
        witness.unsent = text
        page.get_by_role("button", name="Add for everyone").click()
        expect(page.get_by_role("radio", name=re.compile(re.escape(text)))).to_be_visible(timeout=ACT_WITHIN_MS)
        witness.scenarios.add(text)
        witness.confirmed += 1
        witness.unsent = ""
        if not field_.is_visible():
            opener.click()


def _mark(page: Page, witness: Witness, chance: random.Random) -> None:
    """Mark a finished response of the first scenario, if there is one."""
    page.get_by_role("radio", name=re.compile("Case 1")).check(force=True)
    page.wait_for_selector(IDLE)
    boxes = page.get_by_text("Mark clauses")
    if not boxes.count():
        return
    if not page.get_by_role("radiogroup", name=re.compile("^C1 ")).count():
        boxes.first.click()
    group = page.get_by_role("radiogroup", name=re.compile("^C1 ")).first
    group.get_by_role("radio", name=re.compile(chance.choice(("Followed", "Violated")))).click()
    expect(page.get_by_text(re.compile(r"\d+ marks? by .*Ben")).first).to_be_visible(timeout=ACT_WITHIN_MS)
    witness.marks = max(witness.marks, page.get_by_text(re.compile(r"\d+ marks? by .*Ben")).count())
    witness.confirmed += 1


def _check(app: ServedApp, room: Room, witness: Witness) -> None:
    with _store(app) as store:
        ana, ben = _again(store, room.ana), _again(store, room.ben)
        [round_] = ana.call("read_rounds")
        kept = {vote["item_id"]: vote["position"] for vote in round_["my_votes"]}
        for item, position in witness.votes.items():
            allowed = {position} | witness.tried_votes.get(item, set())
            assert kept[item] in allowed, f"{kept[item]} was kept and {position} was shown as saved"
            witness.votes[item] = kept[item]
        witness.tried_votes.clear()
        texts = {one["turns"][-1]["content"] for one in ben.call("read_scenarios")}
        assert witness.scenarios <= texts
        if witness.unsent in texts:
            witness.unsent = ""
        assert len([mark for mark in ben.call("read_marks") if mark["person_id"] == ben.person]) >= witness.marks
        rows = ben.call("read_responses", scenario=None, run=None)
        done = {one["response_id"]: one["text"] for one in rows if one["status"] == "done"}
        assert {one: done.get(one) for one in witness.responses} == witness.responses, "a finished response changed"
        witness.responses = done


def _runs_go_on_by_themselves(app: ServedApp, room: Room) -> None:
    with _store(app) as store:
        facilitator = _again(store, room.built.facilitator)
        deadline = time.monotonic() + RUN_GOES_ON_WITHIN_S
        while states := [run["status"] for run in facilitator.call("read_runs") if run["status"] != "finished"]:
            assert set(states) == {"active"}, states
            assert time.monotonic() < deadline, f"{len(states)} runs did not finish by themselves"
            time.sleep(1)
        rows = facilitator.call("read_responses", scenario=None, run=None)
        failed = [one["error"] for one in rows if one["status"] != "done"]
        assert not failed, failed


@contextlib.contextmanager
def _store(app: ServedApp) -> Iterator[DirectStore]:
    store = DirectStore(embedded.start(app.data))
    try:
        yield store
    finally:
        store.close()


def _again(store: DirectStore, someone: Someone) -> Someone:
    return Someone(store, someone.workshop, someone.token, someone.person)
