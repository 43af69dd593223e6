"""Overview: the organizer reads versions, rounds and results, and takes the files away. Nothing here can be changed."""

from components.frame import open_page
from components.review_overview import draw_overview
from components.review_sections import draw_review
from lib.domain.people import Role

page = open_page(
    "overview",
    allow=(Role.ORGANIZER, Role.FACILITATOR),
    reads=("read_policy", "read_rounds", "read_results", "read_notes"),
)
draw_overview(page)
draw_review(page)
