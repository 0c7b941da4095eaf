"""TCP (RFC 9293 §3.1, RFC 3168, RFC 3540, RFC 7323, RFC 2018)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from netloom.errors import RemoteProtocolError, UsageError
from netloom.packet.layer import Around, Key, Layer, Parsed, fitting, packed_as, whole
from netloom.wire.checksum import checksum, pseudo_header

if TYPE_CHECKING:
    from netloom.packet.row import Row

# The view

SOURCE = 0
DESTINATION = 2
SEQUENCE = 4
ACKNOWLEDGMENT = 8
FLAGS = 12
"""The header's length in words of four octets in the upper four bits, then three that are reserved, then nine flags."""
WINDOW = 14
CHECKSUM = 16
URGENT = 18
HEADER = 20
LARGEST = 60
NUMBER = 6
LETTERS = "FSRPAUECN"
"""FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, NS, the lowest bit first."""

_FIXED = struct.Struct(">HHIIHHHH")
_RULE = "RFC 9293 §3.1"


# The record


class TCP(Layer, frozen=True, kw_only=True):
    """A header. `flags` are letters of FSRPAUECN; `options` octets as functions below make them, padded to words."""

    ANNOUNCED: ClassVar[tuple[Key, ...]] = (("ip", NUMBER),)

    dport: int = 80
    sport: int = 20
    seq: int = 0
    ack: int = 0
    flags: str = "S"
    window: int = 8192
    urgent: int = 0
    reserved: int = 0
    options: bytes = b""
    header: int | None = None
    checksum: int | None = None

    def __post_init__(self) -> None:
        for letter in self.flags:
            if letter not in LETTERS:
                raise UsageError(f"TCP has no flag {letter!r}", hint=f"letters of {LETTERS}: S, SA, A, PA, FA, R")

    @classmethod
    def parse(cls, data: bytes) -> Parsed:
        whole(data, HEADER, "a TCP header", _RULE)
        sport, dport, seq, ack, bits, window, check, urgent = _FIXED.unpack_from(data)
        header = (bits >> 12) * 4
        if header < HEADER:
            raise RemoteProtocolError(f"a header of {header} octets", rule=_RULE, offset=FLAGS)
        whole(data, header, "a TCP header with options", _RULE)
        made = cls(
            dport=dport,
            sport=sport,
            seq=seq,
            ack=ack,
            flags=letters(bits),
            window=window,
            urgent=urgent,
            reserved=bits >> 9 & 7,
            options=bytes(data[HEADER:header]),
            header=header,
            checksum=check,
        )
        return Parsed(made, header, None, ("tcp", dport))

    def emit(self, payload: bytes, around: Around) -> bytes:
        fitting(self, dport=16, sport=16, seq=32, ack=32, window=16, urgent=16, reserved=3, checksum=16)
        options = self.options + bytes(-len(self.options) % 4)
        header = HEADER + len(options) if self.header is None else self.header
        if header % 4 or not 0 <= header <= LARGEST:
            raise UsageError(f"a TCP header of {header} octets", hint=f"options have up to {LARGEST - HEADER} octets")
        bits = header // 4 << 12 | self.reserved << 9 | number(self.flags)
        head = packed_as(
            self,
            _FIXED,
            self.sport,
            self.dport,
            self.seq,
            self.ack,
            bits,
            self.window,
            self.checksum or 0,
            self.urgent,
        )
        segment = head + options + payload
        if self.checksum is None:
            from netloom.packet.formats.routing import covered

            source, destination = covered(around, "TCP")
            value = checksum(segment, pseudo_header(source, destination, NUMBER, len(segment)))
            segment = segment[:CHECKSUM] + value.to_bytes(2, "big") + segment[CHECKSUM + 2 :]
        return segment

    def tell(self, row: Row) -> None:
        row.src_port = self.sport
        row.dst_port = self.dport
        row.seq = self.seq
        row.ack = self.ack
        row.flags = number(self.flags) | self.reserved << 9
        row.window = self.window


def number(flags: str) -> int:
    """Letters as bits."""
    return sum(1 << LETTERS.index(letter) for letter in set(flags))


def letters(bits: int) -> str:
    """Bits as letters; those that have none are left out."""
    return "".join(letter for at, letter in enumerate(LETTERS) if bits >> at & 1)


# Options


class Option(NamedTuple):
    """One option: its kind, and what follows its length."""

    kind: int
    data: bytes = b""


END, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS = 0, 1, 2, 3, 4, 5, 8


def option(kind: int, data: bytes = b"") -> bytes:
    """An option's octets; the end and the one that does nothing have no length. Raises UsageError."""
    return _packed(">B", kind) if kind in (END, NOP) else _packed(">BB", kind, 2 + len(data)) + data


def options(data: bytes) -> list[Option]:
    """Those of a header, up to the end or to one that is broken."""
    found = []
    at = 0
    while at < len(data) and data[at] != END:
        if data[at] == NOP:
            found.append(Option(NOP))
            at += 1
            continue
        length = data[at + 1] if at + 1 < len(data) else 0
        if length < 2 or at + length > len(data):
            break
        found.append(Option(data[at], bytes(data[at + 2 : at + length])))
        at += length
    return found


def mss(octets: int) -> bytes:
    """The largest segment that its sender takes, in octets (RFC 9293 §3.7.1). Raises UsageError."""
    return option(MSS, _packed(">H", octets))


def window_scale(shift: int) -> bytes:
    """How far the sender's windows are shifted (RFC 7323 §2). Raises UsageError."""
    return option(WINDOW_SCALE, _packed(">B", shift))


def timestamps(value: int, echo: int = 0) -> bytes:
    """The sender's clock, and the other's as it was last heard (RFC 7323 §3). Raises UsageError."""
    return option(TIMESTAMPS, _packed(">II", value, echo))


def sack_permitted() -> bytes:
    """The sender takes selective acknowledgments (RFC 2018 §2)."""
    return option(SACK_PERMITTED)


def sack(*blocks: tuple[int, int]) -> bytes:
    """What came behind a gap: the first sequence number of each block, and the one behind it (RFC 2018 §3)."""
    return option(SACK, b"".join(_packed(">II", *block) for block in blocks))


def _packed(form: str, *values: int) -> bytes:
    try:
        return struct.pack(form, *values)
    except struct.error as exc:
        raise UsageError(f"an option of TCP with {', '.join(map(str, values))}: {exc}") from exc
