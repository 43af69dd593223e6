"""What happens once, when the server starts: settings are checked, and the parts are made."""

import ctypes
import gc
import logging
import os
import platform
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import streamlit as st

from lib import bootstrap
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.settings import read_settings

log = logging.getLogger("folkmoot")

SWITCH_EVERY_S: Final = 0.0005
MOST_OPEN_FILES: Final = 16_384
COLLECT_AFTER: Final = (30_000, 5, 2)
"""How many new objects, and how many looks at them, Python's search for unreachable ones waits for."""
MEMORY_POOLS: Final = 2
M_ARENA_MAX: Final = -8
"""The name of that limit for glibc's `mallopt`, from its malloc.h."""
PAGES_AT_ONCE: Final = 3
WAIT_FOR_TURN_S: Final = 15.0


def secrets_of_streamlit() -> Mapping[str, Any]:
    """The operator's `.streamlit/secrets.toml`, if there is one. What the environment says goes before it.

    Raises:
        ValidationFailed: it is there and cannot be read, so what it says must not be passed over.
    """
    given = {name: value for name, value in os.environ.items() if value.strip()}
    try:
        found = dict(st.secrets)
        os.environ.update(given)  # Streamlit 1.67 writes the file's values over the environment's
        return found
    except FileNotFoundError:  # Streamlit raises it for a broken file too
        for file in st.get_option("secrets.files"):
            if Path(file).exists():
                raise ValidationFailed(
                    f"{file} cannot be read: it is not valid TOML, or this account may not open it. Mend the file, or "
                    "take it away."
                ) from None
        return {}


def check_start() -> None:
    """End the process with plain sentences if the settings cannot be taken, before anything is started."""
    try:
        settings = read_settings(os.environ, secrets_of_streamlit())
    except ValidationFailed as error:
        problems = error.problems
    else:
        reason = settings.needs_create_code(str(st.get_option("server.address") or ""))
        problems = (reason,) if reason else ()
    if problems:
        for problem in problems:
            print(f"Folkmoot cannot start: {problem}", file=sys.stderr)
        raise SystemExit(2)


def share_the_interpreter() -> None:
    """Let the event loop have its turn at once while scripts run.

    Streamlit 1.67 sends one message per turn of the loop, and every turn asks for the interpreter anew. At Python's
    5 ms a turn, 300 live pages make more messages than are sent, until new pages are never drawn (`bench_rerun`).
    """
    sys.setswitchinterval(SWITCH_EVERY_S)


def collect_seldom() -> None:
    """Search for unreachable objects seldom.

    Streamlit 1.67 makes so many objects for a page that Python would search all of them every few pages; with hundreds
    of people here that took a fifth of the processor, and stood in everybody's way for a third of a second each time.
    """
    gc.set_threshold(*COLLECT_AFTER)


def share_free_memory() -> None:
    """Let all threads take memory from the same few pools, where the C library is glibc; others need nothing.

    glibc gives each new thread a pool of its own, up to eight a core, and what is free in one is of no use to another.
    Streamlit 1.67 draws every page in a new thread: what the pools held free grew for as long as the server ran
    (`bench_memory`). MALLOC_ARENA_MAX of the environment goes before it.
    """
    if platform.libc_ver()[0] == "glibc" and "MALLOC_ARENA_MAX" not in os.environ:
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, MEMORY_POOLS)


_turns: Final = threading.BoundedSemaphore(PAGES_AT_ONCE)


@contextmanager
def in_turn() -> Iterator[None]:
    """Draw whole pages a few at a time, about in the order they came; whoever waited too long goes on all the same.

    All of them take turns at one interpreter. If hundreds begin at once, each takes twice the time, and all are done
    only at the end, and who joins meanwhile waits as long (`bench_joins`). A page that waits for a database that is
    away keeps others waiting only that long.
    """
    has_turn = _turns.acquire(timeout=WAIT_FOR_TURN_S)
    try:
        yield
    finally:
        if has_turn:
            _turns.release()


def allow_many_connections() -> None:
    """Raise the soft limit of open files as far as the system lets us: each person takes four, 1,024 end near 250."""
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def warm_up() -> None:
    """Reach the database in the background, so that the first page need not wait for its start."""

    def reach() -> None:
        try:
            bootstrap.application().store.call("read_health")
        except FolkmootError as error:
            log.warning("event=database_not_ready kind=%s", type(error).__name__)
        gc.collect()
        gc.freeze()  # what is there by now stays until the end, and need not be searched again

    threading.Thread(target=reach, name="folkmoot-warm-up", daemon=True).start()
