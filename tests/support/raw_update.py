"""Updates written by hand, byte by byte, as no page needs to write them."""

from lib.live.update_check import HAS_LEFT, HAS_RIGHT, ROOT, TEXT
from lib.live.wire import block, number

Sides = tuple[tuple[int, int] | None, tuple[int, int] | None]


def typed_by(pages: dict[int, list[tuple[Sides, str]]]) -> bytes:
    """An update in which each page typed words from its first edit on, said to stand between two characters."""
    data = number(len(pages))
    for client, made in pages.items():
        data += number(len(made)) + number(client) + b"\x00"
        for sides, words in made:
            data += bytes((TEXT | HAS_LEFT * (sides[0] is not None) | HAS_RIGHT * (sides[1] is not None),))
            data += b"".join(number(client) + number(clock) for client, clock in filter(None, sides))
            data += b"" if any(sides) else number(1) + block(ROOT.encode())
            data += block(words.encode())
    return data + b"\x00"
