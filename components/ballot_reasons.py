"""Reasons that were being written when their round was closed: no part of the vote, and still their writer's."""

from collections.abc import Iterable, Mapping

import streamlit as st

from components.draft_field import clear_draft, draft_field
from components.frame import Page
from components.place import recall, remember
from lib.domain.errors import FolkmootError
from lib.domain.ids import ItemId
from lib.domain.people import Role
from lib.domain.rounds import Round, RoundStatus
from lib.services.drafts import Draft, drafts_in, read_drafts
from lib.services.voting import MAX_REASON_CHARS


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

    It stays as long as the page is open, so that whoever empties it to write it anew keeps the field.
    """
    field = reason_field(item_id)
    was_drawn = f"unsent_reason:{page.visit}:{item_id}"
    if not unsent.get(field, Draft("", 0)).text and not recall(was_drawn):
        return
    remember(was_drawn, True)
    submission = draft_field(
        page,
        label=f"Your unsaved reason{about}",
        field=field,
        actions=(("discard", "Discard this text"),),
        who_sees="The round was closed before you saved this with your vote, so it is no part of it. Only you see it.",
        max_chars=MAX_REASON_CHARS,
        height=70,
    )
    if submission is not None:
        clear_draft(page, field)
        remember(was_drawn, None)
        st.rerun()
