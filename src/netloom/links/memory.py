"""The in-memory twins of stream and datagram links: a network of names and ports inside one process."""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections import deque
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectError, ResolveError, Status, UsageError
from netloom.links.network import DatagramFactory, SockAddr, StreamFactory, show
from netloom.links.resolve import FAMILIES, literal, take_turns
from netloom.links.translate import resolving

if TYPE_CHECKING:
    from netloom.links.options import LinkOptions

BUFFER = 64 * 1024
_NOWHERE: SockAddr = (socket.AF_INET, ("127.0.0.1", 0))

Place = tuple[str, int]


class MemoryTransport(asyncio.Transport):
    """One end of a pair. Data reaches the other end on the loop's next turn; a reader that pauses fills our buffer."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, own: SockAddr, peer: SockAddr
    ) -> None:
        super().__init__({"sockname": own[1], "peername": peer[1]})
        self._loop = loop
        self._protocol = protocol
        self.other: MemoryTransport | None = None
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._reading = True
        self._eof_due = self._eof_sent = self._closing = self._gone = self._writer_paused = False
        self._deaf = False  # once we have closed, nothing comes, as from a socket; what a reset finds here still does

    def write(self, data: bytes | bytearray | memoryview) -> None:
        other = self.other
        if self._closing or self._eof_sent or other is None or not data:
            return
        if other._closing:
            # What a closed socket is sent it answers with a reset.
            self._closing = True
            self._loop.call_soon(self._lose, ConnectionResetError(errno.ECONNRESET, "the peer has closed"))
            return
        other._queue.append(bytes(data))
        other._queued += len(data)
        if other._queued > BUFFER and not self._writer_paused:
            self._writer_paused = True
            self._protocol.pause_writing()
        self._loop.call_soon(other._deliver)

    def write_eof(self) -> None:
        other = self.other
        if not self._eof_sent and other is not None:
            self._eof_sent = True
            other._eof_due = True
            self._loop.call_soon(other._deliver)

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self.write_eof()
            self._closing = self._deaf = True
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        other, self.other = self.other, None
        # As with TCP: who goes with something unread, or without having ended its side, resets the connection.
        if other is not None and not other._closing and (self._queue or not self._eof_sent):
            self._loop.call_soon(other._lose, ConnectionResetError(errno.ECONNRESET, "the peer reset the connection"))
        self._closing = self._deaf = True
        self._loop.call_soon(self._lose, None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._deliver)

    def is_reading(self) -> bool:
        return self._reading

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol  # type: ignore[assignment]  # stream protocols only

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def get_write_buffer_size(self) -> int:
        return self.other._queued if self.other is not None else 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The buffer's size is fixed."""

    def _deliver(self) -> None:
        while self._queue and self._reading and not (self._gone or self._deaf):
            data = self._queue.popleft()
            self._queued -= len(data)
            self._protocol.data_received(data)
        other = self.other
        if other is not None and other._writer_paused and self._queued <= BUFFER // 2:
            other._writer_paused = False
            other._protocol.resume_writing()
        if self._eof_due and not self._queue and not self._gone:
            self._eof_due = False
            if not self._protocol.eof_received():
                self.close()

    def _lose(self, exc: Exception | None) -> None:
        if not self._gone:
            self._gone = self._closing = True
            self._queue.clear()
            self._queued = 0
            self._protocol.connection_lost(exc)


class MemoryDatagrams(asyncio.DatagramTransport):
    """A datagram socket of the network in memory."""

    def __init__(
        self, network: MemoryNetwork, protocol: asyncio.DatagramProtocol, own: SockAddr, remote: SockAddr | None
    ) -> None:
        super().__init__({"sockname": own[1], "peername": remote[1] if remote else None})
        self.network = network
        self.protocol = protocol
        self.own = own
        self.remote = remote
        self.roams = False
        self._closing = False

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        target = addr[:2] if addr is not None else _place(self.remote) if self.remote is not None else None
        if target is None:
            raise UsageError("an unconnected socket needs to be told whom to send to")
        loop = asyncio.get_running_loop()
        receiver = self.network.sockets.get(target)
        if receiver is not None:
            if receiver.hears(self.own):
                loop.call_soon(receiver.protocol.datagram_received, bytes(data), self.own[1])
        elif target not in self.network.silent and not (self.roams and target != _place(self.remote or _NOWHERE)):
            loop.call_soon(self.protocol.error_received, ConnectionRefusedError(111, "nothing is bound there"))

    def hears(self, sender: SockAddr) -> bool:
        """Whether a datagram from there is for this socket."""
        if self.remote is None or _place(self.remote) == _place(sender):
            return True
        return self.roams and _place(self.remote)[0] == _place(sender)[0]

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self.network.sockets.pop(_place(self.own), None)
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing


class MemoryListening:
    """A listener of the network in memory."""

    def __init__(self, network: MemoryNetwork, address: SockAddr) -> None:
        self._network = network
        self.address = address

    def close(self) -> None:
        self._network.listeners.pop(_place(self.address), None)


class MemoryNetwork:
    """`Network` without a kernel. `names` maps host names to addresses; a place in `silent` never answers.

    `resolve_delay` and `connect_delay` are seconds on the loop's clock.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[str]] = {"localhost": ["127.0.0.1"]}
        self.silent: set[Place] = set()
        self.listeners: dict[Place, StreamFactory] = {}
        self.sockets: dict[Place, MemoryDatagrams] = {}
        self.resolve_delay = 0.0
        self.connect_delay = 0.0
        self._ports = itertools.count(40000)

    def clock(self) -> float:
        """The loop's time, which may be virtual."""
        return asyncio.get_running_loop().time()

    async def resolve(self, host: str, port: int, family: str, zone: str) -> list[SockAddr]:
        direct = literal(host, port, zone)
        wanted = FAMILIES[family]
        if direct is not None:
            if wanted not in (socket.AF_UNSPEC, direct[0]):
                raise ResolveError(f"{host} isn't an IPv{family} address")
            return [direct]
        await asyncio.sleep(self.resolve_delay)
        found = [address for text in self.names.get(host, ()) if (address := literal(text, port)) is not None]
        fitting = [address for address in found if wanted in (socket.AF_UNSPEC, address[0])]
        if not fitting:
            raise resolving(socket.gaierror(socket.EAI_NONAME, "the name isn't known"), host)
        return take_turns(fitting)

    async def connect(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> asyncio.Transport:
        place = _place(address)
        if place in self.silent:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(self.connect_delay)
        accept = self.listeners.get(place)
        if accept is None:
            raise ConnectError(f"{show(address)} refused: nothing listens there", status=Status.REFUSED)
        return pair(factory(), accept(), self._own(address[0]), address)[0]

    async def datagrams(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> asyncio.DatagramTransport:
        own = local if local is not None and local[1][1] else self._own((local or remote or _NOWHERE)[0])
        if _place(own) in self.sockets:
            raise UsageError(f"{show(own)} is in use already")
        transport = MemoryDatagrams(self, factory(), own, remote)
        self.sockets[_place(own)] = transport
        transport.protocol.connection_made(transport)
        return transport

    async def roaming(self, remote: SockAddr, factory: DatagramFactory, options: LinkOptions) -> MemoryDatagrams:
        transport = MemoryDatagrams(self, factory(), self._own(remote[0]), remote)
        transport.roams = True
        self.sockets[_place(transport.own)] = transport
        transport.protocol.connection_made(transport)
        return transport

    async def icmp(
        self, remote: SockAddr | None, local: SockAddr | None, factory: DatagramFactory, options: LinkOptions
    ) -> MemoryDatagrams:
        from netloom.links.icmp_memory import MemoryIcmp

        # Who answers has no identifier, as there are no ports; whoever asks has one of its own.
        own = local if remote is None and local is not None else self._own((remote or _NOWHERE)[0])
        if _place(own) in self.sockets:
            raise UsageError(f"somebody answers pings to {own[1][0]} already")
        transport = MemoryIcmp(self, factory(), own, remote)
        self.sockets[_place(own)] = transport
        transport.protocol.connection_made(transport)
        return transport

    async def listen(self, address: SockAddr, factory: StreamFactory, options: LinkOptions) -> MemoryListening:
        family, place = address
        if family != socket.AF_UNIX and not place[1]:
            address = family, (place[0], next(self._ports), *place[2:])
        if _place(address) in self.listeners:
            raise UsageError(f"{show(address)} is in use already")
        self.listeners[_place(address)] = factory
        return MemoryListening(self, address)

    def _own(self, family: Any) -> SockAddr:
        """An address to speak from."""
        if family == socket.AF_UNIX:
            return family, ""
        port = next(self._ports)
        return family, ("::1", port, 0, 0) if family == socket.AF_INET6 else ("127.0.0.1", port)


def _place(address: SockAddr) -> Place:
    family, place = address
    return (place, 0) if family == socket.AF_UNIX else (place[0], place[1])


def pair(
    client: asyncio.Protocol,
    server: asyncio.Protocol,
    own: SockAddr = (socket.AF_INET, ("127.0.0.1", 40000)),
    peer: SockAddr = (socket.AF_INET, ("127.0.0.1", 1)),
) -> tuple[MemoryTransport, MemoryTransport]:
    """Two connected transports in memory, and `connection_made` at both protocols."""
    loop = asyncio.get_running_loop()
    left, right = MemoryTransport(loop, client, own, peer), MemoryTransport(loop, server, peer, own)
    left.other, right.other = right, left
    server.connection_made(right)
    client.connection_made(left)
    return left, right
