"""One item of a ballot: the answer is stored with the click, the reason with its own button.

Each item is a fragment of its own: answering one reruns nothing else, and nobody else's act reruns it.
"""

from uuid import uuid4

import streamlit as st

from components.ballot_reasons import draw_unsent_reason, reason_field, unsent_texts
from components.ballot_state import MyBallot, answered_count, note_shown, read_ballot
from components.ballot_unsaved import Unsaved, words_of_unsaved
from components.draft_field import Submission, clear_draft, draft_field, read_draft
from components.frame import Page
from components.outcome import part
from components.palette import POSITIONS, option_text
from components.place import recall, remember, take
from components.pulse import LOOK_AGAIN_S, draw_again, is_whole_page, live_fragment
from components.refused import Refused, refusal
from components.round_item import draw_item
from components.round_words import WHO_SEES_REASON
from lib.domain.errors import FolkmootError, StoreUnavailable
from lib.domain.ids import ItemId, RoundId
from lib.domain.rounds import Item, Position, Round, RoundStatus
from lib.services.voting import MAX_REASON_CHARS, cast_vote

FIRST_ANSWER = "first_answer_of_a_round"


@part
def ballot_item(page: Page, round_id: RoundId, item_id: ItemId, title: str) -> None:
    """The item, four answers, what is stored, and an optional reason."""
    if take(FIRST_ANSWER) and not is_whole_page():
        st.rerun()  # what the top of the page says of this person is true no more
    ballot = read_ballot(page, round_id, item_id)
    if ballot is None:
        return
    note_shown(ballot)
    with st.container(border=True, key=f"ballot_{item_id}"):
        st.markdown(f"**{title}**")
        draw_item(ballot.item)
        if ballot.round.status is not RoundStatus.OPEN:
            _show_refusal(page, ballot.round, ballot.item)
            st.markdown(f":material/event_busy: The round is closed. {_stored(ballot)}")
            draw_unsent_reason(page, item_id, unsent_texts(page))
            return
        _answers(page, ballot)
        _reason(page, ballot)


def show_refusals(page: Page, one: Round) -> None:
    """What was refused of a ballot that is not drawn any more, or never arrived before the close."""
    for item in one.items:
        _show_refusal(page, one, item)


def _show_refusal(page: Page, one: Round, item: Item) -> None:
    """What became of the last answer. Of a vote that may be lost it is said until the person has put it away."""
    unsaved: Unsaved | None = take(_unsaved(item.item_id))
    refused: Refused | None = recall(_refused(item.item_id))
    if unsaved is not None:
        remember(_lost(item.item_id), words_of_unsaved(one, item, unsaved))
    elif refused is not None:
        refused.show(page)
    words: str = recall(_lost(item.item_id), "")
    if words:
        st.warning(words, icon=":material/event_busy:")
        st.button("I have seen this", key=f"seen_{item.item_id}", on_click=take, args=(_lost(item.item_id),))


def _answers(page: Page, ballot: MyBallot) -> None:
    item_id = ballot.item.item_id
    key = f"answer_{item_id}"
    unsaved: Unsaved | None = recall(_unsaved(item_id))
    shown = unsaved.position if unsaved else ballot.position
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    st.segmented_control(
        "Your answer",
        list(Position),
        format_func=lambda position: option_text(f"{POSITIONS[position].icon} {POSITIONS[position].label}"),
        # Named at every drawing: what is only put into the session is sent to the browser once (kept_choice.py).
        default=shown,
        key=key,
        required=True,
        wrap=True,
        width="stretch",
        on_change=_note_answer,
        args=(page, ballot, key),
    )
    refused: Refused | None = recall(_refused(item_id))
    if refused is not None:
        refused.show(page)
    if unsaved is not None:
        _send_when_back(page, item_id)
        st.button("Save my answer again", key=f"again_{item_id}", on_click=_note_answer, args=(page, ballot, key))
        return
    st.markdown(_stored(ballot), help=None)


def _stored(ballot: MyBallot) -> str:
    if ballot.position is None:
        return (
            "You have not answered this item." if ballot.round.status is not RoundStatus.OPEN else "Not answered yet."
        )
    kept = f"Your vote: **{POSITIONS[ballot.position].label}**{' with your reason' if ballot.reason else ''}."
    if ballot.round.status is not RoundStatus.OPEN:
        return f"{kept} It is counted."
    return f":material/check_circle: {kept} It is saved; you can change it while the round is open."


@live_fragment()
def _send_when_back(page: Page, item_id: ItemId) -> float | None:
    """Says that a vote is not saved yet, and sends it by itself once the database is heard of again."""
    unsaved: Unsaved | None = recall(_unsaved(item_id))
    if unsaved is None:
        return None
    if page.app.reader.contact.heard_since(unsaved.since) and not _cast_again(page, item_id, unsaved):
        st.rerun()  # it is saved, or refused for good
    words = "It is sent by itself when the database is back, as long as this page and the round are open."
    st.markdown(f":material/cloud_off: **{POSITIONS[unsaved.position].label} is not saved yet.** {words}")
    return LOOK_AGAIN_S


def _cast_again(page: Page, item_id: ItemId, unsaved: Unsaved) -> bool:
    """Send an unsaved vote once more; gives whether its end is still unknown."""
    if _cast(page, item_id, unsaved.position, unsaved.reason) and unsaved.reason:
        clear_draft(page, reason_field(item_id))
    if recall(_unsaved(item_id)) is None:
        return False
    take(_refused(item_id))  # that it is away is said already
    return True


def _note_answer(page: Page, ballot: MyBallot, key: str) -> None:
    """Runs before the page is drawn, so that no rerun can cut it off between the click and the database."""
    chosen = st.session_state.get(key)
    if chosen is None:
        return
    item_id = ballot.item.item_id
    unsaved: Unsaved | None = recall(_unsaved(item_id))
    if unsaved is not None and unsaved.position == Position(chosen):
        _cast_again(page, item_id, unsaved)
        return
    fresh = read_ballot(page, ballot.round.round_id, item_id) or ballot
    is_first = not answered_count(fresh.round)
    if _cast(page, item_id, Position(chosen), fresh.reason) and is_first:
        remember(FIRST_ANSWER, True)


def _cast(page: Page, item_id: ItemId, position: Position, reason: str) -> bool:
    """Cast, and remember what came of it for the drawings that follow."""
    take(_refused(item_id))
    before: Unsaved | None = take(_unsaved(item_id))
    is_same = before is not None and (before.position, before.reason) == (position, reason)
    request_id = before.request_id if before is not None and is_same else str(uuid4())
    try:
        cast_vote(page.app.votes, page.credential, item_id, position, reason, request_id=request_id)
    except FolkmootError as error:
        remember(_refused(item_id), refusal(page, error))
        if isinstance(error, StoreUnavailable):
            remember(_unsaved(item_id), Unsaved(position, reason, request_id, page.app.reader.contact.moment()))
        page.app.reader.wrote(page.credential)
        return False
    page.app.reader.wrote(page.credential)
    page.app.hub.own_moved(page.credential)  # their other devices; the pages of others hear of a first vote alone
    return True


def _reason(page: Page, ballot: MyBallot) -> None:
    item_id = ballot.item.item_id
    field = reason_field(item_id)
    is_wanted = recall(_wanted(item_id)) or ballot.reason or read_draft(page, field)
    if not is_wanted:
        # As a callback: whatever is drawn after the press, this part or the whole page, shows the field.
        wanted, icon = (_wanted(item_id), True), ":material/add_comment:"
        label, key = "Add a reason", f"add_reason_{item_id}"
        st.button(label, key=key, type="tertiary", icon=icon, on_click=remember, args=wanted)
        return
    submission = draft_field(
        page,
        label="Your reason",
        field=field,
        actions=(("save", "Save reason with my vote"),),
        who_sees=WHO_SEES_REASON[ballot.round.anonymity],
        initial=ballot.reason,
        max_chars=MAX_REASON_CHARS,
        height=70,
        allow_empty=True,
    )
    if submission is not None:
        _save_reason(page, ballot, field, submission)


def _save_reason(page: Page, ballot: MyBallot, field: str, submission: Submission) -> None:
    unsaved: Unsaved | None = recall(_unsaved(ballot.item.item_id))
    position = unsaved.position if unsaved else ballot.position
    if position is None:
        st.warning("Choose an answer first. Your reason is kept here.", icon=":material/arrow_upward:")
        return
    if _cast(page, ballot.item.item_id, position, submission.text):
        clear_draft(page, field)
    draw_again()


def _unsaved(item_id: ItemId) -> str:
    return f"vote_unsaved:{item_id}"


def _lost(item_id: ItemId) -> str:
    return f"vote_lost:{item_id}"


def _refused(item_id: ItemId) -> str:
    return f"vote_refused:{item_id}"


def _wanted(item_id: ItemId) -> str:
    return f"reason_wanted:{item_id}"
