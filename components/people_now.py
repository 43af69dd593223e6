"""The people as they are at this moment, read once for all parts of a page that is being drawn."""

from components.frame import Page
from components.place import recall, remember
from lib.domain.people import Person

READ = "people_now"


def people_now(page: Page) -> tuple[Person, ...]:
    """Everybody with when they were last seen, for those who lead; only while the whole page is drawn."""
    run, people = recall(READ, (None, ()))
    if run != page.run:
        people = page.read_fresh(tuple[Person, ...], "read_people")
        remember(READ, (page.run, people))
    return tuple(people)
