"""PPP: what is in its frames (RFC 1661 §2, §6.5, §6.6; RFC 1662 §3.1)."""

from __future__ import annotations

from typing import ClassVar

from netloom.errors import UsageError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

# The view

ADDRESS_CONTROL = b"\xff\x03"
"""Both are there, or left out (§6.6). No protocol has a number that begins like them."""
SHORT = 1
"""Set in the first octet of a protocol's number that has only that one (§6.5)."""
LEAST = 1

_RULE = "RFC 1661 §2"


# The record


class PPP(Layer, frozen=True, kw_only=True):
    """A frame's protocol. `framed`: address and control stand before it; `compressed`: it has one octet."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("pppoe", 0), ("link", 9), ("ethertype", 0x880B))

    protocol: int | None = None
    framed: bool = False
    compressed: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, LEAST, "a PPP header", _RULE)
        if data[0] == ADDRESS_CONTROL[0]:
            whole(data, 2, "a PPP header", _RULE)
        framed = bytes(data[:2]) == ADDRESS_CONTROL
        at = 2 if framed else 0
        whole(data, at + 1, "a PPP header", _RULE)
        compressed = bool(data[at] & SHORT)
        header = at + (1 if compressed else 2)
        whole(data, header, "a PPP header", _RULE)
        protocol = int.from_bytes(data[at:header], "big")
        return Parsed(cls(protocol=protocol, framed=framed, compressed=compressed), header, None, ("ppp", protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, protocol=16)
        protocol = around.number("ppp", self.protocol, 0)
        if self.compressed and protocol > 0xFF:
            raise UsageError(f"PPP's protocol {protocol:#06x} has two octets", hint="leave compressed=True out")
        head = ADDRESS_CONTROL if self.framed else b""
        return head + protocol.to_bytes(1 if self.compressed else 2, "big") + payload
