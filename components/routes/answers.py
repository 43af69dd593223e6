"""Answers of the routes: always a sentence, always uncached."""

from starlette.responses import JSONResponse, RedirectResponse

from lib.domain.errors import FolkmootError, NotAllowed, NotFound, SignedOut, StoreUnavailable, ValidationFailed

NO_STORE = {"Cache-Control": "no-store"}
TOKEN_PAGE = {
    **NO_STORE,
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}

STATUS: tuple[tuple[type[FolkmootError], int], ...] = (
    (SignedOut, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (ValidationFailed, 400),
    (StoreUnavailable, 503),
)


def told(message: str, status: int) -> JSONResponse:
    """A refusal in words."""
    return JSONResponse({"message": message}, status_code=status, headers=NO_STORE)


def refused(error: FolkmootError) -> JSONResponse:
    """An error of the domain as an answer."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 409)
    return told(str(error), status)


def not_ours() -> JSONResponse:
    """The refusal of a request that another site sent."""
    return told("This was not sent by a page of this Folkmoot server. Reload the page and try again.", 403)


def see_other(target: str) -> RedirectResponse:
    """Go on to another address of this server."""
    return RedirectResponse(target, status_code=303, headers=NO_STORE)
