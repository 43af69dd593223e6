"""The one place where the parts are chosen and put together: settings → store, reader, model engine, throttle."""

import atexit
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from lib.domain.errors import StoreUnavailable
from lib.live.hub import Hub
from lib.live.own_runs import OwnRuns
from lib.live.rooms import Rooms
from lib.security import Throttle
from lib.services.document_policy import finder, leveller
from lib.services.feed import Feed
from lib.services.reading import Reader
from lib.services.vote_batcher import VoteBatcher
from lib.settings import Settings, read_settings
from lib.store.port import Store
from lib.store.ready import ReadyStore, open_address, open_embedded, open_supabase

if TYPE_CHECKING:
    from lib.llm.engine import Engine

log = logging.getLogger("folkmoot")


class IdentityPort(Protocol):
    """Whose browser is asking. The app reads its cookies; a test gives its own."""

    def cookies(self) -> Mapping[str, str]:
        """The cookies that the browser sent."""
        ...


def now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Application:
    """The parts of one process. All are thread-safe; making them touches neither database nor model."""

    settings: Settings
    store: Store
    engine: "Engine"
    reader: Reader
    throttle: Throttle = field(default_factory=Throttle)
    clock: Callable[[], datetime] = now
    identity: IdentityPort | None = None
    """None = the browser's cookies."""
    hub: Hub = field(default_factory=Hub)
    """The open pages of this process."""
    votes: VoteBatcher = field(init=False)
    """Votes of the whole process, cast together."""
    feed: Feed = field(init=False)
    """What has changed, whoever did it."""
    own_runs: OwnRuns = field(init=False)
    """What a model writes here, told to who asked for it."""
    rooms: Rooms = field(init=False)
    """The live documents that are open in this process."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "votes", VoteBatcher(self.store))
        object.__setattr__(self, "feed", _feed(self.store, self.reader, self.hub))
        object.__setattr__(self, "own_runs", OwnRuns(self.hub, self.engine.watch_run, self.engine.is_under_way))
        object.__setattr__(self, "rooms", Rooms(self.store, leveller(self.store), finder(self.store)))

    def close(self) -> None:
        """Save what is finished and let go of everything; at most some seconds."""
        self.votes.close()
        self.rooms.close()
        self.own_runs.close()
        self.engine.close()
        self.feed.close()
        self.store.close()


def _feed(store: Store, reader: Reader, hub: Hub) -> Feed:
    if isinstance(store, ReadyStore):
        return Feed(store, reader, hub, listen=store.listen, written=store.written)
    return Feed(store, reader, hub)


_lock = threading.Lock()
_application: Application | None = None
_is_closed = False
_streamlit_secrets: Mapping[str, Any] = {}


def use_secrets(secrets: Mapping[str, Any]) -> None:
    """Give the settings that are not in the environment. Called before the first `application()`."""
    global _streamlit_secrets
    _streamlit_secrets = dict(secrets)


def application() -> Application:
    """The one application of this process, made at the first call. The database is reached only when it is needed.

    Raises:
        ValidationFailed: the settings cannot be taken; all problems at once.
        StoreUnavailable: the process is ending; a page that is still being drawn must not start everything again.
    """
    global _application
    if _application is None:
        with _lock:
            if _is_closed:
                raise StoreUnavailable("This server is being stopped. Reload the page in a minute.")
            if _application is None:
                _application = build(read_settings(os.environ, _streamlit_secrets))
                atexit.register(close)
    return _application


def build(settings: Settings) -> Application:
    """A new application for these settings, with its threads running."""
    store = make_store(settings)
    application = Application(settings, store, make_engine(settings, store), Reader(store))
    application.engine.start()
    application.feed.start()
    log.info("event=application_built database=%s", settings.database_kind)
    return application


def make_store(settings: Settings) -> ReadyStore:
    """The store that the settings ask for. It is opened by its first call."""
    if settings.supabase_url and settings.supabase_key:
        return open_supabase(settings.supabase_url, settings.supabase_key, settings.supabase_db_url)
    if settings.database_url:
        return open_address(settings.database_url)
    return open_embedded(settings.data_dir)


def make_engine(settings: Settings, store: Store | None) -> "Engine":
    """The engine that makes all model calls, not started yet. Without a store it takes up nobody's waiting cells."""
    from lib.llm.catalogue import Catalogue
    from lib.llm.engine import Engine
    from lib.llm.store_cells import StoreCells

    catalogue = Catalogue(
        operator_model=settings.model,
        operator_api_base=settings.api_base,
        allow_private=settings.allow_private_models,
    )
    return Engine(catalogue, StoreCells(store) if store else None, concurrency=settings.concurrency)


def override(application: Application | None) -> None:
    """Put a test's application in the place of this process's; None goes back to making one."""
    global _application, _is_closed
    with _lock:
        _application, _is_closed = application, False


def close() -> None:
    """End this process's application, if there is one. Calling it twice is harmless."""
    global _application, _is_closed
    with _lock:
        ended, _application, _is_closed = _application, None, True
    if ended is not None:
        ended.close()
