"""What stands under the links: the machine's sockets, or a network in memory. Both have this shape."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from netloom.links.options import LinkOptions

# (family, address): the address is what the socket module takes; a path for a Unix socket.
SockAddr = tuple[Any, Any]

StreamFactory = Callable[[], asyncio.Protocol]
DatagramFactory = Callable[[], asyncio.DatagramProtocol]


class Listening(Protocol):
    """Something that accepts until it is closed. `address` is where it really listens."""

    address: SockAddr

    def close(self) -> None: ...


class Network(Protocol):
    """A way to reach and to be reached. Errors are NetloomErrors. `clock` gives the seconds of phases."""

    def clock(self) -> float: ...

    async def resolve(self, host: str, port: int, family: str, zone: str) -> list[SockAddr]: ...

    async def connect(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> asyncio.Transport: ...

    async def datagrams(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport: ...

    async def roaming(
        self, remote: SockAddr, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        """A socket that sends to `remote` unless told otherwise, and hears every port of its host."""
        ...

    async def icmp(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        """ICMP messages as datagrams: echoes to `remote`, or with only `local` the requests that come there."""
        ...

    async def listen(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> Listening: ...


def unix(path: str) -> SockAddr:
    """The address of a Unix socket; `@name` is in Linux's abstract namespace (unix(7))."""
    return socket.AF_UNIX, "\0" + path[1:] if path.startswith("@") else path


def describe(address: SockAddr) -> tuple[str, str, int]:
    """Family, address and port in words."""
    family, place = address
    if family == socket.AF_UNIX:
        return "unix", str(place).replace("\0", "@", 1), 0
    shown = place[0]
    if family == socket.AF_INET6:
        return "ipv6", shown, place[1]
    return "ipv4", shown, place[1]


def show(address: SockAddr) -> str:
    """An address as `host:port`, IPv6 in brackets."""
    family, host, port = describe(address)
    return host if family == "unix" else f"[{host}]:{port}" if family == "ipv6" else f"{host}:{port}"


def shown(place: Any) -> str:
    """An address of the socket module as `host:port`, IPv6 in brackets; a Unix socket's is its path."""
    if not isinstance(place, tuple):
        return str(place or "").replace("\0", "@", 1)
    return f"[{place[0]}]:{place[1]}" if ":" in place[0] else f"{place[0]}:{place[1]}"


def place_of(address: Any) -> tuple[str, int]:
    """An address of the socket module as host and port; a Unix socket's is its path."""
    if isinstance(address, tuple):
        return (str(address[0]), int(address[1])) if len(address) >= 2 else ("", 0)
    return str(address or "").replace("\0", "@", 1), 0
