"""Live fragments: drawn again when the workshop has changed, and in between never."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from zlib import crc32

import streamlit as st

from components.place import recall, remember

if TYPE_CHECKING:
    from components.frame import Page

P = ParamSpec("P")
Who = TypeVar("Who", bound="Page | None")

_PULSE = st.components.v2.component(
    "folkmoot_pulse",
    html="<span hidden></span>\n<!-- listens, shows nothing -->",
    # Not isolated, since it is the element's place on the page that must take no room.
    css="""
    /* takes no room */
    [class*='st-key-pulse_'] { position: absolute; }
    """,
    js=(Path(__file__).parent / "pulse.js").read_text("utf-8"),
    isolate_styles=False,
)


def live_fragment(draw: Callable[Concatenate[Who, P], float | None]) -> Callable[Concatenate[Who, P], None]:
    """A fragment that is drawn again as soon as its workshop changes, or the database is lost or back.

    What it returns is after how many seconds it must be drawn again by time alone, None = never. Without a page, for
    somebody who is in no workshop, only that counts. Texts and numbers among its arguments tell one from another.
    """

    @wraps(draw)
    def follow(page: Who, /, *args: P.args, **kwargs: P.kwargs) -> None:
        which = crc32(repr([one for one in args if isinstance(one, str | int | float)]).encode())
        name = f"pulse_{draw.__module__.rpartition('.')[2]}_{draw.__name__.strip('_')}_{which:x}"
        place = st.container(key=f"{name}_place")
        drawn = _moment(page)  # before anything is read
        again_s: float | None = None
        try:
            again_s = draw(page, *args, **kwargs)
        finally:
            with place:
                _PULSE(key=name, data={**drawn, "again_ms": again_s and again_s * 1000}, on_moved_change=_nothing)

    return st.fragment(follow)


def _moment(page: "Page | None") -> dict[str, object]:
    """What `pulse.js` compares with what it hears: the least that this drawing knows."""
    remember("drawings", recall("drawings", 0) + 1)  # so that the element hears of every drawing
    drawing: dict[str, object] = {"drawing": recall("drawings")}
    if page is None:
        return drawing
    reader = page.app.reader
    is_away = not reader.is_trusted()
    page.app.hub.set_away(is_away)
    return {
        **drawing,
        "workshop": page.workshop_id,
        "role": page.role.value,
        "page": page.name,
        "rev": reader.known_rev(page.workshop_id),
        "is_away": is_away,
    }


def _nothing() -> None:
    """That the element has spoken is enough."""
