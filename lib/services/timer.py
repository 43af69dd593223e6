"""The timer that everyone sees, with an agenda or without. All of it is for those who lead, and can be taken back."""

from lib.domain.errors import ValidationFailed
from lib.domain.people import Credential
from lib.services.leading import change_settings
from lib.services.workshops import who
from lib.store.port import Store


def start_timer(store: Store, credential: Credential, seconds: int, label: str = "") -> None:
    """Show everyone a countdown. Facilitators only. Raises ValidationFailed for less than 10 s or more than 12 h."""
    if not 10 <= seconds <= 12 * 3600:
        raise ValidationFailed("A countdown can run from 10 seconds to 12 hours.")
    change_settings(store, credential, timer_seconds=seconds, timer_label=label.strip())


def stop_timer(store: Store, credential: Credential) -> None:
    """Take the countdown away. Facilitators only."""
    change_settings(store, credential, timer_seconds=None, timer_label="")


def pause_timer(store: Store, credential: Credential, is_paused: bool) -> None:
    """Let the countdown stand still, or run again with what was left. Facilitators only."""
    store.call("pause_timer", **who(credential), is_paused=is_paused)


def extend_timer(store: Store, credential: Credential, seconds: float) -> None:
    """More time, or less with a negative number. Facilitators only. Raises Conflict if there is no countdown."""
    store.call("extend_timer", **who(credential), seconds=float(seconds))
