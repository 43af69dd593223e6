"""Who wrote what is asked of the database once at a time for a document, however many pages ask."""

import asyncio
import threading
from typing import Any, cast

from lib.live.room import Room
from lib.live.rooms import Rooms
from lib.live.shared_text import seed_of
from lib.store.port import Store
from tests.unit.test_document_room import page, room_of, said

WITHIN_S = 10.0


class Database:
    """Answers as soon as it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0
        self.may_answer = threading.Event()

    def call(self, function: str, **_arguments: Any) -> Any:
        assert function == "read_document_writers"
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.may_answer.wait(WITHIN_S)
        self.at_once -= 1
        return []


async def _ask(database: Database, room: Room) -> list[list[str]]:
    rooms = Rooms(cast(Store, database))
    members = [page(client, f"Person {client}") for client in range(5)]
    for member in members:
        room.join(member)
        said(member)
    for member in [*members, *members]:
        rooms._ask_writers(room, member)
        await asyncio.sleep(0.01)
    database.may_answer.set()
    heard: list[list[str]] = [[] for _ in members]
    async with asyncio.timeout(WITHIN_S):
        while not all(heard) or rooms._asking:
            await asyncio.sleep(0.01)
            for words, member in zip(heard, members, strict=True):
                words += said(member)
    rooms.close()
    return heard


def test_pages_that_ask_who_wrote_what_while_it_is_asked_have_their_answer_of_the_next_time_together() -> None:
    database = Database()
    first, *others = asyncio.run(_ask(database, room_of(seed_of("One.\n"), [])))
    assert (database.asked, database.most_at_once) == (2, 1)
    assert first == ["writers", "writers"]  # it asked before, and again
    assert others == [["writers"]] * 4
