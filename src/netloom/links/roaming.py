"""A datagram socket whose peer moves to other ports of its host, as TFTP's servers do (RFC 1350 §4)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netloom.links.network import SockAddr


class Roaming(asyncio.DatagramTransport):
    """Two sockets on one port, which are one to the protocol above.

    What is open hears every port of the host, and doesn't learn that nobody listens; what is connected to the first
    port does. The kernel gives a datagram to the connected one where both would fit.
    """

    def __init__(self, upper: asyncio.DatagramProtocol, remote: SockAddr) -> None:
        super().__init__()
        self._upper = upper
        self._remote: tuple[Any, ...] = remote[1]
        self._host = _bare(remote[1][0])
        self._lost = 0
        self.open = _Half(self)
        self.aimed = _Half(self)

    def begin(self) -> None:
        """Both sockets stand."""
        self._upper.connection_made(self)

    # From the sockets

    def heard(self, half: _Half, data: bytes, addr: Any) -> None:
        if half is self.aimed:
            self._upper.datagram_received(data, self._remote)
        elif _bare(addr[0]) == self._host:
            self._upper.datagram_received(data, addr)

    def failed(self, exc: Exception) -> None:
        self._upper.error_received(exc)

    def lost(self, exc: Exception | None) -> None:
        self._lost += 1
        if self._lost == 2:
            self._upper.connection_lost(exc)

    # As a transport

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        if addr is None or addr[:2] == self._remote[:2]:
            self.aimed.transport.sendto(data)
        else:
            self.open.transport.sendto(data, addr)

    def close(self) -> None:
        self.aimed.transport.close()
        self.open.transport.close()

    def abort(self) -> None:
        self.aimed.transport.abort()
        self.open.transport.abort()

    def is_closing(self) -> bool:
        return self.aimed.transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.aimed.transport.get_extra_info(name, default)


class _Half(asyncio.DatagramProtocol):
    """One of the two."""

    def __init__(self, whole: Roaming) -> None:
        self._whole = whole
        self.transport: asyncio.DatagramTransport = None  # type: ignore[assignment]  # set by connection_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # every datagram transport is one

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._whole.heard(self, data, addr)

    def error_received(self, exc: Exception) -> None:
        self._whole.failed(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._whole.lost(exc)


def _bare(host: str) -> str:
    """An address without its zone, which the kernel may write or not."""
    return host.partition("%")[0]
