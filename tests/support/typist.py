"""A browser page without a browser: it types into its own copy of the document and speaks the socket's frames."""

import json
import random
from typing import Any

from pycrdt import Doc, Text, TransactionEvent

from lib.live.shared_text import PAGES, Character, SharedText
from lib.live.wire import MISSING, STATE, UPDATE, Presence, Sync, awareness_message, message_in, sync_message


class Typist:
    """Frames in, frames out; whoever drives it owns the socket."""

    def __init__(self) -> None:
        self.was: int | None = None
        """Under which number it typed on the last line on which it was asked what it has."""
        self._begin()
        self.out: list[bytes] = []
        """Frames that are to be sent."""
        self.sent = 0
        """How many updates were sent on this line."""
        self.saved = 0
        """How many of them are in the database."""
        self.hello: dict[str, Any] = {}
        self.refusals: list[dict[str, Any]] = []
        self.problem = ""
        """Why the text is not the policy yet."""
        self.others: dict[int, Any] = {}
        self.clauses: list[dict[str, Any]] = []
        """Where the server says that they stand."""
        self.times_placed = 0
        self.writers: list[dict[str, Any]] | None = None
        self.is_asked = False
        """Whether the server has asked for what it lacks: what was typed before goes along with that."""
        self.is_level = False
        """Whether everything that the server had has come."""
        self._mine: list[bytes] = []
        self._is_mine = False

    def _begin(self) -> None:
        self.doc: Doc[Any] = Doc(client_id=random.choice(PAGES))  # of 32 bits, as Yjs does
        self._text = self.doc.get("policy", type=Text)
        self._subscription = self.doc.observe(self._note)

    @property
    def client(self) -> int:
        return int(self.doc.client_id)

    @property
    def text(self) -> str:
        return str(self._text)

    @property
    def is_saved(self) -> bool:
        return self.is_asked and self.saved == self.sent

    def between(self, first: dict[str, int], end: dict[str, int] | None) -> str:
        """The words from one character to before another, None = to the text's end; "" where they were deleted."""
        starts = [len(self.text[:at].encode()) for at in range(len(self.text))]
        known = SharedText([self.doc.get_update()]).characters_at(starts)
        places = {character: starts.index(place) for place, character in known.items()}
        start, stop = places.get(Character(**first)), places.get(Character(**end)) if end else len(self.text)
        return "" if start is None or stop is None else self.text[start:stop]

    def connect(self) -> None:
        """What is said first on a new line."""
        self.out, self.sent, self.saved, self.is_level, self.is_asked = [], 0, 0, False, False
        self.out.append(sync_message(STATE, self.doc.get_state()))

    def lose_line(self) -> None:
        """Type on under a number that nobody has heard yet."""
        if self.is_asked:
            self.was, known = self.client, self.doc.get_update()
            self._begin()
            self.doc.apply_update(known)
        self.is_asked = False

    def edit(self, at: int, count: int, words: str) -> None:
        """Replace characters; positions are characters of the text."""
        before = self.text
        start = len(before[:at].encode())
        end = start + len(before[at : at + count].encode())
        self._mine.clear()
        self._is_mine = True
        with self.doc.transaction():
            if end > start:
                del self._text[start:end]
            if words:
                self._text.insert(start, words)
        self._is_mine = False
        for update in self._mine if self.is_asked else ():
            self._send(UPDATE, update)

    def edit_at_random(self, dice: random.Random) -> None:
        """Type, delete, replace or paste somewhere."""
        size = len(self.text)
        at = dice.randint(0, size)
        count = dice.choice((0, 0, 0, 1, min(5, size - at), min(40, size - at))) if size - at else 0
        words = dice.choice(("a", "é", "👩", "\n- ", "word ", "", dice.choice("xyz") * dice.randrange(1, 60)))
        if len(self.text) > 4_000:
            count, words = min(400, size - at), ""
        self.edit(at, min(count, size - at), words if words or count else "b")

    def point(self, clock: int, state: Any = None) -> None:
        """Say where the cursor is."""
        end = {"type": None, "tname": "policy", "item": None, "assoc": 0}
        said = {"cursor": {"anchor": end, "head": end}} if state is None else state
        self.out.append(awareness_message([Presence(self.client, clock, said)]))

    def hear(self, frame: bytes | str) -> None:
        """Take in a frame of the server."""
        if isinstance(frame, str):
            self._hear_words(json.loads(frame))
            return
        message = message_in(frame)
        if not isinstance(message, Sync):
            for one in message:
                self.others[one.client] = one.state
        elif message.kind == STATE:
            self.is_asked = True
            self._send(MISSING, self.doc.get_update(message.data))
        else:
            self.doc.apply_update(message.data)
            self.is_level = self.is_level or message.kind == MISSING

    def _hear_words(self, said: dict[str, Any]) -> None:
        if said["type"] == "hello":
            self.hello = said
        elif said["type"] == "saved":
            self.saved = max(self.saved, said["through"])
        elif said["type"] == "policy":
            self.problem = said["problem"]
        elif said["type"] == "clauses":
            self.clauses = said["clauses"]
            self.times_placed += 1
        elif said["type"] == "writers":
            self.writers = said["people"]
        elif said["type"] == "refused":
            self.refusals.append(said)

    def _send(self, kind: int, update: bytes) -> None:
        self.sent += 1
        self.out.append(sync_message(kind, update))

    def _note(self, event: TransactionEvent) -> None:
        if self._is_mine:
            self._mine.append(event.update)
