"""The bytes between browser and server: numbers and texts as lib0 writes them, messages as y-protocols does."""

import json
from dataclasses import dataclass
from typing import Any, Final

SYNC, AWARENESS, ASK_WRITERS = 0, 1, 8
"""Kinds of a frame; the last one is our own: who typed what?"""
STATE, MISSING, UPDATE = 0, 1, 2
"""Kinds of a sync message: what I know; what you lack; what has just happened."""
MOST_CLIENT: Final = 2**53 - 1
MOST_STATE_CHARS: Final = 2_000
"""Of one browser's state, such as where its cursor is."""


class Malformed(Exception):
    """Bytes that nobody of ours sends."""


class Bytes:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self._at == len(self._data)

    @property
    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self._data) - self._at

    def byte(self) -> int:
        """The next byte."""
        if self._at >= len(self._data):
            raise Malformed
        self._at += 1
        return self._data[self._at - 1]

    def number(self, most: int = MOST_CLIENT) -> int:
        """The next number: seven bits a byte, the lowest first."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if value > most:
                raise Malformed
            if byte < 0x80:
                return value
            shift += 7
            if shift > 56:
                raise Malformed

    def numbers(self, count: int, most: int) -> list[int]:
        """So many numbers, read at once: most of a large update are some."""
        if count > self.left:
            raise Malformed
        data, at, found = self._data, self._at, []
        for _ in range(count):
            if at < len(data) and data[at] < 0x80:
                found.append(data[at])
                at += 1
            else:
                self._at = at
                found.append(self.number(most))
                at = self._at
        self._at = at
        return found

    def block(self) -> bytes:
        """The next bytes, with their count before them."""
        size = self.number()
        if size > self.left:
            raise Malformed
        self._at += size
        return self._data[self._at - size : self._at]

    def text(self) -> str:
        """The next text."""
        try:
            return self.block().decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed from None


def number(value: int) -> bytes:
    """A number as `Bytes.number` reads it."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def block(data: bytes) -> bytes:
    """Bytes with their count before them."""
    return number(len(data)) + data


def sync_message(kind: int, data: bytes) -> bytes:
    """A sync message of this kind."""
    return bytes((SYNC, kind)) + block(data)


@dataclass(frozen=True)
class Sync:
    """A sync message: `kind` is STATE, MISSING or UPDATE."""

    kind: int
    data: bytes


@dataclass(frozen=True)
class Presence:
    """What one browser says of itself, or the server of one; state None = it is gone."""

    client: int
    clock: int
    state: dict[str, Any] | None


def message_in(data: bytes) -> Sync | list[Presence] | None:
    """What a binary frame says; None when it asks who the writers are.

    Raises:
        Malformed: nothing that we know, or more than it announces.
    """
    given = Bytes(data)
    kind = given.number()
    message: Sync | None
    if kind == ASK_WRITERS:
        message = None
    elif kind == SYNC:
        what = given.number()
        if what not in (STATE, MISSING, UPDATE):
            raise Malformed
        message = Sync(what, given.block())
    elif kind == AWARENESS:
        inner = Bytes(given.block())
        said = [_presence(inner) for _ in range(inner.number(1_000))]
        if not inner.is_done:
            raise Malformed
        if not given.is_done:
            raise Malformed
        return said
    else:
        raise Malformed
    if not given.is_done:
        raise Malformed
    return message


def _presence(given: Bytes) -> Presence:
    client, clock, text = given.number(), given.number(2**31), given.text()
    if len(text) > MOST_STATE_CHARS:
        raise Malformed
    try:
        state = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed from None
    if state is not None and not isinstance(state, dict):
        raise Malformed
    return Presence(client, clock, state)


def awareness_message(said: list[Presence]) -> bytes:
    """What the server tells of others."""
    inner = number(len(said))
    for one in said:
        text = json.dumps(one.state, ensure_ascii=False, separators=(",", ":"))
        inner += number(one.client) + number(one.clock) + block(text.encode())
    return bytes((AWARENESS,)) + block(inner)


def state_vector(data: bytes, most: int = MOST_CLIENT) -> dict[int, int]:
    """How far each client's edits are known, from the bytes of a state, which names no more than so many clients."""
    given = Bytes(data)
    known = {}
    for _ in range(given.number(most)):
        client = given.number()
        known[client] = given.number()
    if not given.is_done:
        raise Malformed
    return known
