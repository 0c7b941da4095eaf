"""Community ID version 1: one name for a flow in every tool (Corelight's Community ID specification)."""

from __future__ import annotations

import base64
import hashlib
import struct
from typing import TYPE_CHECKING

from netloom.packet.flows.tracked import ICMP, ICMPV6, SCTP, TCP, UDP

if TYPE_CHECKING:
    from netloom.packet.flows.tracked import Key

_PORTS = frozenset({ICMP, TCP, UDP, ICMPV6, SCTP})


def community_id(key: Key, seed: int = 0) -> str:
    """The same for both directions, where they are one flow. `seed`: 16 bits that all who compare have in common."""
    size = 16 if key.version == 6 else 4
    source = (key.src_high << 64 | key.src_low).to_bytes(16, "big")[-size:], key.src_port
    destination = (key.dst_high << 64 | key.dst_low).to_bytes(16, "big")[-size:], key.dst_port
    if not key.one_way and destination < source:
        source, destination = destination, source
    octets = seed.to_bytes(2, "big") + source[0] + destination[0] + bytes([key.protocol, 0])
    if key.protocol in _PORTS:
        octets += struct.pack(">HH", source[1], destination[1])
    return "1:" + base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode("ascii")
