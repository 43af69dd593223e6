"""Which clause this tab has open, and what for."""

from dataclasses import dataclass
from uuid import UUID

from components.clause_scroll import note_opening
from components.draft_field import Submission
from components.frame import Page
from lib.domain.ids import ClauseId
from lib.domain.people import Role
from lib.domain.workshop import Place


@dataclass(frozen=True)
class OpenedClause:
    """`mode` is edit, tag, section, history, beside or rename; `section` is set for rename."""

    mode: str
    clause_id: ClauseId
    section: str


def opened_clause(page: Page) -> OpenedClause | None:
    """The clause or section that is open in the panel beside the policy."""
    mode = page.here.get("panel")
    if mode is None:
        return None
    return OpenedClause(mode, ClauseId(page.here.get("panel_clause") or ""), page.here.get("panel_section") or "")


def open_clause(page: Page, mode: str, clause_id: ClauseId, section: str = "") -> None:
    """Open a clause in the panel; what was written for another one stays its private draft."""
    page.here.put("panel", mode)
    page.here.put("panel_clause", clause_id)
    page.here.put(f"{field_of(clause_id)}:base", None)
    page.here.put("panel_section", section)
    note_opening(page, "panel_opened")


def close_clause(page: Page) -> None:
    """Go back to the editor of new clauses."""
    for name in ("panel", "panel_clause", "panel_section"):
        page.here.put(name, None)


def may_edit(page: Page, place: Place) -> bool:
    """Whether this person can change the policy now."""
    if page.role is Role.ORGANIZER:
        return False
    return page.role is Role.FACILITATOR or not place.workshop.editing_is_locked


def field_of(clause_id: ClauseId) -> str:
    """The field of a person's unsent rewording of a clause."""
    return f"clause:{clause_id}"


def section_field(section: str) -> str:
    """The field of a person's unsent new name for a section."""
    return f"section:{section[:80]}"


def id_for(handed: Submission) -> ClauseId:
    """The identity of the clause that one press of a button makes, the same one however often the press is sent."""
    return ClauseId(str(UUID(hex=handed.request_id)))
