"""Whose the pages are that type in a document: under its number a page writes in its person's name."""

from collections.abc import Iterable, Mapping
from typing import Final

from lib.domain.ids import PersonId
from lib.live.member import Allowance, Member
from lib.live.shared_text import FORMS, SEEDS

BROUGHT_A_SECOND: Final = 0.05
MOST_BROUGHT: Final = 200
"""Numbers of pages that nobody knows under which one person may bring edits, on and on and after a rest: of their own
pages that were closed without a line, and of others' that a server lost. An outage has one, which its line names."""
BEGUN_A_SECOND: Final = 0.2
MOST_BEGUN: Final = 400
"""Lines under whose new numbers one person types, on and on and after a rest."""


class PageOwners:
    """By their numbers the pages of one document, with whose they are."""

    def __init__(self, known: Mapping[int, PersonId], held: Iterable[int]) -> None:
        """`known` is what the database says, `held` are the pages that typed in a room of which nothing was lost."""
        self._owners = dict(known)
        self._held = set(held)
        self._brought: dict[PersonId, Allowance] = {}
        self._begun: dict[PersonId, Allowance] = {}

    def __len__(self) -> int:
        return len(self._owners)

    @property
    def held(self) -> frozenset[int]:
        """The pages of which all came here: whatever anybody was shown of them is in the text."""
        return frozenset(self._held)

    def hold(self, *clients: int) -> None:
        """These pages came in here and have typed nowhere else, or their person has brought what they typed."""
        self._held.update(clients)

    def of(self, client: int, else_of: PersonId) -> PersonId:
        """Whose a page is; of one that nobody knows, who brings it."""
        return self._owners.get(client, else_of)

    def own(self, clients: Iterable[int], person: PersonId) -> tuple[int, ...]:
        """Those of these pages that are known to be somebody's."""
        return tuple(client for client in clients if self._owners.get(client) == person)

    def note(self, clients: Iterable[int], person: PersonId) -> None:
        """These are theirs, unless it is known already whose they are."""
        for client in clients:
            self._owners.setdefault(client, person)

    def learn(self, known: Mapping[int, PersonId]) -> None:
        """The database says whose these are, and so it is."""
        self._owners.update(known)

    def have_lost_nothing(self, clients: Iterable[int], person: PersonId) -> bool:
        """Whether one of these is a form, a seed, or another's page, of which all is here: more of it was made up."""
        return any(
            client in FORMS or client in SEEDS or (client in self._held and self._owners.get(client, person) != person)
            for client in clients
        )

    def may_bring(self, member: Member, clients: set[int]) -> bool:
        """Whether somebody may bring edits of so many pages more that nobody knows; they are counted."""
        new = Allowance(BROUGHT_A_SECOND, MOST_BROUGHT, member.clock)
        return self._brought.setdefault(member.writer.person_id, new).takes(len(clients - self._owners.keys()))

    def may_begin(self, member: Member) -> bool:
        """Whether somebody may type by one more line of theirs; it is counted."""
        new = Allowance(BEGUN_A_SECOND, MOST_BEGUN, member.clock)
        return self._begun.setdefault(member.writer.person_id, new).takes(1)
