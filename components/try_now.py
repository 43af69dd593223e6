"""“Try it now” beside the editor: the policy's text of now on one scenario, the answer written next to it.

The browser does all of it: what it asks for goes to `routes/try_now.py`, and the answer comes back word by word,
whatever the page is drawn with meanwhile. Python says which scenarios there are.
"""

from pathlib import Path
from typing import Any, Final

import streamlit as st

from components.frame import Page
from components.kept_input import kept_text
from components.place import recall, remember
from components.pulse import live_fragment, look_again_soon
from components.scripts import script
from lib.domain.errors import FolkmootError
from lib.domain.people import Role
from lib.domain.scenarios import Scenario
from lib.domain.workshop import Place, Topic, Workshop
from lib.llm.catalogue import ModelOffer
from lib.services.scenarios import read_scenarios

CHOICE: Final = "try:scenario"
"""The scenario that somebody chose, among their unsent texts; the browser keeps it there."""

_HERE: Final = Path(__file__).parent
_TRY_NOW = st.components.v2.component(
    "folkmoot_try_now",
    html="<section class='try' aria-label='Try it now'></section>\n<!-- filled by try_now.js -->",
    css=(_HERE / "try_now.css").read_text("utf-8"),
    js=script("when_gone", "try_now"),
)


def try_now(page: Page) -> None:
    """The choice of a scenario, the button, and the answer. Nothing for an organizer, who asks no model."""
    if page.role is Role.ORGANIZER:
        return
    page.app.engine.warm_up()
    _draw(page)


@live_fragment(slowly=(Topic.TEST,))
def _draw(page: Page) -> None:
    known = f"try_now:{page.workshop_id}:{page.viewer.person_id}"
    read: tuple[tuple[Scenario, ...], Workshop] | None = recall(known)  # With the element would go its answer.
    try:
        read = read_scenarios(page.app.reader, page.credential), page.read(Place, "read_place").workshop
        remember(known, read)
    except FolkmootError:
        look_again_soon()
    if read is None:
        st.markdown(":material/cloud_off: The scenarios cannot be read just now.")
        return
    library, workshop = read
    offered = [one for one in library if not one.is_withdrawn]
    if not offered:
        st.markdown(":material/science: Try the policy while you write it: add a scenario first.")
        page.link_to("test", "Add the first scenario", icon=":material/arrow_forward:")
        return
    offer = page.app.engine.catalogue.describe(page.workshop_id, workshop.model)
    _TRY_NOW(key=f"try_now_{page.workshop_id}", data=try_now_data(page, offered, offer))


def try_now_data(page: Page, offered: list[Scenario], offer: ModelOffer) -> dict[str, Any]:
    """What the element needs: who asks, what may be tried on, and which model answers.

    It hands `shown` along with what it asks for, so that nothing goes to another model than it names.
    """
    return {
        "workshop": page.workshop_id,
        "role": page.role.value,
        "person": page.viewer.person_id,
        "field": CHOICE,
        "chosen": kept_text(page, CHOICE),
        "model": f"The answer comes from {offer.label}. {offer.reader}",
        "shown": offer.mark,
        "scenarios": [
            {
                "id": one.scenario_id,
                "label": f"S{one.number} {one.title}" if one.number is not None else f"(only you) {one.title}",
                "turns": [{"by": turn.role, "text": turn.content} for turn in one.turns],
            }
            for one in offered
        ],
    }
