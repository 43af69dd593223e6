"""Who is here, from when they were last seen."""

from datetime import datetime, timedelta
from enum import StrEnum

from lib.domain.people import Person

HERE_WITHIN = timedelta(seconds=45)
IDLE_WITHIN = timedelta(minutes=10)


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
