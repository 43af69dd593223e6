"""Yjs itself, as in the browser, in Node: for what the server's own implementation must agree with."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.in_node import run_in_node


@dataclass(frozen=True)
class Written:
    """What pages sent of one document, with their numbers, and what all of them say in the end."""

    sent: tuple[tuple[int, bytes], ...]
    text: str


def texts_in_yjs(documents: Sequence[Sequence[bytes]]) -> list[str]:
    """What Yjs makes of each document's updates; what it throws, or that it waits for more, fails."""
    told = run_in_node("yjs_texts.mjs", [[b64encode(one).decode() for one in updates] for updates in documents])
    for one in told:
        assert not one.get("thrown"), one
        assert not one["waits"], one
    return [one["text"] for one in told]


def written_in_yjs(begun: bytes, seeds: Sequence[int]) -> list[Written]:
    """What people type at once into documents that begin so, another one for each number."""
    told = run_in_node("yjs_typists.mjs", {"begun": b64encode(begun).decode(), "seeds": list(seeds)})
    written = []
    for one in told:
        [text] = one["texts"]
        written.append(Written(tuple((each["client"], b64decode(each["update"])) for each in one["sent"]), text))
    return written


def places_in_yjs(update: bytes, places: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """All places of a text as Yjs writes them down, and where these are: None = nowhere, words = what was thrown."""
    told = run_in_node("yjs_places.mjs", {"update": b64encode(update).decode(), "places": list(places)})
    return told["own"], told["found"]
