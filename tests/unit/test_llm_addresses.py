"""Addresses that a facilitator types: which may be called, and which lead into the server's own network."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from lib.domain.errors import ValidationFailed
from lib.llm.addresses import check_address, is_public, resolve
from lib.llm.public_transport import PublicOnlyTransport


def names(**known: str) -> "object":
    def look_up(host: str) -> Sequence[str]:
        if host not in known:
            raise OSError("unknown host")
        return known[host].split()

    return look_up


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "not an address",
        "",
    ],
)
def test_private_addresses_in_all_their_forms_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_an_address_with_a_public_name_is_taken_without_its_last_slash() -> None:
    given = check_address(" https://m.example/v1/ ", allow_private=False, resolve=names(**{"m.example": "8.8.8.8"}))
    assert given == "https://m.example/v1"


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="own network"):
        check_address("https://m.example", allow_private=False, resolve=names(**{"m.example": "10.0.0.1"}))


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(ValidationFailed, match="own network"):
        check_address("https://m.example", allow_private=False, resolve=names(**{"m.example": "8.8.8.8 ::1"}))


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(ValidationFailed, match=r"no machine is known by the name m\.example"):
        check_address("https://m.example", allow_private=False, resolve=names())


@pytest.mark.parametrize(
    "address",
    ["http://2130706433/v1", "http://0x7f.0.0.1/v1", "http://017700000001/v1", "http://127.1", "http://[::1]:8000/v1",
     "http://[::ffff:7f00:1]/", "http://169.254.169.254/latest/meta-data", "http://localhost:11434", "http://0/"],
)  # fmt: skip
def test_numbers_in_every_notation_of_the_systems_resolver_are_judged_by_what_they_mean(address: str) -> None:
    with pytest.raises(ValidationFailed):
        check_address(address, allow_private=False, resolve=resolve)


def test_the_operator_can_allow_private_addresses() -> None:
    assert check_address("http://10.0.0.5:8000/v1", allow_private=True) == "http://10.0.0.5:8000/v1"


@pytest.mark.parametrize(
    "address",
    ["", "m.example/v1", "ftp://m.example", "file:///etc/passwd", "http://", "http://m.example:99999", "javascript:1",
     "https://me:secret@m.example", "https://m.example/v1?key=1", "https://m.example/#x"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_even_where_private_ones_are_allowed(address: str) -> None:
    with pytest.raises(ValidationFailed):
        check_address(address, allow_private=True)


class Recorder(httpx.AsyncBaseTransport):
    """Stands in for the network."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(302, headers={"location": "http://169.254.169.254/"}, request=request)


def fetch(address: str, *answers: str) -> Recorder:
    """Asks a host that resolves to one address after the other."""
    network, left = Recorder(), list(answers)

    async def ask() -> None:
        transport = PublicOnlyTransport(network, resolve=lambda host: left.pop(0).split())
        async with httpx.AsyncClient(transport=transport, follow_redirects=False) as client:
            for _ in answers:
                await client.get(address)

    asyncio.run(ask())
    return network


def test_a_call_goes_to_the_very_address_that_was_checked_under_the_hosts_own_name() -> None:
    [asked] = fetch("https://m.example:8443/v1", "8.8.8.8").asked
    assert asked.url.host == "8.8.8.8"
    assert asked.headers["host"] == "m.example:8443"
    assert asked.extensions["sni_hostname"] == "m.example"


def test_a_name_that_turns_private_after_it_was_checked_is_not_called_again() -> None:
    with pytest.raises(httpx.ConnectError):
        fetch("https://m.example/v1", "8.8.8.8", "10.0.0.1")


def test_a_redirect_of_a_typed_address_is_not_followed() -> None:
    assert len(fetch("https://m.example/v1", "8.8.8.8").asked) == 1
