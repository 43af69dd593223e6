"""Cells in the database, as the engine takes and answers them."""

from collections.abc import Collection, Sequence

from lib.domain.ids import ResponseId, RunId
from lib.domain.runs import Cell
from lib.llm.port import CellResult
from lib.store.decode import decode
from lib.store.port import Store


class StoreCells:
    """The engine's door to the database, through functions that only the server may call."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim_cells(
        self, process: str, limit: int, stale_s: float, held: Collection[ResponseId], lacks: Collection[RunId]
    ) -> Sequence[Cell]:
        """Waiting cells that are now this process's and that it does not hold, a person's own questions first."""
        claimed = self._store.call(
            "claim_cells", process=process, limit=limit, stale_s=stale_s, held=list(held), lacks=list(lacks)
        )
        return decode(tuple[Cell, ...], claimed)

    def heartbeat(self, process: str, runs: Collection[RunId]) -> Collection[RunId]:
        """Says that the process lives; gives those of `runs` that were stopped or paused."""
        answer = self._store.call("heartbeat", process=process, runs=list(runs))
        return frozenset(RunId(run) for run in answer["stopped"])

    def store_response(
        self, process: str, response_id: ResponseId, result: CellResult, claim: str | None = None
    ) -> bool:
        """Keeps a result; False if the cell is gone or answered, or a failure that came of an older claim."""
        stored = self._store.call(
            "store_response", process=process, response=response_id, result=result.as_json(), claim=claim
        )
        return bool(stored["stored"])

    def pause_run(self, process: str, run_id: RunId, reason: str, request: str) -> None:
        """Says why nobody works on a run; once for each request."""
        self._store.call("pause_run", process=process, run=run_id, reason=reason, request=request)
