"""One text that many write at once, as Yjs keeps it. The only module that knows pycrdt; for the event loop alone."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, Signature
from secrets import randbelow
from typing import Any, Final

from pycrdt import Assoc, Doc, StickyIndex, Text, TransactionEvent, merge_updates

from lib.domain.text_edits import Edit, clean_text, edits

ROOT: Final = "policy"
"""The name of the text in the document, the same in the browser."""
PAGES: Final = range(2**32)
"""The numbers under which pages type."""
SEEDS: Final = range(2**53 - 2**32, 2**53)
"""The numbers under which documents begin. Whoever brings one has it from a server, and nothing is ever added to it."""
FORMS: Final = range(SEEDS.start - 2**32, SEEDS.start)
"""The numbers under which servers write what forms have changed, each once: it comes from the database and no page."""
NO_STATE: Final = b"\x00"
"""The state of whoever has nothing."""


@dataclass(frozen=True)
class Character:
    """One character of the document for ever, as Yjs names it, wherever it comes to stand."""

    client: int
    clock: int


class BrokenUpdate(Exception):
    """Bytes that are no update of a document, or not of this one."""


class SharedText:
    """A text with its history of who typed what where. Updates can be applied in any order, any number of times."""

    def __init__(self, updates: Iterable[bytes] = (), client: int | None = None) -> None:
        """Make it of updates, the oldest first. `client` marks what is written here; None = any number.

        Raises:
            BrokenUpdate: one of them is none.
        """
        self._doc: Doc[Any] = Doc(client_id=client)
        self._text = self._doc.get(ROOT, type=Text)
        self._happened: list[bytes] = []
        for update in updates:
            self.apply(update)

    @property
    def text(self) -> str:
        """The words as they stand."""
        return str(self._text)

    @property
    def client(self) -> int:
        """The number that marks what this process itself writes here."""
        return int(self._doc.client_id)

    def apply(self, update: bytes) -> bytes | None:
        """Take an update in; gives what was new in it, None if nothing was.

        Raises:
            BrokenUpdate: it is none. The text is as it was.
        """
        with self._watched():
            self._apply(update)
        return self._what_happened()

    def changes_by(self, update: bytes) -> list[Edit]:
        """Take an update in as `apply` does; gives what it did to the words, one after the other from the front.

        It costs the driver a walk through the text.

        Raises:
            BrokenUpdate: it is none. The text is as it was.
        """
        noted = _Noted()
        watching = self._text.observe(noted)
        try:
            self._apply(update)
        finally:
            self._text.unobserve(watching)
        return noted.edits

    def edit(self, wanted: str) -> bytes | None:
        """Change as little as it takes to make the text say `wanted`; gives the update, None if it says so already."""
        return self.replace(edits(self.text, wanted))

    def replace(self, changes: Sequence[Edit]) -> bytes | None:
        """Change the text as these say, which name places in it as it stands; gives the update, None if it is none."""
        with self._watched(), self._doc.transaction():
            for one in reversed(changes):
                if one.end > one.start:
                    del self._text[one.start : one.end]
                if one.words:
                    self._text.insert(one.start, one.words)
        return self._what_happened()

    def state(self) -> bytes:
        """What is known here, in the few bytes by which another can tell what is missing there."""
        return bytes(self._doc.get_state())

    def since(self, state: bytes = NO_STATE) -> bytes:
        """Everything that somebody with this state lacks.

        Raises:
            BrokenUpdate: the bytes are no state.
        """
        try:
            return bytes(self._doc.get_update(state))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            raise BrokenUpdate(type(error).__name__) from None

    def characters_at(self, places: Sequence[int]) -> dict[int, "Character"]:
        """Which character stands at each of these bytes; without those at the text's end or beyond."""
        tried, size = self.copy(), len(self.text.encode())
        found: dict[int, Character] = {}
        with tried._doc.transaction():
            for place in sorted({one for one in places if one < size}, reverse=True):
                # pycrdt 0.14 counts bytes within a stretch where Yjs counts UTF-16 units: so a stretch is begun there.
                tried._text.insert(place, "|")
                item = tried._text.sticky_index(place + 1, Assoc.AFTER).to_json()["item"]
                found[place] = Character(int(item["client"]), int(item["clock"]))
        return found

    def are_in_order(self, pairs: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> bool:
        """Whether the first character of each pair, as (client, clock), stands before the second one.

        Of deleted ones it is known only between which words they stood.

        Raises:
            BrokenUpdate: one of them is not known here.
        """
        try:
            with self._doc.transaction() as transaction:
                place = cache(lambda named: self._place(named, transaction))  # each walks through the text
                return all(one != other and place(one) <= place(other) for one, other in pairs)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            raise BrokenUpdate(type(error).__name__) from None

    def _place(self, named: tuple[int, int], transaction: Any) -> int:
        item = {"client": named[0], "clock": named[1]}
        return StickyIndex.from_json({"item": item, "assoc": 0}, self._text).get_index(transaction)

    def copy(self) -> "SharedText":
        """Another one that says the same, on which to try something."""
        return SharedText([self.since()])

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Note what happens to the text. pycrdt 0.14 lets go of no document that is watched still."""
        self._happened.clear()
        watching = self._doc.observe(self._note)
        try:
            yield
        finally:
            self._doc.unobserve(watching)

    def _apply(self, update: bytes) -> None:
        try:
            self._doc.apply_update(update)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the driver's panics are no Exceptions
            raise BrokenUpdate(type(error).__name__) from None

    def _note(self, event: TransactionEvent) -> None:
        self._happened.append(event.update)

    def _what_happened(self) -> bytes | None:
        happened = [one for one in self._happened if one != b"\x00\x00"]
        self._happened.clear()
        return joined(happened) if happened else None


class _Noted:
    """Notes what happens to the words of a text. pycrdt 0.14 looks up its signature each time: it is at hand."""

    __signature__: Final = Signature([Parameter("event", Parameter.POSITIONAL_ONLY)])

    def __init__(self) -> None:
        self.edits: list[Edit] = []

    def __call__(self, event: Any) -> None:
        at = 0
        for step in event.delta:  # a TextEvent, whose types name no attribute
            at += step.get("retain", 0)
            if "delete" in step:
                self.edits.append(Edit(at, at + step["delete"], ""))
            if "insert" in step:
                self.edits.append(Edit(at, at, step["insert"]))
                at += len(step["insert"].encode())


def joined(updates: list[bytes]) -> bytes:
    """Several updates as one."""
    return updates[0] if len(updates) == 1 else bytes(merge_updates(*updates))


def one_of(numbers: range) -> int:
    """Any of them, such as nobody has yet."""
    return numbers[randbelow(len(numbers))]


def seed_of(text: str) -> bytes:
    """The update that a document of this text begins with, under a number that no other document has."""
    shared = SharedText(client=one_of(SEEDS))
    words = clean_text(text)
    begun = shared.edit(words or " ") or b""
    return joined([begun, shared.edit("") or b""]) if not words else begun
