"""A database that goes away, or loses an answer on its way, when the test says so."""

from typing import Any

from lib.bootstrap import application
from lib.domain.errors import StoreUnavailable
from lib.store.port import Store


class MayBeAway:
    """The real store, until it is told to be away, or to lose the answers of a function after it was carried out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_away = False
        self.loses = ""
        self.is_lost_before = False
        """Whether what it loses is the request already, which is then not carried out."""
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, function: str, /, **arguments: Any) -> Any:
        self.asked.append((function, arguments))
        if self.is_away:
            raise StoreUnavailable("The database cannot be reached.")
        if function == self.loses and self.is_lost_before:
            raise StoreUnavailable("The connection to the database broke.")
        answer = self.store.call(function, **arguments)
        if function == self.loses:
            raise StoreUnavailable("The connection to the database broke.")
        return answer

    def close(self) -> None:
        pass


def heard_again() -> None:
    """The thread that asks for changes was answered."""
    application().feed.tick()
