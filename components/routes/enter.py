"""Coming in and going out: the only places where a token becomes a cookie, or a cookie goes."""

import html
import json
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from components.routes.answers import NO_STORE, TOKEN_PAGE, not_ours, refused, see_other, told
from components.routes.origins import is_own_origin, is_secure
from lib.bootstrap import application
from lib.domain.errors import FolkmootError, SignedOut, ValidationFailed
from lib.domain.people import Credential, Role
from lib.security import COOKIE_MAX_AGE_S, cookie_name, hash_token, is_token
from lib.services import workshops
from lib.services.workshops import Identity

MAX_BODY_BYTES = 4_000


class TooLarge(ValidationFailed):
    """What was sent is larger than what is taken."""


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Folkmoot</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto 0; padding: 0 1.25rem;
  background: light-dark(#fdfcfa, #14181f); color: light-dark(#1d232c, #eceff4); }}
h1 {{ font-size: 1.5rem; overflow-wrap: anywhere; }}
button {{ font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: .5rem; border: 0;
  background: light-dark(#3f4f7f, #a9b8e8); color: light-dark(#fdfcfa, #14181f); cursor: pointer; }}
button:focus-visible, a:focus-visible {{ outline: 3px solid light-dark(#3f4f7f, #a9b8e8); outline-offset: 3px; }}
a {{ color: inherit; }}
</style></head><body><main>{body}</main><script src="../enter.js"></script></body></html>"""

# A form on a page without referrer sends "Origin: null", which over plain http on a local network nothing else vouches
# for. fetch sends the true origin, so the button goes through it.
SCRIPT = """
const form = document.querySelector("form")
if (form) form.addEventListener("submit", async (event) => {
  event.preventDefault()
  const says = document.querySelector("#says")
  try {
    const answer = await fetch("../enter", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: form.elements.token.value }),
    })
    const { location: target, message } = await answer.json()
    if (!answer.ok) throw new Error(message)
    window.location.replace(`..${target}`)
  } catch (error) {
    says.textContent = `This did not work. ${error.message}`
  }
})
"""


async def join(request: Request) -> Response:
    """GET /join/{code}: the lobby with the code filled in."""
    return see_other(f"../?code={quote(request.path_params['code'][:40], safe='')}")


async def enter_script(_: Request) -> Response:
    """GET /enter.js: what the confirmation page runs."""
    return Response(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "public, max-age=300"})


async def confirm(request: Request) -> Response:
    """GET /enter/{token}: asks before anything changes, so that a link preview cannot act."""
    token = request.path_params["token"]
    try:
        who = await _identify(token)
    except FolkmootError as error:
        status = 503 if not isinstance(error, SignedOut | ValidationFailed) else 404
        return HTMLResponse(_refusal_page(str(error)), status_code=status, headers=TOKEN_PAGE)
    return HTMLResponse(_confirm_page(who, token), headers=TOKEN_PAGE)


async def enter(request: Request) -> Response:
    """POST /enter: the token becomes a cookie; a form gets the page, our own elements its address."""
    app = application()
    if not is_own_origin(request, app.settings.public_url):
        return not_ours()
    is_json = request.headers.get("content-type", "").startswith("application/json")
    try:
        token = str((await body_of(request)).get("token", "")) if is_json else await _form_token(request)
        who = await _identify(token)
        target = await to_thread.run_sync(_page_of, who, token)
    except FolkmootError as error:
        return refused(error)
    there = JSONResponse({"location": target}, headers=NO_STORE)
    answer: Response = there if is_json else see_other(target.lstrip("/"))  # beside this address, below whatever path
    answer.set_cookie(
        cookie_name(who.role, who.workshop_id),
        token,
        max_age=COOKIE_MAX_AGE_S,
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
        path="/",
    )
    return answer


async def leave(request: Request) -> Response:
    """POST /leave: "not me". This browser forgets one pass; nothing else changes."""
    if not is_own_origin(request, application().settings.public_url):
        return not_ours()
    try:
        body = await body_of(request)
        name = cookie_name(Role(str(body.get("role"))), str(body.get("workshop")))
    except FolkmootError as error:
        return refused(error)
    except ValueError:
        return told("There is no such role. Reload the page and try again.", 400)
    answer = JSONResponse({}, headers=NO_STORE)
    if name in request.cookies:
        answer.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=is_secure(request))
    return answer


async def body_of(request: Request, max_bytes: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        TooLarge: it has more than `max_bytes`.
        ValidationFailed: it is no JSON object.
    """
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > max_bytes:
            raise TooLarge(f"This is larger than {max_bytes // 1000} kB, which is the most that fits.")
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ValidationFailed("This request was not understood. Reload the page and try again.")
    return body


async def _form_token(request: Request) -> str:
    async with request.form(max_files=0, max_fields=4) as form:
        return str(form.get("token", ""))


async def _identify(token: str) -> Identity:
    if not is_token(token):
        raise ValidationFailed("This link is incomplete. Copy it again, from its beginning to its end.")
    return await to_thread.run_sync(workshops.identify, application().store, token)


def _page_of(who: Identity, token: str) -> str:
    if who.role is Role.FACILITATOR:
        page = "console"
    elif who.role is Role.ORGANIZER:
        page = "overview"
    else:
        credential = Credential(who.workshop_id, hash_token(token))
        page = workshops.read_place(application().store, credential).workshop.stage.value
    return f"/{page}?w={who.workshop_id}"


def _confirm_page(who: Identity, token: str) -> str:
    title, name = html.escape(who.workshop_title), html.escape(who.name)
    role = who.role.value
    as_whom = f"{name}" if who.role is Role.PARTICIPANT else f"the {role}"
    return PAGE.format(
        body=f"<h1>Continue as {as_whom} in “{title}”?</h1>"
        f"<p>This browser will then act as {as_whom}. On a shared computer, choose “Not me” when you are done.</p>"
        f'<form method="post" action="../enter"><input type="hidden" name="token" value="{html.escape(token)}">'
        f'<button type="submit">Continue as {as_whom}</button></form>'
        '<p id="says" role="status"></p><p><a href="../">This is not me</a></p>'
    )


def _refusal_page(message: str) -> str:
    return PAGE.format(
        body=f"<h1>This link does not open anything</h1><p>{html.escape(message)}</p>"
        "<p>It may have been replaced by a newer one. Ask the facilitator for a new personal link, or "
        '<a href="../">join with the code</a>.</p>'
    )
