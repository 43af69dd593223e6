"""Rounds on the console: open one, and see what stands to the vote, as on the Vote page and with the same choices."""

from components.ballot_state import read_rounds
from components.console_line import MATTERS
from components.frame import Page
from components.pulse import live_fragment
from components.round_opening import draw_opening, opening_form
from components.round_running import draw_running_round
from components.round_state import in_progress
from components.round_watch import draw_who_has_voted
from lib.domain.errors import FolkmootError
from lib.domain.workshop import Topic


def draw(page: Page) -> None:
    """The form first: what others do to the rounds below it moves nothing that somebody writes in."""
    rounds = read_rounds(page)
    with opening_form(page, in_progress(rounds)):
        draw_opening(page, begins_on=MATTERS)
    _draw_running(page)


@live_fragment(Topic.ROUNDS, Topic.VOTES, Topic.PEOPLE)
def _draw_running(page: Page) -> None:
    """Rounds in progress, with who has voted and never what. Nothing that anybody types stands in here."""
    try:
        running = in_progress(read_rounds(page))
    except FolkmootError:
        return  # The live strip says what is the matter.
    draw_who_has_voted(running)
    for one in running:
        draw_running_round(page, one)
