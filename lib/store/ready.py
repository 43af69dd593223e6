"""A store that makes itself ready: starts the embedded database if there is none, brings the schema up to date."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lib.domain.errors import StoreUnavailable
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import check_version, migrate
from lib.store.port import Listening, Store, is_safe_to_repeat, may_change_pages, with_request
from lib.store.sqlstates import after_unknown

TRY_AGAIN_AFTER_S: Final = 2.0

log = logging.getLogger("folkmoot.store")


class ReadyStore:
    """A Store that `open_store` opens at the first call, and opens again when its database was stopped.

    Making one never fails, so an app without a reachable database still starts, says so, and recovers by itself.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        *,
        is_alive: Callable[[], bool] = lambda: True,
        let_go: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_alive` False after a call failed means that the database itself is gone and must be opened anew.

        `let_go` is called at the end, when the connections are closed.
        """
        self._open_store = open_store
        self._is_alive = is_alive
        self._let_go = let_go
        self._clock = clock
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._failure: tuple[float, StoreUnavailable] | None = None
        self.written = threading.Event()
        """Set whenever this process may have changed what pages show. Whoever acts on it clears it first."""

    def call(self, function: str, /, **arguments: Any) -> Any:
        """See `Store.call`."""
        try:
            return self._call(function, arguments)
        finally:
            if may_change_pages(function):
                self.written.set()  # after a lost answer too: it may be done

    def _call(self, function: str, arguments: dict[str, Any]) -> Any:
        store = self.ready()
        arguments = with_request(function, arguments)  # the same one when it is sent again below
        try:
            return store.call(function, **arguments)
        except StoreUnavailable:
            if self._is_alive():
                raise
            self._forget(store)
            if not is_safe_to_repeat(function):
                raise
        store = self.ready()
        try:
            return store.call(function, **arguments)
        except StoreUnavailable as error:
            raise after_unknown(function, error) from error

    def listen(self) -> Listening | None:
        """A connection that hears of changes as they are committed; None through an API, which has no such thing.

        Raises:
            StoreUnavailable: it cannot be had.
        """
        store = self.ready()
        return store.listen() if isinstance(store, DirectStore) else None

    def close(self) -> None:
        """Close the connections, if there are any, and let go of the database."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            self._let_go()

    def ready(self) -> Store:
        """The opened store. A failure is repeated for two seconds before the next try, so that nobody queues for it.

        Raises:
            StoreUnavailable: why it cannot be opened.
        """
        store = self._store
        if store is not None:
            return store
        with self._lock:
            if self._store is not None:
                return self._store
            if self._failure is not None and self._clock() - self._failure[0] < TRY_AGAIN_AFTER_S:
                raise StoreUnavailable(str(self._failure[1]))
            try:
                self._store = self._open_store()
            except StoreUnavailable as failure:
                log.warning("event=store_not_ready")
                self._failure = (self._clock(), failure)
                raise
            self._failure = None
            return self._store

    def _forget(self, store: Store) -> None:
        with self._lock:
            if self._store is store:
                self._store = None
        store.close()


def open_embedded(folder: Path) -> ReadyStore:
    """A store on the embedded database in a folder, which is started at the first call and after it was killed."""
    embedded.release_at_exit(folder)

    def opened() -> Store:
        address = embedded.start(folder)
        migrate(address)
        return DirectStore(address)

    return ReadyStore(
        opened,
        is_alive=lambda: embedded.is_running(folder),
        # Also at exit, but a server that ends on a signal ends without Python's exit handlers.
        let_go=lambda: embedded.release(folder),
    )


def open_address(address: str) -> ReadyStore:
    """A store on a PostgreSQL of the operator's."""

    def opened() -> Store:
        migrate(address)
        return DirectStore(address)

    return ReadyStore(opened)


def open_supabase(url: str, key: str, owner_address: str | None = None) -> ReadyStore:
    """A store on a Supabase project, through its secret key.

    `owner_address` is the connection string of the project's database. With it the schema is brought up to date here;
    without it, it must be already.
    """

    def opened() -> Store:
        from lib.store.supabase_rest import SupabaseStore  # half a second to import, for those who use it

        if owner_address is not None:
            migrate(owner_address)
        store = SupabaseStore(url, key)
        store.has_schema = owner_address is not None
        try:
            check_version(store.call("read_health")["schema_version"])
            store.has_schema = True
        except StoreUnavailable:
            store.close()
            raise
        return store

    return ReadyStore(opened)
