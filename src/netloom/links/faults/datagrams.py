"""Faults upon a datagram socket: what it and each peer say to each other goes through a line of their own."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from netloom.links.layer import DatagramLayer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from netloom.links.faults.act import Outlet
    from netloom.links.faults.fault import Side
    from netloom.links.faults.line import Line
    from netloom.links.faults.plan import Faults

PEERS = 1024
"""Peers of one socket that are told apart. The one that is longest known is forgotten when there are more."""


class DatagramFaults(DatagramLayer):
    """`side` is ours. All that a dialled socket hears and says counts as one connection."""

    def __init__(self, upper: asyncio.DatagramProtocol, faults: Faults, side: Side, number: int | None = None) -> None:
        super().__init__(upper)
        self._faults = faults
        self._side = side
        self._number = number
        self._usual: Any = None
        self._peers: dict[Any, _Peer] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._usual = transport.get_extra_info("peername")
        super().connection_made(transport)

    def line(self, addr: Any) -> Line:
        """What a peer and this socket say to each other."""
        return self._with(addr).line

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._with(addr).hears(data)

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        self._with(addr).is_told(bytes(data))

    def connection_lost(self, exc: Exception | None) -> None:
        while self._peers:
            self._peers.popitem()[1].forget()
        self.upper.connection_lost(exc)

    def refused(self, why: str) -> None:
        """A peer's port is found closed. Whoever serves doesn't hear of that."""
        if self._side == "client":
            self.upper.error_received(ConnectionRefusedError(errno.ECONNREFUSED, why))

    def _with(self, addr: Any) -> _Peer:
        address = addr if addr is not None else self._usual
        found = self._peers.get(address)
        if found is None:
            if len(self._peers) >= PEERS:
                self._peers.pop(next(iter(self._peers))).forget()
            found = self._peers[address] = _Peer(self, self._faults, self._side, address, self._number)
            if self._side == "client":
                self._number = found.line.number
        return found


class _Peer:
    """One peer of a socket."""

    def __init__(self, layer: DatagramFaults, faults: Faults, side: Side, address: Any, number: int | None) -> None:
        self._layer = layer
        self._side = side
        self._address = address
        self._full: set[Side] = set()
        self._gone = False
        self.line = faults.line("datagrams", self, number)
        self._coming = self.line.way(side)
        self._going = self.line.way("server" if side == "client" else "client")
        self.line.begin()

    def hears(self, data: bytes) -> None:
        """It has said something; what its way has no room for is lost."""
        if self._side not in self._full:
            self._coming.data(data)

    def is_told(self, data: bytes) -> None:
        """Something is said to it."""
        if self._going.towards not in self._full:
            self._going.data(data)

    def forget(self) -> None:
        """The socket has gone, or too many others have come."""
        self._gone = True
        self.line.end()

    # What the line asks for

    def outlet(self, towards: Side) -> Outlet:
        """Up, where it is said to our side; down to the peer."""
        return _Out(self._up if towards == self._side else self._down)

    def wait(self, towards: Side, *, full: bool) -> None:
        """Nobody waits who sends datagrams."""
        (self._full.add if full else self._full.discard)(towards)

    def reset(self, why: str) -> None:
        """Tell our side that nobody listens there."""
        self._layer.refused(why)

    def hang_up(self) -> None:
        """Datagrams have no end to tell."""

    def _up(self, data: bytes) -> None:
        if not self._gone:
            self._layer.upper.datagram_received(data, self._address)

    def _down(self, data: bytes) -> None:
        if not self._gone:
            usual = self._address == self._layer.lower.get_extra_info("peername")
            self._layer.lower.sendto(data, None if usual else self._address)


class _Out:
    """Where a way of datagrams goes on."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self.data = take

    def end(self) -> None:
        """Datagrams have no end."""
