"""Rows as dissecting gives them, for flows made by hand."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from netloom.packet.formats.tcp import number
from netloom.packet.row import MAPPED, Row

MS = 1_000_000
S = 1_000_000_000
NOON = 1_795_000_000 * S
A, B = "192.0.2.1", "192.0.2.2"


def row(src: str = A, dst: str = B, protocol: int = 17, **values: Any) -> Row:
    """A packet between two addresses."""
    source, destination = ip_address(src), ip_address(dst)
    made = Row(version=source.version, protocol=protocol, time=NOON, length=60, captured=60)
    low = MAPPED if source.version == 4 else 0
    made.src_high, made.src_low = divmod(int(source) | low, 1 << 64)
    made.dst_high, made.dst_low = divmod(int(destination) | low, 1 << 64)
    for name, value in values.items():
        setattr(made, name, value)
    return made


def udp(time: int, payload: bytes = b"", *, back: bool = False, **values: Any) -> Row:
    """A datagram between A:1000 and B:2000, at so many nanoseconds after noon."""
    ends = {"src": B, "dst": A, "src_port": 2000, "dst_port": 1000} if back else {"src_port": 1000, "dst_port": 2000}
    return row(**{**ends, "time": NOON + time, "payload": len(payload), "payload_length": len(payload), **values})


def tcp(time: int, flags: str, seq: int = 0, ack: int = 0, size: int = 0, *, back: bool = False, **values: Any) -> Row:
    """A segment between A:1000 and B:2000 with a payload of `size` octets."""
    told = {"flags": number(flags), "seq": seq, "ack": ack, "window": 1000}
    return udp(time, bytes(size), back=back, **{"protocol": 6, **told, **values})
