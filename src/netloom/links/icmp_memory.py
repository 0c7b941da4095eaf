"""The in-memory twin of ICMP sockets: an address answers where a server of ours does; nothing else stands there."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from netloom.errors import RemoteProtocolError
from netloom.links.icmp import Arrival, Reported
from netloom.links.memory import MemoryDatagrams
from netloom.wire import icmp
from netloom.wire.icmp_words import UNREACHABLE_4, UNREACHABLE_6

TTL = 64
_HOST_UNREACHABLE = {4: (UNREACHABLE_4, 1), 6: (UNREACHABLE_6, 3)}

if TYPE_CHECKING:
    from netloom.links.memory import Place


class MemoryIcmp(MemoryDatagrams):
    """One end of ICMP in memory. Without anybody there, whoever asks hears at once that the host is unreachable."""

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        target: Place | None = tuple(addr[:2]) if addr is not None else None
        if target is None and self.remote is not None:
            target = self.remote[1][0], 0
        if target is None or target in self.network.silent:
            return
        receiver = self.network.sockets.get(target)
        loop = asyncio.get_running_loop()
        if receiver is not None:
            arrival = Arrival.of(self.own[1], TTL, target[0])
            loop.call_soon(receiver.protocol.datagram_received, bytes(data), arrival)
        elif self.remote is not None:
            loop.call_soon(self.protocol.error_received, self._nobody(bytes(data), target[0]))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name in ("kernel_answers", "raw"):
            return False  # there is no kernel
        return super().get_extra_info(name, default)

    def _nobody(self, data: bytes, host: str) -> Reported:
        version = 6 if self.own[0] == socket.AF_INET6 else 4
        try:
            asked = icmp.parse(data, version)
        except RemoteProtocolError:
            asked = None
        kind, code = _HOST_UNREACHABLE[version]
        sequence = asked.sequence if isinstance(asked, icmp.Echo) else None
        return Reported(icmp.Problem(version, kind, code), self.own[1][0], sequence)
