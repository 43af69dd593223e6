"""What one page costs in round trips to the database: at most two reads and one write, however much it shows."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib import bootstrap
from lib.services import reading
from lib.store.port import Store
from tests.support.lived_in import LivedIn, live_in
from tests.support.page_visit import ROUTER, app_on, visit, words_of

MOST_READS, MOST_WRITES = 2, 1
NOT_FOR_THEM = "This page is not for your role"
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


@pytest.fixture(autouse=True)
def however_slow_this_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that takes longer than a second to draw rightly asks once more for what must be new."""
    monkeypatch.setattr(reading, "FRESH_FOR_S", 60.0)


@pytest.fixture(scope="module")
def lived_in(store: Store) -> LivedIn:
    """A workshop in full swing, made once."""
    return live_in(store, people=12, voted=10)


def cookie_of(lived_in: LivedIn, role: str) -> tuple[str, str]:
    created = lived_in.created
    return {
        "participant": lived_in.cookie(lived_in.people[0]),
        "facilitator": (f"folkmoot_facilitator_{lived_in.workshop_id}", created.facilitator_token),
        "organizer": (f"folkmoot_organizer_{lived_in.workshop_id}", created.organizer_token),
    }[role]


def assert_cheap(calls: list[str]) -> None:
    reads = [call for call in calls if call.startswith(("read_", "identify"))]
    assert len(reads) <= MOST_READS, calls
    assert len(calls) - len(reads) <= MOST_WRITES, calls


@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opened_in_a_new_tab_of_a_new_process_costs_no_more(
    store: Store, lived_in: LivedIn, name: str, role: str
) -> None:
    counting = CountingStore(store)
    with app_on(counting) as browser:
        browser.held = dict([cookie_of(lived_in, role)])
        tab = new_tab(lived_in.workshop_id)  # AppTest begins every tab in the lobby
        assert not tab.exception
        assert counting.calls == ["identify"], "the lobby asks once for every pass that the browser holds"
        counting.calls.clear()
        at = visit(name, lived_in.workshop_id, tab)
        assert not at.exception
    assert counting.calls or NOT_FOR_THEM in words_of(at)
    assert_cheap(counting.calls)


def new_tab(workshop: str) -> AppTest:
    tab = AppTest.from_file(ROUTER, default_timeout=30)
    tab.query_params["w"] = workshop
    return tab.run()


@pytest.mark.parametrize("role", ["participant", "facilitator", "organizer"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_two_reads_and_one_write_at_most(store: Store, lived_in: LivedIn, name: str, role: str) -> None:
    created = lived_in.created
    counting = CountingStore(store)
    with app_on(counting) as browser:
        browser.held = dict([cookie_of(lived_in, role)])
        elsewhere = "review" if name != "review" else "draft"
        at = visit(elsewhere, lived_in.workshop_id)
        bootstrap.application().reader.wrote(created.workshop_id)  # everything that was read before is stale now
        counting.calls.clear()
        visit(name, lived_in.workshop_id, at)
        assert not at.exception
    assert_cheap(counting.calls)


def test_what_stands_beside_a_clause_costs_one_more_read(store: Store, lived_in: LivedIn) -> None:
    first = store.call("read_policy", workshop=lived_in.workshop_id, token_hash=lived_in.facilitator.token_hash)[
        "policy"
    ]["clauses"][0]["clause_id"]
    counting = CountingStore(store)
    with app_on(counting) as browser:
        browser.held = dict([cookie_of(lived_in, "participant")])
        tab = new_tab(lived_in.workshop_id)
        counting.calls.clear()
        tab.query_params["clause"] = first
        at = visit("draft", lived_in.workshop_id, tab)
        assert not at.exception
    assert "Nobody has said anything yet." in words_of(at)
    reads = [call for call in counting.calls if call.startswith("read_")]
    assert len(reads) <= MOST_READS + 1, counting.calls
