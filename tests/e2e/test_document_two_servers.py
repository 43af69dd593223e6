"""Thousands of edits through two servers on one database: all pages end up the same, and as the database replays it."""

import asyncio
import random
from base64 import b64decode
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from lib.domain.people import Role
from lib.live.shared_text import SharedText
from lib.security import cookie_name
from lib.store.direct import DirectStore
from tests.e2e.conftest import new_app, serving
from tests.e2e.served import ServedApp
from tests.support.backends import TRANSPORTS, backend_on
from tests.support.light_document import LightDocument
from tests.support.workshop_builder import Built

TYPISTS = 8
EDITS_EACH = 250
LINES_LOST_EACH = 2


@pytest.fixture(scope="module", params=TRANSPORTS)
def servers(request: pytest.FixtureRequest, open_folder: Path, database_address: str) -> Iterator[list[ServedApp]]:
    with ExitStack() as exits:
        backend = exits.enter_context(backend_on(request.param, database_address))
        apps = (new_app(open_folder, backend.environment, backend.secrets) for _ in "ab")
        yield [exits.enter_context(serving(one)) for one in apps]


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
            await exits.enter_async_context(
                LightDocument(
                    servers[number % 2].url,
                    built.workshop,
                    (cookie_name(Role.PARTICIPANT, built.workshop), someone.token),
                )
            )
            for number, someone in enumerate(people)
        ]
        await asyncio.gather(*(types(page, seed) for seed, page in enumerate(pages)))
        for page in pages:
            await page.until(lambda typist: typist.is_level and typist.is_saved)
        wanted = replayed(store, built.workshop)
        for page in pages:
            await page.until(lambda typist: typist.text == wanted)
        assert not {code for page in pages for code in page.codes} - {1006}
    assert replayed(store, built.workshop) == wanted
    assert len(wanted) > 100


def replayed(store: DirectStore, workshop: str) -> str:
    known = store.call("open_document", workshop=workshop)
    numbers = [one["seq"] for one in known["updates"]]
    assert numbers == list(range(known["snapshot_seq"] + 1, known["seq"] + 1))
    return SharedText(b64decode(one) for one in [known["snapshot"], *(u["update"] for u in known["updates"])]).text


def test_thousands_of_edits_through_two_servers_converge_to_what_the_database_replays(
    servers: list[ServedApp], database_address: str
) -> None:
    store = DirectStore(database_address)
    try:
        asyncio.run(type_together(servers, store, Built(store)))
    finally:
        store.close()
