"""A flow as it is counted, in integers, times in nanoseconds: what both trackers give, and records are made of.

There may be a million of them, and no cycle among them: the collector of cycles needn't look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from netloom.packet.row import Row

ICMP, TCP, UDP, ICMPV6, SCTP = 1, 6, 17, 58, 132
FIN, SYN, RST, ACK = 1, 2, 4, 16

_PAIRS = {
    ICMP: ((8, 0), (13, 14), (15, 16), (17, 18), (10, 9)),
    ICMPV6: ((128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)),
}
_COUNTERPARTS = {
    protocol: dict(pairs) | {answer: question for question, answer in pairs} for protocol, pairs in _PAIRS.items()
}


class Names(Struct, frozen=True, gc=False):
    """What names a flow, from the first octets of its payloads."""

    server_name: str = ""
    alpn: tuple[str, ...] = ()
    ja4: str = ""
    queries: tuple[str, ...] = ()


class Side(Struct, gc=False):
    """What one direction sent. `bytes` are those of whole packets, `flags` all that were seen, as bits."""

    packets: int = 0
    bytes: int = 0
    payload: int = 0
    flags: int = 0
    retransmissions: int = 0
    out_of_order: int = 0
    zero_windows: int = 0
    resets: int = 0
    gaps: int = 0


class Key(NamedTuple):
    """Between whom a packet passes, in its direction. `one_way`: what goes back is no answer to it.

    The ports of ICMP are a message's type and that of the message which answers it, or else its code: as Community ID
    has them.
    """

    version: int
    protocol: int
    src_high: int
    src_low: int
    src_port: int
    dst_high: int
    dst_low: int
    dst_port: int
    one_way: bool = False

    def turned(self) -> Key:
        """The same seen from the other side."""
        return Key(
            self.version,
            self.protocol,
            self.dst_high,
            self.dst_low,
            self.dst_port,
            self.src_high,
            self.src_low,
            self.src_port,
            self.one_way,
        )


def key_of(row: Row) -> Key:
    """A row's key. Later fragments have no ports; only the first one has its packet's transport header."""
    source = destination = 0
    one_way = False
    if row.fragment <= 0 and row.protocol in (TCP, UDP, SCTP):
        source, destination = row.src_port, row.dst_port
    elif row.fragment <= 0 and row.protocol in _COUNTERPARTS:
        answer = _COUNTERPARTS[row.protocol].get(row.icmp_type)
        one_way = answer is None
        source, destination = row.icmp_type, row.icmp_code if answer is None else answer
    return Key(
        row.version,
        row.protocol,
        row.src_high,
        row.src_low,
        source,
        row.dst_high,
        row.dst_low,
        destination,
        one_way,
    )


class Tracked(Struct, kw_only=True, gc=False):
    """A flow. `key` is its forward direction; `first` and `last` are when it was heard; `number` counts flows from 0.

    `rtt` is 0 where no handshake was seen. `vlan` and `tunnels` are those of the first packet.
    """

    key: Key
    number: int
    first: int
    last: int
    vlan: int = 0
    tunnels: int = 0
    rtt: int = 0
    app: str = ""
    names: Names = Names()
    forward: Side
    backward: Side

    @property
    def closed(self) -> bool:
        """Whether TCP has said goodbye: a reset from either side, or FIN from both."""
        if self.key.protocol != TCP:
            return False
        either, both = self.forward.flags | self.backward.flags, self.forward.flags & self.backward.flags
        return bool(either & RST or both & FIN)


class Ended(NamedTuple):
    """A flow that is over, and why: idle, active, closed, capture (which ended) or full (the table was)."""

    flow: Tracked
    reason: str
