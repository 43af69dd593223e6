"""The document's socket, on both transports: who may come in, what becomes of what they type, and who is hung up on."""

import asyncio
import json
import random
import time
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from components.routes.table import ROUTES
from lib import bootstrap
from lib.bootstrap import Application
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential
from lib.live import known_text, rooms
from lib.live import member as members
from lib.live.member import Writer
from lib.live.page_owners import MOST_BROUGHT
from lib.live.shared_text import SEEDS
from lib.live.wire import UPDATE, Presence, awareness_message, sync_message
from lib.security import new_token
from lib.store.port import Store
from tests.support.document_pages import SERVER, WITHIN_S, opened, process, stored
from tests.support.typist import Typist
from tests.support.workshop_builder import Built, Someone, clause, hash_of


def is_refused(
    client: TestClient, workshop: str, someone: Someone | None, **asked: str | bool | dict[str, str]
) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, opened(client, workshop, someone, **asked):  # type: ignore[arg-type]
        pass
    assert refused.value.code == members.REFUSED.code


def test_the_first_opening_makes_the_document_of_the_policys_text(
    client: TestClient, store: Store, built: Built
) -> None:
    text = store.call("open_document", workshop=built.workshop)["policy_text"]
    with opened(client, built.workshop, built.join("Ana")) as ana:
        assert ana.typist.text == text
        with opened(client, built.workshop, built.join("Ben")) as ben:
            assert ben.typist.text == text
    assert stored(store, built.workshop) == text


def test_what_one_types_the_other_sees_and_it_is_saved_once_the_database_has_it(
    client: TestClient, store: Store, built: Built
) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.facilitator, role="facilitator") as ben,
    ):
        ana.types("Hello 👩 there. ")
        assert stored(store, built.workshop).startswith("Hello 👩 there. ")
        ben.until(lambda typist: typist.text.startswith("Hello 👩 there. "))
        ben.types("", at=0, count=6)
        ana.until(lambda typist: typist.text.startswith("👩 there. "))
        assert ana.typist.text == ben.typist.text == stored(store, built.workshop)


def test_what_was_typed_without_a_line_is_merged_when_it_is_back(
    client: TestClient, store: Store, built: Built
) -> None:
    someone, typist = built.join("Ana"), Typist()
    with opened(client, built.workshop, someone, typist=typist) as ana:
        ana.types("One. ")
    typist.edit(0, 0, "Offline. ")
    typist.edit(9, 5, "")
    with opened(client, built.workshop, built.join("Ben")) as ben:
        ben.types("Meanwhile. ")
        with opened(client, built.workshop, someone, typist=typist) as ana:
            ana.until(lambda one: "Meanwhile." in one.text)
            ben.until(lambda one: "Offline." in one.text)
            assert "One." not in ben.typist.text
            assert ana.typist.text == ben.typist.text == stored(store, built.workshop)


def test_nobody_comes_in_without_the_cookie_of_somebody_there(client: TestClient, store: Store, built: Built) -> None:
    ana, elsewhere = built.join("Ana"), Built(store)
    removed = built.join("Rem")
    built.facilitator.call("change_person", person=removed.person, changes={"is_removed": True})
    for someone in (
        None,
        removed,
        elsewhere.join("Zoe"),
        Someone(store, built.workshop, new_token()),
        Someone(store, built.workshop, "x"),
    ):
        is_refused(client, built.workshop, someone)
    is_refused(client, elsewhere.workshop, ana)
    is_refused(client, "no-workshop", ana)
    is_refused(client, built.workshop, ana, role="king")
    with opened(client, built.workshop, ana):
        pass


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_nobody_comes_in_from_a_page_of_another_site(client: TestClient, built: Built, origin: str) -> None:
    is_refused(client, built.workshop, built.join("Ana"), headers={"Origin": origin} if origin else {})


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "1.5", str(2**32), str(SEEDS.start), "9" * 40])
def test_a_page_types_under_a_number(client: TestClient, built: Built, number: str) -> None:
    is_refused(client, built.workshop, built.join("Ana"), number=number or " ")


def test_an_organizer_reads_and_does_not_write(client: TestClient, store: Store, built: Built) -> None:
    with (
        opened(client, built.workshop, built.join("Ana")) as ana,
        opened(client, built.workshop, built.organizer, role="organizer") as reader,
    ):
        assert reader.typist.hello["may_write"] is False
        ana.types("Seen. ")
        reader.until(lambda typist: typist.text.startswith("Seen. "))
        reader.typist.edit(0, 0, "Mine. ")
        reader.is_hung_up_on(members.BEGIN_ANEW.code)
        assert reader.typist.refusals[0]["reason"] == "role"
        ana.types("More. ")
        assert ana.typist.text == stored(store, built.workshop)
        assert "Mine." not in ana.typist.text


def test_a_lock_is_told_and_what_is_typed_under_it_is_refused_and_shown_to_nobody(
    client: TestClient, store: Store, built: Built
) -> None:
    ana, facilitator = built.join("Ana"), built.facilitator
    with (
        opened(client, built.workshop, ana) as page,
        opened(client, built.workshop, facilitator, role="facilitator") as other,
    ):
        facilitator.call("set_workshop", changes={"editing_is_locked": True})
        page.until(lambda typist: typist.hello["may_write"] is False)
        assert page.typist.hello["reason"] == "locked"
        page.typist.edit(0, 0, "Late. ")
        page.is_hung_up_on(members.BEGIN_ANEW.code)
        assert page.typist.refusals[0]["reason"] == "locked"
        other.types("By the facilitator. ")
        with opened(client, built.workshop, ana) as again:
            assert again.typist.text == other.typist.text == stored(store, built.workshop)
            assert "Late." not in again.typist.text
            facilitator.call("set_workshop", changes={"editing_is_locked": False})
            again.until(lambda typist: typist.hello["may_write"] is True)
            again.types("In time. ")
            other.until(lambda typist: "In time." in typist.text)


def test_a_co_facilitator_writes_under_a_lock_until_the_right_is_taken_back(
    client: TestClient, store: Store, built: Built
) -> None:
    ana, facilitator = built.join("Ana"), built.facilitator
    facilitator.call("set_workshop", changes={"editing_is_locked": True})
    is_refused(client, built.workshop, ana, leads=True)
    facilitator.call("grant_leading", person=ana.person, is_granted=True)
    with opened(client, built.workshop, ana, leads=True) as page:
        assert page.typist.hello["may_write"] is True
        page.types("By who leads too. ")
        assert "By who leads too." in stored(store, built.workshop)
        facilitator.call("grant_leading", person=ana.person, is_granted=False)
        page.is_hung_up_on(members.NOT_A_MEMBER.code)
    with opened(client, built.workshop, ana) as page:
        assert page.typist.hello["reason"] == "locked"


def test_under_a_lock_a_page_that_has_nothing_new_comes_in(client: TestClient, built: Built) -> None:
    ana, typist = built.join("Ana"), Typist()
    with opened(client, built.workshop, ana, typist=typist) as page:
        page.types("One. ")
        page.types("", count=3)
    built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
    with opened(client, built.workshop, ana, typist=typist) as page:
        assert page.typist.refusals == []


def test_what_the_database_refuses_after_it_was_shown_stands_nowhere(
    client: TestClient, app: Application, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "ASK_EVERY_S", 3600.0)  # the room does not hear of the lock
    ana, ben = built.join("Ana"), built.join("Ben")
    kept_offline = Typist()
    with (
        opened(client, built.workshop, ana) as writer,
        opened(client, built.workshop, ben, typist=kept_offline) as seer,
    ):
        writer.types("Good. ")
        seer.until(lambda typist: "Good." in typist.text)
        time.sleep(0.5)  # the last question of before
        built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
        writer.typist.edit(0, 0, "Bad. ")
        writer.is_hung_up_on(members.BEGIN_ANEW.code)
        assert writer.typist.refusals[0]["reason"] == "locked"
        seer.is_hung_up_on(members.BEGIN_ANEW.code)
    assert "Bad." not in stored(store, built.workshop)
    built.facilitator.call("set_workshop", changes={"editing_is_locked": False})
    if "Bad." in kept_offline.text:
        with (
            pytest.raises(WebSocketDisconnect) as end,
            opened(client, built.workshop, ben, typist=kept_offline),
        ):
            pass
        assert end.value.code == members.BEGIN_ANEW.code
    with opened(client, built.workshop, ben) as afresh:
        assert afresh.typist.text == stored(store, built.workshop)
        assert afresh.typist.text.startswith("Good. ")


def test_who_lost_their_line_before_they_heard_of_the_refusal_hears_it_on_the_next_and_types_on(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "ASK_EVERY_S", 3600.0)  # the room does not hear of the lock
    ana, typist, ben = built.join("Ana"), Typist(), built.join("Ben")
    with opened(client, built.workshop, ben) as seer:
        with opened(client, built.workshop, ana, typist=typist) as page:
            built.facilitator.call("set_workshop", changes={"editing_is_locked": True})
            typist.edit(0, 0, "Refused. ")
            page.send()
        seer.is_hung_up_on(members.BEGIN_ANEW.code)
    built.facilitator.call("set_workshop", changes={"editing_is_locked": False})
    with opened(client, built.workshop, ana, typist=typist, is_level=False) as again:
        again.is_hung_up_on(members.BEGIN_ANEW.code)
    assert [one["reason"] for one in typist.refusals] == ["locked"]
    with opened(client, built.workshop, ana) as afresh:
        afresh.types("Typed on. ")
    assert stored(store, built.workshop).startswith("Typed on. ")
    assert "Refused." not in stored(store, built.workshop)


@pytest.mark.parametrize("how", ["removed", "left", "another link"])
def test_who_may_not_be_there_any_more_is_cut_off(client: TestClient, store: Store, built: Built, how: str) -> None:
    rem = built.join("Rem")
    with opened(client, built.workshop, rem) as page, opened(client, built.workshop, built.join("Ana")) as ana:
        if how == "removed":
            built.facilitator.call("change_person", person=rem.person, changes={"is_removed": True})
        elif how == "left":
            rem.call("leave_workshop", delete_data=True)
        else:
            changes = {"token_hash": hash_of(new_token())}
            built.facilitator.call("change_person", person=rem.person, changes=changes)
        page.is_hung_up_on(members.NOT_A_MEMBER.code)
        ana.types("Still here. ")
    is_refused(client, built.workshop, rem)


def test_who_is_removed_in_the_moment_in_which_they_come_in_is_cut_off(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    rem, writer_of = built.join("Rem"), app.rooms.writer_of

    def is_looked_at() -> bool:
        room, workshop = app.rooms.room(WorkshopId(built.workshop)), built.workshop
        there = app.store.call("read_document_seqs", workshops=[workshop])[workshop]
        return room is not None and room.rev == there["rev"]

    async def removed_once_known(credential: Credential) -> Writer | None:
        writer = await writer_of(credential)
        await app.rooms.in_thread(
            lambda: built.facilitator.call("change_person", person=rem.person, changes={"is_removed": True})
        )
        while not await app.rooms.in_thread(is_looked_at):
            await asyncio.sleep(0.01)
        return writer

    with opened(client, built.workshop, built.join("Ana")):
        monkeypatch.setattr(app.rooms, "writer_of", removed_once_known)
        with opened(client, built.workshop, rem, is_level=False) as page:
            page.is_hung_up_on(members.NOT_A_MEMBER.code)


def test_when_the_workshop_is_deleted_its_sockets_are_closed_and_nothing_of_it_is_kept(
    client: TestClient, app: Application, built: Built
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as page:
        built.facilitator.call("delete_workshop", title="Legal questions")
        page.is_hung_up_on(members.GONE.code)
    rooms = app.rooms
    kept = (rooms._rooms, rooms._banned, rooms._held, rooms._sending_in, rooms._opening)
    assert [WorkshopId(built.workshop) in one for one in kept] == [False] * 5


def foreign(words: str, client: int, clock: int = 0) -> bytes:
    """An update that somebody makes by hand, under any number."""
    head = bytes((1, 1)) + number(client) + number(clock) + bytes((4, 1)) + block(b"policy")
    return head + block(words.encode()) + b"\x00"


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def block(data: bytes) -> bytes:
    return number(len(data)) + data


NOT_TEXT = {
    "nothing": b"",
    "another kind of message": b"\x07\x01",
    "half a message": sync_message(UPDATE, foreign("x", 1))[:-3],
    "more than it says": sync_message(UPDATE, foreign("x", 1)) + b"\x00",
    "no update": sync_message(UPDATE, b"\xff" * 30),
    "a control character": sync_message(UPDATE, foreign("a\x00b", 1)),
    "a carriage return": sync_message(UPDATE, foreign("a\rb", 1)),
    "another text of the document": sync_message(UPDATE, foreign("x", 1).replace(b"policy", b"secret")),
    "a value of another kind": sync_message(UPDATE, b"\x01\x01\x01\x00\x08\x01\x06policy\x01w\x01x\x00"),
    "a document within": sync_message(UPDATE, b"\x01\x01\x01\x00\x09\x01\x06policy\x01w\x01x\x00"),
    "a number too large": sync_message(UPDATE, b"\x01\x01" + b"\xff" * 9 + b"\x00"),
    "a state of nothing": bytes((0, 0)) + b"\x03\xff\xff\xff",
    "somebody else's cursor": awareness_message([Presence(12345, 1, {"cursor": None})]),
    "a cursor with a name": awareness_message([Presence(1, 1, {"user": {"name": "Facilitator"}})]),
}


@pytest.mark.parametrize("what", list(NOT_TEXT))
def test_what_nobody_of_ours_sends_closes_the_socket_and_harms_nobody(
    client: TestClient, store: Store, built: Built, what: str
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        with opened(client, built.workshop, built.join("Eve"), number="1") as eve:
            eve.socket.send_bytes(NOT_TEXT[what])
            eve.is_hung_up_on(members.NOT_UNDERSTOOD.code)
        ana.types("Unharmed. ")
        assert ana.typist.text == stored(store, built.workshop)


def test_words_instead_of_bytes_close_the_socket(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Eve")) as eve:
        eve.socket.send_text(json.dumps({"type": "saved", "through": 9}))
        eve.is_hung_up_on(members.NOT_UNDERSTOOD.code)


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_leave_the_document_whole(client: TestClient, store: Store, built: Built, seed: int) -> None:
    dice = random.Random(seed)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("Before. ")
        with opened(client, built.workshop, built.join("Eve")) as eve:
            eve.typist.edit(0, 0, "Eve. ")
            frame = bytearray(eve.typist.out.pop())
            for _ in range(dice.randrange(1, 4)):
                frame[dice.randrange(len(frame))] = dice.randrange(256)
            eve.socket.send_bytes(bytes(frame[: dice.randrange(1, len(frame) + 1)]))
            eve.socket.send_bytes(dice.randbytes(dice.randrange(60)))
            with pytest.raises(WebSocketDisconnect):
                eve.until(lambda _: False)
        ana.types("After. ")
        with opened(client, built.workshop, built.join("Zoe")) as zoe:
            ana.until(lambda typist: typist.text == zoe.typist.text)
            assert zoe.typist.text == stored(store, built.workshop)


def test_nobody_types_as_somebody_who_is_there(client: TestClient, store: Store, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        with opened(client, built.workshop, built.join("Eve")) as eve:
            eve.socket.send_bytes(sync_message(UPDATE, foreign("Forged. ", ana.typist.client)))
            eve.is_hung_up_on(members.COME_BACK.code)
        ana.types("Mine. ")
        assert "Forged." not in stored(store, built.workshop)
        assert ana.typist.text == stored(store, built.workshop)


@pytest.mark.parametrize("is_new_server", [False, True])
def test_nobody_comes_in_under_the_number_of_somebodys_page_of_before(
    client: TestClient, app: Application, built: Built, is_new_server: bool
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("Mine. ")
    if is_new_server:
        app.rooms._rooms.clear()
    with opened(client, built.workshop, built.join("Eve"), number=str(ana.typist.client), is_level=False) as eve:
        eve.is_hung_up_on(members.BEGIN_ANEW.code)


@pytest.mark.parametrize("is_let_go", [False, True], ids=["in the same room", "after the room was let go of"])
def test_nobody_types_on_under_the_number_of_a_page_that_was_closed(
    client: TestClient,
    app: Application,
    store: Store,
    built: Built,
    monkeypatch: pytest.MonkeyPatch,
    is_let_go: bool,
) -> None:
    monkeypatch.setattr(rooms, "KEPT_EMPTY_S", 0.1 if is_let_go else 30.0)
    monkeypatch.setattr(rooms, "MIND_EVERY_S", 0.05)
    someone = built.join("Ana")
    with opened(client, built.workshop, someone) as ana:
        ana.types("Mine. ")
    if is_let_go:
        is_let_go_of(app, built.workshop)
    with opened(client, built.workshop, built.join("Eve")) as eve:
        eve.socket.send_bytes(sync_message(UPDATE, foreign("Forged. ", ana.typist.client, clock=len("Mine. "))))
        eve.is_hung_up_on(members.BEGIN_ANEW.code)
    assert "Forged." not in stored(store, built.workshop)
    ana.typist.edit(0, 0, "Typed as the line was lost. ")  # by its writer alone, on another line
    with opened(client, built.workshop, someone, typist=ana.typist):
        assert stored(store, built.workshop).startswith("Typed as the line was lost. Mine. ")


def test_after_a_crash_others_bring_what_they_were_shown_of_a_page_that_was_closed(
    client: TestClient, app: Application, store: Store, built: Built
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("Stored. ")
    app.rooms._rooms.clear()
    with opened(client, built.workshop, built.join("Ben")) as ben:
        ben.socket.send_bytes(sync_message(UPDATE, foreign("Shown. ", ana.typist.client, clock=len("Stored. "))))
        ben.typist.sent += 1
        ben.until(lambda typist: typist.is_saved)
    assert "Shown. " in stored(store, built.workshop)


def test_a_page_that_comes_back_under_a_new_number_takes_the_place_of_its_own_dead_line(
    client: TestClient, built: Built
) -> None:
    someone = built.join("Ana")
    with opened(client, built.workshop, built.join("Ben")) as ben, opened(client, built.workshop, someone) as ana:
        ana.typist.point(1)
        ana.send()
        ben.until(lambda typist: typist.others.get(ana.typist.client))
        with opened(client, built.workshop, someone, was=ana.typist.client) as again:
            again.types("Again. ")
            ana.is_hung_up_on(members.TOO_MANY.code)
            ben.until(lambda typist: typist.others[ana.typist.client] is None)


def test_what_a_page_left_that_was_closed_without_a_line_is_its_writers_who_brings_it_from_another(
    client: TestClient, store: Store, built: Built
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.socket.send_bytes(sync_message(UPDATE, foreign("Typed offline. ", 77)))
        ana.typist.sent += 1
        ana.until(lambda typist: typist.is_saved)
        [writer] = store.call("read_document_writers", workshop=built.workshop)
        assert (writer["name"], set(writer["clients"])) == ("Ana", {77, ana.typist.client})


def test_nobody_fills_the_document_with_the_edits_of_pages_that_never_were(
    client: TestClient, store: Store, built: Built
) -> None:
    with opened(client, built.workshop, built.join("Eve")) as eve:
        before = eve.typist.text
        for number_of_nobody in range(1, MOST_BROUGHT + 2):
            eve.socket.send_bytes(sync_message(UPDATE, foreign("x", number_of_nobody)))
        eve.is_hung_up_on(members.NOT_UNDERSTOOD.code)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("Still here. ")
        assert stored(store, built.workshop).count("x") - before.count("x") <= MOST_BROUGHT


def test_after_a_crash_pages_that_hold_each_others_unsaved_edits_come_in_at_once(
    client: TestClient, app: Application, store: Store, built: Built
) -> None:
    people = [built.join(name) for name in ("Ana", "Ben")]
    typists = [Typist(), Typist()]
    for someone, typist in zip(people, typists, strict=True):
        with opened(client, built.workshop, someone, typist=typist):
            pass
    typists[0].edit(0, 0, "Ana, never stored. ")
    typists[1].edit(0, 0, "Ben, never stored. ")
    for typist, other in (typists, typists[::-1]):
        other.doc.apply_update(typist.doc.get_update())  # the server that is gone had shown it to both
    app.rooms._rooms.clear()
    for typist in typists:
        typist.lose_line()
    with ExitStack() as lines:
        pages = []
        for someone, typist in zip(people, typists, strict=True):
            line = opened(client, built.workshop, someone, typist=typist, was=typist.was, is_level=False)
            pages.append(lines.enter_context(line))
        for page in pages:
            page.until(lambda typist: typist.is_level and typist.is_saved)
        for words in ("Ana, never stored. ", "Ben, never stored. "):
            assert stored(store, built.workshop).count(words) == 1


def test_what_rests_on_something_unknown_is_not_taken(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Eve"), number="5") as eve:
        eve.socket.send_bytes(sync_message(UPDATE, foreign("x", 5, clock=700)))
        eve.is_hung_up_on(members.BEGIN_ANEW.code)


def test_a_frame_that_is_too_long_closes_the_socket(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Eve")) as eve:
        eve.socket.send_bytes(b"\x00" * 1_000_001)
        eve.is_hung_up_on(members.TOO_LONG.code)


def test_the_policy_cannot_be_made_longer_than_a_policy_may_be(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_text, "MOST_CHARS", 1_000)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        while len(ana.typist.text) < 900:
            ana.types("x" * 50)
        ana.typist.edit(0, 800, "y" * 850)  # longer only as long as nothing is deleted
        ana.until(lambda typist: typist.is_saved)
        ana.typist.edit(0, 0, "z" * 200)
        ana.is_hung_up_on(members.BEGIN_ANEW.code)
        assert ana.typist.refusals[0]["reason"] == "size"
    assert len(stored(store, built.workshop)) <= 1_000


def test_who_sends_without_end_is_hung_up_on(client: TestClient, built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MOST_MESSAGES_AT_ONCE", 40.0)
    monkeypatch.setattr(members, "MESSAGES_A_SECOND", 1.0)
    with opened(client, built.workshop, built.join("Eve")) as eve:
        for turn in range(60):
            eve.typist.point(turn)
        eve.is_hung_up_on(members.TOO_MUCH.code)


def test_who_sends_too_many_bytes_is_hung_up_on_and_what_came_before_is_kept(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "MOST_BYTES_AT_ONCE", 100_000.0)
    monkeypatch.setattr(members, "BYTES_A_SECOND", 1.0)
    with opened(client, built.workshop, built.join("Eve")) as eve:
        for _ in range(2):
            eve.types("x" * 40_000)
        eve.typist.edit(0, 0, "y" * 40_000)
        eve.is_hung_up_on(members.TOO_MUCH.code)
    text = stored(store, built.workshop)
    assert (text.count("x" * 80_000), text.count("yyy")) == (1, 0)


def test_whose_line_is_too_slow_is_let_go_and_nothing_is_kept_for_them(
    client: TestClient, app: Application, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(client, built.workshop, built.join("Ana")) as ana:
        with opened(client, built.workshop, built.join("Slow")) as slow:
            monkeypatch.setattr(members, "MOST_WAITING_BYTES", 10)
            ana.typist.edit(0, 0, "More than fits. ")
            ana.send()
            slow.is_hung_up_on(members.TOO_SLOW.code)


def test_a_cursor_is_shown_under_the_name_that_the_server_knows(client: TestClient, built: Built) -> None:
    ana = built.join("Ana")
    with opened(client, built.workshop, ana) as page, opened(client, built.workshop, built.join("Ben")) as other:
        page.typist.point(1)
        page.send()
        other.until(lambda typist: page.typist.client in typist.others)
        shown = other.typist.others[page.typist.client]
        assert shown["user"] == {"person": ana.person, "name": "Ana", "colour": 0}
        with opened(client, built.workshop, built.join("Cleo")) as later:
            later.until(lambda typist: page.typist.client in typist.others)
        built.facilitator.call("change_person", person=ana.person, changes={"name": "Anna"})
        other.until(lambda typist: typist.others[page.typist.client]["user"]["name"] == "Anna")
        page.typist.point(9, {})
        page.send()
        other.until(lambda typist: typist.others[page.typist.client] is None)


def test_the_cursor_of_somebody_who_closes_the_page_goes_with_them(client: TestClient, built: Built) -> None:
    with opened(client, built.workshop, built.join("Ben")) as other:
        with opened(client, built.workshop, built.join("Ana")) as page:
            page.typist.point(1)
            page.send()
            other.until(lambda typist: typist.others.get(page.typist.client) is not None)
        other.until(lambda typist: typist.others[page.typist.client] is None)


def test_what_another_process_stores_is_taken_in(client: TestClient, store: Store, built: Built) -> None:
    ana = built.join("Ana")
    elsewhere = process(store)
    served = Starlette(routes=list(ROUTES))
    with opened(client, built.workshop, ana) as here:
        bootstrap.override(elsewhere)
        with TestClient(served, base_url=SERVER) as second, opened(second, built.workshop, built.join("Ben")) as there:
            there.types("From the other server. ")
            here.until(lambda typist: "other server" in typist.text)
            here.types("And back. ")
            there.until(lambda typist: "And back." in typist.text)
            assert here.typist.text == there.typist.text == stored(store, built.workshop)
    elsewhere.rooms.close()


def test_a_long_history_is_packed_and_the_document_stays_the_same(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "PACK_AFTER", 5)
    monkeypatch.setattr(rooms, "MIND_EVERY_S", 0.05)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        deadline = time.monotonic() + WITHIN_S
        while store.call("read_updates", workshop=built.workshop, since=0)["snapshot_seq"] < 5:
            assert time.monotonic() < deadline
            ana.types("x ")
        assert ana.typist.text == stored(store, built.workshop)


def test_what_was_typed_and_deleted_again_does_not_fill_the_document_for_the_others(
    client: TestClient, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "PACK_AFTER_BYTES", 10_000)
    monkeypatch.setattr(rooms, "MIND_EVERY_S", 0.05)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("x" * 4_000)
        assert store.call("read_updates", workshop=built.workshop, since=0)["snapshot_seq"] == 0
        for _ in range(2):
            ana.types("x" * 4_000)
        deadline = time.monotonic() + WITHIN_S
        # What comes back from the database before it is called stored counts twice: then it is packed a little earlier.
        while store.call("read_updates", workshop=built.workshop, since=0)["snapshot_seq"] < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert ana.typist.text == stored(store, built.workshop)


def is_let_go_of(app: Application, workshop: str) -> None:
    """Wait until the document is not open any more."""
    deadline = time.monotonic() + WITHIN_S
    while app.rooms.room(WorkshopId(workshop)) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_room_that_everybody_left_is_packed_and_let_go(
    client: TestClient, app: Application, store: Store, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "KEPT_EMPTY_S", 0.1)
    monkeypatch.setattr(rooms, "MIND_EVERY_S", 0.05)
    with opened(client, built.workshop, built.join("Ana")) as ana:
        ana.types("Kept. ")
    is_let_go_of(app, built.workshop)
    found = store.call("read_updates", workshop=built.workshop, since=-1)
    assert (found["snapshot_seq"], found["updates"]) == (found["seq"], [])
    assert stored(store, built.workshop).startswith("Kept. ")
    with opened(client, built.workshop, built.join("Ben")) as ben:
        assert ben.typist.text.startswith("Kept. ")


def test_a_policy_with_other_line_ends_is_made_into_a_document_of_one_kind(
    client: TestClient, store: Store, built: Built
) -> None:
    clauses = [clause("One."), clause("Two.")]
    text = "- One.\r\n- Two.\r\n"
    built.facilitator.call("commit_policy", base_revision=1, text=text, clauses=clauses, request_id="r")
    with opened(client, built.workshop, built.join("Ana")) as ana:
        assert ana.typist.text == "- One.\n- Two.\n"
