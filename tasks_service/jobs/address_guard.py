"""A network backend that connects only to public addresses.

The check stands where the connection is made: the name is resolved once, the addresses are judged, and one of those
very addresses is connected to. So neither odd spellings of an address nor a name that resolves differently the second
time gets past it, and every redirect is judged like the first request.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore

NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class AddressRefused(Exception):
    """The target's address is not public, and nothing allows it."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to public addresses, and to the origins that are allowed by name and port."""

    def __init__(self, *, allow_private: bool, allowed: frozenset[tuple[str, int]] = frozenset()) -> None:
        self._backend = httpcore.AnyIOBackend()
        self._allow_private = allow_private
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers; raises ``AddressRefused`` before anything is sent."""
        addresses = await _resolve(host, port, timeout)
        if not self._allow_private and (host, port) not in self._allowed:
            for address in addresses:
                if not is_public(ip_address(address)):
                    raise AddressRefused(
                        f"{host} is {address}, which is no public address: set TASKS_HTTP_ALLOW_PRIVATE=true "
                        "where jobs may call this network"
                    )
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def is_public(address: Address) -> bool:
    """Whether an address is reachable from everywhere, looking into IPv6 addresses that carry an IPv4 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


async def _resolve(host: str, port: int, timeout: float | None) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
