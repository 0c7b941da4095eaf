"""The pleasant datagram socket: whole messages over any datagram transport, with a bounded queue."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from netloom.errors import ConnectionLost, DeadlineExceeded, NetloomError, Phase, UsageError
from netloom.links.translate import connecting

if TYPE_CHECKING:
    from collections.abc import Callable

    from netloom.links.trace import Trace

QUEUE_LIMIT = 1024

Peer = tuple[Any, ...] | str | None
DatagramKind = Literal["udp", "icmp"]


class Datagrams(asyncio.DatagramProtocol):
    """A datagram socket: connected to one peer, or bound and open to all.

    What arrives beyond `QUEUE_LIMIT` unread datagrams is dropped and counted in `dropped`.
    """

    __slots__ = (
        "_awaits_first",
        "_closing",
        "_error",
        "_gone",
        "_idle",
        "_parting",
        "_queue",
        "_upper",
        "_waiter",
        "dropped",
        "idle_changed",
        "local",
        "loop",
        "peer",
        "trace",
        "transport",
    )

    kind: ClassVar[DatagramKind] = "udp"
    """What recordings take its datagrams for."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, trace: Trace | None = None, *, idle: float | None = None
    ) -> None:
        self.loop = loop
        self.trace = trace
        self.transport: asyncio.DatagramTransport = None  # type: ignore[assignment]  # set by connection_made
        self.peer = ""
        self.local = ""
        self.dropped = 0
        self._queue: deque[tuple[bytes, Peer]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: NetloomError | None = None
        self._closing = self._gone = False
        self._parting: tuple[asyncio.Future[None], ...] = ()
        self._idle = idle
        self._awaits_first = False
        self._upper: asyncio.DatagramProtocol | None = None
        # Asked by a protocol that has the transport for itself, so that it bounds silence as this socket would.
        self.idle_changed: Callable[[float | None], None] | None = None

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # every datagram transport is one

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._upper is not None:
            self._upper.datagram_received(data, addr)
            return
        if self._awaits_first:
            self.enter(Phase.TRANSFER)
        if len(self._queue) >= QUEUE_LIMIT:
            self.dropped += 1
            return
        self._queue.append((data, addr))
        self._wake()

    def error_received(self, exc: Exception) -> None:
        if isinstance(exc, OSError) and self.peer:
            self._error = connecting(exc, self.peer)
            self._wake()
        if self._upper is not None:
            self._upper.error_received(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = self._gone = True
        if self._upper is not None:
            self._upper.connection_lost(exc)
        self._wake()
        for waiter in self._parting:
            if not waiter.done():
                waiter.set_result(None)

    @property
    def waiting(self) -> bool:
        """True while somebody waits for a datagram."""
        return self._waiter is not None

    # Talking

    async def send(self, data: bytes, peer: Peer = None) -> None:
        """Send one datagram, to the connected peer or to the one that is named."""
        if self._error is not None or self._gone:
            raise self._ended()
        if peer is None and not self.peer:
            raise UsageError("a socket that is open to all needs to be told whom to send to")
        if not data:
            raise UsageError("an empty datagram can't be sent: event loops drop it in silence")
        self.transport.sendto(data, peer)

    async def receive(self) -> bytes:
        """The next datagram's payload."""
        return (await self.receive_from())[0]

    async def receive_from(self) -> tuple[bytes, Peer]:
        """The next datagram's payload and its sender."""
        while not self._queue:
            if self._error is not None or self._gone:
                raise self._ended()
            if self._waiter is not None:
                raise RuntimeError("another task reads this socket already")
            waiter = self._waiter = self.loop.create_future()
            timer = self.loop.call_later(self._idle, self._silent) if self._idle is not None else None
            try:
                await waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        return self._queue.popleft()

    async def read(self) -> bytes:
        """The next datagram's payload: a datagram socket read as a stream of messages has no end."""
        return (await self.receive_from())[0]

    async def write(self, data: bytes) -> None:
        """Send one datagram to the connected peer."""
        await self.send(data)

    async def write_eof(self) -> None:
        """Datagrams have no end to tell."""

    async def close(self) -> None:
        """Close; returns once the transport has gone."""
        if self.transport is None:
            return
        if not self._closing:
            self._closing = True
            self.transport.close()
        if not self._gone:
            waiter = self.loop.create_future()  # each has its own, so that who is cancelled doesn't cancel the others
            self._parting += (waiter,)
            await waiter

    def abort(self) -> None:
        """Let go at once."""
        if self.transport is not None:
            self.transport.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # For those who build on it

    def enter(self, phase: Phase) -> None:
        """Tell the attempt where it stands. FIRST_BYTE ends by itself, in TRANSFER, when a datagram arrives."""
        self._awaits_first = phase is Phase.FIRST_BYTE
        if self.trace is not None:
            self.trace.enter(phase)

    def set_idle(self, seconds: float | None) -> None:
        """From now on, bear this many seconds of silence in a receive (None: any)."""
        self._idle = seconds
        if self.idle_changed is not None:
            self.idle_changed(seconds)

    def attach(self, protocol: asyncio.DatagramProtocol) -> asyncio.DatagramTransport:
        """Hand the socket to another protocol, what was received and not taken included: nothing is queued any more."""
        self._upper = protocol
        while self._queue:
            data, sender = self._queue.popleft()
            protocol.datagram_received(data, sender)  # type: ignore[arg-type]  # a Unix socket's is a path
        return self.transport

    def info(self, name: str) -> Any:
        """`transport.get_extra_info`: "socket", "peername", "sockname" …"""
        return self.transport.get_extra_info(name)

    def _ended(self) -> NetloomError:
        return self._error or ConnectionLost("the socket is closed")

    def _silent(self) -> None:
        self._error = DeadlineExceeded(f"silence for {self._idle:g} s", phase=self.trace.phase if self.trace else None)
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
