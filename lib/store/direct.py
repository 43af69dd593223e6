"""The direct transport: a pool of connections to a PostgreSQL, as role `service_role`."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.store.port import as_sent, is_safe_to_repeat
from lib.store.sqlstates import ROLLED_BACK, after_unknown, connection_broke, error_for, out_of_reach, unstorable

CONNECTIONS: Final = 10
CONNECT_TIMEOUT_S: Final = 5
PATIENCE_S: Final = 5.0
PATIENCE_AFTER_LOSS_S: Final = 2.0
PATIENCE_WHEN_DOWN_S: Final = 0.5
"""How long a call waits for a connection: as a rule, after one broke, and after the last call waited in vain."""
STATEMENT_TIMEOUT: Final = "20s"
CHANNEL: Final = "folkmoot_changes"
log = logging.getLogger("folkmoot.store")


class DirectStore:
    """A Store over psycopg. Connects on the first call, and again by itself when the database is back."""

    def __init__(self, address: str, *, role: str | None = "service_role") -> None:
        """`role` None stays the account of the address (for tests of what other roles may not do)."""
        self._address = address
        self._prefix = f"set local statement_timeout = '{STATEMENT_TIMEOUT}'; " + (
            f"set local role {role}; " if role else ""
        )
        self._pool = ConnectionPool(
            address,
            kwargs={
                # Client-side binding sends role, limit and call in one round trip and one transaction, and needs
                # no prepared statements, so it works behind a pooler that changes the connection every transaction.
                "cursor_factory": psycopg.ClientCursor,
                "autocommit": True,
                "connect_timeout": CONNECT_TIMEOUT_S,
                "application_name": "folkmoot",
            },
            min_size=1,
            max_size=CONNECTIONS,
            open=False,
            reconnect_timeout=1,
            num_workers=2,
        )
        self._opening = threading.Lock()
        self._patience_s = PATIENCE_S

    def call(self, function: str, /, **arguments: Any) -> Any:
        """See `Store.call`."""
        sent, named = as_sent(function, arguments)
        statement = (self._prefix + _select(sent, named)).encode()
        values = [_adapted(value) for value in named.values()]
        is_unknown = False
        for attempt in (1, 2, 3):
            try:
                return self._ask(statement, values)
            except StoreUnavailable as error:
                raise (after_unknown(function, error) if is_unknown else error) from None
            except psycopg.Error as error:
                if _is_lost(error):
                    self._patience_s = PATIENCE_AFTER_LOSS_S
                    self._pool.check()  # throws every other dead connection away too
                is_last = attempt == 3 or (attempt == 2 and error.sqlstate not in ROLLED_BACK)
                if is_last or not _may_repeat(function, error):
                    given_up = _as_domain(function, error)
                    raise (after_unknown(function, given_up) if is_unknown else given_up) from error
                is_unknown = is_unknown or _is_lost(error)
            except UnicodeEncodeError:
                raise unstorable() from None
        raise AssertionError("unreachable")

    def listen(self) -> "DirectListening":
        """A connection of its own on which changes are heard of as they are committed.

        Behind a pooler that changes the connection every transaction it opens and stays silent.

        Raises:
            StoreUnavailable: it cannot be had.
        """
        return DirectListening(self._address)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close(timeout=2)

    def _ask(self, statement: bytes, values: list[Any]) -> Any:
        self._open()
        try:
            with self._pool.connection(timeout=self._patience_s) as connection:
                cursor = connection.execute(statement, values)
                while cursor.nextset():
                    pass
                row = cursor.fetchone()
        except (PoolTimeout, PoolClosed) as error:
            self._patience_s = PATIENCE_WHEN_DOWN_S
            raise out_of_reach() from error
        self._patience_s = PATIENCE_S
        return row[0] if row else None

    def _open(self) -> None:
        if self._pool.closed:
            with self._opening:
                if self._pool.closed:
                    self._pool.open(wait=False)


class DirectListening:
    """Hears what `private.bump` says. See `Listening`."""

    def __init__(self, address: str) -> None:
        """Raises StoreUnavailable when it cannot be had."""
        try:
            self._connection = psycopg.connect(
                address,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name="folkmoot-listening",
                cursor_factory=psycopg.ClientCursor,
                keepalives_idle=20,  # nobody asks anything here, so nothing else finds out that the other side is gone
                keepalives_interval=5,
                keepalives_count=3,
            )
            self._connection.execute(f"listen {CHANNEL}".encode())
        except psycopg.Error as error:
            raise out_of_reach() from error

    def changes(self, within_s: float) -> dict[str, int]:
        """See `Listening.changes`."""
        heard: dict[str, int] = {}
        try:
            for notice in self._connection.notifies(timeout=within_s, stop_after=1):
                workshop, _, rev = notice.payload.partition(" ")
                if rev.isdigit():
                    heard[workshop] = max(int(rev), heard.get(workshop, 0))
        except psycopg.Error as error:
            raise out_of_reach() from error
        return heard

    def close(self) -> None:
        """See `Listening.close`."""
        self._connection.close()


class OwnerConnection:
    """One connection as the database's owner, for migrations and checks."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query gives; an empty list for a statement that gives nothing."""
        try:
            cursor = self._connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise _lost_or_failed(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is done inside."""
        try:
            with self._connection.transaction():
                yield
        except psycopg.Error as error:  # the commit itself
            raise _lost_or_failed(error) from error


class StatementFailed(Exception):
    """The database refused a statement of the owner. `sqlstate` is its code, the message its own words.

    `position` counts characters of the statement from 1, None where the fault has no place in it.
    """

    def __init__(self, error: psycopg.Error) -> None:
        self.sqlstate = error.sqlstate or ""
        self.position = int(error.diag.statement_position) if error.diag.statement_position else None
        self.context = error.diag.context or ""
        super().__init__(error.diag.message_primary or str(error))


@contextmanager
def owner_connection(address: str) -> Iterator[OwnerConnection]:
    """A connection as the account of the address, closed at the end.

    Raises:
        StoreUnavailable: it cannot be reached or does not let this account in; no secret is in the message.
        StatementFailed: a statement was refused.
    """
    try:
        connection = psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="folkmoot-owner",
            cursor_factory=psycopg.ClientCursor,
        )
    except psycopg.Error as error:
        raise StoreUnavailable(_why_unreachable(str(error))) from None
    try:
        yield OwnerConnection(connection)
    finally:
        connection.close()


def _lost_or_failed(error: psycopg.Error) -> Exception:
    return StoreUnavailable(_why_unreachable(str(error))) if _is_lost(error) else StatementFailed(error)


def _select(function: str, arguments: Mapping[str, Any]) -> str:
    return f"select public.{function}({', '.join(f'p_{name} => %s' for name in arguments)})"


def _adapted(value: Any) -> Any:
    """Text stays untyped, so that PostgreSQL makes of it what the function asks for: uuid, timestamp, text."""
    if isinstance(value, str):
        return str(value)
    return Jsonb(value) if isinstance(value, dict | list | tuple) else value


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone: closed under us, or the server is going down or coming up."""
    state = error.sqlstate
    return isinstance(error, psycopg.OperationalError) and (
        state is None or state.startswith("08") or state in {"57P01", "57P02", "57P03"}
    )


def _may_repeat(function: str, error: psycopg.Error) -> bool:
    return error.sqlstate in ROLLED_BACK or (_is_lost(error) and is_safe_to_repeat(function))


def _as_domain(function: str, error: psycopg.Error) -> FolkmootError:
    if _is_lost(error):
        log.warning("event=connection_broke function=%s kind=%s", function, type(error).__name__)
        return connection_broke()
    if isinstance(error, psycopg.DataError) and error.sqlstate is None:
        return unstorable()  # refused by the driver itself
    return error_for(function, error.sqlstate, error.diag.message_primary or "", error.diag.message_detail)


def _why_unreachable(said: str) -> str:
    """A sentence for what libpq said, which may quote the whole address and is therefore not shown."""
    reasons = {
        "password authentication failed": "it refuses the name or the password in its address",
        "does not exist": "it has no such database or account",
        "could not translate host name": "its host name is unknown",
        "resolve": "its host name is unknown",
        "refused": "nothing answers at its address",
        "No such file": "nothing answers at its address",
        "timeout": "it did not answer in time",
        "starting up": "it is still starting",
        "too many": "it has no connection to spare",
        "SSL": "the encrypted connection could not be made",
        "invalid": "its address is not well formed (postgresql://NAME:PASSWORD@HOST:PORT/DATABASE)",
        "missing": "its address is not well formed (postgresql://NAME:PASSWORD@HOST:PORT/DATABASE)",
    }
    why = next((reason for sign, reason in reasons.items() if sign in said), "the connection failed")
    return f"The database cannot be reached: {why}. `python -m lib.cli doctor` checks the settings."
