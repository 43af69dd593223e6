"""What one page costs in round trips to the database: at most two reads and one write, however much it shows."""

from typing import Any

import pytest

from lib import bootstrap
from lib.store.port import Store
from tests.support.lived_in import LivedIn, live_in
from tests.support.page_visit import app_on, visit

MOST_READS, MOST_WRITES = 2, 1
PAGES = ["draft", "test", "vote", "review", "overview", "console"]


class CountingStore:
    """The database, with a note of every call."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[str] = []

    def call(self, function: str, /, **arguments: Any) -> Any:
        self.calls.append(function)
        return self.store.call(function, **arguments)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def lived_in(store: Store) -> LivedIn:
    """A workshop in full swing, made once."""
    return live_in(store, people=12, voted=10)


@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_two_reads_and_one_write_at_most(store: Store, lived_in: LivedIn, name: str, role: str) -> None:
    created = lived_in.created
    cookies = {
        "participant": lived_in.cookie(lived_in.people[0]),
        "facilitator": (f"folkmoot_facilitator_{lived_in.workshop_id}", created.facilitator_token),
        "organizer": (f"folkmoot_organizer_{lived_in.workshop_id}", created.organizer_token),
    }
    counting = CountingStore(store)
    with app_on(counting) as browser:
        browser.held = dict([cookies[role]])
        elsewhere = "review" if name != "review" else "draft"
        at = visit(elsewhere, lived_in.workshop_id)
        bootstrap.application().reader.wrote(created.workshop_id)  # everything that was read before is stale now
        counting.calls.clear()
        visit(name, lived_in.workshop_id, at)
        assert not at.exception
    reads = [call for call in counting.calls if call.startswith(("read_", "identify"))]
    assert len(reads) <= MOST_READS, counting.calls
    assert len(counting.calls) - len(reads) <= MOST_WRITES, counting.calls
