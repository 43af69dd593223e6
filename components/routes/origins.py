"""Whether a request comes from a page of this server, and whether it came over TLS."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def is_own_origin(request: HTTPConnection, public_url: str | None) -> bool:
    """Whether the browser says that one of our own pages sent this.

    Browsers send `Origin` with every POST and every WebSocket. It is "null" for a form on a page without referrer, in
    which case `Sec-Fetch-Site` decides. A request that says neither is no browser's, and is refused too.
    """
    origin = request.headers.get("origin", "")
    if origin in ("", "null"):
        return request.headers.get("sec-fetch-site") == "same-origin"
    sent_from = urlsplit(origin).netloc.lower()
    hosts = {request.headers.get("host", "").lower()}
    if public_url:
        hosts.add(urlsplit(public_url).netloc.lower())
    return sent_from != "" and sent_from in hosts


def is_secure(request: HTTPConnection) -> bool:
    """Whether the browser spoke TLS, be it to this server or to the proxy before it."""
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return request.url.scheme == "https" or forwarded == "https"
