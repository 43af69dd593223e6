"""Updates that are well formed and mean harm: each is refused or leaves a document that the database replays."""

import asyncio
import time
from contextlib import suppress

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.live.member import Member, Writer
from lib.live.room import Kept, Room
from lib.live.shared_text import SharedText, seed_of
from lib.live.update_check import DELETED, GONE, HAS_LEFT, HAS_RIGHT, ROOT, TEXT
from lib.live.wire import UPDATE, Malformed, block, number, state_vector, sync_message
from tests.support.typist import Typist

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
