"""Who has one document open at other servers, and where they are in it, as the database tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lib.domain.ids import PersonId
from lib.live.cursor import cursor_in, is_client
from lib.live.wire import Malformed

MOST_ELSEWHERE: Final = 2_000
"""Cursors of one other server."""


@dataclass(frozen=True)
class Elsewhere:
    """A page at another server that shows a cursor."""

    person_id: PersonId
    name: str
    cursor: dict[str, Any]


@dataclass
class _Server:
    """Another server: up to which of its numbers its cursors are known, and these by the numbers of their pages."""

    number: int = 0
    cursors: Mapping[int, Elsewhere] | None = None


class OtherServers:
    """The other servers that have a document open."""

    def __init__(self) -> None:
        self._servers: dict[str, _Server] = {}
        self._numbers: Mapping[str, int] = {}
        self.may_be_renamed = False
        """Whether people may have other names by now, or may not be there any more."""

    def hear(self, numbers: Mapping[str, int]) -> bool:
        """These are there, with these numbers. Gives whether one that was there is not any more."""
        lost = self._servers.keys() - numbers.keys()
        for process in lost:
            del self._servers[process]
        self._numbers = numbers
        return bool(lost)

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def asks(self) -> dict[str, int]:
        """The servers whose cursors have changed, with the number up to which they are known."""
        known = {process: self._servers.get(process, _Server()) for process in self._numbers}
        return {process: one.number for process, one in known.items() if one.number < self._numbers[process]}

    def begin_anew(self) -> None:
        """Ask for everything the next time; until then what is known stays."""
        self.may_be_renamed = False
        for one in self._servers.values():
            one.number = 0

    def learn(self, answer: Mapping[str, Any]) -> None:
        """Take in what `read_cursors` gives for this document."""
        for process in answer.keys() & self._numbers.keys():
            told, server = answer[process], self._servers.setdefault(process, _Server())
            shown = set(told["clients"][:MOST_ELSEWHERE])
            cursors = {client: one for client, one in (server.cursors or {}).items() if client in shown}
            for one in told["cursors"][:MOST_ELSEWHERE]:
                if (read := _read(one)) is None:
                    cursors.pop(one.get("client"), None)
                else:
                    cursors[one["client"]] = read
            server.number, server.cursors = int(told["number"]), cursors

    def cursors(self) -> dict[int, Elsewhere]:
        """All that is known, by the numbers of the pages."""
        return {client: one for server in self._servers.values() for client, one in (server.cursors or {}).items()}


def _read(told: Mapping[str, Any]) -> Elsewhere | None:
    """One cursor, None for what no browser of ours says: another server may be of another version."""
    try:
        cursor = cursor_in({"cursor": told["cursor"]})
    except Malformed:
        return None
    if cursor is None or not is_client(told["client"]):
        return None
    return Elsewhere(PersonId(str(told["person_id"])), str(told["name"]), cursor)
