"""The server is killed thirty times while ten people type: every edit that was called saved is there, once."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from lib.domain.people import Role
from lib.security import cookie_name
from lib.store.direct import DirectStore
from tests.e2e.served import ServedApp
from tests.support.document_pages import stored
from tests.support.light_document import LightDocument
from tests.support.typist import Typist
from tests.support.workshop_builder import Built

KILLS = 30
TYPISTS = 10


class Witness:
    """One who types marks of their own, and notes which of them were called saved."""

    def __init__(self, number: int, page: LightDocument) -> None:
        self.number = number
        self.page = page
        self.typed: list[str] = []
        self.saved: set[str] = set()
        page.heard = self._note

    def type_one(self, dice: random.Random) -> None:
        """A mark that nobody else types, at the end of a line."""
        mark = f"<{self.number}:{len(self.typed)}>"
        text = self.page.typist.text
        self.page.typist.edit(text.find("\n", dice.randrange(text.rindex("\n"))), 0, mark)
        self.typed.append(mark)

    def _note(self, typist: Typist) -> None:
        if typist.is_saved:
            self.saved.update(self.typed[len(self.saved) :])


async def type_until(witness: Witness, seed: int, is_over: asyncio.Event) -> None:
    dice = random.Random(seed)
    while not is_over.is_set():
        witness.type_one(dice)
        await witness.page.send()
        await asyncio.sleep(dice.random() * 0.3)


async def type_and_kill(app: ServedApp, store: DirectStore, built: Built, kills: int) -> None:
    dice = random.Random(20261122)
    people = [built.join(f"Typist {number}") for number in range(TYPISTS)]
    async with AsyncExitStack() as exits:
        witnesses = []
        for number, someone in enumerate(people):
            cookie = (cookie_name(Role.PARTICIPANT, built.workshop), someone.token)
            page = await exits.enter_async_context(LightDocument(app.url, built.workshop, cookie))
            witnesses.append(Witness(number, page))
        is_over = asyncio.Event()
        typing = [asyncio.create_task(type_until(one, seed, is_over)) for seed, one in enumerate(witnesses)]
        for _ in range(kills):
            await asyncio.sleep(0.3 + dice.random())
            await asyncio.to_thread(app.kill)
            said_saved = set().union(*(one.saved for one in witnesses))
            text = stored(store, built.workshop)
            assert [mark for mark in said_saved if text.count(mark) != 1] == []
            await asyncio.to_thread(app.start)
            for one in witnesses:
                before = len(one.saved)
                await one.page.until(lambda _: len(one.saved) > before)  # noqa: B023 - awaited right here
        is_over.set()
        await asyncio.gather(*typing)
        for one in witnesses:
            await one.page.until(lambda typist: typist.is_level and typist.is_saved)
        text = stored(store, built.workshop)
        for one in witnesses:
            await one.page.until(lambda typist: typist.text == text)
            assert [mark for mark in one.typed if text.count(mark) != 1] == []


@pytest.mark.long
def test_thirty_kills_lose_no_edit_that_was_called_saved(open_folder: Path, database_address: str) -> None:
    app = ServedApp(open_folder / f"kill-{uuid4().hex[:6]}", environment={"DATABASE_URL": database_address})
    app.folder.chmod(0o711)
    store = DirectStore(database_address)
    try:
        app.start()
        asyncio.run(type_and_kill(app, store, Built(store), KILLS))
    finally:
        app.end()
        print(app.log[-5_000:])  # pytest shows it where something failed
        store.close()
    assert not app.faults_in(app.log)
