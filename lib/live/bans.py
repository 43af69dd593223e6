"""What the database refused of a document after it was shown: it comes back by no way."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.domain.ids import PersonId
from lib.live.stretches import Ranges, Stretches
from lib.live.update_check import Checked


@dataclass(frozen=True)
class Ban:
    """What was refused of one page."""

    first: int
    """From which of the page's edits on."""
    person: PersonId
    """Whose they are: they alone are told why, and keep the words."""
    reason: str
    words: str


class Bans:
    """All that was refused of one document."""

    def __init__(self) -> None:
        self._of_pages: dict[int, Ban] = {}
        self._deletes = Stretches()

    def add(self, of_pages: Mapping[int, Ban], deletes: Ranges) -> None:
        """This was refused, too, by the numbers of the pages, and that these edits are deleted."""
        self._of_pages.update(of_pages)
        self._deletes.add(deletes)

    def of(self, checked: Checked) -> dict[int, Ban]:
        """What of this update's words was refused before, by the numbers of the pages."""
        bans = {client: self._of_pages[client] for client in checked.ends.keys() & self._of_pages.keys()}
        return {client: ban for client, ban in bans.items() if checked.ends[client] > ban.first}

    def deletes_in(self, checked: Checked) -> Ranges:
        """What this update deletes of that of which it was refused before."""
        return self._deletes.common(checked.deletes) if self._deletes else {}
