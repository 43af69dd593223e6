"""What a join link's page and the lobby share: the way from a code to its workshop, and what is told first."""

from lib.bootstrap import Application
from lib.domain.errors import NotFound, ValidationFailed
from lib.domain.workshop import ModelChoice
from lib.services import workshops
from lib.services.workshops import FoundWorkshop

BEFORE = "Before you join"
NAME = "Your name"
NAME_SEEN_BY = "Everyone in the workshop sees it beside what you write, once you join."


def find(app: Application, typed: str, client: str) -> FoundWorkshop:
    """The workshop behind a code. Only misses count against the `client`, an address: a right code always opens.

    Raises:
        ValidationFailed: it has not the form of a code, or too many wrong ones came from there.
        NotFound: no workshop has this code.
    """
    now_s = app.clock().timestamp()
    try:
        return workshops.find_workshop(app.store, typed)
    except NotFound:
        wait_s = app.throttle.wait_s(client, now_s)
        app.throttle.note_miss(client, now_s)
        if wait_s > 0:
            minutes = max(1, round(wait_s / 60))
            raise ValidationFailed(
                f"Too many wrong codes came from here. Ask the facilitator for the code or the join link, and try "
                f"again in about {minutes} min."
            ) from None
        raise


def what_it_means(app: Application, found: FoundWorkshop) -> tuple[tuple[str, str], ...]:
    """What is stored, who reads it, what others see, how to leave: what it is about, and what holds, in plain text."""
    choice = ModelChoice(found.model, found.api_base) if found.model else None
    offer = app.engine.catalogue.describe(found.workshop_id, choice)
    return (
        (
            "What is stored:",
            "your name, and what you write, test, mark and vote, in the database of this server, until the facilitator "
            "deletes the workshop. This browser keeps a cookie that is you.",
        ),
        ("Which model reads it:", f"{offer.label}. {offer.reader}"),
        (
            "What others see:",
            "your name beside your clauses, shared scenarios, shared responses and marks. Unsent text and private "
            "tests only you. Each ballot says whether its votes are shown with names; nobody sees a vote before the "
            "facilitator reveals the round.",
        ),
        ("How to leave:", "under your name at the top of every page, with or without deleting your data."),
    )
