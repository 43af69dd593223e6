"""The command `run`: policies × scenarios × samples through a model, into a file, without a database."""

import argparse
import json
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from lib.commands import configured
from lib.commands.input import Job, check_out, read_policies, read_scenarios, whole_number
from lib.domain.errors import ValidationFailed
from lib.domain.workshop import ModelChoice
from lib.llm.catalogue import EMBEDDED_LABEL, EMBEDDED_MODEL, EMBEDDED_NAME, Catalogue, full_name
from lib.llm.engine import Engine
from lib.llm.port import CellResult

DEFAULT_CONCURRENCY: Final = 8
DEFAULT_MAX_TOKENS: Final = 400
DEFAULT_TIMEOUT_S: Final = 120
CLOSE_S: Final = 5.0
CLOSE_INTERRUPTED_S: Final = 0.5

DESCRIPTION: Final = f"""\
Ask a model every scenario under every policy, and write one line of JSON a response.

The default model is {EMBEDDED_LABEL}.
Any provider that LiteLLM knows works with --model and the provider's own variable for its key:
  OPENAI_API_KEY=… python -m lib.cli run policy.md --scenarios s.csv --model openai/gpt-4.1-mini --out r.jsonl
A server of your own that speaks the OpenAI dialect:
  python -m lib.cli run policy.md --scenarios s.csv --model openai/NAME --api-base http://127.0.0.1:8000/v1 \\
    --out r.jsonl
"""
EPILOG: Final = """\
scenarios:
  CSV     UTF-8, comma or semicolon, with a column `scenario`; `id` and `title` are optional, a missing id is the row
          number from 1
  JSONL   {"id": "a", "scenario": "…"} or {"id": "a", "turns": [{"role": "user", "content": "…"}, …]}; earlier
          assistant turns are sent as given, the last turn is the user's and is answered

each line of the result:
  policy (the path as given, null = baseline), scenario_id, model, sample (from 1), response, error, latency_s,
  prompt_tokens, completion_tokens, cost_usd (null = unknown, 0 = the embedded model)

exit codes:
  0 every cell has a response · 1 some failed at the provider, the rest are written · 2 bad input, nothing was asked
  130 stopped with Ctrl-C, finished cells are kept
"""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `run`."""
    parser = commands.add_parser(
        "run",
        help="policies × scenarios through a model, into a file",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("policies", nargs="+", metavar="POLICY.md", help="a policy, as Markdown")
    parser.add_argument("--scenarios", required=True, metavar="FILE", help="a .csv or .jsonl file")
    parser.add_argument("--out", required=True, metavar="results.jsonl", help="the file to write; must not exist yet")
    parser.add_argument("--overwrite", action="store_true", help="replace the --out file if it exists")
    parser.add_argument("--baseline", action="store_true", help="ask without any policy, too")
    parser.add_argument("--model", metavar="NAME", help="else FOLKMOOT_MODEL, else the embedded model")
    parser.add_argument("--api-base", metavar="URL", help="the model's address; else FOLKMOOT_API_BASE")
    parser.add_argument("--samples", type=whole_number, default=1, metavar="N", help="responses for each cell [1]")
    parser.add_argument(
        "--concurrency",
        type=whole_number,
        metavar="N",
        help=f"calls at once [FOLKMOOT_CONCURRENCY or {DEFAULT_CONCURRENCY}; the embedded model takes one]",
    )
    parser.add_argument(
        "--max-tokens",
        type=whole_number,
        default=DEFAULT_MAX_TOKENS,
        metavar="N",
        help=f"the longest response [{DEFAULT_MAX_TOKENS}]",
    )
    parser.add_argument(
        "--timeout",
        type=whole_number,
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help=f"the longest wait for a response [{DEFAULT_TIMEOUT_S}]",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the matrix; gives the exit code."""
    try:
        values = configured.values()
        choice = model_choice(arguments, values)
        policies = read_policies(arguments.policies)
        scenarios = read_scenarios(Path(arguments.scenarios))
        concurrency = arguments.concurrency or concurrency_of(values)
        texts: list[tuple[str | None, str | None]] = [*policies, *([(None, None)] if arguments.baseline else [])]
        jobs = [
            Job.make(policy, text, scenario, sample, choice, arguments.max_tokens)
            for policy, text in texts
            for scenario in scenarios
            for sample in range(1, arguments.samples + 1)
        ]
        out = check_out(arguments.out, arguments.overwrite, [*arguments.policies, arguments.scenarios])
        target = out.open("w" if arguments.overwrite else "x", encoding="utf-8", newline="\n")
    except ValidationFailed as problem:
        sys.stderr.write(f"{' '.join(str(problem).split())}\n")
        return 2
    except OSError as problem:
        sys.stderr.write(f"{arguments.out} cannot be written ({problem.strerror}). Choose another --out.\n")
        return 2
    catalogue = Catalogue(operator_model=choice.model, operator_api_base=choice.api_base)
    engine = Engine(catalogue, concurrency=concurrency, call_timeout_s=float(arguments.timeout))
    with target:
        return _answer(engine, jobs, Results(target, len(jobs)), arguments.out)


def model_choice(arguments: argparse.Namespace, values: Mapping[str, str]) -> ModelChoice:
    """The model and address that the flags and the settings ask for.

    Raises:
        ValidationFailed: an address without a model.
    """
    model = full_name((arguments.model or values.get("FOLKMOOT_MODEL", "")).strip() or EMBEDDED_NAME)
    address = (arguments.api_base or values.get("FOLKMOOT_API_BASE", "")).strip().rstrip("/") or None
    if model == EMBEDDED_MODEL:
        if arguments.api_base:
            raise ValidationFailed("--api-base needs --model, such as --model openai/NAME.")
        return ModelChoice(EMBEDDED_MODEL)
    if address is not None and not address.startswith(("http://", "https://")):
        raise ValidationFailed(f"“{address}” is not an address. Write it like http://127.0.0.1:8000/v1.")
    return ModelChoice(model, address)


def concurrency_of(values: Mapping[str, str]) -> int:
    """The calls at once that the settings ask for.

    Raises:
        ValidationFailed: it is no such number.
    """
    try:
        return whole_number(values.get("FOLKMOOT_CONCURRENCY", "").strip() or str(DEFAULT_CONCURRENCY))
    except argparse.ArgumentTypeError as problem:
        raise ValidationFailed(f"FOLKMOOT_CONCURRENCY: {problem}") from None


@dataclass
class Results:
    """The lines written so far. Thread-safe."""

    target: IO[str]
    expected: int
    done: int = 0
    failed: int = 0
    reasons: "Counter[str]" = field(default_factory=Counter)
    write_fault: str | None = None
    all_landed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, job: Job, result: CellResult) -> None:
        """Appends one line."""
        with self._lock:
            if self.all_landed.is_set():
                return
            try:
                self.target.write(json.dumps(line(job, result), ensure_ascii=False) + "\n")
                self.target.flush()
            except OSError as fault:
                self.write_fault = fault.strerror or type(fault).__name__
                self.all_landed.set()
                return
            self.done += 1
            if result.error is not None:
                self.failed += 1
                self.reasons[result.error] += 1
            if self.done == self.expected:
                self.all_landed.set()

    def stop(self) -> None:
        """Takes no more lines."""
        with self._lock:
            self.all_landed.set()


def line(job: Job, result: CellResult) -> dict[str, Any]:
    """One line of the results."""
    return {
        "policy": job.policy,
        "scenario_id": job.scenario_id,
        "model": job.cell.model,
        "sample": job.sample,
        "response": result.text,
        "error": result.error,
        "latency_s": result.latency_s,
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
        "cost_usd": result.cost_usd,
    }


def _answer(engine: Engine, jobs: list[Job], results: Results, out: str) -> int:
    by_id = {job.cell.response_id: job for job in jobs}
    bar = ProgressBar(sys.stderr, len(jobs)) if sys.stderr.isatty() else None
    is_stopped = False
    try:
        engine.start()
        engine.submit((job.cell for job in jobs), lambda cell, result: results.add(by_id[cell.response_id], result))
        while not results.all_landed.wait(0.25):  # a wait with an end, so that Ctrl-C is heard on every system
            if bar:
                bar.draw(results.done, results.failed)
    except KeyboardInterrupt:
        is_stopped = True
        # LiteLLM 1.106.2 makes a coroutine in a thread and awaits it later; a call that is ended between says so.
        warnings.filterwarnings("ignore", message="coroutine .* was never awaited", category=RuntimeWarning)
    results.stop()
    if bar:
        bar.draw(results.done, results.failed)
        sys.stderr.write("\n")
    engine.close(CLOSE_INTERRUPTED_S if is_stopped else CLOSE_S)
    return _report(results, out, is_stopped)


def _report(results: Results, out: str, is_stopped: bool) -> int:
    if results.write_fault:
        sys.stderr.write(f"{out} could not be written on ({results.write_fault}); {results.done} lines are in it.\n")
        return 1
    for reason, count in results.reasons.most_common(5):
        sys.stderr.write(f"{count} of {results.expected} failed: {reason}\n")
    if is_stopped:
        sys.stderr.write(f"Stopped: {results.done} of {results.expected} lines are in {out}.\n")
        return 130
    print(f"{results.done - results.failed} of {results.expected} responses are in {out}.")
    return 1 if results.failed else 0


class ProgressBar:
    """A line on a terminal that is drawn over itself."""

    WIDTH: Final = 30

    def __init__(self, terminal: IO[str], total: int) -> None:
        self._terminal = terminal
        self._total = total
        self._began = time.monotonic()

    def draw(self, done: int, failed: int) -> None:
        """Shows how far the run is."""
        filled = self.WIDTH * done // max(self._total, 1)
        text = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] {done}/{self._total}"
        if failed:
            text += f", {failed} failed"
        if 0 < done < self._total:
            left_s = (time.monotonic() - self._began) / done * (self._total - done)
            text += f", about {left_s / 60:.0f} min left" if left_s >= 90 else f", about {left_s:.0f} s left"
        self._terminal.write(f"\r{text:<78}")
        self._terminal.flush()
