"""Whether an address that somebody typed may be called from this server."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from lib.domain.errors import ValidationFailed

Resolve = Callable[[str], Sequence[str]]
"""The IP addresses of a host name, as text; raises OSError if there are none."""

# RFC 6598, not "private" to the standard library before Python 3.13's tables, and cloud metadata may live there.
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# An IPv4 address behind NAT64 (RFC 6052): 64:ff9b::/96 carries it in its last 32 bits.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str) -> Sequence[str]:
    """All addresses that this machine would connect to for `host`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found})


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when it hides in an IPv6 form.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not (ip.version == 4 and ip in _SHARED)


def check_address(address: str, *, allow_private: bool, resolve: Resolve = resolve) -> str:
    """The address as it will be called, without a slash at its end.

    Args:
        address: What a facilitator typed, such as `https://models.example.org/v1`.
        allow_private: Whether the operator lets models live in the server's own network.
        resolve: Names to IP addresses. A number in any notation that the system's resolver accepts (decimal, octal,
            hexadecimal) is resolved like a name, and judged by what comes out.

    Raises:
        ValidationFailed: with the sentence for the person who typed it.
    """
    parts = _parts(address)
    if not allow_private:
        host = str(parts.hostname)
        try:
            found = resolve(host)
        except (OSError, UnicodeError):
            raise ValidationFailed(
                f"The address {address} leads nowhere: no machine is known by the name {host}. Check the spelling."
            ) from None
        if not found or not all(is_public(ip) for ip in found):
            raise ValidationFailed(
                f"The address {address} leads into this server's own network, which the operator does not allow. "
                "Use a public address, or ask the operator to set FOLKMOOT_ALLOW_PRIVATE_MODELS=1."
            )
    return address.strip().rstrip("/")


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address.strip())
        parts.port  # noqa: B018 - raises on a port that is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationFailed(
            f"“{address}” is not an address. Write it like https://models.example.org/v1, as the provider gives it."
        )
    if parts.username or parts.password:
        raise ValidationFailed("Leave name and password out of the address, and put the key into its own field.")
    if parts.query or parts.fragment:
        raise ValidationFailed(f"Leave out what follows ? or # in the address “{address}”.")
    return parts
