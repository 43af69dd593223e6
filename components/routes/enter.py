"""Coming in and going out: the only places where a token becomes a cookie, or a cookie goes."""

import html
import json
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.routes.answers import NO_STORE, not_ours, refused, see_other, told
from components.routes.origins import is_own_origin, is_secure
from components.routes.plain_page import ENTER_SCRIPT, plain_page
from lib.bootstrap import application
from lib.domain.errors import FolkmootError, SignedOut, ValidationFailed
from lib.domain.ids import WorkshopId
from lib.domain.people import Credential, Role
from lib.security import COOKIE_MAX_AGE_S, cookie_name, hash_token, is_token
from lib.services import workshops
from lib.services.workshops import Identity

MAX_BODY_BYTES = 4_000


class TooLarge(ValidationFailed):
    """What was sent is larger than what is taken."""


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
        return plain_page(_refusal(str(error)), ENTER_SCRIPT, status)
    return plain_page(_question(who, token), ENTER_SCRIPT)


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
    return with_pass(request, answer, who.role, who.workshop_id, token)


def with_pass(request: Request, answer: Response, role: Role, workshop: WorkshopId, token: str) -> Response:
    """The answer with the cookie that makes the browser somebody's."""
    answer.set_cookie(
        cookie_name(role, workshop),
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
        return stage_of(Credential(who.workshop_id, hash_token(token)))
    return f"/{page}?w={who.workshop_id}"


def stage_of(credential: Credential) -> str:
    """The address of the page where the group is. Raises a FolkmootError."""
    page = workshops.read_place(application().store, credential).workshop.stage.value
    return f"/{page}?w={credential.workshop_id}"


def _question(who: Identity, token: str) -> str:
    title, name = html.escape(who.workshop_title), html.escape(who.name)
    role = who.role.value
    as_whom = f"{name}" if who.role is Role.PARTICIPANT else f"the {role}"
    return (
        f"<h1>Continue as {as_whom} in “{title}”?</h1>"
        f"<p>This browser will then act as {as_whom}. On a shared computer, choose “Not me” when you are done.</p>"
        f'<form method="post" action="../enter"><input type="hidden" name="token" value="{html.escape(token)}">'
        f'<button type="submit">Continue as {as_whom}</button></form>'
        '<p id="says" role="status"></p><p><a href="../">This is not me</a></p>'
    )


def _refusal(message: str) -> str:
    return (
        f"<h1>This link does not open anything</h1><p>{html.escape(message)}</p>"
        "<p>It may have been replaced by a newer one. Ask the facilitator for a new personal link, or "
        '<a href="../">join with the code</a>.</p>'
    )
