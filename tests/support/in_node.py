"""The programs of `tests/node`: what is for the browser, run without one."""

import json
import subprocess
from typing import Any, Final

from tests.support.supabase_lite import NODE_FOLDER, NODE_PACKAGES, node

WITHIN_S: Final = 60


def run_in_node(program: str, said: Any) -> Any:
    """What a program answers to what it is given, both as JSON. It fails if it takes longer than a minute."""
    assert (NODE_PACKAGES / "yjs").exists(), (
        "tests/node/node_modules is missing: `bash tests/run tests/unit` installs it"
    )
    done = subprocess.run(
        [node(), str(NODE_FOLDER / program)], input=json.dumps(said), capture_output=True, text=True, timeout=WITHIN_S
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
