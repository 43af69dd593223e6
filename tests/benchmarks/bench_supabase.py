"""The Supabase transport beside the direct one: votes at once, votes without end, and each function that a page uses.

Run with `python -m tests.benchmarks.bench_supabase`. Its own embedded PostgreSQL with its real durability, and in front
of it the Supabase without containers of the tests, on the same machine: what is measured is our part and one HTTP hop.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from lib.domain.ids import ItemId, WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Position
from lib.services.vote_batcher import VoteBatcher
from lib.services.voting import cast_vote
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from lib.store.port import Store
from lib.store.supabase_rest import SupabaseStore
from tests.benchmarks import bench_votes
from tests.support.lived_in import LivedIn, live_in
from tests.support.supabase_lite import SupabaseLite
from tests.support.workshop_builder import Built, new_id

TARGET_P95_MS = 900
TARGET_VOTES_A_SECOND = 1_000
VOTERS = 300
SUSTAINED_S = 10.0
CALLS = 60


def main() -> int:
    """Print the figures; 0 if the targets are met."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        folder = Path(name) / "server"
        address = embedded.start(folder)
        try:
            migrate(address)
            direct = DirectStore(address)
            with SupabaseLite(address) as lite:
                over_http = SupabaseStore(lite.url, lite.secret_key)
                missed = bench_votes.measure(over_http, TARGET_P95_MS)
                missed += sustained(over_http)
                side_by_side(direct, over_http)
                over_http.close()
            direct.close()
            return int(missed > 0)
        finally:
            embedded.release(folder)


def sustained(store: Store) -> int:
    """Votes of a crowd that never pauses: each person votes again as soon as the last vote is stored."""
    built = Built(store)
    people = [built.join(f"Person {number:03}") for number in range(VOTERS)]
    item = ItemId(built.open_round()["items"][0]["item_id"])
    votes, stored, failed = VoteBatcher(store), [0] * VOTERS, [0] * VOTERS
    until = time.perf_counter() + SUSTAINED_S

    def vote(number: int) -> None:
        credential = Credential(WorkshopId(built.workshop), people[number].token_hash)
        for turn in count():
            if time.perf_counter() > until:
                return
            try:
                cast_vote(votes, credential, item, list(Position)[turn % 4])
                stored[number] += 1
            except Exception:  # noqa: BLE001 - a benchmark counts every kind of failure
                failed[number] += 1

    threads = [threading.Thread(target=vote, args=(number,)) for number in range(VOTERS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = sum(stored) / (time.perf_counter() - began)
    votes.close()
    print(
        f"sustained over HTTP: {rate:,.0f} votes a second by {VOTERS} people for {SUSTAINED_S:.0f} s, "
        f"{sum(failed)} failed [target ≥ {TARGET_VOTES_A_SECOND:,}]",
        flush=True,
    )
    return int(rate < TARGET_VOTES_A_SECOND or sum(failed) > 0)


def side_by_side(direct: Store, over_http: Store) -> None:
    """The median and p95 of each function that a page uses, through both transports, one call at a time."""
    lived_in = live_in(direct, people=100, voted=100)
    print(f"{'function':24} {'direct p50':>11} {'p95':>7} {'HTTP p50':>11} {'p95':>7}   in ms, {CALLS} calls each")
    for name, ask in _asked(lived_in).items():
        figures = [_times_ms(lambda a=ask, s=store: a(s)) for store in (direct, over_http)]
        (p50, p95), (http_p50, http_p95) = figures
        print(f"{name:24} {p50:11.1f} {p95:7.1f} {http_p50:11.1f} {http_p95:7.1f}", flush=True)


def _asked(lived_in: LivedIn) -> dict[str, Callable[[Store], Any]]:
    facilitator = lived_in.facilitator
    who = {"workshop": facilitator.workshop_id, "token_hash": facilitator.token_hash}
    numbers = count(1)
    asked: dict[str, Callable[[Store], Any]] = {}
    for function in (
        *("read_place", "read_people", "read_drafts", "read_policy", "read_scenarios", "read_runs", "read_marks"),
        *("read_rounds", "read_results"),
    ):
        asked[function] = lambda store, f=function: store.call(f, **who)
    asked["read_responses"] = lambda store: store.call("read_responses", **who, scenario=None, run=None)
    page = [{"function": name} for name in ("read_place", "read_rounds", "read_results", "read_policy", "read_drafts")]
    asked["read_together (Vote)"] = lambda store: store.call("read_together", **who, reads=page)
    asked["read_revs"] = lambda store: store.call("read_revs", workshops=[facilitator.workshop_id])
    asked["save_draft"] = lambda store: store.call(
        "save_draft", **who, field="clause:new", text="Say whom to call.", seq=next(numbers)
    )
    asked["set_workshop"] = lambda store: store.call("set_workshop", **who, changes={"timer_label": "Vote"})
    asked["add_scenario"] = lambda store: store.call(
        "add_scenario",
        **who,
        scenario=new_id(),
        title="A letter",
        turns=[{"role": "user", "content": "A letter came."}],
        is_shared=False,
    )
    return asked


def _times_ms(ask: Callable[[], Any]) -> tuple[float, float]:
    ask()
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=20)[18]


if __name__ == "__main__":
    sys.exit(main())
