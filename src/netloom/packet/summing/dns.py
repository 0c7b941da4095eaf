"""Resolving: questions of DNS over UDP, how long their answers took, and which were none (RFC 1035 §4.1.1)."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from netloom.errors import RemoteProtocolError
from netloom.packet.row import UNTOLD
from netloom.packet.summing.bounded import Counts, Held
from netloom.packet.summing.span import Span
from netloom.packet.summing.times import Durations
from netloom.wire.dns import message
from netloom.wire.dns.names import to_text

if TYPE_CHECKING:
    from netloom.packet.row import Row
    from netloom.packet.summing.icmp import Place

PORT = 53
WAITING = 65_536
"""Questions that may wait for an answer; the oldest goes."""
ROOM = 16_384
PATIENCE = 2_000_000_000
"""Nanoseconds after which a question counts as unanswered; what was asked later may yet be answered."""
_ANSWER = 0x80


class Server:
    """What a server was asked, and how it answered, by rcode. `names` are those that it failed for."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = 0
        self.unanswered = 0
        self.rcodes: dict[int, int] = {}
        self.names: Counts[str] = Counts(64)
        self.span = Span()

    def failures(self, rcode: int) -> int:
        """Answers with an rcode."""
        return self.rcodes.get(rcode, 0)


class Resolving:
    """`lost` counts questions that were forgotten because too many waited. `all` is of all servers, also lost ones."""

    def __init__(self) -> None:
        self.servers: Held[Place, Server] = Held(Server, lambda server: server.asked + server.answers, ROOM)
        self.all = Server()
        self.took = Durations()
        self.lost = 0
        # A plain dictionary takes the longer to find its oldest key the more of them went
        self._waiting: OrderedDict[tuple[Place, Place, int, int], int] = OrderedDict()

    def hear(self, row: Row, payload: bytes) -> None:
        """A datagram to or from port 53."""
        number = int.from_bytes(payload[:2], "big")
        source, destination = (row.src_high, row.src_low), (row.dst_high, row.dst_low)
        if payload[2] & _ANSWER:
            if row.src_port == PORT:
                self._answered(self.servers[source], (destination, source, row.dst_port, number), row.time, payload)
        elif row.dst_port == PORT:
            self._asked(self.servers[destination], (source, destination, row.src_port, number), row.time)

    def _asked(self, server: Server, key: tuple[Place, Place, int, int], time: int) -> None:
        server.asked += 1
        server.span.add(time)
        if key in self._waiting:  # asked again: it has waited since the first time
            return
        if len(self._waiting) >= WAITING:
            self._waiting.popitem(last=False)
            self.lost += 1
        self._waiting[key] = time

    def _answered(self, server: Server, key: tuple[Place, Place, int, int], time: int, payload: bytes) -> None:
        asked = self._waiting.pop(key, None)
        if asked is not None and UNTOLD not in (asked, time):
            self.took.add(time - asked)
        rcode = payload[3] & 15
        for one in (server, self.all):
            one.answers += 1
            one.rcodes[rcode] = one.failures(rcode) + 1
        server.span.add(time)
        if rcode:
            server.names.add(_name(payload))

    def finish(self, last: int) -> None:
        """The capture has ended at a time: who waits since `PATIENCE` or longer waits in vain."""
        for (_, server, _, _), time in self._waiting.items():
            if time == UNTOLD or last - time < PATIENCE:
                continue
            self.all.unanswered += 1
            if server in self.servers:  # else it was left out, and what else it was asked isn't known any more
                self.servers[server].unanswered += 1
        self._waiting.clear()


def _name(payload: bytes) -> str:
    """What was asked; empty where it can't be read."""
    try:
        questions = message.parse(payload).questions
    except RemoteProtocolError:
        return ""
    return (to_text(questions[0].name).removesuffix(".") or ".") if questions else ""
