"""The workshops that this browser already has a pass for."""

import streamlit as st

from components.enter import forget_browser
from components.identity import passes
from components.outcome import Outcome, shown
from components.pages import HOME_OF, link_to
from components.place import recall, remember
from components.texts import ROLE_WORDS, escape
from lib.bootstrap import Application
from lib.domain.errors import NotAllowed
from lib.security import Pass
from lib.services import workshops
from lib.services.workshops import Identity

MOST_SHOWN = 12


def draw(app: Application) -> None:
    """A way back into each, and a way to forget those that are over."""
    held = passes()[:MOST_SHOWN]
    if not held:
        return
    outcome = Outcome()
    with shown(outcome):
        known = [(one, _who(app, one)) for one in held]
    if not outcome.is_done:
        return
    with st.container(border=True, key="already_here"):
        st.subheader("In this browser", anchor=False)
        for one, who in known:
            with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
                if who is None:
                    st.markdown(
                        f"A workshop that this browser can no longer open, as {one.role.value}", width="content"
                    )
                    forget_browser(
                        one.workshop_id, one.role, label="Forget it", key=f"forget_{one.role}_{one.workshop_id}"
                    )
                    continue
                as_whom = who.name if one.role.value == "participant" else ROLE_WORDS[one.role]
                link_to(
                    HOME_OF.get(one.role, "draft"),
                    one.workshop_id,
                    f"**{escape(who.workshop_title)}**, as {escape(as_whom)}",
                    icon=":material/arrow_forward:",
                )


def _who(app: Application, one: Pass) -> Identity | None:
    """Whose pass it is, asked once per tab; None if it opens nothing any more."""
    name = f"identity:{one.token_hash}"
    if recall(name) is None:
        try:
            remember(name, workshops.identify(app.store, one.token))
        except NotAllowed:
            return None
    who: Identity | None = recall(name)
    return who
