"""How close a matrix of 3 policies × 100 scenarios comes to the ideal, on a local provider that takes 300 ms a call.

Run it alone: `python -m tests.benchmarks.bench_matrix`. It prints ratios: the wall time without imports, with storing,
over the ideal (calls ÷ calls at once × latency). Targets: at most 1.10 with 4 calls at once, 1.6 with 50.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from lib.commands.input import CommandScenario, Job
from lib.commands.run import Results
from lib.domain.ids import RunId, ScenarioId
from lib.domain.people import Credential
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import Catalogue
from lib.llm.engine import Engine
from lib.llm.store_cells import StoreCells
from lib.services import scenarios, testing
from lib.store import embedded
from lib.store.direct import DirectStore
from lib.store.migrations import migrate
from lib.store.port import Store
from tests.support.openai_stub import stub_in_a_process
from tests.support.workshop_builder import Built, new_id

LATENCY_S = 0.3
POLICIES = 3
SCENARIOS = 100
TARGETS = {4: 1.10, 50: 1.6}
POLICY = "# Manner\n\n" + "".join(f"- Rule {n}: ask in which country the person lives.\n" for n in range(20))


def main() -> None:
    """Prints one line a case."""
    with stub_in_a_process(LATENCY_S) as address, _store() as store:
        for at_once, target in TARGETS.items():
            ideal_s = POLICIES * SCENARIOS / at_once * LATENCY_S
            for name, measure in (
                ("to a file", partial(_to_file, address)),
                ("to the database", partial(_to_store, address, store)),
            ):
                wall_s, cpu_s = measure(at_once)
                ratio = wall_s / ideal_s
                cpu_ms = cpu_s * 1000 / (POLICIES * SCENARIOS)
                print(
                    f"matrix {POLICIES} × {SCENARIOS}, {LATENCY_S * 1000:.0f} ms, {at_once} at once, {name}: "
                    f"{wall_s:.2f} s, ideal {ideal_s:.2f} s, ratio {ratio:.2f} "
                    f"(target ≤ {target:.2f}: {'met' if ratio <= target else 'MISSED'}), "
                    f"{cpu_ms:.1f} ms of CPU a call, load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


def _engine(address: str, at_once: int, store: Store | None = None) -> Engine:
    """An engine whose imports and first connection are behind it."""
    catalogue = Catalogue(operator_model="openai/fine", operator_api_base=address)
    engine = Engine(catalogue, StoreCells(store) if store else None, concurrency=at_once)
    engine.start()
    engine.try_model(catalogue.settings_for(None, "openai/fine", address))
    return engine


def _to_file(address: str, at_once: int) -> tuple[float, float]:
    engine = _engine(address, at_once)
    choice = engine.catalogue.default
    jobs = [
        Job.make(f"p{p}.md", POLICY + str(p), CommandScenario(str(s), ({"role": "user", "content": f"Case {s}?"},)), 1,
                 ModelChoice(choice.model, choice.api_base), 100)
        for p in range(POLICIES)
        for s in range(SCENARIOS)
    ]  # fmt: skip
    by_id = {job.cell.response_id: job for job in jobs}
    with tempfile.TemporaryFile("w", encoding="utf-8") as target:
        results = Results(target, len(jobs))
        began, began_cpu = time.monotonic(), time.process_time()
        engine.submit((job.cell for job in jobs), lambda cell, result: results.add(by_id[cell.response_id], result))
        assert results.all_landed.wait(120)
        took = time.monotonic() - began, time.process_time() - began_cpu
        assert (results.done, results.failed) == (POLICIES * SCENARIOS, 0)
    engine.close()
    return took


def _to_store(address: str, store: Store, at_once: int) -> tuple[float, float]:
    built = Built(store, max_calls=10_000)
    someone = built.facilitator
    credential = Credential(someone.workshop, someone.token_hash)  # type: ignore[arg-type]
    library = [ScenarioId(new_id()) for _ in range(SCENARIOS)]
    for number, scenario in enumerate(library):
        scenarios.add_scenario(store, credential, scenario, f"Case {number}?", is_shared=True)
    engine = _engine(address, at_once, store)
    done = _Done(store, built)
    began, began_cpu = time.monotonic(), time.process_time()
    testing.run_many(
        store,
        engine,
        credential,
        RunId(new_id()),
        choices=[testing.CURRENT] * POLICIES,
        scenario_ids=library,
        samples=1,
        is_shared=True,
        max_tokens=100,
    )
    done.wait()
    took = time.monotonic() - began, time.process_time() - began_cpu
    engine.close()
    return took


class _Done:
    """Waits until every response of a workshop's one run is stored."""

    def __init__(self, store: Store, built: Built) -> None:
        self._built = built

    def wait(self) -> None:
        """Looks ten times a second, as a page would not."""
        while True:
            [run] = self._built.facilitator.call("read_runs")
            if run["status"] == "finished":
                assert run["done_count"] == POLICIES * SCENARIOS, run
                return
            time.sleep(0.1)


@contextmanager
def _store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="folkmoot-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        folder = Path(name) / "server"
        address = embedded.start(folder)
        migrate(address)
        store = DirectStore(address)
        try:
            yield store
        finally:
            store.close()
            embedded.release(folder)


if __name__ == "__main__":
    main()
