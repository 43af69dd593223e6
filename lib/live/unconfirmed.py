"""What this server took in and the database may have otherwise: the same page can have said another thing elsewhere."""

from collections.abc import Iterable, Sequence

from lib.live.items import Item, among
from lib.live.stretches import Ranges
from lib.live.update_check import Checked


class Unconfirmed:
    """Updates of which the database may have an earlier one that says otherwise under the same numbers.

    That one counts then, for whoever opens the document anew.
    """

    def __init__(self) -> None:
        self._seqs: dict[str, int | None] = {}
        """The number of each in the database, None until it has one."""
        self._clients: dict[str, tuple[int, ...]] = {}
        """Who typed in each."""
        self._items: dict[int, dict[str, Sequence[Item]]] = {}
        """What each client typed in them."""

    def take(self, update_id: str, new: Checked) -> None:
        """This is new here, and on its way into the database."""
        self._seqs[update_id] = None
        self._clients[update_id] = tuple(new.items)
        for client, made in new.items.items():
            self._items.setdefault(client, {})[update_id] = made

    def stored(self, update_id: str, seq: int | None) -> None:
        """It is there under this number; None = it was there before, and comes with the next news."""
        if update_id in self._seqs:
            self._seqs[update_id] = seq or 0

    def confirm(self, *update_ids: str) -> None:
        """Nothing that says otherwise was stored before these."""
        for update_id in update_ids:
            self._seqs.pop(update_id, None)
            for client in self._clients.pop(update_id, ()):
                del self._items[client][update_id]
                if not self._items[client]:
                    del self._items[client]

    def confirm_through(self, seq: int) -> None:
        """Everything up to this number has been looked at."""
        self.confirm(*(key for key, stored in self._seqs.items() if stored is not None and stored <= seq))

    def differing(self, told: Checked) -> set[int]:
        """The pages of which an update of the database has other words than what was taken in here."""
        return {
            client
            for client, _, mine, other in self._compared(told)
            if mine is not None and other is not None and mine != other
        }

    def deleted_in_one(self, told: Checked) -> Ranges:
        """What only one of both has words for, the other having taken them out already: then they are to be nowhere."""
        found: Ranges = {}
        for client, (first, end), mine, other in self._compared(told):
            if (mine is None) != (other is None):
                found.setdefault(client, []).append((first, end - first))
        return found

    def _compared(self, told: Checked) -> Iterable[tuple[int, tuple[int, int], bytes | None, bytes | None]]:
        """The stretches that both have, by client, with the words of either; None = deleted when it was written."""
        for client in told.items.keys() & self._items.keys():
            for mine in (one for made in self._items[client].values() for one in made):
                for other in among(told.items[client], mine.first, mine.end):
                    first, end = max(mine.first, other.first), min(mine.end, other.end)
                    yield client, (first, end), mine.between(first, end), other.between(first, end)
