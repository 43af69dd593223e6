"""The page behind a join link, which costs the server next to nothing: a whole class opens it in the same seconds."""

import html
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import UUID, uuid4

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.joining import BEFORE, NAME, NAME_SEEN_BY, find, what_it_means
from components.routes.answers import NO_STORE, not_ours, refused, see_other
from components.routes.enter import body_of, stage_of, with_pass
from components.routes.origins import is_own_origin
from components.routes.plain_page import JOIN_SCRIPT, plain_page
from lib.bootstrap import Application, application
from lib.domain.errors import FolkmootError, ValidationFailed
from lib.domain.ids import PersonId, WorkshopId
from lib.domain.people import Credential, Role
from lib.security import hash_in, hash_token, is_token, new_token
from lib.services import workshops
from lib.services.workshops import FoundWorkshop

_HERE: Final = Path(__file__).parent
SCRIPT: Final = "".join(file.read_text("utf-8") for file in (_HERE.parent / "kept_here.js", _HERE / "join.js"))
NOT_UNDERSTOOD: Final = "This was not understood. Reload the page and try again."


async def join_page(request: Request) -> Response:
    """GET /join/{code}: what it means, and the field for a name.

    The lobby says it where there is more to say: a code that opens nothing or is closed, a browser that has joined.
    """
    app, code = application(), request.path_params["code"]
    lobby = see_other(f"../?code={quote(code[:40], safe='')}")
    try:
        found = await to_thread.run_sync(find, app, code, _client(request))
    except FolkmootError:
        return lobby
    if not found.code_is_open or hash_in(request.cookies, Role.PARTICIPANT, found.workshop_id):
        return lobby
    return plain_page(_form(app, found, code), JOIN_SCRIPT)


async def join_script(_: Request) -> Response:
    """GET /join.js: what the page runs."""
    return Response(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "public, max-age=300"})


async def join(request: Request) -> Response:
    """POST /join: somebody new takes part; the browser becomes theirs. The same page sent twice makes one person.

    A browser that has joined meanwhile, in another tab, stays who it is.
    """
    app = application()
    if not is_own_origin(request, app.settings.public_url):
        return not_ours()
    try:
        body = await body_of(request)
        code, name, token = (str(body.get(part) or "") for part in ("code", "name", "token"))
        person = _person(str(body.get("person") or ""))
        if not is_token(token):
            raise ValidationFailed(NOT_UNDERSTOOD)

        def take_in() -> tuple[str, WorkshopId | None]:
            workshop = find(app, code, _client(request)).workshop_id
            known = hash_in(request.cookies, Role.PARTICIPANT, workshop)
            if known and known != hash_token(token):
                own = Credential(workshop, known)
                if workshops.read_standing(app.store, [own])[0] is not None:
                    return stage_of(own), None
            joined = workshops.join_workshop(app.store, code, name, person_id=person, token=token)
            return stage_of(Credential(joined.workshop_id, hash_token(token))), joined.workshop_id

        target, joined = await to_thread.run_sync(take_in)
    except FolkmootError as error:
        return refused(error)
    answer = JSONResponse({"location": target}, headers=NO_STORE)
    return with_pass(request, answer, Role.PARTICIPANT, joined, token) if joined else answer


def _client(request: Request) -> str:
    return request.client.host if request.client else "this computer"


def _person(given: str) -> PersonId:
    try:
        return PersonId(str(UUID(given)))
    except ValueError:
        raise ValidationFailed(NOT_UNDERSTOOD) from None


def _form(app: Application, found: FoundWorkshop, code: str) -> str:
    points = "".join(
        f"<li><strong>{html.escape(about)}</strong> {html.escape(words)}</li>"
        for about, words in what_it_means(app, found)
    )
    brief = f'<p class="brief">{html.escape(found.brief)}</p>' if found.brief else ""
    # Made here, so that a second press, or an answer that was lost, cannot make a second person.
    about = {"workshop": found.workshop_id, "code": code, "person": str(uuid4()), "token": new_token()}
    data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in about.items())
    return (
        f"<h1>Join “{html.escape(found.title)}”</h1>{brief}"
        f"<section><h2>{BEFORE}</h2><ul>{points}</ul></section>"
        f'<form id="join" {data}><label for="name">{NAME}</label>'
        f'<input id="name" name="name" autocomplete="name" maxlength="200" aria-describedby="seen says">'
        f'<p class="hint" id="seen">{NAME_SEEN_BY}</p><button type="submit" disabled>Join</button></form>'
        "<noscript><p>Folkmoot needs JavaScript. Switch it on and reload the page.</p></noscript>"
        '<p id="says" role="status"></p><p><a id="back" href="../" hidden></a></p>'
        '<p><a href="../">Use another code</a></p>'
    )
