"""What somebody typed and did not send, where the fields that it stands in are closed to them now."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.field_names import OTHERS, WHILE_LEADING, is_of_leading
from components.known_drafts import latest_drafts, newest_of, owner
from components.scripts import script
from lib.bootstrap import application
from lib.domain.errors import FolkmootError
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.security import Pass
from lib.services.drafts import Draft, read_own_words

if TYPE_CHECKING:
    from components.frame import Page

LED: Final = "What you typed while you led, and did not save. Only you see it."
TOOK_PART: Final = "What you typed and did not send. Only you see it."

_HERE = Path(__file__).parent
_OWN_WORDS = st.components.v2.component(
    "folkmoot_own_words",
    html="<div class='own'></div>\n<!-- drawn by own_words.js -->",
    css="\n".join((_HERE / name).read_text("utf-8") for name in ("draft_field.css", "own_words.css")),
    js=script("when_gone", "draft_asks", "own_words"),
)


def draw_words_kept_of(workshop_id: str, held: Sequence[Pass], *, is_removed: bool) -> None:
    """On a page that says that it is closed: what this person has typed in the workshop, as far as this page had it.

    Whoever was removed finds all of it; whoever leads no more what stands in the fields of those who lead.
    """
    for one in held:
        if one.role is Role.ORGANIZER or one.is_granted:
            continue
        workshop = WorkshopId(workshop_id)
        try:
            own = read_own_words(application().store, Credential(workshop, one.token_hash))
        except FolkmootError:
            continue  # the page says what is the matter
        drafts = newest_of(owner(workshop, own.person_id), own.drafts)
        _draw(workshop, own.person_id, one.role, drafts, is_removed=is_removed, is_open=True)


def draw_words_of_leading(page: "Page") -> None:
    """On the pages of a participant who led before: what they typed then, folded away; nothing for all others."""
    if page.role is not Role.PARTICIPANT or page.place.me.is_co_facilitator:
        return
    drafts = latest_drafts(page)
    # What they typed last may be in their browser alone as yet: whoever has just led looks there in any case.
    has_just_led = page.here.chosen_role is Role.FACILITATOR
    if has_just_led or any(draft.text and is_of_leading(field) for field, draft in drafts.items()):
        _draw(page.workshop_id, page.viewer.person_id, page.role, drafts)


def _draw(
    workshop: WorkshopId,
    person: PersonId,
    role: Role,
    drafts: Mapping[str, Draft],
    *,
    is_removed: bool = False,
    is_open: bool = False,
) -> None:
    _OWN_WORDS(
        key=f"own_words_{role.value}",
        data={
            "workshop": workshop,
            "person": person,
            "role": role.value,
            "title": TOOK_PART if is_removed else LED,
            "is_open": is_open,
            "leading": WHILE_LEADING,
            "others": OTHERS if is_removed else None,
            "drafts": {field: asdict(draft) for field, draft in drafts.items() if is_removed or is_of_leading(field)},
        },
    )
