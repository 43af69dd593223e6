"""Review: what the group disagrees on, what the policy covers, and what changed between versions."""

from components.frame import open_page
from components.review_sections import draw_review
from lib.domain.people import Role

page = open_page(
    "review",
    allow=(Role.PARTICIPANT, Role.FACILITATOR, Role.ORGANIZER),
    reads=("read_policy", "read_results", "read_notes", "read_drafts"),
)
draw_review(page)
