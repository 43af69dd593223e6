"""What is known here of somebody's unsent texts: what the database had, and what this tab was told since."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.place import recall, remember, take
from lib.domain.errors import FolkmootError
from lib.domain.ids import PersonId, WorkshopId
from lib.services.drafts import NO_DRAFT, Draft, drafts_in

if TYPE_CHECKING:
    from components.frame import Page


def latest_drafts(page: "Page") -> Mapping[str, Draft]:
    """This person's unsent texts: as the database had them when this page was opened, and what this tab knows since."""
    return newest_of(owner_of(page), stored_drafts(page))


def newest_of(owner: str, stored: Mapping[str, Draft]) -> Mapping[str, Draft]:
    """Somebody's unsent texts as the database gave them, and what this tab knows since."""
    noted = noted_drafts(owner)
    return {**noted, **{name: draft for name, draft in stored.items() if draft.seq > noted.get(name, NO_DRAFT).seq}}


def noted_drafts(owner: str) -> dict[str, Draft]:
    """What this tab was told, whether or not the database can be reached. Whoever is told more writes it in here."""
    name = f"drafts:{owner}:noted"
    noted: dict[str, Draft] | None = recall(name)
    if noted is None:
        remember(name, noted := {})
    return noted


def stored_drafts(page: "Page") -> dict[str, Draft]:
    """What the database had as this page was opened; nothing while it is away."""
    name = _stored(page)
    visit: int
    kept: dict[str, Draft]
    visit, kept = recall(name, (0, {}))
    if visit != page.visit:
        try:
            kept = drafts_in(page.app.reader.fresh("read_drafts", page.credential))
        except FolkmootError:
            return {}
        remember(name, (page.visit, kept))
    return kept


def read_anew(page: "Page") -> None:
    """Ask the database again, with the next question: a text may have come that no field of this tab tells of."""
    take(_stored(page))


def owner_of(page: "Page") -> str:
    """Whose texts they are, among all that this tab may know."""
    return owner(page.workshop_id, page.viewer.person_id)


def owner(workshop: WorkshopId, person: PersonId) -> str:
    """The same, where there is no page."""
    return f"{workshop}:{person}"


def _stored(page: "Page") -> str:
    return f"drafts:{owner_of(page)}:stored"
