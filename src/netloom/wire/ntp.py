"""NTP version 4 packets, timestamps, checks and the arithmetic of offset and delay (RFC 5905)."""

from __future__ import annotations

import struct
from enum import IntEnum
from ipaddress import IPv4Address

from msgspec import Struct

from netloom.errors import LocalProtocolError, PeerRefused, RemoteProtocolError

HEADER_SIZE = 48
VERSION = 4
MAX_STRATUM = 16
"""Stratum 16 is "unsynchronized"; a server with time to give says 1 to 15."""
UNIX_EPOCH = 2_208_988_800
"""Seconds from 1900-01-01 (NTP's era 0) to 1970-01-01."""
ERA = 1 << 32
PRECISION = -20
"""log2 of the seconds that our own clock resolves: about a microsecond."""

_HEADER = struct.Struct(">BBbbII4sQQQQ")
_RULE_HEADER = "RFC 5905 §7.3"
_RULE_CHECKS = "RFC 5905 §8"


class Mode(IntEnum):
    """Who speaks to whom (RFC 5905 figure 10)."""

    RESERVED = 0
    SYMMETRIC_ACTIVE = 1
    SYMMETRIC_PASSIVE = 2
    CLIENT = 3
    SERVER = 4
    BROADCAST = 5
    CONTROL = 6
    PRIVATE = 7


LEAP = (
    "no warning",
    "last minute of the day has 61 seconds",
    "last minute of the day has 59 seconds",
    "unknown (clock unsynchronized)",
)
UNSYNCHRONIZED = 3
"""The leap indicator of a server that doesn't know the time."""

CLOCKS = {
    "GOES": "Geosynchronous Orbit Environment Satellite",
    "GPS": "Global Position System",
    "GAL": "Galileo Positioning System",
    "PPS": "generic pulse-per-second",
    "IRIG": "Inter-Range Instrumentation Group",
    "WWVB": "LF radio WWVB Fort Collins, USA",
    "DCF": "LF radio DCF77 Mainflingen, Germany",
    "HBG": "LF radio HBG Prangins, Switzerland",
    "MSF": "LF radio MSF Anthorn, United Kingdom",
    "JJY": "LF radio JJY Fukushima and Saga, Japan",
    "LORC": "MF radio LORAN C",
    "TDF": "MF radio Allouis, France",
    "CHU": "HF radio CHU Ottawa, Canada",
    "WWV": "HF radio WWV Fort Collins, USA",
    "WWVH": "HF radio WWVH Kauai, USA",
    "NIST": "NIST telephone modem",
    "ACTS": "NIST telephone modem",
    "USNO": "USNO telephone modem",
    "PTB": "European telephone modem",
    "LOCL": "uncalibrated local clock",
}
"""Reference identifiers of stratum 1 in words (RFC 5905 figure 12; LOCL from RFC 4330)."""

KISSES = {
    "ACST": "the association belongs to a unicast server",
    "AUTH": "server authentication failed",
    "AUTO": "Autokey sequence failed",
    "BCST": "the association belongs to a broadcast server",
    "CRYP": "cryptographic authentication or identification failed",
    "DENY": "access denied by remote server",
    "DROP": "lost peer in symmetric mode",
    "RSTR": "access denied due to local policy",
    "INIT": "the association has not yet synchronized for the first time",
    "MCST": "the association belongs to a dynamically discovered server",
    "NKEY": "no key found",
    "NTSN": "network time security negative acknowledgement",
    "RATE": "rate exceeded: ask less often",
    "RMOT": "alteration of association from a remote host",
    "STEP": "a step change in system time has occurred",
}
"""Kiss codes of stratum 0 in words (RFC 5905 figure 13; NTSN from RFC 8915 §5.7)."""


class Packet(Struct, frozen=True):
    """A packet as it is on the wire. Timestamps are 64-bit fixed point: seconds since 1900 in the upper half.

    `poll` and `precision` are log2 of seconds; `root_delay` and `root_dispersion` are 16.16 fixed point seconds;
    `extension` is what follows the header, extension fields and MAC, as it is (a multiple of 4 octets).
    """

    leap: int = 0
    version: int = VERSION
    mode: int = Mode.CLIENT
    stratum: int = 0
    poll: int = 0
    precision: int = 0
    root_delay: int = 0
    root_dispersion: int = 0
    reference_id: bytes = b"\0\0\0\0"
    reference: int = 0
    origin: int = 0
    receive: int = 0
    transmit: int = 0
    extension: bytes = b""

    @property
    def reference_words(self) -> str:
        """The reference identifier as a person reads it: what it means depends on the stratum (RFC 5905 §7.3)."""
        if self.stratum == 0:
            return _words(self.reference_id, KISSES)
        if self.stratum == 1:
            return _words(self.reference_id, CLOCKS)
        # From stratum 2 on: the upstream's IPv4 address, or four octets of a hash of its IPv6 address; none can tell
        return str(IPv4Address(self.reference_id))

    @property
    def kiss_code(self) -> str:
        """The four letters of a kiss-o'-death packet, empty for any other (RFC 5905 §7.4)."""
        return _letters(self.reference_id) if self.stratum == 0 else ""


class Measurement(Struct, frozen=True):
    """How far the server's clock is ahead of ours, and how long the packets were on their way, in seconds."""

    offset: float
    delay: float


class Source(Struct, frozen=True):
    """What a server tells about its clock; the fields are Packet's."""

    stratum: int = 1
    reference_id: bytes = b"LOCL"
    reference: int = 0
    leap: int = 0
    precision: int = PRECISION
    root_delay: int = 0
    root_dispersion: int = 0


def _letters(identifier: bytes) -> str:
    return "".join(chr(octet) if 0x20 < octet < 0x7F else f"\\x{octet:02x}" for octet in identifier.rstrip(b"\0 "))


def _words(identifier: bytes, table: dict[str, str]) -> str:
    letters = _letters(identifier)
    return f"{letters}: {table[letters]}" if letters in table else letters


# Timestamps


def from_unix_ns(nanoseconds: int) -> int:
    """Nanoseconds since 1970 as a 64-bit NTP timestamp; its era is lost, as on the wire."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    # Rounded to the nearest 2^-32 s, so that whole nanoseconds survive the way there and back
    fraction = (rest * ERA + 500_000_000) // 1_000_000_000
    return ((seconds + UNIX_EPOCH) * ERA + fraction) % (ERA * ERA)


def to_unix_ns(timestamp: int, near_ns: int | None = None) -> int:
    """A 64-bit NTP timestamp as nanoseconds since 1970, in the era that puts it closest to `near_ns` (68 years
    either way); without that, between 1968 and 2104 (RFC 4330 §3)."""
    seconds, fraction = divmod(timestamp, ERA)
    seconds -= UNIX_EPOCH
    if near_ns is not None:
        seconds += round((near_ns // 1_000_000_000 - seconds) / ERA) * ERA
    elif timestamp >> 63 == 0:
        seconds += ERA
    return seconds * 1_000_000_000 + (fraction * 1_000_000_000 + ERA // 2) // ERA


def to_unix(timestamp: int, near_ns: int | None = None) -> float:
    """`to_unix_ns` in seconds; a float, so good to about 0.2 µs."""
    return to_unix_ns(timestamp, near_ns) / 1e9


def difference(later: int, earlier: int) -> float:
    """Seconds from one timestamp to another, signed, right across an era's end (RFC 5905 §6)."""
    wrapped = (later - earlier) % (1 << 64)
    return (wrapped - (1 << 64) if wrapped >> 63 else wrapped) / ERA


def short_to_seconds(value: int) -> float:
    """A 16.16 fixed point number, as root delay and root dispersion are, in seconds."""
    return value / 65536


def seconds_to_short(seconds: float) -> int:
    """Seconds as a 16.16 fixed point number."""
    value = round(seconds * 65536)
    if not 0 <= value <= 0xFFFFFFFF:
        raise LocalProtocolError(f"{seconds} s is no short NTP time: 0 to 65535", rule="RFC 5905 §6")
    return value


# Packets


def emit(packet: Packet) -> bytes:
    """A packet's octets."""
    if not (0 <= packet.leap <= 3 and 0 <= packet.version <= 7 and 0 <= packet.mode <= 7):
        raise LocalProtocolError("leap has 2 bits, version and mode have 3 each", rule=_RULE_HEADER)
    if len(packet.reference_id) != 4 or len(packet.extension) % 4:
        raise LocalProtocolError("a reference id has 4 octets, an extension a multiple of 4", rule=_RULE_HEADER)
    first = packet.leap << 6 | packet.version << 3 | packet.mode
    try:
        header = _HEADER.pack(
            first,
            packet.stratum,
            packet.poll,
            packet.precision,
            packet.root_delay,
            packet.root_dispersion,
            packet.reference_id,
            packet.reference,
            packet.origin,
            packet.receive,
            packet.transmit,
        )
    except struct.error as error:
        raise LocalProtocolError(f"a field is out of range: {error}", rule=_RULE_HEADER) from None
    return header + packet.extension


def parse(data: bytes) -> Packet:
    """A datagram as a packet. What the fields say is for `check_response` and `check_request`."""
    if len(data) < HEADER_SIZE:
        raise RemoteProtocolError(f"{len(data)} octets: a packet has at least {HEADER_SIZE}", rule=_RULE_HEADER)
    if len(data) % 4:
        raise RemoteProtocolError(f"{len(data)} octets are no multiple of 4", rule="RFC 5905 §7.5", offset=HEADER_SIZE)
    first, stratum, poll, precision, delay, dispersion, identifier, *stamps = _HEADER.unpack_from(data)
    reference, origin, receive, transmit = stamps
    return Packet(
        leap=first >> 6,
        version=first >> 3 & 7,
        mode=first & 7,
        stratum=stratum,
        poll=poll,
        precision=precision,
        root_delay=delay,
        root_dispersion=dispersion,
        reference_id=identifier,
        reference=reference,
        origin=origin,
        receive=receive,
        transmit=transmit,
        extension=bytes(data[HEADER_SIZE:]),
    )


def request(transmit: int, version: int = VERSION) -> Packet:
    """A client's question. The server only gives `transmit` back, so that it may be the time or, better, 64 random
    bits of which the caller keeps the time to itself."""
    return Packet(version=version, mode=Mode.CLIENT, transmit=transmit)


def check_response(asked: Packet, answer: Packet) -> None:
    """Whether `answer` is to be trusted as the answer to `asked` (RFC 5905 §7.4, §8).

    Raises RemoteProtocolError for one that isn't, PeerRefused for a kiss code (`code` has its letters) or for a
    server without time to give (`code` "unsynchronized"). The origin comes first: a forged kiss must not count.
    """
    if answer.mode != Mode.SERVER:
        raise RemoteProtocolError(f"mode {answer.mode} is no server's answer", rule=_RULE_CHECKS, offset=0)
    if answer.version != asked.version:
        message = f"version {answer.version} answers a question of version {asked.version}"
        raise RemoteProtocolError(message, rule=_RULE_CHECKS, offset=0)
    if answer.origin != asked.transmit:
        message = "the origin timestamp isn't that of the question: stale or forged"
        raise RemoteProtocolError(message, rule=_RULE_CHECKS, offset=24)
    if answer.stratum == 0:
        code = answer.kiss_code or "unspecified"
        words = KISSES.get(code, "a reason that has no words")
        raise PeerRefused(f"kiss-o'-death {code}: {words}", code=code, text=words)
    if answer.leap == UNSYNCHRONIZED or answer.stratum >= MAX_STRATUM:
        message = f"the server's clock isn't synchronized (leap {answer.leap}, stratum {answer.stratum})"
        raise PeerRefused(message, code="unsynchronized", text=LEAP[answer.leap])
    if answer.receive == 0 or answer.transmit == 0:
        offset = 32 if answer.receive == 0 else 40
        raise RemoteProtocolError("an answer without the server's time", rule=_RULE_CHECKS, offset=offset)


def measure(t1: int, t2: int, t3: int, t4: int, precision: int = PRECISION) -> Measurement:
    """Offset and delay from four timestamps (RFC 5905 §8): t1 sent by us, t2 received and t3 sent by the server, t4
    received by us. The delay is at least what our clock resolves, 2^`precision` seconds."""
    offset = (difference(t2, t1) + difference(t3, t4)) / 2
    delay = difference(t4, t1) - difference(t3, t2)
    return Measurement(offset, max(delay, 2.0**precision))


def check_request(asked: Packet) -> None:
    """Whether a server may answer: a client's question of a version that we speak."""
    if asked.mode != Mode.CLIENT:
        raise RemoteProtocolError(f"mode {asked.mode} is no client's question", rule=_RULE_CHECKS, offset=0)
    if not 1 <= asked.version <= VERSION:
        raise RemoteProtocolError(f"version {asked.version} is unknown", rule=_RULE_HEADER, offset=0)


def response(asked: Packet, source: Source, receive: int, transmit: int) -> Packet:
    """A server's answer, never longer than the question. Without a synchronized `source` give leap 3."""
    return Packet(
        leap=source.leap,
        version=asked.version,
        mode=Mode.SERVER,
        stratum=source.stratum,
        poll=asked.poll,
        precision=source.precision,
        root_delay=source.root_delay,
        root_dispersion=source.root_dispersion,
        reference_id=source.reference_id,
        reference=source.reference,
        origin=asked.transmit,
        receive=receive,
        transmit=transmit,
    )


def kiss(asked: Packet, code: str) -> Packet:
    """A kiss-o'-death: a server's "no" with one of the KISSES (RFC 5905 §7.4)."""
    if not (len(code) == 4 and code.isascii() and code.isprintable()):
        raise LocalProtocolError(f"{code!r} is no kiss code: four ASCII letters", rule="RFC 5905 §7.4")
    source = Source(stratum=0, reference_id=code.encode("ascii"), leap=UNSYNCHRONIZED)
    return response(asked, source, asked.transmit, asked.transmit)
