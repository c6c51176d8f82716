"""Only the internet is called: every way of writing an address that is not of it is refused."""

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import httpcore
import pytest

from app.connectors import reaching
from app.connectors.outcome import Failed, Later
from app.connectors.outside import Limits, Link, Outside, Unreachable, new_client
from tests.mail.relay import certificate

NO_TLS = False
"""Nothing here is called so far that certificates would matter; reading them takes time."""


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.100.100.200"),
        *("169.254.169.254", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fec0::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"),
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo, whose client is 192.0.2.45
    ],
)
def test_what_is_not_of_the_internet(address: str) -> None:
    """Loopback, private, link-local, metadata, multicast, reserved; and IPv4 inside IPv6."""
    assert not reaching.is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_what_is(address: str) -> None:
    """The same forms with a public address inside."""
    assert reaching.is_public(ip_address(address))


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Callable[[], int]:
    """A name server that gives these addresses; returns how often it was asked."""
    asked = 0

    async def addresses(*_: object) -> list[str]:
        nonlocal asked
        asked += 1
        return list(answers)

    monkeypatch.setattr(reaching, "_resolve", addresses)
    return lambda: asked


@pytest.mark.anyio
@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:192.168.0.1"]])
async def test_a_name_that_leads_inside_fails_for_good(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    """One address inside is enough: which of them is connected to would be luck."""
    resolving(monkeypatch, *answers)
    async with new_client(NO_TLS) as client:
        link = Link(Outside(client), "https://hooks.example.com", Limits())
        with pytest.raises(Unreachable) as refused:
            await link.call("GET", "/")
    assert refused.value.outcome == Failed("address_refused")


@pytest.mark.anyio
async def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers otherwise the second time (DNS rebinding) is not asked a second time."""
    connected: list[str] = []

    async def connect(self: object, host: str, *_: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError

    times = resolving(monkeypatch, "93.184.216.34", "93.184.216.35")
    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", connect)
    async with new_client(NO_TLS) as client:
        with pytest.raises(Unreachable) as failed:
            await Link(Outside(client), "https://hooks.example.com", Limits()).call("GET", "/")
    assert failed.value.outcome == Later("unreachable")
    assert (times(), connected) == (1, ["93.184.216.34", "93.184.216.35"])


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[::1]:1", "http://2130706433:1", "http://0x7f.1:1"])
async def test_an_address_in_disguise(url: str) -> None:
    """Whatever the resolver makes of it is judged."""
    async with new_client(NO_TLS) as client:
        with pytest.raises(Unreachable) as refused:
            await Link(Outside(client), url, Limits()).call("GET", "/")
    assert refused.value.outcome == Failed("address_refused")


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.anyio
async def test_the_certificate_is_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Although it is an address that is connected to; a server under another name is not spoken to."""
    context, trusted = certificate(tmp_path)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(reaching, "is_public", lambda _: True)
    async with server, new_client(ssl.create_default_context(cafile=str(trusted))) as client:
        resolving(monkeypatch, "127.0.0.1")
        known = await Link(Outside(client), f"https://localhost:{port}", Limits()).call("GET", "/")
        assert known.status_code == 204
        with pytest.raises(Unreachable) as refused:
            await Link(Outside(client), f"https://hooks.example.com:{port}", Limits()).call("GET", "/")
    assert refused.value.outcome == Later("unreachable")
