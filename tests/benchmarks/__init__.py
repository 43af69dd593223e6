"""How fast it is: figures that are printed. `python -m tests.benchmarks.bench_…`; `tests/run --long` runs them all."""

import signal
import sys

# Whoever ends a benchmark ends the servers that it started, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
