"""Frames of wireless LANs (IEEE 802.11 §9.2, §9.3)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from msgspec.structs import force_setattr

from netloom.errors import RemoteProtocolError
from netloom.packet.addresses import Mac, canonical, mac, number, packed
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, whole

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

CONTROL = 0
"""Two bits of version, two of the type, four of the subtype, and eight flags. Numbers have their lower octet first."""
DURATION = 2
ADDRESS1 = 4
ADDRESS2 = 10
ADDRESS3 = 16
SEQUENCE = 22
"""Four bits of the fragment's number, twelve of the frame's."""
ADDRESS4 = 24
"""Of frames between access points, then two octets of QoS control and four of HT control, where there are such."""
LEAST, HEADER = 10, 24
MANAGEMENT, CONTROLLING, DATA, EXTENSION = range(4)
TO_DS, FROM_DS, ORDER = 0x01, 0x02, 0x80
EMPTY, QOS = 4, 8
"""Bits of the subtype of data: there is none; QoS control is there."""
AGGREGATE = 0x80
"""Of QoS control: several frames in one (A-MSDU)."""
TWO_ADDRESSES = {2, 4, 5, 8, 9, 10, 11, 14, 15}
"""Subtypes of control frames that tell their sender: Trigger, Beamforming Report Poll, NDP Announcement,
Block Ack Request, Block Ack, PS-Poll, RTS, CF-End, CF-End + CF-Ack."""

_NOBODY = "00:00:00:00:00:00"
_RULE = "IEEE 802.11 §9.2"


# The record


class Dot11(Layer, frozen=True, kw_only=True):
    """A header, without the frame's check sequence. What its kind of frame doesn't have isn't written.

    `addr1` is who takes it from the air, `addr2` who sent it there; the flags to_ds and from_ds tell whether these, or
    `addr3` and `addr4`, are the ends. `order` says that HT control is there, in frames of management and QoS data.
    """

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("link", 105),)

    addr1: Mac = "ff:ff:ff:ff:ff:ff"
    addr2: Mac = _NOBODY
    addr3: Mac = _NOBODY
    addr4: Mac = _NOBODY
    type: int = DATA
    subtype: int = 0
    version: int = 0
    to_ds: bool = False
    from_ds: bool = False
    more_fragments: bool = False
    retry: bool = False
    power_management: bool = False
    more_data: bool = False
    protected: bool = False
    order: bool = False
    duration: int = 0
    sequence: int = 0
    fragment: int = 0
    qos: int = 0
    ht_control: int = 0

    def __post_init__(self) -> None:
        for name in ("addr1", "addr2", "addr3", "addr4"):
            force_setattr(self, name, canonical(getattr(self, name)))

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, LEAST, "an 802.11 header", _RULE)
        kind, bits, duration = struct.unpack_from("<BBH", data)
        if kind & 3:
            raise RemoteProtocolError(f"version {kind & 3}", rule=_RULE, offset=CONTROL)
        parts = _parts(kind >> 2 & 3, kind >> 4, bits)
        whole(data, parts.header, "an 802.11 header", _RULE)
        sequence = int.from_bytes(data[SEQUENCE:HEADER], "little") if parts.addresses > 2 else 0
        at = HEADER + 6 * (parts.addresses > 3)
        made = cls(
            addr1=_address(data, ADDRESS1, True),
            addr2=_address(data, ADDRESS2, parts.addresses > 1),
            addr3=_address(data, ADDRESS3, parts.addresses > 2),
            addr4=_address(data, ADDRESS4, parts.addresses > 3),
            type=kind >> 2 & 3,
            subtype=kind >> 4,
            to_ds=bool(bits & TO_DS),
            from_ds=bool(bits & FROM_DS),
            more_fragments=bool(bits & 0x04),
            retry=bool(bits & 0x08),
            power_management=bool(bits & 0x10),
            more_data=bool(bits & 0x20),
            protected=bool(bits & 0x40),
            order=bool(bits & ORDER),
            duration=duration,
            sequence=sequence >> 4,
            fragment=sequence & 15,
            qos=int.from_bytes(data[at : at + 2], "little") if parts.qos else 0,
            ht_control=int.from_bytes(data[parts.header - 4 : parts.header], "little") if parts.ht_control else 0,
        )
        return Parsed(made, parts.header, None, ("llc", 0) if made.readable else None)

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, type=2, subtype=4, version=2, duration=16, sequence=12, fragment=4, qos=16, ht_control=32)
        fitting(self, **dict.fromkeys(_FLAGS, 1))
        bits = sum(getattr(self, name) << place for place, name in enumerate(_FLAGS))
        parts = _parts(self.type, self.subtype, bits)
        head = struct.pack("<BBH", self.subtype << 4 | self.type << 2 | self.version, bits, self.duration)
        head += packed(self.addr1)
        head += packed(self.addr2) if parts.addresses > 1 else b""
        if parts.addresses > 2:
            head += packed(self.addr3) + (self.sequence << 4 | self.fragment).to_bytes(2, "little")
        head += packed(self.addr4) if parts.addresses > 3 else b""
        head += self.qos.to_bytes(2, "little") if parts.qos else b""
        head += self.ht_control.to_bytes(4, "little") if parts.ht_control else b""
        return head + payload

    def tell(self, row: Row) -> None:
        """The ends of a frame of data, by way of the access points; of others, who takes and who sends it."""
        data = self.type == DATA
        destination = self.addr3 if data and self.to_ds else self.addr1
        source = (self.addr4 if self.to_ds else self.addr3) if data and self.from_ds else self.addr2
        row.dst_mac = number(destination)
        row.src_mac = number(source)

    @property
    def readable(self) -> bool:
        """Whether LLC follows: it is data, the beginning of it, one frame of it, and not encrypted."""
        aggregate = self.subtype & QOS and self.qos & AGGREGATE
        return self.type == DATA and not (self.subtype & EMPTY or self.protected or self.fragment or aggregate)


_FLAGS = ("to_ds", "from_ds", "more_fragments", "retry", "power_management", "more_data", "protected", "order")
"""The lowest bit first."""


class _Parts(NamedTuple):
    """What a header has: so many addresses, the two controls, and octets in all."""

    addresses: int
    qos: bool
    ht_control: bool
    header: int


def _parts(kind: int, subtype: int, bits: int) -> _Parts:
    if kind in (CONTROLLING, EXTENSION):
        both = kind == CONTROLLING and subtype in TWO_ADDRESSES
        return _Parts(2 if both else 1, False, False, ADDRESS3 if both else LEAST)
    between = kind == DATA and bits & TO_DS and bits & FROM_DS
    qos = kind == DATA and bool(subtype & QOS)
    ht_control = bool(bits & ORDER) and (qos or kind == MANAGEMENT)
    return _Parts(4 if between else 3, qos, ht_control, HEADER + (6 if between else 0) + 2 * qos + 4 * ht_control)


def _address(data: bytes, at: int, there: bool) -> Mac:
    return mac(data[at : at + 6]) if there else _NOBODY
