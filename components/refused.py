"""Why what a person did was refused: in the dock, until they do something else, put it away, or leave the page.

Not where they pressed. What others do draws that part of the page anew, and most often at once: it is why the act was
refused.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.outcome import log_refusal, show_error
from components.place import recall, remember, take
from lib.domain.errors import FolkmootError

if TYPE_CHECKING:
    from components.frame import Page

_REFUSED: Final = "refused"


@dataclass(frozen=True)
class Refused:
    """What was refused on which visit to a page, and when by the clock of `Contact`."""

    visit: int
    error: FolkmootError
    since: float

    def show(self, page: "Page") -> bool:
        """Say why, on that visit; gives whether it does."""
        if self.visit == page.visit:
            show_error(self.error, since=self.since)
        return self.visit == page.visit


def refusal(page: "Page", error: FolkmootError) -> Refused:
    """A refusal as it can be remembered: of the error no more than its kind and words."""
    log_refusal(error)
    error.__cause__ = error.__context__ = None  # what the act was about may stand in there, such as a key
    return Refused(page.visit, error.with_traceback(None), page.app.reader.contact.moment())


def refuse_act(page: "Page", error: FolkmootError) -> None:
    """Say why, from the next drawing of the page on."""
    remember(_REFUSED, refusal(page, error))


def forget_refusal() -> None:
    """They do something else, or put it away."""
    take(_REFUSED)


def draw_refused(page: "Page") -> bool:
    """What was refused last on this page; gives whether anything was."""
    refused: Refused | None = recall(_REFUSED)
    if refused is None:
        return False
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="refused"):
        is_said = refused.show(page)
        if is_said:
            st.button("Close", key="close_refused", type="tertiary", icon=":material/close:", on_click=forget_refusal)
    return is_said
