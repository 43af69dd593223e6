"""What a new note is about as long as nobody chose: what everyone was called to, while the group is still at it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from components.ballot_state import read_rounds
from components.frame import Page
from components.note_subjects import NOTHING, key_of, newest_first
from lib.domain.agenda import Agenda
from lib.domain.workshop import Call, Place

AT_IT_FOR: Final = timedelta(minutes=5)
"""For so long the group is taken to be at what everyone was called to or is shown: time to read it, to talk and to
decide. After that nobody has said what they are at, and it is better that a note is about nothing than about what was
left behind, before everyone."""


def proposed(page: Page) -> str:
    """The key of the thing, as in `note_subjects`; NOTHING where the group may have gone on."""
    call = _now(page)
    return key_of(call) if call else NOTHING


def proposed_for_s(page: Page) -> float | None:
    """After how many seconds the group is taken to have gone on by time alone; None where nothing is proposed."""
    call = _now(page)
    return max(1.0, (call.at + AT_IT_FOR - page.app.clock()).total_seconds()) if call else None


def still_at(calls: Sequence[Call], went_on: Iterable[datetime], now: datetime) -> Call | None:
    """The newest call, unless it is old or the group went on since. A new stage ends a call by itself."""
    newest = next(iter(calls), None)
    if newest is None or now - newest.at >= AT_IT_FOR or any(at > newest.at for at in went_on):
        return None
    return newest


def _now(page: Page) -> Call | None:
    """A step of the agenda, and a round that is opened or revealed, lead the group on."""
    workshop, agenda = page.read(Place, "read_place").workshop, page.read(Agenda, "read_agenda")
    rounds = read_rounds(page)
    moments = (agenda.step_at, *(at for one in rounds for at in (one.opened_at, one.revealed_at)))
    return still_at(newest_first(workshop), [at for at in moments if at], page.app.clock())
