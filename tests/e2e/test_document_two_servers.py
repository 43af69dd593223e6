"""Two servers on one database: all pages end up the same, as the database replays it, and show everybody's cursor."""

import asyncio
import random
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from lib.domain.people import Role
from lib.security import cookie_name
from lib.store.direct import DirectStore
from tests.e2e.conftest import Invite, new_app, serving
from tests.e2e.live_text import is_all_of_somebody, joins, puts_cursor, replayed
from tests.e2e.served import ServedApp
from tests.support.backends import TRANSPORTS, backend_on
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import Built, Someone

TYPISTS = 8
EDITS_EACH = 250
LINES_LOST_EACH = 2
CURSORS_ON = pytest.mark.parametrize(
    "servers", ["direct", pytest.param("supabase", marks=pytest.mark.long)], indirect=True, scope="module"
)
"""What the database does for the cursors is the same on both transports: tests/contract/document/test_cursors.py."""


@pytest.fixture(scope="module", params=TRANSPORTS)
def servers(request: pytest.FixtureRequest, open_folder: Path, database_address: str) -> Iterator[list[ServedApp]]:
    with ExitStack() as exits:
        backend = exits.enter_context(backend_on(request.param, database_address))
        apps = (new_app(open_folder, backend.environment, backend.secrets) for _ in "ab")
        yield [exits.enter_context(serving(one)) for one in apps]


@pytest.fixture
def built(database_address: str) -> Iterator[Built]:
    store = DirectStore(database_address)
    yield Built(store)
    store.close()


def runs(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own, since browsers have a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def page_of(server: ServedApp, someone: Someone) -> LightDocument:
    return LightDocument(server.url, someone.workshop, (cookie_name(Role.PARTICIPANT, someone.workshop), someone.token))


async def types(page: LightDocument, seed: int) -> None:
    """Edit at random, and lose the line now and then; what was typed then goes along later."""
    dice = random.Random(seed)
    losing = set(dice.sample(range(EDITS_EACH), LINES_LOST_EACH))
    for turn in range(EDITS_EACH):
        page.typist.edit_at_random(dice)
        await page.send()
        if turn in losing:
            await page.drop()
        await asyncio.sleep(dice.random() * 0.04)


async def type_together(servers: list[ServedApp], store: DirectStore, built: Built) -> None:
    people = [built.join(f"Typist {number}") for number in range(TYPISTS)]
    async with AsyncExitStack() as exits:
        pages = [
            await exits.enter_async_context(page_of(servers[number % 2], someone))
            for number, someone in enumerate(people)
        ]
        await asyncio.gather(*(types(page, seed) for seed, page in enumerate(pages)))
        for page in pages:
            await page.until(lambda typist: typist.is_level and typist.is_saved)
        wanted = text_in_order(store, built.workshop)
        for page in pages:
            await page.until(lambda typist: typist.text == wanted)
        assert not {code for page in pages for code in page.codes} - {1006}
    assert text_in_order(store, built.workshop) == wanted
    assert len(wanted) > 100
    assert is_all_of_somebody(store, built.workshop)


def text_in_order(store: DirectStore, workshop: str) -> str:
    known = store.call("open_document", workshop=workshop)
    numbers = [one["seq"] for one in known["updates"]]
    assert numbers == list(range(known["snapshot_seq"] + 1, known["seq"] + 1))
    return replayed(known).text


def test_thousands_of_edits_through_two_servers_converge_to_what_the_database_replays(
    servers: list[ServedApp], database_address: str
) -> None:
    store = DirectStore(database_address)
    try:
        runs(type_together(servers, store, Built(store)))
    finally:
        store.close()


@CURSORS_ON
def test_who_is_in_the_text_at_the_other_server_is_seen_there_by_name_until_the_page_closes(
    servers: list[ServedApp], built: Built, invite_to: Invite
) -> None:
    ana, ben = (
        joins(invite_to(server, name, looks_closely=False), f"{server.url}/join/{built.code}")
        for server, name in zip(servers, ("Ana", "Ben"), strict=True)
    )
    names = ben.page.get_by_role("group", name="Who else is in the text")
    expect(names).to_be_hidden()
    puts_cursor(ana, 1, 2)
    expect(names).to_have_text("Ana")
    expect(ben.page.locator(".fm-caret")).to_have_text("Ana")
    ana.leave()
    expect(names).to_be_hidden()
    expect(ben.page.locator(".fm-caret")).to_have_count(0)


async def outlive(servers: list[ServedApp], ana: Someone, ben: Someone) -> None:
    async with page_of(servers[1], ben) as other, page_of(servers[0], ana) as page:
        client = page.typist.client
        page.typist.point(1)
        await page.send()
        await other.until(lambda typist: (typist.others.get(client) or {}).get("user", {}).get("name") == "Ana")
        servers[0].kill()
        await other.until(lambda typist: typist.others[client] is None)


@CURSORS_ON
def test_the_cursors_of_a_server_that_was_killed_go_away_at_the_other_one(
    servers: list[ServedApp], built: Built
) -> None:
    try:
        runs(outlive(servers, built.join("Ana"), built.join("Ben")))
    finally:
        servers[0].start_if_it_ended()
