"""That somebody leads from now on, or no more: their page's menu was drawn before, and does not change by itself."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.pages import link_to
from components.pulse import live_fragment, look_again_soon
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.people import Role
from lib.domain.workshop import Place

if TYPE_CHECKING:
    from components.frame import Page

NEWS: Final = "leading_news"
HEARD_AT: Final = "leading_heard_at"
LEADS: Final = "leads"
"""The tab remembers under these names what it has to tell, since when, and whether its person led as it looked last."""
GIVEN, TAKEN = "given", "taken"


def note_leading(page: "Page", place: Place) -> datetime | None:
    """Hear what became of this person's right to lead; gives when this tab heard of what it has to tell, if it has."""
    here, was_drawn, leads = page.here, page.place.me.is_co_facilitator, place.me.is_co_facilitator
    was = here.get(LEADS) or str(was_drawn)
    here.put(LEADS, str(leads))
    has_own_link = Role.FACILITATOR in page.other_roles and not was_drawn
    if was != str(leads) and not has_own_link:
        # Whoever was not shown the way to the console yet misses nothing when it is taken away.
        missed_nothing = here.get(NEWS) == GIVEN and not was_drawn
        here.put(NEWS, GIVEN if leads else None if missed_nothing else TAKEN)
        here.put(HEARD_AT, page.app.clock().isoformat())
    if here.get(NEWS) == GIVEN and page.role is Role.FACILITATOR:
        here.put(NEWS, None)  # they are there
    heard_at = here.get(HEARD_AT)
    return datetime.fromisoformat(heard_at) if heard_at and here.get(NEWS) else None


def draw_leading_news(page: "Page") -> bool:
    """That they lead from now on, or no more; gives whether there is anything to say."""
    if page.here.get(NEWS) == GIVEN:
        _tell("**You lead too from now on**, with the console.", page, with_way=True)
    elif page.here.get(NEWS) == TAKEN:
        _tell("You take part, and do not lead any more.", page, with_way=False)
    return page.here.get(NEWS) is not None


@live_fragment()
def await_leading(page: "Page") -> None:
    """Where somebody stands before a page for those who lead: it opens as soon as they are let lead."""
    try:
        leads = page.app.reader.read(Place, "read_place", page.credential).me.is_co_facilitator
    except StoreUnavailable:
        look_again_soon()
    except FolkmootError:
        return  # they are out of the workshop, where nobody is let lead
    else:
        if leads:
            st.rerun(scope="app")


def _tell(words: str, page: "Page", *, with_way: bool) -> None:
    """The line stays until its person goes to the console or puts it away; the page's menu is drawn anew then."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="leading_news"):
        st.markdown(f":material/tune: {words}", width="content")
        if with_way:
            link_to("console", page.workshop_id, "Open the console", icon=":material/arrow_forward:")
        if st.button("Close", key=f"leading_news_{with_way}", type="tertiary"):
            page.here.put(NEWS, None)
            st.rerun(scope="app")
