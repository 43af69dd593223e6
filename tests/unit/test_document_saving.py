"""What waits for the database: what cannot be stored is never called saved, nor stored in the name of another."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.live.each import ever
from lib.live.member import COME_BACK, Member
from lib.live.room import Kept, Room
from lib.live.saving import Saving
from lib.live.shared_text import SharedText, seed_of
from lib.live.wire import UPDATE, sync_message
from tests.unit.test_document_room import OPENED, page, said

SEED = seed_of("# Manner\n\n- One.\n")
WITHIN_S = 10.0


class Desk:
    """Two documents whose updates are stored by one server, in a database that answers what the test says."""

    def __init__(self, answer: Callable[[list[dict[str, Any]]], Any]) -> None:
        self.answer = answer
        self.saving = Saving(self.call, self.told, self.lost)
        self.room, self.other = (
            Room(WorkshopId(name), OPENED, [SEED], keep=self.saving.add, may_keep=self.saving.has_place)
            for name in ("one", "other")
        )
        self.gone: list[Room] = []
        self.texts: dict[Member, SharedText] = {}

    async def call(self, function: str, *, updates: list[dict[str, Any]]) -> Any:
        assert function == "append_updates"
        return self.answer(updates)

    def told(self, kept: Kept, outcome: dict[str, Any]) -> None:
        kept.room.stored(kept, outcome["seq"])

    def lost(self, room: Room) -> None:
        room.end(COME_BACK)
        self.gone.append(room)

    def joins(self, room: Room, client: int, name: str) -> Member:
        member = page(client, name)
        member.credential = Credential(room.workshop, name)
        self.texts[member] = SharedText([SEED], client=client)
        room.join(member)
        return member

    def types(self, room: Room, member: Member, words: str) -> None:
        text = self.texts[member]
        room.hear(member, sync_message(UPDATE, text.edit(f"{text.text}{words}") or b""))

    def stores(self, is_so: Callable[[], bool]) -> None:
        """Store what waits until something holds."""

        async def run() -> None:
            work = asyncio.create_task(ever(self.saving.work))
            async with asyncio.timeout(WITHIN_S):
                while not is_so():
                    await asyncio.sleep(0.001)
            work.cancel()

        asyncio.run(run())


def stored(updates: list[dict[str, Any]]) -> Any:
    return [{"seq": place} for place in range(1, len(updates) + 1)]


def no_answer(*given: Any) -> Any:
    raise ValueError(given)


@pytest.mark.parametrize("answer", [no_answer, lambda _: [], lambda updates: [{} for _ in updates], lambda _: "{}"])
def test_a_document_of_which_something_was_lost_on_its_way_into_the_database_ends_and_the_others_are_stored(
    answer: Callable[[list[dict[str, Any]]], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.live.saving.MOST_IN_A_BATCH", 1)
    desk = Desk(lambda updates: answer(updates) if updates[0]["workshop"] == "one" else stored(updates))
    ana, ben = desk.joins(desk.room, 1, "Ana"), desk.joins(desk.other, 2, "Ben")
    desk.types(desk.room, ana, "- Lost.\n")
    desk.types(desk.room, ana, "- On it.\n")
    desk.types(desk.other, ben, "- Kept.\n")
    desk.stores(lambda: ben.unsaved == 0)
    assert (said(ana).count("saved"), ana.outbox.end) == (0, COME_BACK), "its browser brings it again"
    assert (said(ben).count("saved"), ben.outbox.end) == (1, None)
    assert desk.gone == [desk.room]
    assert desk.other.stored_text.text.endswith("- Kept.\n")


def test_a_document_that_cannot_take_in_what_became_of_its_update_ends_and_those_stored_with_it_go_on() -> None:
    desk = Desk(stored)
    ana, ben = desk.joins(desk.room, 1, "Ana"), desk.joins(desk.other, 2, "Ben")
    desk.room.stored = no_answer  # type: ignore[method-assign, assignment]
    desk.types(desk.room, ana, "- One.\n")
    desk.types(desk.other, ben, "- Kept.\n")
    desk.stores(lambda: not desk.saving._waiting and desk.gone != [])
    assert (ana.outbox.end, desk.gone) == (COME_BACK, [desk.room])
    assert (said(ben).count("saved"), ben.outbox.end) == (1, None)


def test_when_the_database_is_away_too_long_only_who_types_on_is_sent_away_and_each_stays_the_author_of_their_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lib.live.saving.MOST_UNSAVED", 4)
    rows: list[dict[str, Any]] = []
    desk = Desk(lambda updates: rows.extend(updates) or stored(updates))
    ana, ben, cleo = (desk.joins(desk.room, place + 1, name) for place, name in enumerate(("Ana", "Ben", "Cleo")))
    for number in range(2):
        desk.types(desk.room, ana, f"- Ana {number}.\n")
        desk.types(desk.room, ben, f"- Ben {number}.\n")
    said_before = desk.room.text
    desk.types(desk.room, ana, "- Ana 2.\n")
    assert (ana.outbox.end, ben.outbox.end, cleo.outbox.end, desk.room.is_over) == (COME_BACK, None, None, False)
    assert desk.room.text == said_before, "nobody was shown it"
    desk.room.leave(ana)
    desk.room.hear(cleo, sync_message(UPDATE, desk.room._text.since()))  # whoever brings nothing new stays
    assert cleo.outbox.end is None
    desk.stores(lambda: ben.unsaved == cleo.unsaved == 0)
    back = page(9, "Ana")
    back.credential, back.was = ana.credential, 1
    desk.room.join(back)
    desk.room.hear(back, sync_message(UPDATE, desk.texts[ana].since(desk.room._text.state())))
    desk.stores(lambda: back.unsaved == 0)
    assert desk.room.text.count("Ana") == 3
    assert [row["token_hash"] for row in rows] == ["Ana", "Ben", "Ana", "Ben", "Ana"]


def test_what_waits_for_the_database_has_a_bound_in_bytes_and_so_has_what_is_known_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lib.live.saving.MOST_UNSAVED", 3)
    desk = Desk(stored)
    ana, ben = desk.joins(desk.room, 1, "Ana"), desk.joins(desk.room, 2, "Ben")
    desk.types(desk.room, ana, "- Ana.\n")
    known = sync_message(UPDATE, desk.room._text.since())
    for _ in range(10):
        desk.room.hear(ben, known)
    assert (ana.outbox.end, ben.outbox.end) == (None, COME_BACK)
    monkeypatch.setattr("lib.live.saving.MOST_UNSAVED", 1_000)
    monkeypatch.setattr("lib.live.saving.MOST_UNSAVED_BYTES", 1_000)
    desk.types(desk.room, ana, "a" * 2_000)
    desk.types(desk.room, ana, "b")
    assert ana.outbox.end == COME_BACK
    assert desk.room.text.endswith("a")


def test_a_document_in_which_something_waits_for_the_database_is_not_let_go_of() -> None:
    desk = Desk(stored)
    ana = desk.joins(desk.room, 1, "Ana")
    desk.types(desk.room, ana, "- Ana.\n")
    desk.room.leave(ana)
    assert desk.room.waits_for_the_database
    desk.stores(lambda: ana.unsaved == 0)
    assert not desk.room.waits_for_the_database
