"""How the server's memory grows over four hours of a workshop of 30 people, with the time compressed.

Run with `python -m tests.benchmarks.bench_memory [hours]`; more hours show what bounds it. The real app on its own
embedded PostgreSQL, with a provider that answers at once. The events of each half hour come one after the other as fast
as the server takes them: tabs that come, go and lose their line, drawings of pages, unsent texts, edits of the live
document, a run, a round with everybody's votes, stages and calls. What goes by the clock, such as when Streamlit lets
go of a lost tab, is slow against that, so that more is remembered at once than in a real workshop.
"""

import asyncio
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from components.start import MEMORY_POOLS
from lib.domain.workshop import Stage
from lib.services.drafting import read_policy
from lib.services.reading import MOST_ENTRIES
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from tests.e2e.served import ServedApp
from tests.support.light_browser import LightBrowser
from tests.support.light_document import LightDocument
from tests.support.lived_in import LivedIn, cast_all, live_in, open_one
from tests.support.openai_stub import OpenAIStub
from tests.support.workshop_builder import new_id

PEOPLE = 30
HOURS = 4
WARM_UP_H = 1
VISITS, RERUNS = 2, 2
TYPISTS, EDITS = 6, 60
RESTS, REST_S = 30, 0.7
"""So often one of them rests as long as it takes until the policy is made of the text."""
LONG_TEXT = "".join(f"- Clause {number}: {'ask before you answer, ' * 17}and say why.\n" for number in range(1, 41))
AT_ONCE = 6
BOUNDS = f"""what bounds it: sessions by the open tabs, and the 128 lost ones that Streamlit keeps for two minutes; the
reader's answers at {MOST_ENTRIES:,} of a workshop, none older than its last change, and one value for all who are
answered alike; rooms and seats by who has a page open; a document at 100,000 characters, packed every 400 updates; live
responses by the calls under way; what nobody can reach by the next search of Python's, after some 450,000 new objects;
what the C library holds free by its {MEMORY_POOLS} pools. What the group makes (its rounds, votes and responses) stays,
and is held once and not by person."""


@dataclass
class World:
    """The workshop, its server, and where the server notes what it remembers."""

    app: ServedApp
    store: DirectStore
    lived_in: LivedIn
    counts: Path
    chance: random.Random

    @property
    def who(self) -> dict[str, str]:
        """The facilitator, as functions are told."""
        return {"workshop": self.lived_in.workshop_id, "token_hash": self.lived_in.facilitator.token_hash}


def main(hours: int) -> int:
    """Print memory by simulated half hour, its slope after the first hour, and the sizes of what remembers."""
    with contextlib.ExitStack() as exits:
        temporary = tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True)
        folder = Path(exits.enter_context(temporary))
        folder.chmod(0o711)
        address = embedded.start(folder / "server")
        exits.callback(embedded.release, folder / "server")
        migrate(address)
        store = DirectStore(address)
        exits.callback(store.close)
        stub = exits.enter_context(OpenAIStub())
        lived_in = live_in(store, people=PEOPLE)
        environment = {
            "DATABASE_URL": address,
            "FOLKMOOT_MODEL": "openai/stub",
            "FOLKMOOT_API_BASE": stub.address,
            "OPENAI_API_KEY": "sk-of-the-stub",
            "MEMORY_COUNTS": str(folder / "counts.json"),
        }
        program = ("-m", "tests.support.counted_app")
        app = ServedApp(folder / "app", environment=environment, program=program).start()
        exits.callback(app.end)
        asyncio.run(_hours(World(app, store, lived_in, folder / "counts.json", random.Random(1)), hours))
        unexpected = [line for line in app.log.splitlines() if " ERROR " in line or "Traceback" in line]
        print(*unexpected[:20], sep="\n")
    return 0


async def _hours(world: World, hours: int) -> None:
    began, by_half_hour = time.monotonic(), []
    for number in range(1, hours * 2 + 1):
        await _half_hour(world, number)
        await asyncio.sleep(2)  # what was let go of a moment ago is gone, and counted
        by_half_hour.append(_memory_mb(world))
        print(f"{number / 2:.1f} h: {by_half_hour[-1]:.0f} MB; {_counts(world)}", flush=True)
    later = by_half_hour[WARM_UP_H * 2 :]
    slope = statistics.linear_regression([number / 2 for number in range(len(later))], later).slope
    print(f"slope after the first hour: {slope:.1f} MB an hour; {BOUNDS}")
    print(f"took {time.monotonic() - began:.0f} s on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


async def _half_hour(world: World, number: int) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    stage = (Stage.DRAFT, Stage.TEST, Stage.VOTE, Stage.REVIEW)[number % 4]
    await asyncio.to_thread(_lead, world, stage)
    await asyncio.gather(
        _write_together(world, is_first=number == 1),
        *(_person(world, gate, place, number) for place in range(PEOPLE)),
    )


def _lead(world: World, stage: Stage) -> None:
    """What the facilitator does in half an hour, through another process."""
    store, who, facilitator = world.store, world.who, world.lived_in.facilitator
    store.call("set_workshop", **who, changes={"stage": stage.value, "timer_seconds": 600})
    store.call("call_everyone", **who, call=new_id(), kind="stage", target=stage.value)
    scenarios = [row["scenario_id"] for row in store.call("read_scenarios", **who)]
    run = {"versions": ["current", None], "scenarios": scenarios, "model": "openai/stub", "api_base": None}
    flags = {"samples": 1, "params": {"max_tokens": 50}, "is_shared": True, "is_question": False}
    store.call("start_run", **who, run=new_id(), **run, **flags)
    current = store.call("read_rounds", **who)
    for one in current:
        for function in ("close_round", "reveal_round"):
            store.call(function, **who, round=one["round_id"])
    live = read_policy(store, facilitator)
    responses = [row["response_id"] for row in store.call("read_responses", **who, scenario=None, run=None)]
    opened = open_one(store, facilitator, live, responses)
    for person in world.lived_in.people:
        cast_all(store, world.lived_in.created, person, opened)


async def _person(world: World, gate: asyncio.Semaphore, place: int, number: int) -> None:
    """One tab after another, as of somebody who goes from page to page and loses the line now and then."""
    joined = world.lived_in.people[place]
    name, token = world.lived_in.cookie(joined)
    for visit in range(VISITS):
        async with gate:
            page = world.chance.choice(("draft", "test", "vote", "review"))
            async with LightBrowser(world.app.url, page, world.lived_in.workshop_id, (name, token)) as tab:
                await tab.hears()
                for _ in range(RERUNS):
                    await tab.rerun()
                await _keep_text(world, token, name, f"Text of half hour {number}, visit {visit}. " * 10)
                assert not tab.exceptions, "somebody met an exception box"


async def _keep_text(world: World, token: str, cookie: str, text: str) -> None:
    body = {"workshop": world.lived_in.workshop_id, "role": "participant", "field": "clause:new", "text": text}
    async with httpx.AsyncClient(base_url=world.app.url, timeout=60) as http:
        seq = time.time_ns() // 1_000_000
        headers = {"Origin": world.app.url, "Cookie": f"{cookie}={token}"}
        (await http.post("/draft", json={**body, "seq": seq}, headers=headers)).raise_for_status()


async def _write_together(world: World, *, is_first: bool) -> None:
    """Some type in the live document and mend what they typed, so that the long text stays as long as it is."""

    async def type_on(place: int) -> None:
        cookie = world.lived_in.cookie(world.lived_in.people[place])
        async with LightDocument(world.app.url, world.lived_in.workshop_id, cookie) as page:
            if is_first and place == 0:
                page.typist.edit(len(page.typist.text), 0, LONG_TEXT)
                await page.send()
            for number in range(EDITS):
                end = len(page.typist.text)
                page.typist.edit(*((end, 0, "x") if number % 2 == 0 else (max(0, end - 1), min(1, end), "")))
                await page.send()
                await asyncio.sleep(REST_S if place == 0 and number < RESTS else 0.02)
            await page.until(lambda typist: typist.is_saved)

    await asyncio.gather(*(type_on(place) for place in range(TYPISTS)))


def _memory_mb(world: World) -> float:
    assert world.app.pid is not None
    return float(psutil.Process(world.app.pid).memory_info().rss / 1e6)


def _counts(world: World) -> str:
    counts: dict[str, Any] = json.loads(world.counts.read_text("utf-8"))
    return ", ".join(f"{value} {name}" for name, value in counts.items())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else HOURS))
