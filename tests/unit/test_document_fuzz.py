"""Updates that are well formed and mean harm: each is refused or leaves a document that the database replays."""

import asyncio
import random
import time
from contextlib import suppress

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.live.member import Member, Writer
from lib.live.room import Kept, Room
from lib.live.shared_text import SharedText, joined, seed_of
from lib.live.update_check import DELETED, GONE, HAS_LEFT, HAS_RIGHT, ROOT, TEXT, Gap, check_update
from lib.live.wire import MISSING, UPDATE, Malformed, block, number, state_vector, sync_message
from tests.support.typist import Typist
from tests.support.yjs import texts_in_yjs, written_in_yjs

SEED = seed_of("- Ask first.\n- Name a source.\n")
[SEEDS_CLIENT] = state_vector(SharedText([SEED]).state())
OPENED = {
    "document": "d",
    "updates": [],
    "seq": 0,
    "snapshot_seq": 0,
    "policy_seq": 0,
    "policy_revision": 1,
    "document_revision": 1,
    "editing_is_locked": False,
    "clients": {},
}
ANA, CLEO = 1, 3
COUNTS = st.sampled_from([*range(1, 28), 0, 2**16, 2**30, 2**31 - 1, 2**31])
WORDS = st.one_of(st.text(alphabet="ab é👩\n-[", min_size=1, max_size=8), st.just(""), st.just("\x00"))


CLIENTS = st.sampled_from([ANA, *[SEEDS_CLIENT] * 6, CLEO, 77, 2**40])
PAGES = st.one_of(st.just([ANA]), st.just([ANA]), st.lists(CLIENTS, max_size=3, unique=True))


@st.composite
def edits(draw: st.DrawFn) -> bytes:
    """One edit of an update, with whatever it says to rest on."""
    kind = draw(st.sampled_from([GONE, DELETED, TEXT, TEXT, TEXT]))
    if kind == GONE:
        return bytes((GONE,)) + number(draw(COUNTS))
    sides = draw(st.sampled_from([0, HAS_LEFT, HAS_RIGHT, HAS_LEFT | HAS_RIGHT]))
    data = bytes((kind | sides,))
    for side in (HAS_LEFT, HAS_RIGHT):
        if sides & side:
            data += number(draw(CLIENTS)) + number(draw(COUNTS))
    if not sides:
        data += number(1) + block(ROOT.encode())
    return data + (number(draw(COUNTS)) if kind == DELETED else block(draw(WORDS).encode()))


@st.composite
def updates(draw: st.DrawFn) -> bytes:
    """An update in the form of Yjs 13: edits of some pages, then what they delete."""
    pages = draw(PAGES)
    data = number(len(pages))
    for client in pages:
        made = draw(st.lists(edits(), min_size=1, max_size=3))
        data += (
            number(len(made)) + number(client) + number(draw(st.sampled_from([*[0] * 8, 1, 5, 2**30]))) + b"".join(made)
        )
    deletes = draw(st.lists(CLIENTS, max_size=2, unique=True))
    data += number(len(deletes))
    for client in deletes:
        stretches = draw(st.lists(st.tuples(COUNTS, COUNTS), max_size=3))
        data += number(client) + number(len(stretches))
        data += b"".join(number(first) + number(count) for first, count in stretches)
    return data


def page(client: int, name: str) -> Member:
    writer = Writer(PersonId(name.lower()), Role.PARTICIPANT, name)
    return Member(Credential(WorkshopId("w"), name), writer, client, time.monotonic)


async def let_in(room: Room, member: Member, typist: Typist) -> None:
    room.join(member)
    typist.connect()
    await carry(room, member, typist)


async def carry(room: Room, member: Member, typist: Typist) -> None:
    """Take to the room what the page says, and to the page what the room says, until neither says more."""
    for _ in range(10):
        frames = member.outbox.take_now()
        for frame in frames:
            typist.hear(frame)
        said, typist.out = typist.out, []
        for frame in said:
            room.hear(member, frame)
        if not frames and not said:
            return


@given(st.lists(updates(), min_size=1, max_size=4))
@example([number(1) + number(1) + number(ANA) + number(0) + bytes((GONE,)) + number(2**31 - 1) + b"\x00"])
@settings(max_examples=80, deadline=None)
def test_whatever_a_page_sends_the_room_says_what_the_database_replays_and_others_write_on(sent: list[bytes]) -> None:
    asyncio.run(_meets(sent))


async def _meets(sent: list[bytes]) -> None:
    kept: list[Kept] = []
    room = Room(WorkshopId("w"), OPENED, [SEED], keep=kept.append)
    ben = Typist()
    others = page(ben.client, "Ben")
    await let_in(room, others, ben)
    for update in sent:
        hostile = page(ANA, "Ana")
        room.join(hostile)
        with suppress(Malformed):
            room.hear(hostile, sync_message(UPDATE, update))
        room.leave(hostile)
    await carry(room, others, ben)
    assert others.outbox.end is None, "somebody else was cut off"
    ben.edit(len(ben.text), 0, "- Written on.\n")
    await carry(room, others, ben)
    assert "- Written on." in room.text
    assert ben.text == room.text
    event(f"taken: {sum(one.member.client == ANA for one in kept)}")
    stored = [one.content for one in kept if one.content is not None]
    assert SharedText([SEED, *stored]).text == room.text
    assert SharedText([SharedText([SEED, *stored]).since()]).text == room.text


def plausible(dice: random.Random, known: dict[int, int]) -> bytes:
    """An update that goes on where the document ends, and rests on whatever is there or comes along."""

    def named(own: int) -> bytes:
        client = dice.choice([SEEDS_CLIENT, SEEDS_CLIENT, 9, 10, own])
        return number(client) + number(dice.randrange(known.get(client, 0) + 1 + 3 * (client == own)))

    data = b""
    pages = dice.sample([9, 10, 11, SEEDS_CLIENT], dice.choice([1, 1, 2, 3]))
    for client in pages:
        count, first = dice.choice([1, 1, 2, 3]), max(0, known.get(client, 0) - dice.choice([0, 0, 0, 1, 2]))
        data += number(count) + number(client) + number(first)
        for _ in range(count):
            kind, sides = dice.choice([TEXT, TEXT, TEXT, DELETED]), dice.choice([0, HAS_LEFT, HAS_RIGHT, 0xC0, 0xC0])
            data += bytes((kind | sides,)) + b"".join(named(client) for side in (HAS_LEFT, HAS_RIGHT) if sides & side)
            data += b"" if sides else number(1) + block(ROOT.encode())
            words = dice.choice(["x", "ab", "é", "👩", "\n- "]).encode()
            data += number(dice.choice([1, 2, 5])) if kind == DELETED else block(words)
    deletes = dice.sample([SEEDS_CLIENT, 9, 10], dice.choice([0, 0, 1, 2]))
    stretches = b"".join(
        number(one) + b"\x01" + number(dice.randrange(8)) + number(1 + dice.randrange(3)) for one in deletes
    )
    return number(len(pages)) + data + number(len(deletes)) + stretches


def test_of_all_that_a_room_takes_every_page_reads_the_same_in_whatever_order_it_comes() -> None:
    dice = random.Random(20)
    documents: list[list[bytes]] = []
    wanted: list[str] = []
    until = time.monotonic() + 6
    while len(documents) < 1_500 and time.monotonic() < until:
        kept: list[Kept] = []
        seed = joined([SharedText(client=SEEDS_CLIENT).edit("- aé👩b\n- two\n") or b""])
        room = Room(WorkshopId("w"), OPENED, [seed], keep=kept.append)
        for _ in range(8):
            room.join(hostile := page(dice.choice([9, 10, 11]), "Ana"))
            with suppress(Malformed):
                room.hear(hostile, sync_message(UPDATE, plausible(dice, state_vector(room._text.state()))))
            room.leave(hostile)
        taken = [one.content for one in kept if one.content is not None]
        documents += [[seed, *taken], [room._text.since()], [seed, *dice.sample(taken, len(taken))]]
        wanted += [room.text] * 3
    assert len(documents) > 300
    assert texts_in_yjs(documents) == wanted


class TwoServers:
    """Two servers that hear of each other late, through a database."""

    def __init__(self) -> None:
        self.waiting: tuple[list[Kept], list[Kept]] = ([], [])
        self.rooms = [Room(WorkshopId("w"), OPENED, [SEED], keep=waiting.append) for waiting in self.waiting]
        self.stored: list[Kept] = []

    def store(self, at: int, count: int) -> None:
        """Take so many updates of a server into the database."""
        for kept in self.waiting[at][:count]:
            if kept.content is not None:
                self.stored.append(kept)
            self.rooms[at].stored(kept, len(self.stored) if kept.content is not None else None)
        del self.waiting[at][:count]

    def tell(self, at: int) -> None:
        """Tell a server what is in the database."""
        rows = [{"update": one.content, "by": None, "seq": number + 1} for number, one in enumerate(self.stored)]
        answer = {**OPENED, "snapshot": None, "updates": rows[self.rooms[at].seq :], "seq": len(rows)}
        known = {"person_id": "p", "role": "participant", "name": "P"}
        people = {one.credential.token_hash: known for one in self.rooms[at].members}
        self.rooms[at].news({**answer, "people": people})


def is_placed(update: bytes, room: Room) -> bool:
    try:
        check_update(update, state_vector(room._text.state()))
    except Gap:
        return False
    return True


def test_what_people_write_at_once_through_two_servers_makes_neither_begin_anew() -> None:
    for seed, written in enumerate(written_in_yjs(SEED, range(100, 110))):
        dice, servers = random.Random(seed), TwoServers()
        pages = [{client: page(client, f"Person {client}") for client, _ in written.sent} for _ in servers.rooms]
        for room, there in zip(servers.rooms, pages, strict=True):
            for one in there.values():
                room.join(one)
        for client, update in written.sent:
            at = client % 2
            servers.store(1 - at, 99)
            servers.tell(at)  # the page has seen what it wrote behind
            servers.rooms[at].hear(pages[at][client], sync_message(UPDATE, update))
            other = servers.rooms[1 - at]
            if is_placed(update, other):  # on a new line to the other server, before the first one has stored it
                other.hear(pages[1 - at][client], sync_message(MISSING, update))
            servers.store(dice.randrange(2), dice.randrange(3))
            servers.tell(dice.randrange(2))
        for at in (0, 1):
            servers.store(at, 99)
        for at in (0, 1):
            servers.tell(at)
        assert {one.outbox.end for there in pages for one in there.values()} == {None}
        assert [room.text for room in servers.rooms] == [written.text] * 2
        assert SharedText([SEED, *(one.content for one in servers.stored if one.content)]).text == written.text


def test_what_people_write_at_once_in_browsers_is_taken_whole_and_read_the_same() -> None:
    for written in written_in_yjs(SEED, range(12)):
        kept: list[Kept] = []
        room = Room(WorkshopId("w"), OPENED, [SEED], keep=kept.append)
        pages = {client: page(client, f"Person {client}") for client, _ in written.sent}
        for one in pages.values():
            room.join(one)
        for client, update in written.sent:
            room.hear(pages[client], sync_message(UPDATE, update))
        assert {one.outbox.end for one in pages.values()} == {None}
        assert room.text == written.text
        after = Room(WorkshopId("w"), OPENED, [SEED], keep=kept.append)
        after.join(back := page(9, "Ana"))
        after.hear(back, sync_message(MISSING, room._text.since()))  # as after a crash of the server
        assert (after.text, back.outbox.end) == (written.text, None)
