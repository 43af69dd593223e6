"""One open socket of a document: who is there, what waits to be sent to them, and how much they may send."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from lib.domain.ids import PersonId
from lib.domain.people import Credential, Role

MOST_WAITING_BYTES: Final = 4_000_000
MOST_WAITING: Final = 2_000
"""How much may wait for somebody whose line is slow. With more they are let go, and come back when they can."""
MESSAGES_A_SECOND: Final = 160.0
MOST_MESSAGES_AT_ONCE: Final = 1_200.0
BYTES_A_SECOND: Final = 400_000.0
MOST_BYTES_AT_ONCE: Final = 5_000_000.0
"""What one person sends by all their pages, on and on and after a rest. A page on which a key is held down sends forty
messages a second, and one that comes back counts for some forty: twelve may do so twice in a row, and a few people who
lead by one link may type at once."""


@dataclass(frozen=True)
class Reason:
    """Why the server closes a socket: a code of RFC 6455, from 4000 on our own."""

    code: int
    words: str


REFUSED: Final = Reason(1008, "not for you")
NOT_UNDERSTOOD: Final = Reason(1007, "not understood")
TOO_LONG: Final = Reason(1009, "too long")
TOO_MUCH: Final = Reason(1008, "too much")
NOT_A_MEMBER: Final = Reason(4403, "not a member")
GONE: Final = Reason(4404, "the document is gone")
TOO_SLOW: Final = Reason(4408, "too slow")
BEGIN_ANEW: Final = Reason(4409, "begin anew")
"""What this browser has differs from what stands: it takes the document afresh, and offers its own text."""
COME_BACK: Final = Reason(4410, "come back")
"""Nothing is wrong with what it has: it connects again in a moment."""
TOO_MANY: Final = Reason(4429, "too many pages")


@dataclass(frozen=True)
class Writer:
    """A person as the database knows them at this moment."""

    person_id: PersonId
    role: Role
    name: str


class Outbox:
    """Frames that wait to be sent. Bounded: whoever takes too long is let go rather than waited for."""

    def __init__(self) -> None:
        self._frames: deque[bytes | str] = deque()
        self._bytes = 0
        self._something = asyncio.Event()
        self._taken_at = time.monotonic()
        self.end: Reason | None = None

    def put(self, frame: bytes | str) -> None:
        """Send this after what waits already."""
        if self.end is not None:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if self._bytes > MOST_WAITING_BYTES or len(self._frames) > MOST_WAITING:
            self.close(TOO_SLOW)
        self._something.set()

    def close(self, reason: Reason) -> None:
        """Send what waits, unless that is too much, and nothing more. The first reason counts."""
        if self.end is None:
            self.end = reason
            if reason is TOO_SLOW:
                self._frames.clear()
        self._something.set()

    def take_now(self) -> list[bytes | str]:
        """All that waits, to be sent at once."""
        frames = list(self._frames)
        self._frames.clear()
        self._bytes = 0
        self._taken_at = time.monotonic()
        return frames

    async def take(self) -> list[bytes | str]:
        """All that waits, once there is something; empty at the end."""
        while not self._frames and self.end is None:
            self._something.clear()
            await self._something.wait()
        return self.take_now()

    async def keep_alive(self, beat: str, quiet_s: float, within_s: float) -> None:
        """Say this after so long a silence; ends when nothing is taken any more within that time.

        One timer a line: with two for every frame, hundreds of lines cost a seventh more.
        """
        while True:
            silent_s = time.monotonic() - self._taken_at
            if silent_s < quiet_s:
                await asyncio.sleep(quiet_s - silent_s)
                continue
            said_at = time.monotonic()
            self.put(beat)
            await asyncio.sleep(within_s)
            if self._taken_at < said_at:
                return


class Allowance:
    """So much a second, and so much at once after a rest."""

    def __init__(self, a_second: float, at_once: float, clock: Callable[[], float]) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._clock = clock
        self._left = at_once
        self._at = clock()

    def takes(self, amount: float) -> bool:
        """Whether so much is still allowed; only then it is used up."""
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Sending:
    """What one person may still send."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._messages = Allowance(MESSAGES_A_SECOND, MOST_MESSAGES_AT_ONCE, clock)
        self._bytes = Allowance(BYTES_A_SECOND, MOST_BYTES_AT_ONCE, clock)

    def takes(self, size: int, weight: float) -> bool:
        """Whether a message of so many bytes is still allowed."""
        return self._messages.takes(weight) and self._bytes.takes(size)


@dataclass(eq=False)
class Member:
    """One open socket. `client` is the number under which its browser page types, `was` the one on its line before."""

    credential: Credential
    writer: Writer
    client: int
    clock: Callable[[], float]
    was: int | None = None
    outbox: Outbox = field(default_factory=Outbox)
    colour: int = 0
    heard: int = 0
    """How many updates it has sent on this line."""
    unsaved: int = 0
    """How many of them wait to be stored."""
    presence: tuple[int, dict[str, Any]] | None = None
    """Where its cursor is, with the number of that message; None while it has none."""

    def __post_init__(self) -> None:
        """Give it what it may send, until it is known what its person has sent by other pages and on other lines."""
        self.sending = Sending(self.clock)

    @property
    def pages(self) -> set[int]:
        """The numbers of its page: that of this line, and of the one before."""
        return {self.client} if self.was is None else {self.client, self.was}

    def may_send(self, size: int, weight: float = 1.0) -> bool:
        """Whether a message of so many bytes is within what one person may send."""
        return self.sending.takes(size, weight)
