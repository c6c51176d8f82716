"""Which addresses may be called: a name is resolved first, judged, and then that very address is connected to (SSRF).

Whoever names a host could otherwise have us speak to this machine, its network or the cloud's metadata service: by an
address that looks harmless, or by a name that changes its mind between the look and the call.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

IPAddress = IPv4Address | IPv6Address
_NEVER = tuple(
    ip_network(one)
    for one in ("0.0.0.0/8", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "3fff::/20")
)
"""What some version of Python takes for public, and the one metadata service whose address looks it."""
_GLOBAL = IPv6Network("2000::/3")
"""All of IPv6 that is routed on the internet."""
_TRANSLATED = IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The name leads to an address that is not to be called."""


def is_public(address: IPAddress) -> bool:
    """Whether the address belongs to the internet, whatever form it is written in."""
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL:
            return False
    odd = address.is_multicast or address.is_reserved or any(address in network for network in _NEVER)
    return address.is_global and not odd


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries: translated (NAT64), mapped, 6to4."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def public_addresses(host: str, port: int) -> list[str]:
    """Every address of the host, if all of them are public; else `AddressRefused`. Raises `OSError` for no address."""
    addresses = await _resolve(host, port)
    if not all(is_public(ip_address(one.partition("%")[0])) for one in addresses):
        raise AddressRefused
    return addresses


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only. TLS still checks the host's name: only the connection goes by address."""

    def __init__(self) -> None:
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, connect to the first address that answers."""
        try:
            addresses = await asyncio.wait_for(public_addresses(host, port), timeout)
        except (OSError, UnicodeError, TimeoutError):
            raise httpcore.ConnectError("the host has no address") from None
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Between attempts."""
        await asyncio.sleep(seconds)


class PublicTransport(httpx.AsyncHTTPTransport):
    """httpx over `PublicNetwork`."""

    def __init__(self, verify: Any, limits: httpx.Limits) -> None:
        context = httpx.create_ssl_context(verify=verify, trust_env=False)
        super().__init__(verify=context, limits=limits, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(  # httpx takes no network of ours, its pool does
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=PublicNetwork(),
        )
