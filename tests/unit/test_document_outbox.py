"""A line of the live document in its silences: it is kept alive, and given up when nothing is taken any more."""

import asyncio

import pytest

from lib.live.member import TOO_SLOW, Outbox

BEAT = "beat"
SOON_S, GIVEN_UP_S = 0.02, 0.05


async def is_given_up(outbox: Outbox, within_s: float = 0.5) -> bool:
    """Whether whoever keeps the line alive gives it up within that time."""
    try:
        await asyncio.wait_for(outbox.keep_alive(BEAT, SOON_S, GIVEN_UP_S), within_s)
    except TimeoutError:
        return False
    return True


def test_a_silence_is_broken_on_a_line_that_takes_what_is_said_and_it_is_not_given_up() -> None:
    async def go() -> list[bytes | str]:
        outbox, taken = Outbox(), list[bytes | str]()

        async def speak() -> None:
            while frames := await outbox.take():
                taken.extend(frames)
                outbox.put("more") if len(taken) % 3 == 1 else None

        speaking = asyncio.create_task(speak())
        assert not await is_given_up(outbox)
        speaking.cancel()
        return taken

    assert asyncio.run(go()).count(BEAT) >= 2


@pytest.mark.parametrize("closes", [False, True])
def test_a_line_on_which_nothing_is_taken_is_given_up_though_nothing_waits(closes: bool) -> None:
    async def go() -> bool:
        outbox = Outbox()
        outbox.put("taken, and never sent")
        outbox.take_now()
        if closes:
            outbox.close(TOO_SLOW)
        return await is_given_up(outbox)

    assert asyncio.run(go())


def test_whoever_waits_for_frames_gets_all_of_them_and_none_at_the_end() -> None:
    async def go() -> None:
        outbox = Outbox()
        waiting = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        outbox.put("one")
        outbox.put("two")
        assert await waiting == ["one", "two"]
        outbox.close(TOO_SLOW)
        assert await outbox.take() == []

    asyncio.run(go())
