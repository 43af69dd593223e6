"""Live fragments: drawn again when the workshop has changed, and in between never."""

from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar
from zlib import crc32

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.place import DRAWINGS, recall, remember, take
from components.scripts import script
from lib.domain.errors import FolkmootError
from lib.domain.people import Role
from lib.domain.workshop import Topic

if TYPE_CHECKING:
    from components.frame import Page

LOOK_AGAIN_S: Final = 3.0
"""When a fragment is drawn again that could not read what it shows."""
_OLD = "shows_old"
_RESTS = "rests"

P = ParamSpec("P")
Who = TypeVar("Who", bound="Page | None")

_PULSE = st.components.v2.component(
    "folkmoot_pulse",
    html="<span hidden></span>\n<!-- listens, shows nothing -->",
    # Not isolated, since it is the element's place on the page that must take no room, and the page that must not move.
    css="""
    /* takes no room */
    [class*='st-key-pulse_'], [data-testid=stLayoutWrapper]:has(> [class*='st-key-pulse_']) {
      position: absolute; width: 0 !important;
    }
    /* The browser scrolls to hold what it shows where it is: in two columns it must be the one in which somebody is. */
    [data-testid="stHorizontalBlock"]:has(> [data-testid="stColumn"]:focus-within)
      > [data-testid="stColumn"]:not(:focus-within) { overflow-anchor: none; }
    """,
    js=script("when_gone", "at_rest", "still_field", "sure_press", "pulse"),
    isolate_styles=False,
)


def live_fragment(
    *follows: Topic, slowly: tuple[Topic, ...] = (), urgent: tuple[Topic, ...] = (), own: bool = False
) -> Callable[[Callable[Concatenate[Who, P], float | None]], Callable[Concatenate[Who, P], None]]:
    """A fragment that is drawn again when one of these topics of its workshop changed, or the database is lost or back.

    What changes `slowly` shows within a quarter of a minute, to whoever leads at once: many do it at the same time, and
    it matters to the others' pages little. What is `urgent`, one of `follows`, shows in hidden tabs too, and waits for
    no rest between two looks. `own`: it is drawn again too when something of the person's alone moved: an answer of
    theirs, or one of the runs that it has `app.own_runs` follow.
    What it cannot read, and does not say itself, it leaves out, and looks again soon.
    What the fragment returns is after how many seconds it must be drawn again by time alone, None = never. Without a
    page, for somebody who is in no workshop, only that counts. Texts and numbers among its arguments tell one from
    another.
    """

    def follow(draw: Callable[Concatenate[Who, P], float | None]) -> Callable[Concatenate[Who, P], None]:
        @wraps(draw)
        def drawn(page: Who, /, *args: P.args, **kwargs: P.kwargs) -> None:
            which = crc32(repr([one for one in args if isinstance(one, str | int | float)]).encode())
            name = f"pulse_{draw.__module__.rpartition('.')[2]}_{draw.__name__.strip('_')}_{which:x}"
            place = st.container(key=f"{name}_place")
            topics = {**_topics(page, follows, slowly), "urgent": [*urgent]}
            moment = {**_moment(page, name), **topics}  # before anything is read
            if own and page is not None:
                moment["own"] = page.app.hub.own(page.credential)
            take(_OLD)
            remember(_RESTS, take(f"{_RESTS}:{name}"))
            again_s: float | None = None
            try:
                again_s = draw(page, *args, **kwargs)
            except FolkmootError:
                look_again_soon()  # The live strip says what is the matter.
            finally:
                if take(_OLD):
                    again_s = LOOK_AGAIN_S
                with place:
                    data = {**moment, "again_ms": again_s and again_s * 1000}
                    moved, rested = (partial(_note_rest, name, rests) for rests in (False, True))
                    _PULSE(key=name, data=data, on_moved_change=moved, on_rested_change=rested)

        return st.fragment(drawn)

    return follow


def is_whole_page() -> bool:
    """Whether the page is being drawn, and not a fragment of it alone."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is None or not context.fragment_ids_this_run


def draw_again() -> None:
    """Draw anew what is being drawn: a press in a fragment may be heard while the whole page is drawn."""
    st.rerun(scope="app" if is_whole_page() else "fragment")


def look_again_soon() -> None:
    """The fragment that is being drawn shows something old, because the database did not give it what is new."""
    remember(_OLD, True)


def is_at_rest() -> bool:
    """Whether the person types nothing, as the browser said that asked for the fragment that is being drawn.

    False where no browser asked, such as when the whole page is drawn.
    """
    return recall(_RESTS) is True


def _moment(page: "Page | None", name: str) -> dict[str, object]:
    """What `pulse.js` compares with what it hears: the least that this drawing knows.

    With the page, that is what the page knew before it read anything: it may hand on what it has read already.
    """
    remember(DRAWINGS, recall(DRAWINGS, 0) + 1)  # so that the element hears of every drawing
    drawing: dict[str, object] = {"drawing": recall(DRAWINGS)}
    if page is None:
        return drawing
    reader = page.app.reader
    is_with_the_page = recall(name) != page.run
    remember(name, page.run)
    is_away = reader.contact.is_away()
    page.app.hub.set_away(is_away)
    return {
        **drawing,
        "workshop": page.workshop_id,
        "role": page.role.value,
        "page": page.name,
        "rev": page.rev if is_with_the_page else reader.known_rev(page.workshop_id),
        "is_away": is_away,
    }


def _topics(page: "Page | None", follows: tuple[Topic, ...], slowly: tuple[Topic, ...]) -> dict[str, object]:
    is_leading = page is not None and page.role is Role.FACILITATOR
    at_once = (*follows, Topic.ALL, *(slowly if is_leading else ()))
    return {"follows": [*at_once], "slowly": [] if is_leading else [*slowly]}


def _note_rest(name: str, rests: bool) -> None:
    # By the event's name: under load Streamlit 1.67 may have forgotten the state of an element whose event it brings.
    remember(f"{_RESTS}:{name}", rests)
