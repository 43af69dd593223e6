"""The process of the embedded model. Run as a script by `embedded_model.py`; imports nothing of the app.

Reads one line of JSON from standard input (gguf, api_key, threads, context), opens an OpenAI-compatible endpoint on
127.0.0.1, answers with one line of JSON (address, or error) and lives until standard input ends or its parent is gone.
A process of its own, because llama.cpp can hang at the exit of an interpreter; here it is left without ceremony.
"""

import json
import os
import sys
import threading
import time
from typing import Any


def main() -> None:
    """Serve until the parent is gone."""
    parent = os.getppid()
    answers = os.fdopen(
        os.dup(1), "w"
    )  # llama.cpp may write to file descriptor 1, which belongs to the noise from here
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    config = json.loads(sys.stdin.readline() or "{}")
    try:
        server = _serve(config)
        answers.write(json.dumps({"address": server.listening_address}) + "\n")
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        answers.write(json.dumps({"error": f"{type(error).__name__}: {error}"[:300]}) + "\n")
        answers.flush()
        os._exit(1)
    answers.flush()
    while sys.stdin.read(1):
        pass
    os._exit(0)


def _serve(config: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = config["gguf"]
    params.model_alias = {config["name"]}
    params.n_ctx = config["context"]
    params.n_parallel = 1
    params.cpuparams.n_threads = config["threads"]
    params.cpuparams_batch.n_threads = config["threads"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config["api_key"]]
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_metrics = False
    params.cache_ram_mib = 256  # the default would let prompt caches grow to 8 GB
    params.verbosity = 0
    return xllamacpp.Server(params)


def _end_with_parent(parent: int) -> None:
    """A second guard beside the end of standard input: a parent that was killed leaves an orphan."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    main()
