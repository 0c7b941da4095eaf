"""Generic routing encapsulation (RFC 2784, RFC 2890), and as PPTP has it (RFC 2637 §4.1)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.wire.checksum import checksum

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

FLAGS = 0
PROTOCOL = 2
"""An EtherType."""
LEAST = 4
"""Behind it, four octets each: checksum and what is reserved, key, sequence number, and PPTP's acknowledgment."""
CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGMENT, VERSION = 0x8000, 0x2000, 0x1000, 0x0080, 0x0007
DISCARDED = 0x4C00
"""Bits which a receiver that doesn't implement the routing of RFC 1701 has to discard packets for (RFC 2784 §2.3)."""
RESERVED = 0x4FF8
PPTP = 1

_FIXED = struct.Struct(">HH")
_RULE = {0: "RFC 2784 §2", PPTP: "RFC 2637 §4.1"}


# The record


class GRE(Layer, frozen=True, kw_only=True):
    """A header. `key`, `seq` and `ack` are there where they aren't None, the checksum if it is `checksummed`.

    In version 1 the key is the call's number beside the payload's `length`. `reserved` are bits in their places.
    """

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", 47),)

    protocol: int | None = None
    key: int | None = None
    seq: int | None = None
    ack: int | None = None
    checksummed: bool = False
    checksum: int | None = None
    version: int = 0
    length: int | None = None
    reserved: int = 0
    offset: int = 0

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, LEAST, "a GRE header", _RULE[0])
        bits, protocol = _FIXED.unpack_from(data)
        version = bits & VERSION
        wrong = bits & DISCARDED if version == 0 else version != PPTP or bits & 0xE800 != KEY
        if wrong:
            raise RemoteProtocolError(f"flags and version {bits:#06x}", rule=_RULE.get(version, _RULE[0]), offset=FLAGS)
        present = (CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGMENT if version == PPTP else 0)
        header = LEAST + 4 * sum(bool(bits & bit) for bit in present)
        whole(data, header, "a GRE header with its options", _RULE[version])
        words = iter(struct.unpack_from(f">{header // 4 - 1}I", data, LEAST))
        check, key, seq, ack = (next(words) if bits & bit else None for bit in present)
        made = cls(
            protocol=protocol,
            key=key & 0xFFFF if key is not None and version else key,
            seq=seq,
            ack=ack,
            checksummed=check is not None,
            checksum=None if check is None else check >> 16,
            version=version,
            length=key >> 16 if key is not None and version else None,
            reserved=bits & RESERVED & ~present[3],
            offset=0 if check is None else check & 0xFFFF,
        )
        if made.length is None:
            return Parsed(made, header, None, ("ethertype", protocol))
        return Parsed(made, header, header + made.length, None if seq is None else ("ethertype", protocol))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, protocol=16, key=16 if self.version else 32, seq=32, ack=32, checksum=16, version=3)
        fitting(self, checksummed=1, length=16, offset=16)
        if self.reserved & ~RESERVED:
            raise UsageError(
                f"GRE(reserved={self.reserved:#x}) holds more than what is reserved", hint=f"{RESERVED:#x}"
            )
        key = self.key
        if self.version:
            key = (len(payload) if self.length is None else self.length) << 16 | (key or 0)
        words = [self.offset | (self.checksum or 0) << 16] if self.checksummed else []
        words += [word for word in (key, self.seq, self.ack) if word is not None]
        bits = (self.checksummed and CHECKSUM) | (key is not None and KEY) | (self.seq is not None and SEQUENCE)
        bits |= (self.ack is not None and ACKNOWLEDGMENT) | self.reserved | self.version
        head = _FIXED.pack(bits, around.number("ethertype", self.protocol, 0))
        whole_packet = head + packed_as(self, struct.Struct(f">{len(words)}I"), *words) + payload
        if self.checksummed and self.checksum is None:
            value = checksum(whole_packet).to_bytes(2, "big")
            whole_packet = whole_packet[:LEAST] + value + whole_packet[LEAST + 2 :]
        return whole_packet

    def tell(self, row: Row) -> None:
        row.ethertype = self.protocol or 0
