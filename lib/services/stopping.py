"""The queue of model calls, and one act that stops all of them. For those who lead."""

from typing import TYPE_CHECKING

from lib.domain.people import Credential
from lib.domain.runs import CallQueue
from lib.services.reviewing import Read
from lib.services.workshops import who
from lib.store.port import Store

if TYPE_CHECKING:
    from lib.llm.engine import Engine


def read_queue(read: Read) -> CallQueue:
    """Whose calls wait and are under way; of private runs only how many. That a call begins changes no workshop."""
    return read(CallQueue, "read_queue")


def stop_all(store: Store, engine: "Engine", credential: Credential, stop_id: str, queue: CallQueue) -> None:
    """Stop every call, shared or private; what is answered stays. `queue` is what the asker saw.

    Calls of private runs, and those of other servers, end with the next heartbeat of whoever makes them.
    """
    store.call("stop_all_runs", **who(credential), stop=stop_id)
    for run in queue.runs:
        engine.drop_run(run.run_id)


def resume_all(store: Store, engine: "Engine", credential: Credential, stop_id: str) -> None:
    """Let what one such act stopped go on, but for what its asker resumed or stopped since.

    Raises:
        NotAllowed: that many calls do not fit into the workshop's limits any more.
    """
    store.call("resume_all_runs", **who(credential), stop=stop_id)
    engine.wake()
