"""Closer: packets whose octets are looked at, and who does: ARP, ICMP's errors, DNS, lines of text over TCP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netloom.packet.summing.arp import Neighbours
from netloom.packet.summing.dns import Resolving
from netloom.packet.summing.icmp import Complaints
from netloom.packet.summing.secrets import Secrets
from netloom.wire.icmp_words import PROBLEMS_4, PROBLEMS_6

if TYPE_CHECKING:
    from netloom.packet.row import Row

ARP_TYPE = 0x0806
DNS_PORT = 53
DNS_HEADER = 12
LINE_LEAST, LINE_MOST = 6, 512
"""Octets of a line that may be a command with a password (RFC 5321 §4.5.3.1.4 gives commands 512)."""
METHODS = (b"GET ", b"POST", b"PUT ", b"HEAD", b"DELE", b"OPTI", b"PATC", b"CONN", b"PROP")
"""What requests of HTTP begin with, four octets each."""
ALNUM = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
LINE_END = 0x0A
LOOKED = ("time", "version", "protocol", "src_port", "dst_port", "icmp_type", "icmp_code", "payload_at", "payload")
ADDRESSES = ("src_high", "src_low", "dst_high", "dst_low")
"""What of a row is looked at; the kernels make nothing else of it."""


class Closer:
    """Looks at those packets that `interesting` names."""

    def __init__(self) -> None:
        self.neighbours = Neighbours()
        self.complaints = Complaints()
        self.resolving = Resolving()
        self.secrets = Secrets()

    @property
    def lost(self) -> int:
        """What was left out because there was too much."""
        resolving = self.resolving
        held = (self.neighbours, self.complaints, resolving, resolving.servers, self.secrets.seen)
        return sum(one.lost for one in held)

    def look(self, row: Row, data: bytes) -> None:
        """Look at a packet, which is interesting. `data` is its frame."""
        if not row.version:
            self.neighbours.hear(row, data)
        elif row.protocol == 17:
            self.resolving.hear(row, data[row.payload_at : row.payload_at + row.payload])
        elif row.protocol == 6:
            self.secrets.hear(row, data[row.payload_at : row.payload_at + row.payload])
        else:
            self.complaints.hear(row, data)


def interesting(row: Row, data: bytes) -> bool:
    """Whether a packet is to be looked at. The kernels' twin is in `kernels/passing.py`."""
    if not row.version:
        return row.ethertype == ARP_TYPE
    if row.fragment > 0:
        return False
    if row.protocol == 6:
        return row.payload >= LINE_LEAST and _text(data[row.payload_at : row.payload_at + row.payload])
    if row.protocol == 17:
        return row.payload >= DNS_HEADER and DNS_PORT in (row.src_port, row.dst_port)
    return row.icmp_type in (PROBLEMS_4 if row.protocol == 1 else PROBLEMS_6 if row.protocol == 58 else ())


def _text(payload: bytes) -> bool:
    if payload[:4] in METHODS:
        return True
    return len(payload) <= LINE_MOST and payload[-1] == LINE_END and payload[0] in ALNUM
