"""ASGI middleware: protective headers on every answer, and one log line for each call of our own routes."""

import hashlib
import logging
import re
import time
from base64 import b64encode
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("folkmoot.http")

INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)

PAGES_WITH_INLINE_SCRIPTS = (("streamlit", "static/index.html"), ("streamlit_ace", "frontend/build/index.html"))
"""Documents of others that we serve as they are: package and file."""


def inline_script_hashes() -> tuple[str, ...]:
    """CSP sources for exactly the inline scripts of the installed packages, whatever their version.

    A document that cannot be read adds nothing: its script is then refused, and the browser's console says so.
    """
    hashes = set()
    for package, file in PAGES_WITH_INLINE_SCRIPTS:
        found = find_spec(package)
        path = Path(found.origin).parent / file if found and found.origin else None
        if path is None or not path.exists():
            continue
        for script in INLINE_SCRIPT.findall(path.read_bytes()):
            hashes.add(f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'")
    return tuple(sorted(hashes))


CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Our v2 elements load as modules from blob: addresses.
        " ".join(("script-src 'self' blob:", *inline_script_hashes())),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "media-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guarded:
    """Adds headers that an answer does not set itself, and logs calls of the given routes by their template.

    Never logs a path, a query, a cookie or a body: tokens and codes are in them. Leaves WebSockets alone.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[Route | WebSocketRoute] = ()) -> None:
        self._app = app
        self._routes = tuple(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        finally:
            template = self._template(scope)
            if template or status >= 500:
                took_ms = round((time.perf_counter() - started) * 1000, 1)
                fields = {"route": template or "streamlit", "method": scope["method"], "status": status, "ms": took_ms}
                log.info("request", extra={"fields": fields})

    def _template(self, scope: Scope) -> str | None:
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.path
        return None
