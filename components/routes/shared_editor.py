"""GET /shared_editor/…: the file for the browser in which the live document is written, and its parts' licences."""

from functools import cache

import folkmoot_shared_editor as package
from starlette.requests import Request
from starlette.responses import Response

from components.routes.answers import NO_STORE

NAME = f"{package.SHA256[:16]}.js"
"""Under this name the file never changes."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


async def shared_editor(request: Request) -> Response:
    """The file of this very version, to be kept for ever; its licences; or nothing."""
    name = request.path_params["name"]
    if name == NAME:
        return Response(_bundle(), media_type="text/javascript", headers=FOR_EVER)
    if name == "LICENCES.txt":
        return Response(package.LICENCES.read_bytes(), media_type="text/plain")
    return Response(status_code=404, headers=NO_STORE)


@cache
def _bundle() -> bytes:
    return package.BUNDLE.read_bytes()
