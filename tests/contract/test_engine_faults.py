"""Two servers' engines on one database, one behind a network that hangs: no cell is lost, no response is doubled."""

import time
from collections.abc import Iterator

import httpx
import pytest

from lib.domain.runs import RunStatus
from lib.llm import worker
from lib.store import supabase_rest
from lib.store.direct import DirectStore
from lib.store.supabase_rest import SupabaseStore
from tests.contract.test_engine import Bench, eventually
from tests.support.faulty_proxy import FaultyProxy
from tests.support.supabase_lite import SupabaseLite

FASTER = 4
"""Every wait is so many times shorter than in a server."""
STALE_S = worker.STALE_S / FASTER


@pytest.fixture
def proxy(database_address: str) -> Iterator[FaultyProxy]:
    """The way of the first server to the database."""
    with SupabaseLite(database_address) as lite, FaultyProxy(lite.port) as between:
        yield between


@pytest.fixture
def two(proxy: FaultyProxy, database_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A first server with a run in hand, behind the proxy, and a second one that would take it over."""
    monkeypatch.setattr(worker, "HEARTBEAT_S", worker.HEARTBEAT_S / FASTER)
    monkeypatch.setattr(worker, "STALE_S", STALE_S)
    monkeypatch.setattr(supabase_rest, "TIMEOUT", httpx.Timeout(10.0 / FASTER))
    for name in ("AWAY_FOR_S", "LONGEST_AWAY_S"):
        monkeypatch.setattr(supabase_rest, name, getattr(supabase_rest, name) / FASTER)
    first, second = SupabaseStore(proxy.url, SupabaseLite.secret_key), DirectStore(database_address)
    bench = Bench(second)
    bench.engines.pop().close()
    bench.engine = bench.new_engine(first)
    yield bench
    proxy.heal()
    bench.close()
    first.close()
    second.close()


def test_a_server_whose_claims_and_a_third_of_whose_heartbeats_stall_keeps_its_cells(
    two: Bench, proxy: FaultyProxy
) -> None:
    run = two.run_many(two.ana, [None])
    eventually(lambda: two.model.at_once == 2)
    proxy.stalled_shares = {"claim_cells": 1.0, "heartbeat": 1 / 3}
    two.new_engine()
    time.sleep(3 * STALE_S)
    assert proxy.stalled["claim_cells"] >= 1
    assert proxy.stalled["heartbeat"] >= 1
    assert len(two.model.asked) == 2, "the second server left the cells to who works on them"
    two.model.gate.set()
    eventually(lambda: two.run(two.ana, run).run.status is RunStatus.FINISHED)
    assert len(two.model.asked) == 2


def test_what_a_server_brings_after_it_lost_its_cells_is_neither_doubled_nor_overwrites(
    two: Bench, proxy: FaultyProxy
) -> None:
    run = two.run_many(two.ana, [None])
    eventually(lambda: two.model.at_once == 2)
    proxy.stalled_shares = {"claim_cells": 1.0, "heartbeat": 1.0}
    two.new_engine()
    eventually(lambda: two.model.at_once == 4, within_s=8 * STALE_S)  # nobody can tell a silent server from a dead one
    proxy.heal()
    two.model.gate.set()
    eventually(lambda: two.run(two.ana, run).run.status is RunStatus.FINISHED)
    before = two.built.facilitator.call("read_responses")
    eventually(lambda: all(engine.health().startswith("running, 0 calls") for engine in two.engines), within_s=40)
    after = two.built.facilitator.call("read_responses")
    assert after == before
    assert [(one["status"], one["attempts"]) for one in after] == [("done", 1)] * 2
    assert two.built.facilitator.call("read_place")["workshop"]["calls_used"] == 2
