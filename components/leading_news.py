"""That somebody leads from now on, or no more: their page's menu was drawn before, and does not change by itself."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.pages import link_to
from lib.domain.people import Role
from lib.domain.workshop import Place

if TYPE_CHECKING:
    from components.frame import Page

NEWS: Final = "leading_news"
GIVEN, READ = "given", "read"


def draw_leading_news(page: "Page", place: Place) -> bool:
    """What became of this person's right to lead since the page was drawn; gives whether there is anything to say."""
    here, was, now = page.here, page.place.me.is_co_facilitator, place.me.is_co_facilitator
    if not now:
        here.put(NEWS, None)
    elif not was and Role.FACILITATOR not in page.other_roles and here.get(NEWS) is None:
        here.put(NEWS, GIVEN)
    if was and not now:
        _tell("You take part, and do not lead any more.", page, with_way=False)
        return True
    if here.get(NEWS) != GIVEN or page.role is Role.FACILITATOR:
        return False
    _tell("**You lead too from now on**, with the console.", page, with_way=True)
    return True


def _tell(words: str, page: "Page", *, with_way: bool) -> None:
    """The line stays until its person goes to the console or puts it away; the page's menu is drawn anew then."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="leading_news"):
        st.markdown(f":material/tune: {words}", width="content")
        if with_way:
            link_to("console", page.workshop_id, "Open the console", icon=":material/arrow_forward:")
        if st.button("Close", key=f"leading_news_{with_way}", type="tertiary"):
            page.here.put(NEWS, READ if with_way else None)
            st.rerun(scope="app")
