"""Who is here, where, and since when idle: from when they were last seen, and when they last did something."""

from datetime import datetime, timedelta
from enum import StrEnum

from components.pages import TITLES
from components.texts import escape
from lib.domain.people import Person

HERE_WITHIN = timedelta(seconds=45)
IDLE_WITHIN = timedelta(minutes=10)
ELIGIBLE_WITHIN = timedelta(minutes=2)
"""Whoever was seen within it when a round is opened can vote in it, as the database counts (`open_round`)."""
STILL_AFTER = timedelta(minutes=2)
"""Whoever has a page open and did nothing in it for so long is called idle."""


class Presence(StrEnum):
    """How long ago a person's browser was last heard of."""

    HERE = "here"
    IDLE = "idle"
    AWAY = "away"
    REMOVED = "removed"


ICONS = {
    Presence.HERE: ":material/radio_button_checked:",
    Presence.IDLE: ":material/schedule:",
    Presence.AWAY: ":material/radio_button_unchecked:",
    Presence.REMOVED: ":material/block:",
}


WORDS = {
    Presence.IDLE: "not here",
    Presence.AWAY: "away",
    Presence.REMOVED: "removed",
}
"""Of those whose page is not open. Whoever is here and does nothing is idle: see `is_idle`."""
HOUR_MIN = 60


def presence_of(person: Person, now: datetime) -> Presence:
    """Here: seen within 45 s. Idle: within ten minutes. Away: longer ago or never."""
    if person.is_removed:
        return Presence.REMOVED
    if person.last_seen_at is None:
        return Presence.AWAY
    since = now - person.last_seen_at
    if since <= HERE_WITHIN:
        return Presence.HERE
    return Presence.IDLE if since <= IDLE_WITHIN else Presence.AWAY


def could_vote(person: Person, now: datetime) -> bool:
    """Whether they would be among the eligible of a round that is opened now."""
    return not person.is_removed and person.last_seen_at is not None and now - person.last_seen_at < ELIGIBLE_WITHIN


def is_idle(person: Person, now: datetime) -> bool:
    """Whether their page is open and they did nothing in it for two minutes, as far as their browser told."""
    is_here = presence_of(person, now) is Presence.HERE
    return is_here and person.acted_at is not None and now - person.acted_at >= STILL_AFTER


def person_words(person: Person, now: datetime) -> str:
    """One line about somebody, for those who lead."""
    presence = presence_of(person, now)
    parts = [f"{ICONS[presence]} {escape(person.name)}"]
    if person.is_co_facilitator:
        parts.append("leads too")
    if person.name_is_hidden:
        parts.append("name hidden from others")
    if presence is Presence.HERE and person.page in TITLES:
        parts.append(f"on {TITLES[person.page]}")
    if presence is Presence.REMOVED:
        parts.append(WORDS[presence])
    elif presence is not Presence.HERE:
        parts.append(WORDS[presence] + (f" for {_since(person.last_seen_at, now)}" if person.last_seen_at else ""))
    elif is_idle(person, now) and person.acted_at is not None:
        parts.append(f"**idle {_since(person.acted_at, now)}**")
    if person.has_voted is not None and not person.is_removed:
        parts.append("has voted" if person.has_voted else "**has not voted**")
    return ", ".join(parts)


def _since(then: datetime, now: datetime) -> str:
    """For how long, in whole minutes up to an hour."""
    minutes = int((now - then).total_seconds() // 60)
    return "more than an hour" if minutes >= HOUR_MIN else f"{minutes} min" if minutes else "less than a minute"
