"""Connections that lead to the public internet only, checked at the moment of connecting."""

import asyncio

import httpx

from lib.llm.addresses import Resolve, is_public, resolve


class PublicOnlyTransport(httpx.AsyncBaseTransport):
    """Resolves each request's host once, refuses private addresses, and connects to exactly what was checked.

    A name that was public when it was typed may lead elsewhere a second later; so the check belongs here.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None, resolve: Resolve = resolve) -> None:
        self._inner = inner or httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=200))
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of a public host.

        Raises:
            httpx.ConnectError: the host is unknown, or private.
        """
        host = request.url.host
        try:
            found = await asyncio.to_thread(self._resolve, host)
        except OSError as error:
            raise httpx.ConnectError(f"unknown host: {type(error).__name__}", request=request) from None
        if not found or not all(is_public(ip) for ip in found):
            raise httpx.ConnectError("not a public address", request=request)
        # The Host header is already set, and TLS still asks for and verifies the name.
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=found[0])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._inner.aclose()


def public_only_client(timeout_s: float, connect_timeout_s: float) -> httpx.AsyncClient:
    """A client for addresses that a facilitator typed: no redirects, no proxies, no private addresses."""
    return httpx.AsyncClient(
        transport=PublicOnlyTransport(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(timeout_s, connect=connect_timeout_s),
    )
