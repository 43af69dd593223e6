"""GET /healthz: whether this process and its database answer, without anything about people."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.routes.answers import NO_STORE
from lib.bootstrap import application
from lib.domain.errors import FolkmootError


async def health(_: Request) -> Response:
    """200 when the database answers, else 503 with a word on why."""
    try:
        row = await to_thread.run_sync(lambda: application().store.call("read_health"))
    except FolkmootError as error:
        return JSONResponse(
            {"status": "unavailable", "database": type(error).__name__}, status_code=503, headers=NO_STORE
        )
    return JSONResponse(
        {"status": "ok", "database": "ok", "schema_version": row.get("schema_version")}, headers=NO_STORE
    )
