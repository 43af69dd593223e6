"""POST /standing: whether this browser is still signed in to a workshop. A line that was refused cannot say why."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.routes.answers import NO_STORE, not_ours, refused, told
from components.routes.origins import is_own_origin
from lib.bootstrap import application
from lib.domain.errors import FolkmootError
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.security import hash_in
from lib.services.workshops import read_standing

OUT = "This browser is not signed in to the workshop any more. Open your personal link."


async def standing(request: Request) -> Response:
    """200 with their id for whoever belongs to it, 401 for whoever does not, 503 while nobody knows."""
    app = application()
    if not is_own_origin(request, app.settings.public_url):
        return not_ours()
    workshop = request.query_params.get("w", "")
    try:
        role = Role(request.query_params.get("role", ""))
    except ValueError:
        return told("This was not understood. Reload the page.", 400)
    token_hash = hash_in(request.cookies, role, workshop)
    if token_hash is None:
        return told(OUT, 401)
    credential = Credential(WorkshopId(workshop), token_hash)
    try:
        [person] = await to_thread.run_sync(read_standing, app.store, [credential])
    except FolkmootError as error:
        return refused(error)
    return JSONResponse({"person": person}, headers=NO_STORE) if person else told(OUT, 401)
