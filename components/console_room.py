"""Leading the room without an agenda: the stage, a countdown, and the lock on the policy."""

import streamlit as st

from components.console_bring import draw_bring, draw_bring_to_stage
from components.console_fresh import watch_choices
from components.frame import Page
from components.kept_input import forget_input, kept_input
from components.palette import option_text
from components.pulse import live_fragment
from components.texts import STAGE_ICONS, STAGE_NAMES
from lib.domain.errors import FolkmootError
from lib.domain.workshop import Place, Stage, Topic
from lib.services import leading

MINUTES = (5, 10, 15)
LABEL = "console:timer_label"


def draw(page: Page) -> None:
    """Everything that changes what all the others see at once, beside the agenda."""
    _draw_switches(page)
    draw_bring(page)
    watch_choices(page)


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
        key=f"stage_{now.value}",
        help="Everyone is offered the stage; nobody is taken away from what they write, and nothing is locked by it.",
    )
    if chosen is not None and chosen is not now:
        with page.feedback(f"The group is now at {STAGE_NAMES[chosen]}."):
            leading.set_stage(page.store, page.credential, chosen)
    draw_bring_to_stage(page, now)
    wanted = st.toggle("Lock the policy: nobody can change clauses", value=is_locked, key=f"lock_{is_locked}")
    if wanted != is_locked:
        with page.feedback("The policy is locked." if wanted else "The policy is open for changes."):
            leading.lock_editing(page.store, page.credential, wanted)


@st.fragment
def draw_timer(page: Page) -> None:
    """A countdown without the agenda."""
    with st.container(key="own_countdown"):
        label = kept_input(
            page,
            "What for",
            field=LABEL,
            value=page.workshop.timer_label,
            max_chars=100,
            who_sees="Only you see it until you start the countdown, then everyone.",
            placeholder="Such as: rough clauses",
        )
        with st.container(horizontal=True, gap="small"):
            for minutes in MINUTES:
                if st.button(f"{minutes} min", key=f"timer_{minutes}"):
                    with page.feedback(f"The countdown runs for {minutes} minutes."):
                        _start(page, minutes * 60, label)


def _start(page: Page, seconds: int, label: str) -> None:
    leading.start_timer(page.store, page.credential, seconds, label)
    forget_input(page, LABEL)
