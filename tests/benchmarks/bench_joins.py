"""What a stampede meets: 300 people open the join link within ten seconds, give a name, and wait for their first page.

Run with `python -m tests.benchmarks.bench_joins [people]`. The real app on its own embedded PostgreSQL; people are
light browsers that do what a real one does: the link's page, press, cookie, first page, and the line for news.
All come from one address, as a class behind one router does.
"""

import asyncio
import contextlib
import os
import random
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from components.pages import TITLES
from lib.domain.people import Role
from lib.security import cookie_name
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.served import ServedApp
from tests.support.light_browser import LightBrowser
from tests.support.lived_in import LivedIn, live_in

PEOPLE = 300
WITHIN_S = 10.0
TARGET_MS = 2_000


@dataclass(frozen=True)
class Joined:
    """How long one person waited, in ms: for the link's page, and from the press until in and for their first page."""

    link_ms: float
    in_ms: float
    page_ms: float


def main(people: int) -> int:
    """Print the figures; 0 if nobody was refused and all is within the target."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        address = embedded.start(folder / "server")
        try:
            migrate(address)
            store = DirectStore(address)
            lived_in = live_in(store, people=3)
            app = ServedApp(folder / "app", environment={"DATABASE_URL": address}).start()
            try:
                is_met = asyncio.run(measure(app, lived_in, people))
            finally:
                app.end()
                who = {"workshop": lived_in.workshop_id, "token_hash": lived_in.facilitator.token_hash}
                stored = len(store.call("read_people", **who)) - 3
                store.close()
        finally:
            embedded.release(folder / "server")
    print(f"{stored} of {people} are in the database; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return int(not (is_met and stored == people))


async def measure(app: ServedApp, lived_in: LivedIn, people: int) -> bool:
    """All come within ten seconds, each at a moment of chance; printed, and whether the target is met."""
    chance = random.Random(1)
    async with contextlib.AsyncExitStack() as stack, httpx.AsyncHTTPTransport() as transport:
        moments = [chance.uniform(0, WITHIN_S) for _ in range(people)]
        coming = [_come(stack, app, transport, lived_in, f"Guest {n:03}", at) for n, at in enumerate(moments)]
        outcomes = await asyncio.gather(*coming, return_exceptions=True)
    joined = [one for one in outcomes if isinstance(one, Joined)]
    refused = [one for one in outcomes if not isinstance(one, Joined)]
    print(*[repr(one)[:300] for one in refused[:5]], sep="\n", end="\n" if refused else "")
    link, join, page = ([getattr(one, name) for one in joined] for name in ("link_ms", "in_ms", "page_ms"))
    print(
        f"{people} joins in {WITHIN_S:.0f} s: {len(refused)} refused; from the press until joined {_spread(join)} "
        f"[p95 ≤ {TARGET_MS} ms], until the first page is drawn {_spread(page)}; "
        f"the link's page before it {_spread(link)}",
        flush=True,
    )
    return not refused and statistics.quantiles(join, n=100)[94] <= TARGET_MS


def _spread(waits_ms: list[float]) -> str:
    p95 = statistics.quantiles(waits_ms, n=100)[94]
    return f"p50 {statistics.median(waits_ms):.0f} ms, p95 {p95:.0f} ms, max {max(waits_ms):.0f} ms"


async def _come(
    stack: contextlib.AsyncExitStack,
    app: ServedApp,
    transport: httpx.AsyncHTTPTransport,
    lived_in: LivedIn,
    name: str,
    at: float,
) -> Joined:
    await asyncio.sleep(at)
    http = httpx.AsyncClient(base_url=app.url, timeout=60, transport=transport)  # cookies of its own
    began = time.perf_counter()
    link = await http.get(f"/join/{lived_in.created.join_code}")
    asked = dict(re.findall(r'data-(code|person|token)="([^"]*)"', link.text))
    assert len(asked) == len(("code", "person", "token")), f"this is not the page of a join link: {link.text[:300]}"
    drawn = time.perf_counter()
    answer = await http.post("/join", json={**asked, "name": name}, headers={"Origin": app.url})
    answer.raise_for_status()
    in_ms = (time.perf_counter() - drawn) * 1000
    page = answer.json()["location"].removeprefix("/").partition("?")[0]
    token = asked["token"]
    own = LightBrowser(
        app.url, page, lived_in.workshop_id, (cookie_name(Role.PARTICIPANT, lived_in.workshop_id), token)
    )
    await stack.enter_async_context(own)
    page_ms = (time.perf_counter() - drawn) * 1000
    assert TITLES[page] in own.texts, f"this is not the page {page}: {own.texts}"
    assert not own.exceptions, "somebody met an exception box"
    return Joined((drawn - began) * 1000, in_ms, page_ms)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
