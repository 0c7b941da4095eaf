"""Sockets that a service manager opened and passed on, as systemd does (sd_listen_fds(3))."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

from netloom.errors import UsageError
from netloom.links import sockets
from netloom.links.network import SockAddr, show

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from netloom.links.network import DatagramFactory, Listening, Network, StreamFactory
    from netloom.links.options import LinkOptions

_FIRST = 3  # SD_LISTEN_FDS_START
_LIMIT = 1024


def passed(environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """The sockets that were passed to this very process; what it starts isn't told of them. Raises UsageError."""
    count, process = environment.pop("LISTEN_FDS", ""), environment.pop("LISTEN_PID", "")
    environment.pop("LISTEN_FDNAMES", None)
    if not count or process != str(os.getpid()):
        return []
    if not count.isascii() or not count.isdecimal() or int(count[:6]) > _LIMIT:
        raise UsageError(f"LISTEN_FDS is {count[:20]!r}, which is no number of sockets")
    found: list[socket.socket] = []
    for number in range(_FIRST, _FIRST + int(count)):
        try:
            sock = socket.socket(fileno=number)
        except OSError as error:
            raise UsageError(f"LISTEN_FDS tells of {count} sockets, but descriptor {number} is none: {error}") from None
        sock.set_inheritable(False)
        sock.setblocking(False)
        found.append(sock)
    return found


class Activated:
    """A network in which some ports are listened to already. Whoever listens where one of them is gets it."""

    def __init__(self, network: Network, found: list[socket.socket]) -> None:
        self._network = network
        self._left = list(found)
        self._taken: list[socket.socket] = []
        self.clock, self.resolve, self.connect = network.clock, network.resolve, network.connect
        self.icmp, self.roaming = network.icmp, network.roaming

    def check(self) -> None:
        """Raises UsageError for a socket that nobody has taken."""
        if self._left:
            places = ", ".join(show(_address(sock)) for sock in self._left)
            raise UsageError(
                f"the service manager passed {places}, where nothing is to be served",
                hint="an endpoint gets the socket of its own address and port; `*` is every address",
            )

    async def listen(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> Listening:
        sock = self._take(socket.SOCK_STREAM, address)
        if sock is None:
            if self._is_covered(address):
                return _Covered(address)
            return await self._network.listen(address, factory, options)
        sockets.apply(sock, options, listening=True)
        loop = asyncio.get_running_loop()
        create = loop.create_unix_server if sock.family == socket.AF_UNIX else loop.create_server
        return _Taken(await create(factory, sock=sock, backlog=options.backlog), _address(sock))

    async def datagrams(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        sock = self._take(socket.SOCK_DGRAM, local) if remote is None and local is not None else None
        if sock is None:
            return await self._network.datagrams(remote, local, factory, options)
        sockets.apply(sock, options, listening=True)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(factory, sock=sock)
        return transport

    def _take(self, kind: int, address: SockAddr) -> socket.socket | None:
        for sock in self._left:
            if sock.type == kind and _same(_address(sock), address):
                self._left.remove(sock)
                self._taken.append(sock)
                return sock
        return None

    def _is_covered(self, address: SockAddr) -> bool:
        """Whether one for both families is there, which takes IPv4's connections as well (ipv6(7), IPV6_V6ONLY)."""
        family, place = address
        if family != socket.AF_INET or place[0] != "0.0.0.0":  # noqa: S104  # compared, not bound
            return False
        return any(
            sock.family == socket.AF_INET6
            and sock.type == socket.SOCK_STREAM
            and sock.getsockname()[:2] == ("::", place[1])
            and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            for sock in (*self._left, *self._taken)
        )


class _Taken:
    """One that was passed on. A Unix socket's file belongs to the service manager."""

    def __init__(self, server: asyncio.Server, address: SockAddr) -> None:
        self.address = address
        self._server = server

    def close(self) -> None:
        self._server.close()


class _Covered:
    """An address whose connections come to another socket."""

    def __init__(self, address: SockAddr) -> None:
        self.address = address

    def close(self) -> None:
        """There is nothing to close."""


def _address(sock: socket.socket) -> SockAddr:
    place = sock.getsockname()
    return sock.family, place.decode() if isinstance(place, bytes) else place


def _same(one: SockAddr, other: SockAddr) -> bool:
    if one[0] != other[0]:
        return False
    with contextlib.suppress(TypeError):
        return bool(one[1] == other[1] if one[0] == socket.AF_UNIX else one[1][:2] == other[1][:2])
    return False
