"""Leading the room without an agenda: the stage, the lock on the policy, and what everyone is to look at."""

import streamlit as st

from components.console_bring import draw_bring, draw_bring_to_stage
from components.frame import Page
from components.palette import option_text
from components.pulse import live_fragment
from components.stored_choice import stored_key, stored_press
from components.texts import STAGE_ICONS, STAGE_NAMES
from lib.domain.errors import FolkmootError
from lib.domain.workshop import Place, Stage, Topic
from lib.services import leading

STAGE, LOCK = "stage", "lock"


def draw(page: Page) -> None:
    """Everything that changes what all the others see at once, beside the agenda."""
    _draw_switches(page)
    draw_bring(page)


@live_fragment(Topic.PLACE)
def _draw_switches(page: Page) -> None:
    """The stage and the lock, as they are now: others who lead change them too."""
    try:
        workshop = page.read(Place, "read_place").workshop
    except FolkmootError:
        return  # The live strip says what is the matter.
    now, is_locked = workshop.stage, workshop.editing_is_locked
    chosen = st.segmented_control(
        "Where is the group?",
        list(Stage),
        format_func=lambda stage: option_text(f"{STAGE_ICONS[stage]} {STAGE_NAMES[stage]}"),
        default=now,
        required=True,
        key=stored_key(page, STAGE, now),
        help="Everyone is offered the stage; nobody is taken away from what they write, and nothing is locked by it.",
    )
    if chosen is not None and chosen is not now:
        with stored_press(page, STAGE, chosen, f"The group is now at {STAGE_NAMES[chosen]}."):
            leading.set_stage(page.store, page.credential, chosen)
    draw_bring_to_stage(page, now)
    key = stored_key(page, LOCK, is_locked)
    wanted = st.toggle("Lock the policy: nobody can change clauses", value=is_locked, key=key)
    if wanted != is_locked:
        done = "The policy is locked." if wanted else "The policy is open for changes."
        with stored_press(page, LOCK, wanted, done):
            leading.lock_editing(page.store, page.credential, wanted)
