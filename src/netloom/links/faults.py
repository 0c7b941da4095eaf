"""Trouble on purpose: latency, reset and stall, as a layer between a socket and everything above it."""

from __future__ import annotations

import asyncio
import errno
from collections import deque
from typing import TYPE_CHECKING, Any

from netloom.errors import ConnectionLost
from netloom.links.layer import DatagramLayer, Layer

if TYPE_CHECKING:
    from netloom.links.options import LinkOptions


def wanted(options: LinkOptions) -> bool:
    """Whether an endpoint asks for any fault."""
    return options.latency is not None or options.reset_after is not None or options.stall_after is not None


class FaultLayer(Layer):
    """Delays what comes, and resets or falls silent after so many bytes of it."""

    def __init__(self, upper: asyncio.Protocol, options: LinkOptions) -> None:
        super().__init__(upper)
        self._latency = options.latency
        self._reset_after = options.reset_after
        self._stall_after = options.stall_after
        self._seen = 0
        self._late: deque[tuple[bytes | None, asyncio.TimerHandle]] = deque()

    def data_received(self, data: bytes) -> None:
        if self._stall_after is not None:
            data = data[: max(0, self._stall_after - self._seen)]
        reset = self._reset_after is not None and self._seen + len(data) >= self._reset_after
        if reset and self._reset_after is not None:
            data = data[: max(0, self._reset_after - self._seen)]
        self._seen += len(data)
        if data:
            self._later(data)
        if reset:
            self._drop_late()
            self.upper.connection_lost(ConnectionLost("reset on purpose (fault reset_after)"))
            self.upper = asyncio.Protocol()
            self.lower.abort()

    def eof_received(self) -> bool | None:
        if self._stall_after is not None and self._seen >= self._stall_after:
            return True
        self._later(None)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_late()
        self.upper.connection_lost(exc)

    def _later(self, data: bytes | None) -> None:
        if self._latency is None:
            self._deliver(data)
            return
        loop = asyncio.get_running_loop()
        self._late.append((data, loop.call_later(self._latency, self._deliver_next)))

    def _deliver_next(self) -> None:
        self._deliver(self._late.popleft()[0])

    def _deliver(self, data: bytes | None) -> None:
        if data is None:
            if not self.upper.eof_received():
                self.lower.close()
        else:
            self.upper.data_received(data)

    def _drop_late(self) -> None:
        """A delay doesn't outlive its connection; what was under way arrives at once, as after a real close."""
        while self._late:
            data, timer = self._late.popleft()
            timer.cancel()
            self._deliver(data)


class DatagramFaults(DatagramLayer):
    """The same for datagrams: late, or never; a reset looks like a refused port."""

    def __init__(self, upper: asyncio.DatagramProtocol, options: LinkOptions) -> None:
        super().__init__(upper)
        self._options = options
        self._seen = 0
        self._late: set[asyncio.TimerHandle] = set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        options = self._options
        if options.reset_after is not None and self._seen >= options.reset_after:
            self.upper.error_received(
                ConnectionRefusedError(errno.ECONNREFUSED, "reset on purpose (fault reset_after)")
            )
            return
        if options.stall_after is not None and self._seen >= options.stall_after:
            return
        self._seen += len(data)
        if options.latency is None:
            self.upper.datagram_received(data, addr)
            return

        def deliver() -> None:
            self._late.discard(timer)
            self.upper.datagram_received(data, addr)

        timer = asyncio.get_running_loop().call_later(options.latency, deliver)
        self._late.add(timer)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        self.upper.connection_lost(exc)
