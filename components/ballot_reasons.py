"""Reasons that were being written when their round was closed: no part of the vote, and still their writer's."""

from collections.abc import Iterable, Mapping
from typing import Final

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.known_drafts import newest_of, owner_of
from components.letting_go import asks_to_discard
from components.place import recall, remember
from components.refused import refuse_act
from lib.domain.errors import FolkmootError, RoundClosed
from lib.domain.ids import ItemId
from lib.domain.people import Role
from lib.domain.rounds import Round, RoundStatus
from lib.services.drafts import NO_DRAFT, Draft, drafts_in, read_drafts
from lib.services.voting import MAX_REASON_CHARS

DISCARD: Final = "discard"
CAME_LATE: Final = (
    "The round was closed before your reason arrived: it is no part of your vote. Your words stay here for you "
    "alone, to copy or to discard."
)


def reason_field(item_id: ItemId) -> str:
    """The name under which the unsent reason for an item is kept."""
    return f"reason:{item_id}"


def unsent_texts(page: Page) -> Mapping[str, Draft]:
    """This person's unsent texts as the database has them now; none while it is away."""
    if page.role is not Role.PARTICIPANT:
        return {}
    try:
        return read_drafts(page.store, page.credential)
    except FolkmootError:
        return {}


def draw_unsent_reasons(page: Page, rounds: Iterable[Round]) -> None:
    """Every reason that was not saved with a vote in time, of rounds that are not open any more, the oldest first."""
    over = sorted((one for one in rounds if one.status is not RoundStatus.OPEN), key=lambda one: one.number)
    unsent = _texts_with_the_page(page) if over and page.role is Role.PARTICIPANT else {}
    for one in over:
        for item in one.items:
            draw_unsent_reason(page, item.item_id, unsent, about=f" for {item.label}")


def _texts_with_the_page(page: Page) -> Mapping[str, Draft]:
    """The same as they came with all that the page has just read, to spend no round trip on them."""
    try:
        return drafts_in(page.app.reader.fresh("read_drafts", page.credential))
    except FolkmootError:
        return {}


def draw_unsent_reason(page: Page, item_id: ItemId, unsent: Mapping[str, Draft], *, about: str = "") -> None:
    """The text as it was left, to copy or to discard; nothing if there is none.

    It stays as long as the page is open, so that whoever empties it to write it anew keeps the field. It is the field
    of the ballot, whose "save" may arrive here: its text stays, and why it was not taken is said.
    """
    field = reason_field(item_id)
    was_drawn = f"unsent_reason:{page.visit}:{item_id}"
    if not newest_of(owner_of(page), unsent).get(field, NO_DRAFT).text and not recall(was_drawn):
        return
    remember(was_drawn, True)
    submission = draft_field(
        page,
        label=f"Your unsaved reason{about}",
        field=field,
        actions=((DISCARD, "Discard this text"),),
        who_sees="The round was closed before you saved this with your vote, so it is no part of it. Only you see it.",
        max_chars=MAX_REASON_CHARS,
        height=70,
        asks=asks_to_discard("reason"),
    )
    if submission is None:
        return
    if submission.action == DISCARD:
        with page.feedback("Discarded."):
            clear_draft(page, field)
            remember(was_drawn, None)
    refuse_act(page, RoundClosed(CAME_LATE))
    st.rerun()
