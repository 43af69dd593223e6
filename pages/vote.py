"""Vote: participants answer the items of open rounds; the facilitator opens, closes and reveals rounds."""

from components.frame import open_page
from components.round_page import draw_rounds
from lib.domain.people import Role

page = open_page(
    "vote",
    allow=(Role.FACILITATOR, Role.PARTICIPANT, Role.ORGANIZER),
    reads=("read_rounds", "read_results", "read_policy", "read_scenarios", "read_drafts", "read_notes"),
)
draw_rounds(page)
