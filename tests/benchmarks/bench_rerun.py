"""How long one person waits for their page while 10 and 300 people are connected, and what 300 idle people cost.

Run with `python -m tests.benchmarks.bench_rerun [page …]`. The real app on its own embedded PostgreSQL; people are
light browsers that speak Streamlit's websocket protocol and ask for live fragments as often as a real one does.
"""

import asyncio
import contextlib
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from components.pages import TITLES
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.served import ServedApp
from tests.support.light_browser import LightBrowser
from tests.support.lived_in import LivedIn, live_in

PAGES = ("draft", "test", "vote")
CROWDS = (10, 300)
RERUNS = 100
EVERY_S = 0.15
IDLE_S = 15.0
AT_ONCE = 10
TARGET_MS = 100


def main(pages: list[str]) -> int:
    """Print the figures; 0 if p95 is within the target everywhere."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        address = embedded.start(folder / "server")
        try:
            migrate(address)
            store = DirectStore(address)
            lived_in = live_in(store, people=max(CROWDS), voted=100)
            store.close()
            app = ServedApp(folder / "app", environment={"DATABASE_URL": address})
            app.start()
            try:
                p95s = asyncio.run(measure(app, lived_in, pages))
            finally:
                app.end()
                unexpected = [line for line in app.log.splitlines() if " ERROR " in line or "Traceback" in line]
                print(*unexpected[:20], sep="\n")
        finally:
            embedded.release(folder / "server")
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"worst p95 {max(p95s):.0f} ms [target ≤ {TARGET_MS} ms] on {machine}")
    return int(max(p95s) > TARGET_MS)


async def measure(app: ServedApp, lived_in: LivedIn, pages: list[str]) -> list[float]:
    """The p95 of a rerun in ms, for every page and crowd, printed as they come."""
    p95s = []
    for page in pages:
        for crowd in CROWDS:
            async with contextlib.AsyncExitStack() as stack:
                began = time.perf_counter()
                people = await _connect(stack, app, lived_in, page, crowd)
                connected_s = time.perf_counter() - began
                idle, fragments = await _idle(app, people)
                before_s, since = _cpu_s(app), time.perf_counter()
                waits_ms = await _reruns(people)
                own_s = _cpu_s(app) - before_s - idle * (time.perf_counter() - since)
                p95s.append(statistics.quantiles(waits_ms, n=100)[94])
                memory_mb = _process(app).memory_info().rss / 1e6
                print(
                    f"{page}, {crowd} connected (in {connected_s:.1f} s): a rerun takes "
                    f"p50 {statistics.median(waits_ms):.0f} ms, p95 {p95s[-1]:.0f} ms, max {max(waits_ms):.0f} ms, and "
                    f"{own_s / RERUNS * 1000:.0f} ms of the server's CPU; all idle: {idle:.0%} of a core, "
                    f"{fragments:.0f} live fragment runs a second, {memory_mb:.0f} MB",
                    flush=True,
                )
                assert not sum(person.exceptions for person in people), "somebody met an exception box"
    return p95s


async def _connect(
    stack: contextlib.AsyncExitStack, app: ServedApp, lived_in: LivedIn, page: str, crowd: int
) -> list[LightBrowser]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def open_one(browser: LightBrowser) -> LightBrowser:
        async with gate:
            return await stack.enter_async_context(browser)

    browsers = [
        LightBrowser(app.url, page, lived_in.workshop_id, lived_in.cookie(person)) for person in lived_in.people[:crowd]
    ]
    people = await asyncio.gather(*(open_one(browser) for browser in browsers))
    for person in people:
        await person.rerun()  # everybody's first act, at which their page learns how many have come
    return people


async def _idle(app: ServedApp, people: list[LightBrowser]) -> tuple[float, float]:
    """The share of a core that the server uses while nobody does anything, and the fragments that it draws a second."""
    await asyncio.sleep(4)
    before_s, runs, began = _cpu_s(app), sum(one.fragment_runs for one in people), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    elapsed_s = time.perf_counter() - began
    return (_cpu_s(app) - before_s) / elapsed_s, (sum(one.fragment_runs for one in people) - runs) / elapsed_s


async def _reruns(people: list[LightBrowser]) -> list[float]:
    """Waits in ms of people who ask for their page one after the other, chosen by chance."""
    chance = random.Random(1)
    waits_ms = []
    for _ in range(RERUNS):
        await asyncio.sleep(EVERY_S)
        one = chance.choice(people)
        waits_ms.append(await one.rerun() * 1000)
        await _stands(one)
    return waits_ms


async def _stands(one: LightBrowser) -> None:
    """The page is the right one. What its live fragment draws anew just then comes a moment later."""
    for _ in range(40):
        if TITLES[one.page] in one.texts:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"this is not the page {one.page}: {one.texts}, {one.kinds}")


def _cpu_s(app: ServedApp) -> float:
    times = _process(app).cpu_times()
    return times.user + times.system


def _process(app: ServedApp) -> psutil.Process:
    assert app.pid is not None
    return psutil.Process(app.pid)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PAGES)))
