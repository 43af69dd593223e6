"""Two servers on one database, on either transport: people split between them are in one workshop."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from components.pages import TITLES
from lib.store.direct import DirectStore, owner_connection
from tests.e2e.acts import (
    Links,
    add_clause,
    answer,
    answered,
    close_round,
    create_workshop,
    enter,
    join,
    mark,
    open_round,
    publish,
    reveal,
    reword_at_once,
    set_stage,
    to_clauses,
)
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.person import Person
from tests.e2e.served import ServedApp
from tests.support.backends import TRANSPORTS, Backend, backend_on, through_supabase
from tests.support.faulty_proxy import FaultyProxy
from tests.support.light_browser import LightBrowser
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import Built

KEY = "sk-of-the-facilitator-0123456789"
COUNTED_FOR_S = 10
CROWD = 30
SLOW_CALL_S = 2.0
"""So that a run is still under way when somebody's page shows it, on a busy machine too."""
TAKEN_OVER_WITHIN_MS = 60_000
TOO_SLOW_TWICE = pytest.mark.parametrize(
    "servers", ["direct", pytest.param("supabase", marks=pytest.mark.long)], indirect=True
)
"""What takes minutes for each transport is tried on one, and on both with `--long`."""


@dataclass(frozen=True)
class Servers:
    """Two apps on one database, the model that both of them call, and the number of calls to the database so far."""

    a: ServedApp
    b: ServedApp
    stub: OpenAIStub
    address: str
    count_calls: Callable[[], int]


@pytest.fixture(scope="module")
def stub() -> Iterator[OpenAIStub]:
    with OpenAIStub() as provider:
        yield provider


@pytest.fixture(autouse=True)
def _a_quick_model_without_a_key(stub: OpenAIStub) -> None:
    stub.latency_s, stub.wanted_key = 0.0, None


@pytest.fixture(scope="module", params=TRANSPORTS)
def servers(
    request: pytest.FixtureRequest, open_folder: Path, database_address: str, stub: OpenAIStub
) -> Iterator[Servers]:
    with ExitStack() as exits:
        backend = exits.enter_context(backend_on(request.param, database_address))
        settings, secrets, count_calls = counted(backend, exits)
        model = {
            "FOLKMOOT_MODEL": "openai/stub",
            "FOLKMOOT_API_BASE": stub.address,
            "FOLKMOOT_CONCURRENCY": "1",
            "FOLKMOOT_ALLOW_PRIVATE_MODELS": "1",
            "OPENAI_API_KEY": "sk-of-the-operator-0123456789",
        }
        a, b = (exits.enter_context(serving(new_app(open_folder, {**model, **settings}, secrets))) for _ in "ab")
        yield Servers(a, b, stub, database_address, count_calls)


def counted(backend: Backend, exits: ExitStack) -> tuple[dict[str, str], tuple[str, ...], Callable[[], int]]:
    """How to reach the backend so that its calls can be counted, and how many there were.

    Over HTTP a proxy sees every call. A direct transaction is one call; the database counts those.
    """
    if backend.lite is not None:
        proxy = exits.enter_context(FaultyProxy(backend.lite.port))
        secrets = (*backend.secrets, f"127.0.0.1:{proxy.port}")
        return through_supabase(proxy.url), secrets, proxy.calls.total

    def transactions() -> int:
        with owner_connection(backend.address) as owner:
            [(number,)] = owner.rows(
                "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
            )
        return int(number)

    return backend.environment, backend.secrets, transactions


def at(server: ServedApp, link: str) -> str:
    """The same link at another server, which has a name of its own here and none behind a load balancer."""
    return re.sub(r"^http://[^/]+", server.url, link)


def wordings(person: Person) -> list[str]:
    return [text.strip() for text in person.page.locator("article .wording").all_inner_texts()]


def reload_until(person: Person, text: str) -> None:
    """What does not show by itself shows after a reload, once the server has heard of it: that takes it a second."""
    for _ in range(5):
        person.page.reload()
        person.settle()
        if person.page.get_by_text(text).count():
            return
        person.page.wait_for_timeout(500)
    raise AssertionError(f"{person.name} does not see “{text}”")


def in_one_workshop(servers: Servers, invite_to: Invite) -> list[Person]:
    """A facilitator and a participant at A; another participant at B."""
    a, b = servers.a, servers.b
    fay, ana = invite_to(a, "Fay", looks_closely=False), invite_to(a, "Ana", looks_closely=False)
    ben = invite_to(b, "Ben", looks_closely=False)
    links = create_workshop(fay)
    fay.go("Open the console")
    join(ana, links.join)
    join(ben, at(b, links.join))
    return [fay, ana, ben]


def draft_together(ana: Person, ben: Person) -> None:
    to_clauses(ben)
    add_clause(ana, "Say in which country an answer holds.")
    add_clause(ben, "Offer to explain any word of the law.")
    reword_at_once(ana, ben)
    for person in (ana, ben):
        for text in ("Say in which country an answer holds.", "Offer to explain any word of the law."):
            person.sees(text)
    assert wordings(ana) == wordings(ben)


def try_together(fay: Person, ana: Person, ben: Person, stub: OpenAIStub) -> None:
    """Each call of the model is made once, whichever server makes it, and everybody sees what came of it."""
    before = len(stub.calls)
    for person in (ana, ben):
        person.go("Go to Test scenarios")
    ana.press("Ask the model")
    ana.sees("Only you see this.")
    answered(ana, 2)
    ana.press("Share with everyone")
    ana.press("Yes, share it")
    for person in (ana, ben):
        person.sees("Everyone sees this.")
        answered(person, 2)
    mark(ben, "C1", "Followed")
    ana.press("Show it")
    ana.sees(re.compile("1 mark by Ben"))
    stub.latency_s = SLOW_CALL_S
    ben.page.get_by_role("radio", name="Many at once").click()
    ben.settle()
    start_run(fay)
    ben.sees(re.compile(r"^[1-9] of 10 answered"))
    for person in (ben, fay):
        person.sees("Finished: 10 of 10 answered.")
    stub.latency_s = 0.0
    assert len(stub.calls) - before == 2 + 10


def start_run(fay: Person) -> None:
    fay.go(re.compile("^Test scenarios"))
    fay.page.get_by_role("radio", name="Many at once").click()
    fay.sees("10 calls")
    fay.press("Run in the background")
    fay.sees(re.compile(r"of 10 answered"))


def vote_together(fay: Person, ana: Person, ben: Person) -> None:
    voters = (ana, ben)
    set_stage(fay, "Vote")
    open_round(fay, 1, "Named", "Is this what we want?")
    for person in voters:
        person.go("Go to Vote")
        person.sees("Is this what we want?")
    answer(ana, 1, "Agree", "Because courts differ.")
    ben.sees(re.compile("1 of 2"))
    answer(ben, 1, "Disagree")
    fay.sees("Have voted: Ana, Ben")
    close_round(fay, 1, voters)
    reveal(fay, 1, voters)
    for person in (fay, *voters):
        person.sees(re.compile("1 agree, 1 disagree"))
        person.sees_not("not saved")


@pytest.mark.long  # test_document_two_servers.py and the contract tests have two servers on both transports
def test_what_one_does_at_one_server_the_others_see_at_the_other(servers: Servers, invite_to: Invite) -> None:
    fay, ana, ben = in_one_workshop(servers, invite_to)
    for name in ("Ana", "Ben"):
        fay.sees(re.compile(name))
    draft_together(ana, ben)
    publish(ana, 1, "First rough version")
    reload_until(ben, "Policy v1")
    set_stage(fay, "Test scenarios")
    try_together(fay, ana, ben, servers.stub)
    vote_together(fay, ana, ben)


@pytest.mark.long
def test_how_often_the_database_is_asked_does_not_depend_on_how_many_people_look(servers: Servers) -> None:
    store = DirectStore(servers.address)
    built = Built(store)
    people = [built.join(f"Guest {number}") for number in range(CROWD)]
    store.close()
    cookies = [(f"folkmoot_participant_{built.workshop}", someone.token) for someone in people]

    async def calls_a_second(crowd: int) -> float:
        async with AsyncExitStack() as tabs:
            for number, cookie in enumerate(cookies[:crowd]):
                server = (servers.a, servers.b)[number % 2]
                tab = await tabs.enter_async_context(LightBrowser(server.url, "draft", built.workshop, cookie))
                assert tab.exceptions == 0
                assert TITLES["draft"] in tab.texts, tab.texts
            await asyncio.sleep(5)
            before, began = servers.count_calls(), time.monotonic()
            await asyncio.sleep(COUNTED_FOR_S)
            return (servers.count_calls() - before) / (time.monotonic() - began)

    # Playwright has a loop running in this thread already.
    with ThreadPoolExecutor(1) as thread:
        few, many = (thread.submit(asyncio.run, calls_a_second(crowd)).result() for crowd in (2, CROWD))
    print(f"calls a second of two servers: {few:.2f} with 2 people, {many:.2f} with {CROWD}")
    # Whoever asked once in 3 s would add CROWD / 3. On a busy machine some pages are still being drawn while it counts.
    assert many < few + CROWD / 10


@contextmanager
def dead(server: ServedApp) -> Iterator[None]:
    """The server is killed, and is there again afterwards for the next test."""
    server.kill()
    try:
        yield
    finally:
        server.start()


def with_a_version(servers: Servers, invite_to: Invite) -> tuple[Links, Person, Person]:
    """A facilitator at A, a participant at B, and a version to test."""
    fay = invite_to(servers.a, "Fay", looks_closely=False)
    ben = invite_to(servers.b, "Ben", looks_closely=False)
    links = create_workshop(fay)
    fay.go("Open the console")
    join(ben, at(servers.b, links.join))
    publish(ben, 1, "")
    return links, fay, ben


def watch_runs(person: Person) -> None:
    person.go(re.compile("^Test scenarios"))
    person.page.get_by_role("radio", name="Many at once").click()


@pytest.mark.long  # tests/contract/test_engine_faults.py has what a server loses to another, without browsers
def test_a_run_goes_on_at_the_other_server_when_its_own_is_killed(servers: Servers, invite_to: Invite) -> None:
    _, fay, ben = with_a_version(servers, invite_to)
    servers.stub.latency_s = SLOW_CALL_S
    before = len(servers.stub.calls)
    watch_runs(ben)
    start_run(fay)
    ben.sees(re.compile(r"^[2-9] of 10 answered"))
    fay.leave()
    with dead(servers.a):
        finished = ben.page.get_by_text("Finished: 10 of 10 answered.").first
        expect(finished).to_be_visible(timeout=TAKEN_OVER_WITHIN_MS)
    assert 10 <= len(servers.stub.calls) - before <= 11, "only the call that was cut off is made again"


def give_key(fay: Person, address: str) -> None:
    """The facilitator names a model of the group's own, with a key that one server keeps in its memory."""
    fay.go(re.compile("^Console"))
    fay.page.get_by_role("tab", name="Model and limits").click()
    fay.page.get_by_text("Another model, with a key of your own", exact=True).click()
    fay.field("Model (provider/name)").fill("openai/other")
    fay.field(re.compile("^Address")).fill(address)
    fay.field("Key").fill(KEY)
    fay.press("Test it and use it")
    fay.sees(re.compile("Your key pays for its calls."))


@pytest.mark.long  # tests/contract/test_engine.py has how a run waits for its key, without browsers
def test_a_run_whose_key_died_with_its_server_shows_as_paused_until_somebody_gives_the_key(
    servers: Servers, invite_to: Invite
) -> None:
    links, fay, ben = with_a_version(servers, invite_to)
    servers.stub.wanted_key = KEY
    give_key(fay, servers.stub.address)
    servers.stub.latency_s = SLOW_CALL_S
    watch_runs(ben)
    start_run(fay)
    ben.sees(re.compile(r"^[2-9] of 10 answered"))
    fay.leave()
    with dead(servers.a):
        paused = ben.page.get_by_text(re.compile("^Paused, needs the key again")).first
        expect(paused).to_be_visible(timeout=TAKEN_OVER_WITHIN_MS)
        again = invite_to(servers.b, "Fay at the other server", looks_closely=False)
        enter(again, at(servers.b, links.facilitator))
        give_key(again, servers.stub.address)
        ben.sees("Finished: 10 of 10 answered.")


@pytest.mark.long  # tests/contract/test_engine.py has whom a key serves that is entered, without browsers
@TOO_SLOW_TWICE
def test_a_key_that_one_server_keeps_serves_the_people_at_the_other(servers: Servers, invite_to: Invite) -> None:
    _, fay, ben = with_a_version(servers, invite_to)
    servers.stub.wanted_key = KEY
    give_key(fay, servers.stub.address)
    ben.go(re.compile("^Test scenarios"))
    ben.sees(re.compile("They come from openai/other"))  # this server hears of it within a second, and so does Ben
    ben.press("Ask the model")
    answered(ben, 2)
