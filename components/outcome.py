"""The one place that turns errors into what a person sees."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec
from uuid import uuid4

import streamlit as st

from components.place import remember, take
from components.pulse import LOOK_AGAIN_S, live_fragment
from components.texts import UNEXPECTED, escape
from lib.bootstrap import application
from lib.domain.errors import (
    Conflict,
    FolkmootError,
    ModelUnavailable,
    NotAllowed,
    NotFound,
    RoundClosed,
    SignedOut,
    StoreUnavailable,
    ValidationFailed,
)

WAITING = "confirmation"
STILL_THERE = "What you typed is still here."
STORE_IS_BACK = "The database is back. If what you did does not show, do it again."

log = logging.getLogger("folkmoot.pages")

P = ParamSpec("P")

ICONS: tuple[tuple[type[FolkmootError], str], ...] = (
    (ValidationFailed, ":material/edit:"),
    (Conflict, ":material/call_split:"),
    (SignedOut, ":material/logout:"),
    (NotAllowed, ":material/lock:"),
    (NotFound, ":material/search_off:"),
    (RoundClosed, ":material/event_busy:"),
    (ModelUnavailable, ":material/cloud_off:"),
)


@dataclass
class Outcome:
    """How a service call ended."""

    error: FolkmootError | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing was refused."""
        return self.error is None


@contextmanager
def shown(outcome: Outcome | None = None) -> Iterator[None]:
    """Show a refusal of what is read or done where it happens, and let the page go on."""
    try:
        yield
    except FolkmootError as error:
        if outcome is not None:
            outcome.error = error
        log_refusal(error)
        show_error(error)


def part(draw: Callable[P, None]) -> Callable[P, None]:
    """A fragment that is drawn again by what its person does in it; what it cannot read or do it says in words."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        with shown():
            draw(*args, **kwargs)

    return st.fragment(drawn)


def log_refusal(error: FolkmootError) -> None:
    """Note that something was refused, and nothing of what."""
    log.info("event=refused kind=%s", type(error).__name__)


def show_error(error: FolkmootError, *, since: float | None = None) -> None:
    """What went wrong and the way out, in words; `since` is when, by the reader's clock, None = now."""
    if isinstance(error, StoreUnavailable):
        _show_away(error, since or _moment())
        return
    icon = next((icon for kind, icon in ICONS if isinstance(error, kind)), ":material/error:")
    if isinstance(error, ValidationFailed) and len(error.problems) > 1:
        st.error("\n".join(f"- {escape(problem)}" for problem in error.problems), icon=icon)
    elif isinstance(error, Conflict | SignedOut | RoundClosed):
        st.warning(escape(str(error)), icon=icon)
    else:
        st.error(escape(str(error)), icon=icon)


def note_script_error(error: Exception) -> bool:
    """Show what nobody caught: what can happen at any moment as it is, anything else as a sentence and a log line.

    What can happen is that somebody was removed, or the database went away, between two reads of a part of a page.
    """
    if isinstance(error, NotAllowed | StoreUnavailable):
        log_refusal(error)
        show_error(error)
        return True
    log.error("event=script_failed", exc_info=error)
    with st.container(key=f"unexpected_error_{uuid4().hex}"):
        st.error(UNEXPECTED, icon=":material/error:")
    return True


def _moment() -> float | None:
    try:
        return application().reader.contact.moment()
    except FolkmootError:  # there is no application: it is being stopped, or its settings cannot be taken
        return None


def _show_away(error: StoreUnavailable, since: float | None) -> None:
    if since is None:
        st.warning(escape(str(error)), icon=":material/cloud_off:")
        return
    _store_away(None, str(error), since)


@live_fragment()
def _store_away(_: None, sentence: str, since: float) -> float | None:
    """Why an act was not done, until the database is heard of again; asks nothing of it."""
    if application().reader.contact.heard_since(since):
        st.info(STORE_IS_BACK, icon=":material/cloud_done:")
        return None
    st.warning(f"{escape(sentence)} {STILL_THERE}", icon=":material/cloud_off:")
    return LOOK_AGAIN_S  # nobody is told of it where there is no workshop


def confirm(message: str, *, at_once: bool = False) -> None:
    """A short note that something was done. It waits for the next run: what is shown before `st.rerun` is lost."""
    if at_once:
        st.toast(message, icon=":material/check:")
    else:
        remember(WAITING, message)


def show_confirmations() -> None:
    """Show the note that waits, once."""
    if message := take(WAITING):
        st.toast(str(message), icon=":material/check:")
