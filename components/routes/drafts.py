"""POST /draft: keeps unsent text, for its writer alone."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.routes.answers import NO_STORE, not_ours, refused, told
from components.routes.enter import TooLarge, body_of
from components.routes.origins import is_own_origin
from lib.bootstrap import application
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.security import own_hash_in
from lib.services.drafts import MAX_DRAFT_CHARS, save_draft

MAX_DRAFT_BODY_BYTES = 5 * MAX_DRAFT_CHARS


async def keep_draft(request: Request) -> Response:
    """Keep the text if it is newer than what is kept, and say which number is kept now."""
    app = application()
    if not is_own_origin(request, app.settings.public_url):
        return not_ours()
    try:
        body = await body_of(request, MAX_DRAFT_BODY_BYTES)
        workshop, field, text = str(body["workshop"]), str(body["field"]), str(body["text"])
        role, seq = Role(str(body["role"])), int(body["seq"])
    except TooLarge:
        return told("This text is too long to be kept before it is sent. Shorten it; it stays in this browser.", 413)
    except (ValidationFailed, KeyError, ValueError, TypeError):
        return told("This text was not understood. Reload the page; it stays in this browser.", 400)
    if len(text) > MAX_DRAFT_CHARS:
        return told(
            f"This text has {len(text):,} characters; at most {MAX_DRAFT_CHARS:,} are kept. It stays in this browser.",
            413,
        )
    token_hash = own_hash_in(request.cookies, role, workshop)
    if token_hash is None:
        return told("This browser is not signed in to the workshop any more. Open your personal link.", 401)
    credential = Credential(WorkshopId(workshop), token_hash)
    try:
        kept = await to_thread.run_sync(save_draft, app.store, credential, field, text, seq)
    except FolkmootError as error:
        return refused(error)
    return JSONResponse({"seq": kept}, headers=NO_STORE)
