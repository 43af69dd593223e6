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

from lib.domain.ids import ClauseId, ItemId, WorkshopId
from lib.domain.people import Credential
from lib.domain.rounds import Position
from lib.policy.acts import AddClause
from lib.security import hash_token
from lib.services.drafting import change_policy, publish_version
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
    print(f"{'function':28} {'direct p50':>11} {'p95':>7} {'HTTP p50':>11} {'p95':>7}   in ms, {CALLS} calls each")
    for name, ask in _asked(lived_in).items():
        figures = [_times_ms(lambda a=ask, s=store: a(s)) for store in (direct, over_http)]
        (p50, p95), (http_p50, http_p95) = figures
        print(f"{name:28} {p50:11.1f} {p95:7.1f} {http_p50:11.1f} {http_p95:7.1f}", flush=True)


def _asked(lived_in: LivedIn) -> dict[str, Callable[[Store], Any]]:
    facilitator = lived_in.facilitator
    who = {"workshop": facilitator.workshop_id, "token_hash": facilitator.token_hash}
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
    asked |= _reads_of_one(lived_in, who)
    asked |= _writes(lived_in, who)
    return asked


def _reads_of_one(lived_in: LivedIn, who: dict[str, str]) -> dict[str, Callable[[Store], Any]]:
    """Reads that a page makes for one thing, and what the doors ask."""
    item = lived_in.round.items[-1]
    return {
        "read_version": lambda store: store.call("read_version", **who, number=1),
        "read_clause_history": lambda store: store.call("read_clause_history", **who, clause=item.clause_id),
        "identify": lambda store: store.call("identify", token_hash=who["token_hash"]),
        "find_workshop": lambda store: store.call("find_workshop", join_code=lived_in.created.join_code),
        "export_workshop": lambda store: store.call("export_workshop", **who),
    }


def _writes(lived_in: LivedIn, who: dict[str, str]) -> dict[str, Callable[[Store], Any]]:
    """Acts of people, each on something of its own, so that one changes nothing for the next."""
    numbers = count(1)
    ana = {"workshop": who["workshop"], "token_hash": hash_token(lived_in.people[0].token)}
    response = lived_in.round.items[0].response_id
    clause, item = lived_in.round.items[-1].clause_id, lived_in.round.items[0].item_id
    turns = [{"role": "user", "content": "A letter came."}]

    def act(function: str, credential: dict[str, str] = who, **fixed: Any) -> Callable[[Store], Any]:
        return lambda store: store.call(
            function, **credential, **{k: v() if callable(v) else v for k, v in fixed.items()}
        )

    def vote(store: Store) -> Any:
        one = {**ana, "item_id": item, "position": "agree", "reason": "", "request_id": new_id()}
        return store.call("cast_votes", votes=[one])

    def join(store: Store) -> Any:
        number = next(numbers)
        return store.call(
            "join_workshop",
            join_code=lived_in.created.join_code,
            person=new_id(),
            name=f"Late {number}",
            token_hash=hash_token(f"late {number}"),
        )

    def edit_and_publish(store: Store) -> Any:
        added = AddClause(ClauseId(new_id()), f"Name office {next(numbers)}.", section="Offices")
        revision = change_policy(store, lived_in.facilitator, added, new_id())
        return publish_version(store, lived_in.facilitator, revision, "", new_id())

    def one_round(store: Store) -> Any:
        opened = store.call(
            "open_round",
            **who,
            round=new_id(),
            question="Fit?",
            anonymity="named",
            items=[{"kind": "response", "response_id": response}],
        )
        store.call("close_round", **who, round=opened["round_id"])
        return store.call("reveal_round", **who, round=opened["round_id"])

    return {
        "save_draft": act("save_draft", ana, field="clause:new", text="Say whom.", seq=lambda: next(numbers)),
        "cast_votes (one)": vote,
        "set_mark": act("set_mark", ana, response=response, clause=clause, value="followed"),
        "add_scenario": act("add_scenario", ana, scenario=new_id, title="Letter", turns=turns, is_shared=False),
        "set_workshop": act("set_workshop", changes={"timer_label": "Vote"}),
        "join_workshop": join,
        "edit and publish (3 calls)": edit_and_publish,
        "open, close, reveal a round": one_round,
    }


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
