"""Runs on the console: many scenarios at once, as on the Test page and with the same choices."""

from components.frame import Page
from components.run_list import run_list
from components.run_start import run_form


def draw(page: Page) -> None:
    """What to run, and how far all runs are."""
    run_form(page)
    run_list(page)
