"""The machine's own network: sockets with their options, on whatever event loop runs."""

from __future__ import annotations

import asyncio
import errno
import socket
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netloom.errors import UsageError
from netloom.links import resolve, sockets
from netloom.links.holders import holder
from netloom.links.network import DatagramFactory, SockAddr, StreamFactory, show
from netloom.links.roaming import Roaming
from netloom.links.translate import connecting, listening

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from netloom.links.options import LinkOptions


_AGAIN = 0.005
"""Seconds between two knocks at a Unix socket whose queue is full."""


_UNSENT = 256 * 1024
"""Octets that the kernel takes for a peer beyond what it may send now. Without a bound they grow to megabytes for each
peer that doesn't read, and copying them for hundreds keeps the others waiting."""


class SystemNetwork:
    """`Network` over the kernel's sockets."""

    # An event loop's own time may be as coarse as a millisecond.
    clock = staticmethod(time.perf_counter)

    async def resolve(self, host: str, port: int, family: str, zone: str) -> list[SockAddr]:
        return list(await resolve.resolve(host, port, family, zone))

    async def connect(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> asyncio.Transport:
        while True:
            try:
                transport, _ = await self._way(address, factory, options)
                return transport
            except BlockingIOError:
                # A Unix socket whose queue is full says "again" instead of letting us wait (connect(2), EAGAIN), and
                # nothing tells when there is room: ask again until the attempt's deadline.
                await asyncio.sleep(_AGAIN)
            except OSError as exc:
                raise connecting(exc, show(address)) from exc

    def _way(
        self, address: SockAddr, factory: StreamFactory, options: LinkOptions
    ) -> Awaitable[tuple[asyncio.Transport, Any]]:
        family, place = address
        if (
            family == socket.AF_UNIX
            or (family == socket.AF_INET6 and place[3])
            or options.bind
            or options.multicast_group
            or sockets.wanted(options)
        ):
            return self._by_socket(address, factory, options)
        # Nothing to set beforehand: the event loop's own way is the fastest.
        return asyncio.get_running_loop().create_connection(factory, place[0], place[1], family=family)

    async def _by_socket(
        self, address: SockAddr, factory: StreamFactory, options: LinkOptions
    ) -> tuple[asyncio.Transport, Any]:
        loop = asyncio.get_running_loop()
        family, place = address
        sock = _stream_socket(family)
        try:
            sock.setblocking(False)
            sockets.apply(sock, options)
            if options.bind:
                sock.bind(_own(options.bind, family))
            if family == socket.AF_UNIX:
                sock.connect(place)  # at once or not at all: asyncio takes EAGAIN for being under way, which it isn't
                return await loop.create_unix_connection(factory, sock=sock)
            await loop.sock_connect(sock, place)
            made = await loop.create_connection(factory, sock=sock)
            sockets.after_connecting(sock, options)
            return made
        except BaseException:
            sock.close()
            raise

    async def datagrams(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        family = (remote or local or (socket.AF_INET, None))[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sockets.apply(sock, options, listening=remote is None)
            if local is not None:
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind(local[1])
                if options.multicast_group:
                    sockets.join(sock, options.multicast_group)
            elif options.bind:
                sock.bind(_own(options.bind, family))
            if remote is not None:
                sock.connect(remote[1])
            transport, _ = await loop.create_datagram_endpoint(factory, sock=sock)
        except OSError as exc:
            sock.close()
            if remote is not None:
                raise connecting(exc, show(remote)) from exc
            if local is None:
                raise listening(exc, "a datagram socket") from exc
            raise listening(exc, show(local), _holder(exc, socket.SOCK_DGRAM, local)) from exc
        except BaseException:
            sock.close()
            raise
        return transport

    async def roaming(
        self, remote: SockAddr, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        family, place = remote
        if family == socket.AF_UNIX:
            raise UsageError("a Unix socket has no other ports to answer from")
        whole = Roaming(factory(), remote)
        made: list[asyncio.BaseTransport] = []
        sock = None
        try:
            own = _own(options.bind, family) if options.bind else ("::" if family == socket.AF_INET6 else "", 0)
            for half, aim in ((whole.open, None), (whole.aimed, place)):
                sock = socket.socket(family, socket.SOCK_DGRAM)
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # for sockets of the same user only
                sockets.apply(sock, options)
                sock.bind(own)
                own = sock.getsockname()
                if aim is not None:
                    sock.connect(aim)
                made.append((await loop.create_datagram_endpoint(lambda half=half: half, sock=sock))[0])  # type: ignore[misc]  # mypy can't infer it
        except BaseException as exc:
            if sock is not None:
                sock.close()
            for transport in made:
                transport.abort()  # type: ignore[attr-defined]  # a datagram transport's
            if isinstance(exc, OSError):
                raise connecting(exc, show(remote)) from exc
            raise
        whole.begin()
        return whole

    async def icmp(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        from netloom.links import icmp_kernel

        if remote is None:
            return icmp_kernel.hear(local or (socket.AF_INET, ("127.0.0.1", 0)), factory, options)
        try:
            own = _own(options.bind, remote[0])[0] if options.bind else ""
            return icmp_kernel.dial(remote, own, factory, options)
        except OSError as exc:
            raise connecting(exc, remote[1][0]) from exc

    async def listen(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> SystemListening:
        loop = asyncio.get_running_loop()
        family, place = address
        sock = _stream_socket(family)
        try:
            sock.setblocking(False)
            if family == socket.AF_UNIX:
                sockets.apply(sock, options, listening=True)
                _forget_stale(place)
                _bind_private(sock, place)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                # Accepted sockets inherit it
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
                sockets.apply(sock, options, listening=True)
                sock.bind(place)
            if family == socket.AF_UNIX:
                server = await loop.create_unix_server(factory, sock=sock, backlog=options.backlog)
            else:
                server = await loop.create_server(factory, sock=sock, backlog=options.backlog)
        except OSError as exc:
            sock.close()
            raise listening(exc, show(address), _holder(exc, socket.SOCK_STREAM, address)) from exc
        except BaseException:
            sock.close()
            raise
        return SystemListening(server, address if family == socket.AF_UNIX else (family, sock.getsockname()))


def _holder(exc: OSError, kind: socket.SocketKind, address: SockAddr) -> str:
    family, place = address
    return holder(kind, place[1]) if exc.errno == errno.EADDRINUSE and family != socket.AF_UNIX else ""


class SystemListening:
    """A listening socket; a Unix socket's file goes with it."""

    def __init__(self, server: asyncio.Server, address: SockAddr) -> None:
        self._server = server
        self.address = address
        self._file = _identity(address)

    def close(self) -> None:
        self._server.close()
        # Another server may have taken the place since then: its file isn't ours.
        if self._file is not None and _identity(self.address) == self._file:
            Path(self.address[1]).unlink()


def _identity(address: SockAddr) -> tuple[int, int] | None:
    """Which file a Unix socket is; None where there is none (any more)."""
    family, place = address
    if family != socket.AF_UNIX or not isinstance(place, str) or not place or place.startswith("\0"):
        return None
    try:
        found = Path(place).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _stream_socket(family: socket.AddressFamily) -> socket.socket:
    """The protocol is named because the event loops switch Nagle's delay off only where it is."""
    return socket.socket(family, socket.SOCK_STREAM, 0 if family == socket.AF_UNIX else socket.IPPROTO_TCP)


def _bind_private(sock: socket.socket, place: str) -> None:
    """Bind a Unix socket for its owner only; nobody can have come yet, since it doesn't listen before."""
    sock.bind(place)
    if not place.startswith("\0"):
        Path(place).chmod(0o600)


def _own(text: str, family: socket.AddressFamily) -> Any:
    """`ADDRESS` or `ADDRESS:PORT` of ours, as the socket module takes it."""
    if family == socket.AF_UNIX:
        return text
    host, port = text, "0"
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.lstrip(":") or "0"
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not port.isdigit():
        raise UsageError(f"bind={text}: ADDRESS or ADDRESS:PORT is expected")
    found = resolve.literal(host, int(port))
    if found is None:
        raise UsageError(f"bind={text}: an address of this machine is expected")
    if found[0] != family:
        raise OSError(97, "address family of bind")
    return found[1]


def _forget_stale(path: str) -> None:
    """Remove a socket file that a dead server left behind; anything else in its place is an error when binding."""
    if path.startswith("\0"):
        return
    place = Path(path)
    try:
        if not stat.S_ISSOCK(place.stat().st_mode):
            return
    except OSError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ask:
        ask.setblocking(False)
        try:
            ask.connect(path)
        except ConnectionRefusedError:
            place.unlink()
        except OSError:
            return
